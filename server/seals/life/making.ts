import { BrokerError } from '../../kernel/errors.ts'
import type { Certificate } from '../../pki/certificate.ts'
import { sm3, verifySm2 } from '../../pki/sm2.ts'
import type { SealEdition, SealRow } from '../../storage/stores-seals.ts'
import { kindOf, nameInSeal } from './kinds.ts'
import { readPicture } from './picture.ts'
import type { MakerKey, ReadSeal } from './ports.ts'
import type { LifeRoom } from './room.ts'
import { chosenShields, usableCertificates } from './shields.ts'
import { esIdOf } from './words.ts'

/** 厂商标识 (Vid) in the header of every seal made here; at most 128 octets of IA5String (GB/T 38540-2020 6.1.2) */
const VENDOR = 'SHARED-SHIELD'

/**
 * Makes an edition of a seal as its row says it shall be, and reads it back before anybody has it.
 * @param row its edition the one before, its validity and certificates those of the new one
 * @throws BrokerError seal_shield_unusable, certificate_expired, certificate_wrong_use; seal_not_in_force where the stored picture is not the one that was signed for; internal where the seal does not read back
 */
export async function makeEdition(room: LifeRoom, row: SealRow): Promise<SealEdition> {
  const { store, structure, clock } = room
  const shields = await chosenShields(room, row, row.wanted)
  const certificates = await usableCertificates(room, shields)
  const png = Buffer.from((await store.png(row.id)) ?? '', 'base64')
  if (sm3(png) !== row.pngDigest) throw new BrokerError('seal_not_in_force', `the picture of seal ${row.id} is not the one that was signed for`)
  const { width, height } = readPicture(row.picture)
  const maker = await room.maker()
  const esId = esIdOf(row.id, row.edition + 1)
  const madeAt = clock.now()
  const der = structure.makeSeal({
    esId,
    vid: VENDOR,
    type: kindOf(row.kind).type,
    name: nameInSeal(row),
    certificates,
    createdAt: madeAt,
    validFrom: new Date(row.validFrom),
    validUntil: new Date(row.validUntil),
    picture: { type: 'PNG', data: png, width: Math.round(width), height: Math.round(height) },
    maker,
  })
  const read = ours(room, maker, der)
  const same =
    read?.id === esId &&
    read.validUntil.getTime() === Date.parse(row.validUntil) &&
    read.holders.kind === 'certificates' &&
    equalLists(read.holders.list, certificates)
  if (!same) throw new BrokerError('internal', `seal ${esId} does not read back as it was ordered`)
  return {
    number: row.edition + 1,
    esId,
    der: der.toString('base64'),
    maker: maker.certificate.thumbprint,
    validFrom: row.validFrom,
    validUntil: row.validUntil,
    madeAt: madeAt.toISOString(),
    certificates: shields.map(({ thumbprint, membershipId, personName, notAfter }) => ({
      thumbprint,
      membershipId,
      holder: personName,
      notAfter,
    })),
  }
}

const equalLists = (list: readonly Uint8Array[], certificates: readonly Certificate[]): boolean =>
  list.length === certificates.length && certificates.every(({ der }, i) => der.equals(list[i] ?? Buffer.of()))

/** A seal that our own maker signed, read; undefined for any other. */
export function ours({ structure }: Pick<LifeRoom, 'structure'>, maker: MakerKey, der: Buffer): ReadSeal | undefined {
  try {
    const read = structure.readSeal(der)
    const { certificate, signed, signature } = read.maker
    return maker.certificate.der.equals(certificate) && verifySm2(maker.certificate.publicKey, signed, signature) ? read : undefined
  } catch (thrown) {
    if (thrown instanceof BrokerError) return undefined
    throw thrown
  }
}

import { BrokerError } from '../../kernel/errors.ts'
import { newId } from '../../kernel/ids.ts'
import { sm3 } from '../../pki/sm2.ts'
import type { AuthorityFacts } from '../../storage/stores-authorization.ts'
import type { SealKind, SealRow } from '../../storage/stores-seals.ts'
import type { SealPicture } from '../contract.ts'
import { kindOf } from './kinds.ts'
import type { ChopStyle, Pictures } from './ports.ts'
import { isRepresentative, type LifeRoom } from './room.ts'
import { chosenShields } from './shields.ts'

/** From what an applicant filled in to a seal that may be signed for. The name is never typed: it is the company's as the banks say it, or the person's. */
export interface Application {
  kind: SealKind
  under?: string
  /** 13 digits, as the public security registers it */
  number?: string
  style?: ChopStyle
  /** a PNG of the seal the company has, instead of a drawn one */
  upload?: Uint8Array
  /** thumbprints of the shields that may use it */
  wanted: readonly string[]
  /** ISO 8601; whole seconds count, for a seal says no less */
  validFrom: string
  validUntil: string
}

/** dots to the millimetre of the picture within the seal: 203 to the inch, which prints sharply and keeps a sealed document small */
const DOTS = 8
const MOST_YEARS = 10

/** The picture of an application, as it will be and as a preview shows it. @throws BrokerError seal_picture_unusable */
export function drawn(
  pictures: Pictures,
  name: string,
  { kind, under, number, style, upload }: Pick<Application, 'kind' | 'under' | 'number' | 'style' | 'upload'>,
): SealPicture {
  const { shape, millimetres } = kindOf(kind)
  if (upload !== undefined) return pictures.fromPng(upload, { kind: shape === 'round' ? 'seal' : 'person', millimetres })
  if (shape === 'chop') return pictures.drawNameChop({ name, style: style ?? 'raised' })
  return pictures.drawRoundSeal({ name, ...(under === undefined ? {} : { under }), ...(number === undefined ? {} : { number }) })
}

/**
 * Whose name a seal of this kind carries for this company.
 * @throws BrokerError seal_picture_unusable: no legal representative is known whose chop it could be
 */
export async function nameFor(
  { people }: Pick<LifeRoom, 'people'>,
  facts: AuthorityFacts,
  kind: SealKind,
): Promise<{ name: string; ownerId?: string }> {
  const { membership, legalRepresentativeId } = facts
  if (kindOf(kind).shape === 'round') return { name: membership.enterpriseName }
  if (kind === 'person' || isRepresentative(facts)) return { name: membership.personName, ownerId: membership.id }
  const owner = legalRepresentativeId === undefined ? undefined : await people.facts(legalRepresentativeId)
  if (owner === undefined)
    throw new BrokerError('seal_picture_unusable', 'no bank has named a legal representative', {
      expected: 'a legal representative who has logged in once',
    })
  return { name: owner.membership.personName, ownerId: owner.membership.id }
}

/** @throws BrokerError seal_picture_unusable, seal_shield_unusable, bad_request */
export async function prepareSeal(room: LifeRoom, facts: AuthorityFacts, application: Application): Promise<{ row: SealRow; png: Buffer }> {
  const { membership } = facts
  const { kind, under, number, wanted } = application
  const round = kindOf(kind).shape === 'round'
  if (!round && (under !== undefined || number !== undefined))
    throw new BrokerError('seal_picture_unusable', 'a name chop has neither words below nor a number', { expected: 'the name alone' })
  const [validFrom, validUntil] = [wholeSeconds(application.validFrom), wholeSeconds(application.validUntil)]
  const now = room.now()
  const years = (Date.parse(validUntil) - Date.parse(validFrom)) / (366 * 86_400_000)
  if (!(years > 0 && years <= MOST_YEARS && Date.parse(validUntil) > Date.parse(now)))
    throw new BrokerError('bad_request', 'a seal is valid for some time to come', {
      expected: `validUntil after now and validFrom, at most ${MOST_YEARS} years`,
    })

  const { name, ownerId } = await nameFor(room, facts, kind)
  const picture = drawn(room.pictures, name, application)
  const [vector, png] = [JSON.stringify(picture), room.pictures.toPng(picture, DOTS)]
  const row: Omit<SealRow, 'integrity'> = {
    id: newId(),
    enterpriseId: membership.enterpriseId,
    kind,
    name,
    ...(under === undefined ? {} : { under }),
    ...(number === undefined ? {} : { number }),
    ...(ownerId === undefined ? {} : { ownerId }),
    applicantId: membership.id,
    picture: vector,
    pictureDigest: sm3(Buffer.from(vector, 'utf8')),
    pngDigest: sm3(png),
    wanted: [...wanted],
    state: 'drafted',
    version: 1,
    edition: 0,
    validFrom,
    validUntil,
    createdAt: now,
    updatedAt: now,
  }
  await chosenShields(room, row, wanted)
  return { row: { ...row, integrity: room.integrity.code(row) }, png }
}

/** @throws BrokerError bad_request: no time */
export function wholeSeconds(text: string): string {
  const at = Date.parse(text)
  if (!Number.isFinite(at)) throw new BrokerError('bad_request', 'not a time', { received: text.slice(0, 40) })
  return new Date(Math.floor(at / 1000) * 1000).toISOString()
}

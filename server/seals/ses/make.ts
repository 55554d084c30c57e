/** Owns making an electronic seal, version 4 of GB/T 38540-2020 (6.1), DER and nothing else: whole certificates in its list, signed by the maker (制章者) with SM2. Who may have a seal is the caller's to know. */
import { createPublicKey, type KeyObject } from 'node:crypto'
import { BrokerError } from '../../kernel/errors.ts'
import { algorithmFor } from '../../pki/algorithms.ts'
import type { Certificate } from '../../pki/certificate.ts'
import { TAG } from '../../pki/der.ts'
import { bits, integer, octets, oid, sequence, utf8, write } from '../../pki/der-write.ts'
import { SES_LIMITS } from './fields.ts'

export interface SealRequest {
  /** 印章标识: unique at the maker, ASCII */
  esId: string
  /** 厂商标识: the maker's name, ASCII */
  vid: string
  /** 1 of an organisation, 2 of a person */
  type: number
  name: string
  /** every shield that may use it, one at least */
  certificates: readonly Certificate[]
  createdAt: Date
  validFrom: Date
  validUntil: Date
  /** width and height are whole millimetres; type is such as PNG or OFD */
  picture: { type: string; data: Uint8Array; width: number; height: number }
  maker: { certificate: Certificate; privateKey: KeyObject }
}

/**
 * @returns DER of SESeal
 * @throws BrokerError `bad_request` for a request that makes no seal, `shield_key_mismatch`, `certificate_wrong_use`, `algorithm_refused` for a maker without SM2
 */
export function makeSeal(request: SealRequest): Buffer {
  const { maker } = request
  require(request)
  const algorithm = algorithmFor(maker.privateKey)
  const info = writeInfo(request)
  const seal = sequence(info, octets(maker.certificate.der), oid(algorithm.oid), bits(algorithm.sign(maker.privateKey, info)))
  if (seal.length > SES_LIMITS.seal) throw refused(`a seal of ${seal.length} bytes`)
  return seal
}

function writeInfo({ esId, vid, type, name, certificates, createdAt, validFrom, validUntil, picture }: SealRequest): Buffer {
  return sequence(
    sequence(ia5('ES'), integer(4), ia5(vid)),
    ia5(esId),
    sequence(
      integer(type),
      utf8(name),
      // certListType 1: whole certificates
      integer(1),
      sequence(...certificates.map(({ der }) => octets(der))),
      generalizedTime(createdAt),
      generalizedTime(validFrom),
      generalizedTime(validUntil),
    ),
    sequence(ia5(picture.type), octets(picture.data), integer(picture.width), integer(picture.height)),
  )
}

/** @throws BrokerError `bad_request` for what is not ASCII, or too long */
export function ia5(text: string): Buffer {
  if (text.length === 0 || text.length > SES_LIMITS.text || !/^[\x20-\x7e]+$/.test(text)) throw refused(`"${text.slice(0, 40)}" is no ASCII text`)
  return write(TAG.ia5, Buffer.from(text, 'latin1'))
}

/** YYYYMMDDhhmmssZ, whatever the year. Milliseconds fall away. */
export const generalizedTime = (at: Date): Buffer =>
  write(TAG.generalizedTime, Buffer.from(`${at.toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}Z`, 'latin1'))

function require({ name, certificates, createdAt, validFrom, validUntil, picture, type, maker }: SealRequest): void {
  const { certificate, privateKey } = maker
  const bytes = Buffer.byteLength(name)
  if (name.trim() === '' || bytes > SES_LIMITS.text) throw refused(`a name of ${bytes} bytes`)
  if (!isSmall(type) || !isSmall(picture.width) || !isSmall(picture.height)) throw refused('a type or size that is no small number')
  if (picture.data.length === 0) throw refused('no picture')
  if (certificates.length === 0 || certificates.length > SES_LIMITS.certificates) throw refused(`${certificates.length} certificates`)
  if (!(validFrom < validUntil) || Number.isNaN(createdAt.getTime())) throw refused('a validity without length')
  if (certificate.keyName !== 'SM2') throw new BrokerError('algorithm_refused', `a maker with ${certificate.keyName}`, { expected: 'SM2' })
  const { keyUsage } = certificate
  if (keyUsage !== undefined && !keyUsage.has('digitalSignature') && !keyUsage.has('nonRepudiation'))
    throw new BrokerError('certificate_wrong_use', 'the maker’s certificate is not for signing')
  if (!spkiOf(createPublicKey(privateKey)).equals(spkiOf(certificate.publicKey)))
    throw new BrokerError('shield_key_mismatch', 'the maker’s key is not its certificate’s')
}

const isSmall = (n: number): boolean => Number.isInteger(n) && n > 0 && n < 2 ** 15
const spkiOf = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' })
const refused = (facts: string): BrokerError => new BrokerError('bad_request', facts)

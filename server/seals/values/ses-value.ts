/** Owns an electronic seal's signature as the signature in a document: SES_Signature, version 4 of GB/T 38540-2020 (7.1), SM2 with SM3. Only for a shield that the seal was made for, and while the seal is in force. */
import { BrokerError } from '../../kernel/errors.ts'
import type { Certificate } from '../../pki/certificate.ts'
import { strictSm2 } from '../../pki/cms-outside.ts'
import { bits, context, integer, octets, oid, sequence } from '../../pki/der-write.ts'
import type { SignatureValue, Signed } from '../contract.ts'
import { isHolder } from '../ses/holders.ts'
import { generalizedTime, ia5 } from '../ses/make.ts'
import { readSeal } from '../ses/seal.ts'
import { requireRoom, requireSigning, STAMP_ROOM } from './cms-value.ts'

export interface SesValueOptions {
  /** DER of SESeal, version 4 */
  seal: Uint8Array
  /** the shield's */
  certificate: Certificate
  /** the most bytes of a time-stamp token that `write` is given: 16 KiB unless told, 0 where none will come */
  stampRoom?: number
}

const SM2_WITH_SM3 = '1.2.156.10197.1.501'
/** a path inside of a document is seldom longer than 100 bytes */
const LONGEST_PROPERTY = 1024
/** the rest of the structure: times, digest, signature and the lengths around them */
const SLACK = 512

/**
 * @returns its toSign and write throw `seal_not_in_force` outside the seal's validity, `bad_request` for a property that is not ASCII, write `signature_invalid` for what is no SM2 signature
 * @throws BrokerError `seal_malformed`, also for a seal of another version; `seal_wrong_shield`, `algorithm_refused`, `certificate_wrong_use`
 */
export function createSesValue({ seal: der, certificate, stampRoom = STAMP_ROOM }: SesValueOptions): SignatureValue {
  const seal = readSeal(der)
  if (seal.version !== 4) throw new BrokerError('seal_malformed', `a seal of version ${seal.version}`, { expected: 'version 4' })
  if (!isHolder(seal.holders, certificate.der))
    throw new BrokerError('seal_wrong_shield', `certificate ${certificate.serial} is not in the list of seal ${seal.id}`)
  if (certificate.keyName !== 'SM2') throw new BrokerError('algorithm_refused', `a seal set with ${certificate.keyName}`, { expected: 'SM2' })
  requireSigning(certificate)

  const toSign = ({ digest, property, at }: Signed): Buffer => {
    if (digest.length !== 32) throw new BrokerError('bad_request', `${digest.length} bytes are no SM3`)
    if (at < seal.validFrom || at > seal.validUntil)
      throw new BrokerError(
        'seal_not_in_force',
        `seal ${seal.id} is valid from ${seal.validFrom.toISOString()} until ${seal.validUntil.toISOString()}`,
      )
    return sequence(integer(4), seal.der, generalizedTime(at), bits(digest), ia5(property))
  }
  return {
    kind: 'ses',
    digest: 'sm3',
    room: seal.der.length + certificate.der.length + LONGEST_PROPERTY + SLACK + stampRoom,
    seal: seal.der,
    toSign,
    write(of, signature, stamp) {
      requireRoom(stamp, stampRoom)
      return sequence(
        toSign(of),
        octets(certificate.der),
        oid(SM2_WITH_SM3),
        bits(strictSm2(signature, stamp)),
        ...(stamp === undefined ? [] : [context(0, bits(stamp))]),
      )
    },
  }
}

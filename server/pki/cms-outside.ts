/**
 * Owns signed messages by a key that is elsewhere, such as a shield's: first the exact bytes to be signed, later the message around the signature. Both follow from their
 * arguments alone, so that nothing has to be kept in between. Writing is cms-sign.ts's.
 */
import { BrokerError } from '../kernel/errors.ts'
import type { KeyName } from './algorithms.ts'
import { FAMILIES, type FamilyName, writtenBy } from './cms-algorithms.ts'
import { TIME_STAMP_TOKEN } from './cms-amend.ts'
import { certificatesOf, digestAlgorithm, type SigningParty, signedAttributes, writeSignedData, writeSignerInfo } from './cms-sign.ts'
import { readSignature, writeSignature } from './sm2-signature.ts'

export interface OutsideMessage {
  signer: SigningParty
  /** of the content, by the digest that goes with the signer's key: SM3 for SM2, SHA-256 else */
  digest: Uint8Array
  /** the content, where the message carries it */
  content?: Uint8Array
}

/** The national names for SM2, those of RFC 5652 else. */
const familyOf = (kind: KeyName): FamilyName => (kind === 'SM2' ? 'gm' : 'pkcs7')

/** @returns the signed attributes, DER of a SET OF: what the key signs, hashing them with its own digest */
export function outsideToSign({ signer, digest }: OutsideMessage): Buffer {
  return signedAttributes(signer, FAMILIES[familyOf(signer.certificate.keyName)].data, digest)
}

/**
 * @param signature over outsideToSign's bytes; it is believed. SM2 in any form that sm2-signature.ts reads, written as DER
 * @param token a time stamp of this signature, DER (RFC 3161 appendix A)
 * @returns DER of a ContentInfo with SignedData
 * @throws BrokerError `signature_invalid` for what is no SM2 signature at all, or was stamped in another form than DER
 */
export function writeOutsideMessage(message: OutsideMessage, signature: Uint8Array, token?: Uint8Array): Buffer {
  const { certificate } = message.signer
  const kind = certificate.keyName
  const { signedData, data } = FAMILIES[familyOf(kind)]
  const written = kind === 'SM2' ? strictSm2(signature, token) : signature
  return writeSignedData({
    type: signedData,
    contentType: data,
    digestAlgorithms: [digestAlgorithm(writtenBy(kind).digest)],
    certificates: certificatesOf([message.signer]),
    content: message.content,
    signers: [
      writeSignerInfo({
        certificate,
        kind,
        signed: outsideToSign(message),
        signature: written,
        unsigned: token === undefined ? [] : [{ type: TIME_STAMP_TOKEN, value: token }],
      }),
    ],
  })
}

/**
 * DER of SEQUENCE { r, s }, GM/T 0009 7.3, of any form that is read. Whoever has it stamped does this first: a stamp is of the bytes as they are written.
 * @param token a stamp of the signature as given, if there is one
 * @throws BrokerError `signature_invalid`
 */
export function strictSm2(signature: Uint8Array, token?: Uint8Array): Buffer {
  const plain = readSignature(signature)
  if (plain === undefined) throw new BrokerError('signature_invalid', `${signature.length} bytes that are no SM2 signature`)
  const strict = writeSignature(plain)
  if (token !== undefined && !strict.equals(signature))
    throw new BrokerError('signature_invalid', 'stamped in another form than it is written', { expected: 'DER of SEQUENCE { r, s }' })
  return strict
}

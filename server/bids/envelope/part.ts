/**
 * Owns a secret on its way to one certificate: SM2 (GB/T 32918.4, SM2Cipher of GM/T 0009) or RSA-OAEP with SHA-256 (RFC 8017). Both say of themselves when they are not for a key, so that nothing has
 * to be guessed from what comes out. With the secret goes what it is, its place, and the envelope's binding: moved into another envelope, or under an edited header, it is refused by whoever holds the key.
 */
import { constants, type KeyObject, privateDecrypt, publicEncrypt } from 'node:crypto'
import { BrokerError } from '../../kernel/errors.ts'
import { keyName } from '../../pki/algorithms.ts'
import type { Certificate } from '../../pki/certificate.ts'
import { requireUse } from '../../pki/dual-certificate.ts'
import { decryptSm2, encryptSm2 } from '../../pki/sm2.ts'
import { malformed, SIZES } from './format.ts'
import type { WrappedPart } from './header.ts'

/** Whoever can decrypt with one key: a shield, a phone, a key file. */
export interface KeyHolder {
  /** @returns undefined when it is not for this key */
  open(part: WrappedPart): Promise<Buffer | undefined>
}

/** `keyTest` stands in no envelope: what a key is tried with */
export const KIND = { bidKey: 1, share: 2, release: 3, keyTest: 4 } as const
type Kind = (typeof KIND)[keyof typeof KIND]

export interface Secret {
  kind: Kind
  /** of a share; 0 for others */
  place: number
  /** 32 octets */
  value: Buffer
}

/** kind, place, value, binding */
const LENGTH = 2 + SIZES.secret + 32

const OAEP = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' } as const

/** @throws BrokerError `certificate_wrong_use` for a certificate that is not for encryption, `algorithm_refused` for a key that cannot encrypt */
export function wrapTo(certificate: Certificate, { kind, place, value }: Secret, binding: Buffer): WrappedPart {
  requireUse(certificate, 'encrypt')
  const plain = Buffer.concat([Buffer.of(kind, place), value, binding])
  const key = certificate.publicKey
  const name = certificate.keyName
  switch (name) {
    case 'SM2':
      return { algorithm: 'SM2', value: encryptSm2(key, plain).toString('base64url') }
    case 'RSA':
      return { algorithm: 'RSA-OAEP-SHA256', value: publicEncrypt({ key, ...OAEP }, plain).toString('base64url') }
    case 'ECDSA':
      throw new BrokerError('algorithm_refused', 'a key on a NIST curve encrypts to nobody here', { received: name, expected: 'SM2 or RSA' })
  }
}

/**
 * @returns undefined when the part is not for this key
 * @throws BrokerError `bid_envelope_malformed` when it is, and belongs to another envelope or another place: somebody put it there, or edited the header
 */
export async function unwrapPart(
  part: WrappedPart,
  holder: KeyHolder,
  expected: Pick<Secret, 'kind' | 'place'>,
  binding: Buffer,
): Promise<Buffer | undefined> {
  const plain = await holder.open(part)
  if (plain === undefined) return undefined
  const value = plain.subarray(2, 2 + SIZES.secret)
  if (plain.length !== LENGTH || plain[0] !== expected.kind || plain[1] !== expected.place || !plain.subarray(2 + SIZES.secret).equals(binding)) {
    throw malformed('a key in it belongs to another envelope, or its header was edited')
  }
  return value
}

/** A private key at hand. */
export function holderOf(privateKey: KeyObject): KeyHolder {
  const name = keyName(privateKey)
  return {
    async open({ algorithm, value }) {
      const encrypted = Buffer.from(value, 'base64url')
      try {
        if (algorithm === 'SM2') return name === 'SM2' ? decryptSm2(privateKey, encrypted) : undefined
        return name === 'RSA' ? privateDecrypt({ key: privateKey, ...OAEP }, encrypted) : undefined
      } catch {
        return undefined
      }
    },
  }
}

/** A shield elsewhere, which was shown the parts and has answered some: what it decrypted, by the part's value. */
export const holderOfAnswers = (answers: ReadonlyMap<string, Buffer>): KeyHolder => ({ open: async ({ value }) => answers.get(value) })

/**
 * Owns the forms in which a shield's signature reaches the broker: one row each, the unknown refused. A row proves that the holder of a certificate's key signed exactly
 * these bytes; whether the certificate is worth anything is decided after.
 */
import { BrokerError } from '../server/kernel/errors.ts'
import { algorithmOf } from '../server/pki/algorithms.ts'
import { type Certificate, readCertificate } from '../server/pki/certificate.ts'
import { verifyCms } from '../server/pki/cms.ts'
import type { ShieldBank } from './bank-data.ts'

type KeyAlgorithm = ShieldBank['algorithms'][number]
interface Given {
  /** what must have been signed */
  text: Buffer
  /** DER, as the page sent it */
  certificate: Buffer
  signature: Buffer
}
interface ShieldFormat {
  key: KeyAlgorithm
  /** @throws BrokerError `signature_invalid` · `algorithm_refused` · `challenge_mismatch` · `certificate_malformed` */
  prove(given: Given): Certificate
}

/** SM2 with SM3 (GM/T 0006); RSA PKCS#1 v1.5 with SHA-256 */
const OIDS = { SM2: '1.2.156.10197.1.501', RSA: '1.2.840.113549.1.1.11' } as const

const bare = (key: KeyAlgorithm): ShieldFormat => ({
  key,
  prove({ text, certificate, signature }) {
    const leaf = readCertificate(certificate)
    mustBeOf(key, leaf)
    if (!algorithmOf(OIDS[key]).verify(leaf.publicKey, text, signature))
      throw new BrokerError('signature_invalid', 'the signature is not over this challenge by this certificate’s key')
    return leaf
  },
})

/** GB/T 35275 SignedData with the content inside: what SOF_SignDataByP7 gives. */
const p7 = (key: KeyAlgorithm): ShieldFormat => ({
  key,
  prove({ text, certificate, signature }) {
    const signed = verifyCms({ cms: signature })
    mustBeOf(key, signed.signer)
    if (!Buffer.from(signed.content).equals(text))
      throw new BrokerError('challenge_mismatch', 'the signed message holds another text than the challenge')
    if (!signed.signer.der.equals(certificate))
      throw new BrokerError('signature_invalid', 'the message was signed with another certificate than the one sent')
    return signed.signer
  },
})

const FORMATS: Record<string, ShieldFormat> = { SM2: bare('SM2'), RSA: bare('RSA'), 'SM2-P7': p7('SM2'), 'RSA-P7': p7('RSA') }

/**
 * The row of a format's name, if the bank's shields sign that way.
 * @throws BrokerError `algorithm_refused`
 */
export function formatNamed(name: string, allowed: readonly KeyAlgorithm[]): ShieldFormat {
  const format = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined
  if (format === undefined || !allowed.includes(format.key))
    throw new BrokerError('algorithm_refused', 'this bank’s shields do not sign so', { received: name.slice(0, 40), expected: allowed.join(', ') })
  return format
}

function mustBeOf(key: KeyAlgorithm, { keyName }: Certificate): void {
  if (keyName !== key) throw new BrokerError('algorithm_refused', 'the certificate’s key is of another kind', { received: keyName, expected: key })
}

/**
 * Owns signed messages as the rooms outside ask for them: PKCS#7 / CMS SignedData as RFC 5652 5 and, for SM2, GB/T 35275 (the same structure under other object
 * identifiers). Here is the message of one signer; cms-verify.ts judges several, the streams are cms-sign-stream.ts and cms-verify-stream.ts. Whose certificate it
 * is and whether it is trusted is checker.ts's to decide, always after this.
 */
import type { KeyObject } from 'node:crypto'
import { BrokerError } from '../kernel/errors.ts'
import type { Certificate } from './certificate.ts'
import { signCmsBy } from './cms-sign.ts'
import { invalid } from './cms-signed-data.ts'
import { type CmsQuestion, judgeCms } from './cms-verify.ts'

export interface CmsRequest {
  content: Uint8Array
  certificate: Certificate
  privateKey: KeyObject
  /** leave the content out */
  detached: boolean
  /** CA certificates to send along */
  chain?: readonly Certificate[]
  /** signed, where given; it proves nothing about when */
  signingTime?: Date
}

/** @returns DER of a ContentInfo with SignedData, attributes signed */
export function signCms({ content, detached, ...signer }: CmsRequest): Buffer {
  return signCmsBy({ content, detached, signers: [signer] })
}

export interface VerifiedCms {
  content: Buffer
  /** whose key signed; not yet trusted */
  signer: Certificate
  /** every certificate in the message: candidates for a path, nothing more */
  certificates: readonly Certificate[]
  /** what the signer claims */
  signingTime: Date | undefined
}

/**
 * Verifies the one signature of a message, attached or detached.
 * @throws BrokerError `signature_invalid`, `algorithm_refused`, `certificate_wrong_use`
 */
export function verifyCms(question: CmsQuestion): VerifiedCms {
  const { content, certificates, signers } = judgeCms(question)
  const [verdict, another] = signers
  if (verdict === undefined || another !== undefined) throw invalid('not exactly one signer')
  if (!verdict.ok) throw new BrokerError(verdict.code, verdict.facts)
  return { content, signer: verdict.certificate, certificates, signingTime: verdict.signingTime }
}

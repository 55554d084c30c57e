import type { BankIdentity, CertificateFacts } from '../kernel/identity.ts'

/** What this room needs and does not own: judging signatures (pki and the trust list). The composition root joins them. */
export interface Signatures {
  /**
   * A text signed with a shield, as SignedData with the text inside (GB/T 35275, or RFC 5652 for RSA): the signature, the certificate now for a login's use, and that exactly these words were signed.
   * @throws BrokerError signature_invalid, challenge_mismatch (other words), certificate_* with the exact reason
   */
  verify(signed: { text: string; cms: string }): Promise<{
    certificate: CertificateFacts
    uscc: string | undefined
    /** whom the bank knows by this certificate, where its certificates alone say that */
    identity?: BankIdentity
  }>
  /**
   * The signature alone, of what was judged when it was made: neither trust nor time is asked again.
   * @returns the thumbprint of the signer's certificate; undefined when the signature is not over this text
   */
  intact(signed: { text: string; cms: string }): string | undefined
  /** SM3, lower-case hexadecimal */
  digest(text: string): string
}

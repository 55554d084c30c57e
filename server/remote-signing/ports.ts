import type { KeyObject } from 'node:crypto'
import type { Assurance } from '../kernel/assurance.ts'
import type { BankIdentity, CertificateFacts } from '../kernel/identity.ts'
import type { Certificate } from '../pki/certificate.ts'
import type { RemoteDocument } from '../storage/stores-remote-signing.ts'

/** What remote signing needs and does not own. The composition root joins them. */

/** Who is there, as the page's session proves it: the person alone counts, whichever company they logged in for. */
export interface Signer {
  personId: string
  personName: string
  /** the membership of this session: by it the phone's answer is told to be theirs */
  membershipId: string
  proof: { id: string; bank: string; assurance: Assurance; authenticatedAt: string }
  /** where the request came from, for the phone to show */
  from: string
  trace: string
}

/** Documents of persons, as the seal room's formats write and judge them. */
export interface PersonDocuments {
  formatOf(bytes: Uint8Array): RemoteDocument['format']
  /** @throws BrokerError seal_document_unusable (too large, damaged, not to be signed), seal_place_unusable, seal_picture_unusable */
  demandUsable(document: Pick<DocumentOrder, 'bytes' | 'format' | 'person' | 'words'>): Promise<void>
  /**
   * Signs and verifies what came out before it answers.
   * @returns the document with the signature in it; of `cms` the detached message beside it
   * @throws BrokerError seal_document_unusable, seal_place_unusable, seal_malformed
   */
  sign(order: DocumentOrder): Promise<Buffer>
}
export interface DocumentOrder {
  bytes: Uint8Array
  format: RemoteDocument['format']
  person: string
  /** where its chop is shown */
  words?: string
  privateKey: KeyObject
  certificate: Certificate
  /** CA certificates above it, the root last */
  chain: readonly Certificate[]
  at: Date
  trace: string
}

/** Judging a text signed by a bank's app (authorization/ports.ts). */
export interface AppSignatures {
  /** @throws BrokerError signature_invalid, challenge_mismatch, certificate_* */
  verify(signed: { text: string; cms: string }): Promise<{ certificate: CertificateFacts; identity?: BankIdentity }>
}

/** How long things hold; milliseconds, but for the certificate. */
export interface Terms {
  /** days that a certificate is good for */
  certificateDays: number
  /** how old the person check may be when a key is made */
  activationCheck: number
  /** how old it may be when documents are signed: one review session */
  reviewCheck: number
}

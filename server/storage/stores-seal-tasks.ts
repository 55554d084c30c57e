import type { NewSealNews } from './stores-seal-interface.ts'
import type { SealKind } from './stores-seals.ts'

/** Sealing tasks: what is to be sealed, by whom, and how far it is; and the documents themselves, in pieces. The rest of what may be asked of the database stands in stores.ts. */

export interface SealTask {
  id: string
  /** grows with every save; a save with an old version is refused */
  version: number
  state: 'open' | 'done' | 'cancelled'
  enterpriseId: string
  /** who is asked; absent: whoever of the company may use the seal */
  membershipId?: string
  /** the person asked signs for themselves, with a key kept by remote signing: the company has no part in it */
  expert?: true
  /** where it began: a trading center, or our own pages */
  center: { id: string; name: string }
  title: string
  /** where the person's browser goes when it is over, of a center */
  returnTo?: string
  /** the center's own number of the case */
  reference?: string
  project?: string
  section?: string
  /** which kind of seal is wanted; absent: any */
  sealKind?: SealKind
  /** a name by hand will do instead of a seal */
  handwriting?: true
  /** digest of what a center's program asked, so that asking again is told from asking for something else */
  asked?: string
  /** the secret in the address by which the center's page sees how far it is */
  watch?: string
  /** documents in all */
  count: number
  /** lists that were signed for it: ids of evidence, the newest last */
  lists: string[]
  /** how often the center has urged, and when last (ISO 8601) */
  urged?: { times: number; at: string }
  createdAt: string
  expiresAt: string
  trace: string
}

/** What was put before the person for one document: with it, the same bytes to be signed come out on every process. */
export interface FixedOrder {
  /** names the seal in the document */
  id: string
  /** ISO 8601: when the document will say it was sealed */
  at: string
  /** or `handwritten` */
  sealId: string
  /** JSON of the strokes, of a signature by hand (seals/tasks/handwritten.ts) */
  hand?: string
  /** base64 DER: the shield that will sign */
  certificate: string
  value: 'ses' | 'cms' | 'xmldsig' | 'detached'
  /** lower-case hexadecimal: what the signature is over, as the list that the person signs has it */
  hash: string
}

/** One document of a task. */
export interface SealTaskDocument {
  taskId: string
  /** from 1 */
  n: number
  version: number
  name: string
  /** `cms`: a file that its center keeps, of any format and size; here are its digests, and the signature stands beside it */
  format: 'ofd' | 'pdf' | 'xml' | 'cms'
  /** bytes */
  size: number
  /** SM3 of the document as it came, lower-case hexadecimal */
  digest: string
  /** of a file that its center keeps, where it said so: a shield with an RSA key signs no other */
  sha256?: string
  /** JSON of Placement[] (seals/contract.ts) */
  places: string
  /** the person may move the seal before it is set */
  movable?: true
  /** the day, written below the seal or across it */
  date?: 'under' | 'over'
  /** in the blob store; of a file that its center keeps there is none */
  blob?: string
  state: 'waiting' | 'sealed'
  /** fixed when it is put before the person: what names the seal in the document, and when it says it was sealed */
  order?: FixedOrder
  /** `entry` of the company's record and its signed list; of an expert no entry, and the use of the key */
  sealed?: { blob: string; size: number; digest: string; at: string; entry?: number; evidence: string }
}

export interface SealTaskStore {
  /** its documents' bytes are stored before. Here and below, news of a change is written in its statement */
  insert(task: SealTask, documents: readonly SealTaskDocument[], news?: NewSealNews): Promise<void>
  find(id: string): Promise<SealTask | undefined>
  /** compare-and-set on the version. @returns undefined where somebody else was faster */
  save(task: SealTask, news?: NewSealNews): Promise<SealTask | undefined>
  /** open ones that this person is asked, or anybody of the company, the newest first */
  waiting(enterpriseId: string, membershipId: string, at: Date, limit: number): Promise<SealTask[]>
  /** all of a company, the newest first */
  ofEnterprise(enterpriseId: string, limit: number, before?: { createdAt: string; id: string }): Promise<SealTask[]>
  /** all of a center, the newest first */
  ofCenter(clientId: string, limit: number, before?: { createdAt: string; id: string }): Promise<SealTask[]>
  /** in their order */
  documents(taskId: string, after: number, limit: number): Promise<SealTaskDocument[]>
  document(taskId: string, n: number): Promise<SealTaskDocument | undefined>
  /** how many are sealed */
  sealedOf(taskId: string): Promise<number>
  /** compare-and-set on the version, and only while its task is open; one that is sealed is never written again. @returns undefined where somebody else was faster, or the task has ended */
  saveDocument(document: SealTaskDocument, news?: NewSealNews): Promise<SealTaskDocument | undefined>
}

/** Bytes of any length, in pieces. */
export interface BlobStore {
  /** written whole or not at all to whoever reads it; once, never changed */
  put(id: string, bytes: Uint8Array, expiresAt: Date): Promise<void>
  get(id: string): Promise<Buffer | undefined>
  drop(id: string): Promise<void>
}

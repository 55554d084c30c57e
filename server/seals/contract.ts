/**
 * What a format must be able to do to carry seals, and what a signature value must be able to do to stand in a format. Owns these words alone: each format is a folder beside this file, each kind of value a file
 * in values/.
 *
 * Sealing is cut in two, because the key stays in the shield: `prepare` answers the exact bytes to be signed, `build` puts the signature in. Both are functions of their arguments alone: the same document and
 * order give the same bytes, on any process, today and after a restart. So nothing is kept in between but the order; whatever is random or depends on the hour stands in it.
 */
import type { Certificate } from '../pki/certificate.ts'
import type { DocumentReport } from './report.ts'

type FormatName = 'ofd' | 'pdf' | 'xml' | 'cms'

/** Formats that hold a whole document in memory. Files of any size are sealed beside themselves: cms/. */
export interface SealFormat {
  name: FormatName
  /** by its first kilobyte, not by the file's name */
  recognises(head: Uint8Array): boolean
  /**
   * @param document at most LIMITS.document bytes
   * @returns what the shield signs
   * @throws BrokerError seal_document_unusable (with the reason), seal_place_unusable, seal_shield_unfit where the format has no such algorithm
   */
  prepare(document: Uint8Array, order: SealOrder, value: SignatureValue): Promise<Buffer>
  /**
   * The document with the seal in it. The signature is believed: whoever calls verifies the result.
   * @param stamp asks a time-stamp authority over the signature; absent: none is embedded
   */
  build(document: Uint8Array, order: SealOrder, value: SignatureValue, signature: Uint8Array, stamp?: Stamp): Promise<Buffer>
  /** The sealed document with what shows later that its certificates were good, for formats that have a place for it: no seal is harmed. @throws BrokerError seal_document_unusable */
  addEvidence?(document: Uint8Array, evidence: Evidence): Buffer
  /** Never throws for anything in the document but what is too large or not of this format: everything else is told in the report. @throws BrokerError seal_document_unusable */
  verify(document: Uint8Array, judge: SealJudge): Promise<DocumentReport>
}

/** @returns the format that knows this document, by its first kilobyte */
export const recognised = (formats: readonly SealFormat[], document: Uint8Array): SealFormat | undefined =>
  formats.find(each => each.recognises(document.subarray(0, 1024)))

/** What a document of a format is served as. */
export const MEDIA_TYPES = { pdf: 'application/pdf', ofd: 'application/ofd', xml: 'application/xml' } as const satisfies Partial<
  Record<FormatName, string>
>

/** And what is set beside one, too. */
export const SEALED_TYPES = { ...MEDIA_TYPES, cms: 'application/pkcs7-signature' } as const satisfies Record<FormatName, string>

/** A time-stamp token (RFC 3161, DER) over these bytes. */
export type Stamp = (signature: Uint8Array) => Promise<Buffer>

/** One seal to be set. */
export interface SealOrder {
  /** random, unique within a document: names parts and fields */
  id: string
  /** when the person signs, as the document will say it; what proves a time is a stamp */
  at: Date
  /** none: a signature that shows nothing */
  places: readonly Placement[]
  /** what is drawn at each place; needed where there is one */
  picture?: SealPicture
  /** shown to readers of the document, in the words of the person's country */
  reason?: string
}

/** Lengths are millimetres from the top left corner of the page as it is read; pages count from 1. */
export type Placement =
  /** its centre */
  | { kind: 'at'; page: number; x: number; y: number }
  /** centred on words of the document: the nth time they stand there, counted from 1, or each time */
  | { kind: 'keyword'; words: string; nth?: number }
  /** 骑缝章: a strip of the seal on the edge of each of these pages, which together are the whole */
  | { kind: 'edge'; from?: number; to?: number; side?: 'right' | 'left'; y?: number }

/** A drawing without fonts: everything is an outline. Lengths are millimetres from its own top left corner. */
export interface SealPicture {
  width: number
  height: number
  shapes: readonly Shape[]
}
interface Shape {
  /** red, green, blue: 0 to 255 */
  fill: readonly [number, number, number]
  /** closed outlines, filled by the non-zero rule */
  outline: readonly PathStep[]
}
export type PathStep =
  | readonly ['M' | 'L', x: number, y: number]
  | readonly ['C', x1: number, y1: number, x2: number, y2: number, x: number, y: number]
  | readonly ['Z']

/** What stands in a document as the signature: a signed message (values/cms-value.ts) or an electronic seal's signature (values/ses-value.ts). Made for one signer whose key is elsewhere. */
export interface SignatureValue {
  kind: 'cms' | 'ses' | 'xmldsig'
  /** by which the format digests what it protects, as node:crypto names it */
  digest: 'sm3' | 'sha256'
  /** the most bytes that `write` gives, stamp included */
  room: number
  /** the bare seal (SESeal, DER), for formats that keep it beside the signature too */
  seal?: Buffer
  /** whose key signs, for formats that write certificate and signature by themselves (XML), and use neither `toSign` nor `write` */
  certificate?: Certificate
  /** @param property what the value says it is about, where the format names that (OFD: the absolute path of Signature.xml) @returns what the shield signs */
  toSign(of: Signed): Buffer
  write(of: Signed, signature: Uint8Array, stamp?: Buffer): Buffer
}
export interface Signed {
  /** by `digest`, of what the format protects */
  digest: Uint8Array
  property: string
  at: Date
}

/** What judges a value found in a document; joins values/, the trust list and its revocation (judge.ts). */
export interface SealJudge {
  /**
   * @param value DER or what claims to be it, from the document
   * @throws BrokerError only for what is our own fault, never for anything in the value
   */
  value(value: Uint8Array, content: JudgeQuestion): Promise<JudgedValue>
  /** Whether whoever signed may be trusted and signed while it was good, where the format has found by itself that this certificate's key did: XML, and messages beside a file of any size. Absent: nobody knows. */
  signer?(question: SignerQuestion): Promise<JudgedSigner>
}

export interface JudgeQuestion {
  /** of what the document protects by it; called with sm3, sha256, sha384 or sha512 */
  digestOf(digest: string): Uint8Array
  /** what the format expects it to be about; absent: whatever it says is reported and not compared */
  property?: string
  /** when it was signed, where the format says it and the value does not (PDF: /M); a claim like the value's own */
  at?: Date
  /** what the document carries for later verification: candidates, to be believed no more than what comes in the value */
  evidence?: Evidence
}

/** Long-term evidence, each DER: certificates, revocation lists, OCSP responses. */
export interface Evidence {
  certificates: readonly Uint8Array[]
  crls: readonly Uint8Array[]
  ocsps: readonly Uint8Array[]
}

export interface SignerQuestion {
  certificate: Certificate
  /** what came along: candidates for a path, trusted in nothing */
  chain: readonly Certificate[]
  claimedAt?: Date
  /** a time-stamp token (DER, or what claims to be it) and the bytes that it must be over */
  stamp?: { token: Uint8Array; over: Uint8Array }
  /** as in JudgeQuestion */
  evidence?: Evidence
}
/** `checks` of `trusted` and `valid` alone: what is intact the format has said. */
type JudgedSigner = Pick<JudgedValue, 'signer' | 'provenAt' | 'checks'>

/** A report's part that does not depend on the format. */
export type JudgedValue = Pick<DocumentReport['seals'][number], 'kind' | 'signer' | 'seal' | 'claimedAt' | 'provenAt' | 'checks'> & {
  /** for formats that keep the seal beside the signature too: both must be the same */
  embeddedSeal?: Buffer
  certificates?: readonly Certificate[]
}

/** Sizes are bytes. */
export const LIMITS = {
  document: 64 * 1024 * 1024,
  /** a message that stands beside a file, evidence included */
  message: 16 * 1024 * 1024,
  /** of a file that somebody else keeps, and of which we know the digests alone: what a number can say */
  file: 2 ** 50,
  /** seals in one document that are judged; more are counted and not judged */
  seals: 200,
} as const

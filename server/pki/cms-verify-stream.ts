/**
 * Owns judging a signed message too large to hold, RFC 5652 5: the content flows by once and is hashed for every signer together.
 *
 * The trap: a signature without attributes is over the content itself, for SM2 with the signer's ZA in front of it, and in an attached message the signer is named
 * after the content. Such a message is read a second time, which is why it comes as a function that opens it.
 */
import { asBrokerError } from '../kernel/errors.ts'
import type { Certificate } from './certificate.ts'
import { DATA, digestOf } from './cms-algorithms.ts'
import { unarmored } from './cms-armor.ts'
import { bytesOf, Passing, type Source } from './cms-bytes.ts'
import { type BadSigner, badSigner, judgeSigner, type OpenSigner, openSigner, type SignerVerdict } from './cms-judge.ts'
import { RunningVerification } from './cms-running.ts'
import { invalid, readTail, type SignedData } from './cms-signed-data.ts'
import { readSignedHead, readSignedTail } from './cms-signed-stream.ts'
import { Cursor, onlyElement, readOid, TAG } from './der.ts'
import { DerStream } from './der-stream.ts'

/** Each signature without attributes hashes the whole content for itself. */
const MAX_DIRECT = 8

/** Opens the bytes anew at every call. */
export type Opening = () => Source

/** A content that is elsewhere, of which this alone is known: enough for a signature whose attributes say the digest, and for no other. */
export interface DigestedContent {
  /** by the names of node:crypto */
  digests: ReadonlyMap<string, Buffer>
  /** octets, as whoever has it says */
  size: number
}

export interface CmsStreamQuestion {
  /** DER, BER, PEM or base64; opened a second time only for an attached message with a signature without attributes */
  cms: Opening
  /** what was signed, for a detached message; opened once */
  content?: Opening | DigestedContent
  /** where a signer's certificate is to be found when the message has none */
  certificates?: readonly Certificate[]
  /** the content types let in; plain data unless told */
  contentTypes?: readonly string[]
  /** is handed the content of an attached message, piece by piece, BEFORE anything is known about it: keep it apart until the verdict is there */
  onContent?: (piece: Buffer) => Promise<void> | void
}

export interface JudgedStream {
  /** whether the content came inside the message */
  form: 'attached' | 'detached'
  contentType: string
  /** octets of the content */
  size: number
  /** every certificate in the message: candidates for a path, nothing more */
  certificates: readonly Certificate[]
  /** DER of each RevocationInfoChoice in the message: candidates, too */
  revocationInfo: readonly Buffer[]
  /** at least one; each judged by itself */
  signers: readonly SignerVerdict[]
}

/**
 * @throws BrokerError `signature_invalid` or `message_malformed` when there is no message to judge, `internal` when a source fails
 */
export async function judgeCmsStream(question: CmsStreamQuestion): Promise<JudgedStream> {
  try {
    return await judge(question)
  } catch (thrown) {
    const error = asBrokerError(thrown)
    throw error.code === 'certificate_malformed' ? invalid('the message cannot be read', error) : error
  }
}

async function judge({ cms, onContent = () => {}, ...question }: CmsStreamQuestion): Promise<JudgedStream> {
  return judgeReading((onPiece, round) => readMessage(cms, round === 'first' ? onContent : onPiece), question)
}

/** A signed message read to its end. `passing` is there when it carried its content. */
export interface ReadMessage {
  message: SignedData
  passing: Passing | undefined
}
/** Reads the message anew. The first time the content goes to whoever wants it, the second time to the signatures over it. */
export type Reading = (onPiece: (piece: Buffer) => void, round: 'first' | 'second') => Promise<ReadMessage>

/** What judgeCmsStream does, however the message is read. @throws as there */
export async function judgeReading(
  reading: Reading,
  { content, certificates: known = [], contentTypes = DATA }: Omit<CmsStreamQuestion, 'cms' | 'onContent'>,
): Promise<JudgedStream> {
  const first = await reading(() => {}, 'first')
  const { message } = first
  if (!contentTypes.includes(message.contentType)) throw invalid(`content of type ${message.contentType}`)
  if (message.signers.length === 0) throw invalid('nobody signed')
  if (first.passing !== undefined && content !== undefined) throw invalid('the message carries its content; none may be given')
  if (first.passing === undefined && content === undefined) throw invalid('a detached signature without its content')

  const candidates = [...message.certificates, ...known]
  const read = message.signers.map(der => opened(der, candidates))
  const signing = read.filter(each => 'row' in each)
  const direct = signing.filter(({ info }) => info.signedAttributes === undefined)
  if (direct.length > MAX_DIRECT) throw invalid(`${direct.length} signers without attributes`)
  const running = new Map(direct.map(signer => [signer, new RunningVerification(signer)]))
  const passing = first.passing ?? new Passing([...namesIn(message), ...signing.map(({ row }) => row.digest)])
  const elsewhere = typeof content === 'object' ? content : undefined
  const digests = elsewhere?.digests ?? (await learn(typeof content === 'function' ? content : undefined))
  const seen = {
    type: message.contentType,
    digests,
    looksSigned: passing.looksSigned,
    // over a content that nobody read here, such a signature is over anything
    signedDirectly: (signer: OpenSigner) => elsewhere === undefined && running.get(signer)?.verifies() === true,
  }
  return {
    form: first.passing === undefined ? 'detached' : 'attached',
    contentType: message.contentType,
    size: elsewhere?.size ?? passing.total,
    certificates: message.certificates,
    revocationInfo: message.crlDer,
    signers: read.map(each => {
      if (!('row' in each)) return each
      return lacking(each, elsewhere) ?? decided(() => judgeSigner(each, seen), each.certificate)
    }),
  }

  async function learn(open: Opening = () => Buffer.of()): Promise<ReadonlyMap<string, Buffer>> {
    const feed = (piece: Buffer) => {
      for (const verification of running.values()) verification.update(piece)
    }
    if (first.passing === undefined) {
      for await (const piece of bytesOf(open())) {
        passing.update(piece)
        feed(piece)
      }
      return passing.digests()
    }
    const found = first.passing.digests()
    if (running.size === 0) return found
    const again = (await reading(feed, 'second')).passing?.digests()
    // what was handed out the first time must be what is verified now
    for (const [name, digest] of found) if (again?.get(name)?.equals(digest) !== true) throw invalid('the message changed while it was read')
    return found
  }
}

async function readMessage(cms: Opening, onContent: (piece: Buffer) => Promise<void> | void): Promise<ReadMessage> {
  const stream = new DerStream(unarmored(bytesOf(cms())))
  try {
    const head = await readSignedHead(stream)
    let passing: Passing | undefined
    if (head.attached) {
      passing = new Passing(namesIn(head))
      for await (const piece of stream.octets(TAG.octets)) {
        passing.update(piece)
        await onContent(piece)
      }
    }
    const tail = await readSignedTail(stream, head.attached)
    return { message: readTail({ ...head, ...tail }), passing }
  } finally {
    await stream.stop()
  }
}

/** The digests a message names, of those we know; a signer with another one than the message announced (RFC 5652 5.1) is not verified. */
export function namesIn({ digestAlgorithms }: Pick<SignedData, 'digestAlgorithms'>): Set<string> {
  const names = digestAlgorithms.slice(0, 8).map(der => digestOf(readOid(new Cursor(onlyElement(der, TAG.sequence)).take(TAG.oid))))
  const known = names.filter(name => name !== undefined)
  return new Set(known.length === 0 ? ['sm3'] : known)
}

function opened(der: Buffer, known: readonly Certificate[]): OpenSigner | SignerVerdict {
  try {
    return openSigner(der, known)
  } catch (thrown) {
    return badSigner(thrown)
  }
}

/** Not known is not wrong: such a signature may well hold for the file. It is never good here. */
function lacking({ info, row, certificate }: OpenSigner, elsewhere: DigestedContent | undefined): BadSigner | undefined {
  if (elsewhere === undefined) return undefined
  const lacks = info.signedAttributes === undefined ? 'content' : row.digest
  if (elsewhere.digests.has(lacks)) return undefined
  const facts =
    lacks === 'content' ? 'a signature without attributes, and the content is elsewhere' : `no ${lacks} of the content, which is elsewhere`
  return { ok: false, code: 'signature_invalid', facts, certificate, lacks }
}

function decided(decide: () => SignerVerdict, certificate: Certificate): SignerVerdict {
  try {
    return decide()
  } catch (thrown) {
    return badSigner(thrown, certificate)
  }
}

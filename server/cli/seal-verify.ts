/** Owns the work of `shield verify`: which kind of file it is, by its content, and the report on every seal in it. */
import { createHash } from 'node:crypto'
import { BrokerError } from '../kernel/errors.ts'
import { SIGNED_DATA } from '../pki/cms-algorithms.ts'
import { bytesOf } from '../pki/cms-bytes.ts'
import type { Opening } from '../pki/cms-verify-stream.ts'
import { elementAt, readOid, TAG } from '../pki/der.ts'
import { verifyDetached } from '../seals/cms/detached.ts'
import { LIMITS, type SealFormat } from '../seals/contract.ts'
import { createSealJudge } from '../seals/judge.ts'
import { ofd } from '../seals/ofd/ofd.ts'
import { pdf } from '../seals/pdf/pdf.ts'
import type { JudgeDeps } from '../seals/ports.ts'
import { answerOf, type Check, type SealReport } from '../seals/report.ts'
import { SES_LIMITS } from '../seals/ses/fields.ts'
import { readSeal } from '../seals/ses/seal.ts'
import { readSesSignature } from '../seals/ses/signature.ts'
import { judgeBareSeal } from '../seals/values/seal-judge.ts'
import { judgeSes } from '../seals/values/ses-judge.ts'
import { check } from '../seals/values/words.ts'
import { xml } from '../seals/xml/xml.ts'
import { one, source } from './asked.ts'
import type { Asked, Outcome } from './command.ts'
import { readBounded } from './files.ts'
import { outcomeOf, type Report } from './seal-report.ts'
import { judgedBy } from './seal-trust.ts'
import { readTrust, timeAsked } from './trust-folder.ts'

const FORMATS: readonly SealFormat[] = [pdf, ofd, xml]
/** of a file, that tells its format */
const HEAD = 1024

/** @throws BrokerError seal_document_unusable, too_large; config_invalid for a trust folder that is none */
export async function verify(asked: Asked): Promise<Outcome> {
  const folder = one(asked, 'trust')
  const at = timeAsked(asked)
  const deps = judgedBy(folder === undefined ? undefined : await readTrust(folder), at)
  const report = await reportOn(asked, deps)
  return outcomeOf({ ...report, at: at.toISOString(), trustAsked: folder !== undefined })
}

type Found = Omit<Report, 'at' | 'trustAsked'>

async function reportOn(asked: Asked, deps: JudgeDeps): Promise<Found> {
  const [path = ''] = asked.args
  const beside = one(asked, 'signature')
  const file = await source(asked, path)
  const judge = createSealJudge(deps)
  if (beside !== undefined) {
    const { open, digest } = digesting(file.open)
    const report = await verifyDetached({ cms: (await source(asked, beside)).open, content: open, judge })
    return { ...report, document: { digest: await digest(), size: file.size } }
  }
  const head = await headOf(file.open)
  if (looksSigned(head)) return await attached(file, judge)
  const format = formatOf(head)
  if (format !== undefined) {
    const bytes = await readDocument(path, file.size)
    return { ...(await format.verify(bytes, judge)), document: documentOf(bytes) }
  }
  return (file.size <= SES_LIMITS.signature ? await bare(await readBounded(path, SES_LIMITS.signature), deps) : undefined) ?? attached(file, judge)
}

/** By the first kilobyte, never by the name. */
export const formatOf = (head: Uint8Array): SealFormat | undefined => FORMATS.find(each => each.recognises(head))

/** A whole document in memory. @throws BrokerError too_large */
export async function readDocument(path: string, size: number): Promise<Buffer> {
  if (size > LIMITS.document)
    throw new BrokerError('too_large', `${path} has ${size} bytes; a document to be sealed or verified by itself has at most ${LIMITS.document}`)
  return await readBounded(path, LIMITS.document)
}

export async function headOf(open: Opening): Promise<Buffer> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of bytesOf(open())) {
    pieces.push(Buffer.from(piece.subarray(0, HEAD - size)))
    size += piece.length
    if (size >= HEAD) break
  }
  return Buffer.concat(pieces)
}

/** A signed message that carries its content, which may be a PDF as well. */
async function attached({ open: plain, size }: { open: Opening; size: number }, judge: ReturnType<typeof createSealJudge>): Promise<Found> {
  const { open, digest } = digesting(plain)
  const report = await verifyDetached({ cms: open, judge })
  return { ...report, document: { digest: await digest(), size } }
}

/** DER or BER, or text that begins as PEM does. */
function looksSigned(head: Buffer): boolean {
  if (head.toString('latin1', 0, 11) === '-----BEGIN ') return true
  const at = head.subarray(0, 24).indexOf(TAG.oid)
  if (head[0] !== TAG.sequence || at < 0) return false
  try {
    return SIGNED_DATA.includes(readOid(elementAt(head.subarray(at))))
  } catch {
    return false
  }
}

/** An electronic seal by itself, or the signature that one left without the document it is about; undefined for anything else. */
async function bare(bytes: Buffer, deps: JudgeDeps): Promise<Found | undefined> {
  if (isOf(readSeal, bytes)) {
    const { seal, checks } = await judgeBareSeal(bytes, deps)
    return { format: 'seal', seals: [reportFrom({ id: seal.id, kind: 'ses', seal, checks })], findings: [], document: documentOf(bytes) }
  }
  if (!isOf(readSesSignature, bytes)) return undefined
  const { dataHash } = readSesSignature(bytes)
  const judged = await judgeSes(bytes, { digestOf: () => dataHash }, deps)
  const { kind, signer, seal, claimedAt, provenAt } = judged
  // the document is not here: what it says about one is told, and compared with nothing
  const checks = judged.checks.map(each => (each.code === 'digest' ? check('digest', 'unknown', each.facts) : each))
  const parts = { kind, checks, ...(signer && { signer }), ...(seal && { seal }), ...(claimedAt && { claimedAt }), ...(provenAt && { provenAt }) }
  return { format: 'ses', seals: [reportFrom({ id: seal?.id ?? '', ...parts })], findings: [], document: documentOf(bytes) }
}

const reportFrom = (known: Omit<SealReport, 'covers' | 'intact' | 'trusted' | 'valid'> & { checks: Check[] }): SealReport => ({
  ...known,
  covers: { whole: false, parts: [] },
  intact: answerOf(known.checks, 'intact'),
  trusted: answerOf(known.checks, 'trusted'),
  valid: answerOf(known.checks, 'valid'),
})

function isOf(read: (bytes: Buffer) => unknown, bytes: Buffer): boolean {
  try {
    read(bytes)
    return true
  } catch (thrown) {
    if (thrown instanceof BrokerError) return false
    throw thrown
  }
}

const documentOf = (bytes: Uint8Array): Report['document'] => ({ digest: createHash('sm3').update(bytes).digest('hex'), size: bytes.length })

/** The file's own digest out of the same reading; read again only where that was broken off. */
function digesting(open: Opening): { open: Opening; digest(): Promise<string> } {
  let whole: string | undefined
  async function* reading() {
    const hash = createHash('sm3')
    for await (const piece of bytesOf(open())) {
      hash.update(piece)
      yield piece
    }
    whole = hash.digest('hex')
  }
  return {
    open: reading,
    async digest() {
      if (whole === undefined) for await (const _ of reading());
      return whole ?? ''
    },
  }
}

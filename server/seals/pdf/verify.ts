/**
 * Owns judging a PDF: every signature in it, what each covers, what came after it, and whether its seal can be seen. Whether a value holds and whom it is from is the judge's (SealJudge). Nothing is believed about a
 * value but what it is: SubFilter is reported, never followed.
 */
import { asBrokerError } from '../../kernel/errors.ts'
import { type Evidence, type JudgedValue, type JudgeQuestion, LIMITS, type SealJudge } from '../contract.ts'
import { answerOf, type Check, type DocumentReport, type SealReport } from '../report.ts'
import { afterwards, type Judged } from './aftermath.ts'
import { coverageOf, derIn } from './byte-range.ts'
import { Digests } from './digests.ts'
import { evidenceIn } from './evidence.ts'
import type { Revision } from './file.ts'
import { unusable } from './limits.ts'
import { nameOf, type PdfDict, PdfString } from './objects.ts'
import { attempt, type Opened, open } from './opened.ts'
import { revisionAt } from './revisions.ts'
import { type FoundSignature, signaturesOf } from './signatures.ts'
import { judgeStamp } from './stamp.ts'
import { Sight } from './visible.ts'
import { check } from './words.ts'

const SUB_FILTERS = ['adbe.pkcs7.detached', 'ETSI.CAdES.detached', 'ETSI.RFC3161', 'GBT.38540']

/** @throws BrokerError `seal_document_unusable` for what is no PDF or too large */
export async function verifyPdf(document: Uint8Array, judge: SealJudge): Promise<DocumentReport> {
  const bytes = Buffer.from(document.buffer, document.byteOffset, document.byteLength)
  if (bytes.toString('latin1', 0, 5) !== '%PDF-' || bytes.length > LIMITS.document) throw unusable('no PDF, or too large')
  const opened = open(bytes)
  const { now, findings } = opened
  const read = attempt(() => signaturesOf(bytes, now))
  if (read === undefined) findings.push(check('structure', 'no', 'signatures'))
  const all = read ?? signaturesOf(bytes, undefined)
  if (all.length > LIMITS.seals) findings.push(check('seals-too-many', 'no', `${all.length}`))
  const judged: Judged[] = []
  const evidence = now === undefined ? undefined : attempt(() => evidenceIn(now))
  const judging = { judge, digests: new Digests(bytes), evidence: evidence === undefined ? {} : { evidence } }
  for (const found of all.slice(0, LIMITS.seals)) judged.push(await judgeOne(opened, found, judging))
  afterwards(opened, judged)
  const sight = now === undefined ? undefined : attempt(() => new Sight(now))
  if (now !== undefined && sight === undefined) findings.push(check('structure', 'no', 'page tree'))
  return { format: 'pdf', seals: judged.map(each => reportOf(each, sight, bytes)), findings }
}

/** What judging all signatures of a document shares. */
interface Judging {
  judge: SealJudge
  digests: Digests
  evidence: { evidence?: Evidence }
}

async function judgeOne({ bytes, now }: Opened, found: FoundSignature, { judge, digests, evidence }: Judging): Promise<Judged> {
  const { dict, packed } = found
  const coverage = coverageOf(bytes, dict, packed)
  const checks = [...coverage.checks]
  const twice = dict.repeated.filter(key => key === 'ByteRange' || key === 'Contents' || key === 'Type' || key === 'SubFilter')
  if (twice.length > 0) checks.push(check('signature-dictionary', 'no', twice.join(' ')))
  const contents = dict.get('Contents')
  const value = contents instanceof PdfString ? derIn(contents.bytes) : undefined
  if (value !== undefined) checks.push(check('contents', value.clean ? 'yes' : 'no'))
  const digestOf = (digest: string): Buffer => digests.of(digest, coverage.spans)
  const revision = coverage.end === undefined || now === undefined ? undefined : signedRevision(now, coverage.end, checks)
  const isStamp = nameOf(dict.get('Type')) === 'DocTimeStamp'
  const claimed = dateIn(dict)
  const at = claimed === undefined ? {} : { at: claimed }
  const judged =
    value === undefined
      ? unreadable('no DER')
      : isStamp
        ? judgeStamp(value.value, digestOf)
        : await valueOfJudge(judge, value.value, { digestOf, ...at, ...evidence })
  return { found, coverage, revision, value: judged, checks }
}

function signedRevision(now: Revision, end: number, checks: Check[]): Revision | undefined {
  try {
    const revision = revisionAt(now.file, end)
    checks.push(check('revision', 'yes'))
    return revision
  } catch (thrown) {
    checks.push(check('revision', 'no', asBrokerError(thrown).facts))
    const { length } = now.file.bytes
    if (end < length) checks.push(check('tail-uncovered', 'no', `${length - end} bytes`))
    return undefined
  }
}

/** A document that asks for more hashing than is reasonable is told; what fails on our side is thrown on. */
async function valueOfJudge(judge: SealJudge, value: Buffer, content: JudgeQuestion): Promise<JudgedValue> {
  try {
    return await judge.value(value, content)
  } catch (thrown) {
    const error = asBrokerError(thrown)
    if (error.code !== 'seal_document_unusable') throw error
    return unreadable(error.facts)
  }
}

const unreadable = (facts: string): JudgedValue => ({ kind: 'unknown', checks: [check('value-unreadable', 'no', facts)] })

function reportOf({ found, coverage, value, checks }: Judged, sight: Sight | undefined, bytes: Buffer): SealReport {
  const { dict, fields } = found
  const subFilter = nameOf(dict.get('SubFilter'))
  const notes: Check[] = []
  if (fields.length === 0) notes.push(check('no-field', 'no'))
  if (subFilter === undefined || !SUB_FILTERS.includes(subFilter)) notes.push(check('sub-filter-unknown', 'no', subFilter ?? 'none'))
  if (!dict.has('Type')) notes.push(check('signature-type-missing', 'no'))
  const isStamp = nameOf(dict.get('Type')) === 'DocTimeStamp'
  const seen = fields.length === 0 || sight === undefined || isStamp ? [] : (attempt(() => sight.checksOf(fields)) ?? [])
  const pages = sight?.pagesOf(fields) ?? []
  const all = [...checks, ...value.checks, ...notes, ...seen]
  const { kind, signer, seal, provenAt } = value
  const claimedAt = value.claimedAt ?? dateIn(dict)?.toISOString()
  return {
    id: fields[0]?.name || `byte ${dict.at}`,
    kind,
    ...(signer === undefined ? {} : { signer }),
    ...(seal === undefined ? {} : { seal }),
    ...(claimedAt === undefined ? {} : { claimedAt }),
    ...(provenAt === undefined ? {} : { provenAt }),
    ...(pages.length === 0 ? {} : { pages }),
    covers: {
      whole: coverage.end === bytes.length && coverage.checks.every(({ ok }) => ok === 'yes'),
      parts: coverage.spans.map(([from, to]) => `${from}-${to}`),
    },
    intact: answerOf(all, 'intact'),
    trusted: answerOf(all, 'trusted'),
    valid: answerOf(all, 'valid'),
    checks: all,
  }
}

/** M, 7.9.4: D:YYYYMMDDHHmmSS and a zone. */
function dateIn(dict: PdfDict): Date | undefined {
  const value = dict.get('M')
  const match =
    value instanceof PdfString
      ? /^D:(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(?:Z|([+-])(\d{2})'?(\d{2})?)?/.exec(value.bytes.toString('latin1', 0, 30))
      : null
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second, sign, hours = '00', minutes = '00'] = match
  const zone = sign === undefined ? 'Z' : `${sign}${hours}:${minutes}`
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}${zone}`)
  return Number.isNaN(time.getTime()) ? undefined : time
}

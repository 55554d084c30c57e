/** Owns what `shield verify` and `shield seal` say of seals: one sentence about all, then each seal with its three answers and every check, in Chinese and English. */
import type { Answer, Check, DocumentReport, SealReport } from '../seals/report.ts'
import { verdictOn } from '../seals/verdict.ts'
import { printable } from './cert-report.ts'
import { EXIT, type Outcome } from './command.ts'

export interface Report extends Omit<DocumentReport, 'format'> {
  /** `seal`: a seal that nobody has set; `ses`: what one left, without its document */
  format: DocumentReport['format'] | 'seal' | 'ses'
  /** SM3 in hexadecimal, and octets, of the file that was verified */
  document: { digest: string; size: number }
  /** as of which it was judged, ISO 8601 */
  at: string
  /** a folder said whom to trust */
  trustAsked: boolean
}

/** Every seal is intact, and nothing says no. A note about a seal says how it stands there and refuses nothing; one about the document does. */
function isGood({ seals, findings }: Report): boolean {
  const refused = seals.some(({ intact, checks }) => intact !== 'yes' || checks.some(({ of, ok }) => of !== 'note' && ok === 'no'))
  return seals.length > 0 && !refused && findings.every(({ ok }) => ok !== 'no')
}

export function outcomeOf(report: Report): Outcome {
  const good = isGood(report)
  const { words, tone } = verdictOf(report)
  const head = [`${HEADS[tone]}  ${words.zh}`, `      ${words.en}`, documentLine(report)]
  const lines = [
    ...head,
    ...(report.findings.length === 0 ? [] : ['', '关于整个文件 About the document', ...report.findings.flatMap(checkLines)]),
    ...report.seals.flatMap((seal, i) => ['', ...sealLines(seal, i + 1)]),
    ...(report.trustAsked
      ? []
      : ['', '没有说明信任谁：加 --trust 文件夹。', 'Whether the certificates are trusted was not asked: --trust DIR does.']),
  ]
  return { exit: good ? EXIT.ok : EXIT.found, json: { ok: good, ...report }, text: `${lines.join('\n')}\n` }
}

const HEADS = { good: '[OK]', warn: '[??]', bad: '[NO]' } as const

function verdictOf(report: Report): ReturnType<typeof verdictOn> {
  const [only] = report.seals
  if (report.format === 'seal' && only !== undefined)
    return sentence([only.intact, only.trusted, only.valid], {
      yes: { zh: '印章确由制章者签发，现在有效。', en: 'The seal is as its maker signed it, and in force.' },
      no: { zh: '印章不可采信，原因见下。', en: 'The seal cannot be relied on. See below.' },
      unknown: { zh: '印章有些情况还不能确定，请看下面的说明。', en: 'Some questions about the seal stay open: see below.' },
    })
  if (report.format === 'ses' && only !== undefined)
    return sentence([only.intact, only.trusted, only.valid], {
      yes: { zh: '签章有效。', en: 'The seal’s signature holds.' },
      no: { zh: '签章不可采信，原因见下。', en: 'The seal’s signature cannot be relied on. See below.' },
      unknown: {
        zh: '这里只有签章，没有文件：不能确定盖的是哪个文件。',
        en: 'This is a seal’s signature without its document: which document it is about cannot be told.',
      },
    })
  return verdictOn(report)
}

function sentence(answers: readonly Answer[], words: Record<Answer, { zh: string; en: string }>): ReturnType<typeof verdictOn> {
  if (answers.includes('no')) return { words: words.no, tone: 'bad' }
  return answers.includes('unknown') ? { words: words.unknown, tone: 'warn' } : { words: words.yes, tone: 'good' }
}

const documentLine = ({ format, document, at }: Report): string => `${format}, ${document.size} octets, SM3 ${document.digest}, judged as of ${at}`

const SIGNS: Record<Answer, string> = { yes: '[ok]', no: '[NO]', unknown: '[??]' }
const SAID: Record<Answer, string> = { yes: '是 yes', no: '否 no', unknown: '未知 unknown' }
const GOVERNMENT: Record<Answer, string> = { yes: '可以 yes', no: '不可以 no', unknown: '未知 unknown' }

/** Everything that another's file says goes through `printable`. */
function sealLines(seal: SealReport, n: number): string[] {
  const { signer, claimedAt, provenAt, covers, pages } = seal
  const rows: [string, string | undefined][] = [
    ['印章 Seal', seal.seal && `${seal.seal.name}  (${seal.seal.id}, ${seal.seal.validFrom} – ${seal.seal.validUntil})`],
    ['盖章人 Sealed by', signer && `${signer.name ?? signer.certificate.subject}${signer.uscc === undefined ? '' : `  ${signer.uscc}`}`],
    ['证书 Certificate', signer && `${signer.certificate.serial}, ${signer.certificate.issuer}`],
    ['可用于政务 Government', signer?.government && GOVERNMENT[signer.government]],
    ['时间（自称）Claimed', claimedAt],
    ['时间（时间戳证明）Proven', provenAt],
    ['保护范围 Covers', covers.whole ? '整个文件 the whole document' : covers.parts.length === 0 ? undefined : partsOf(covers.parts)],
    ['页 Pages', pages?.join(', ')],
    ['未被修改 Intact', SAID[seal.intact]],
    ['可信 Trusted', SAID[seal.trusted]],
    ['盖章时有效 Valid then', SAID[seal.valid]],
  ]
  return [
    `${n}. ${printable(seal.id)}  (${seal.kind})`,
    ...rows.flatMap(([name, value]) => (value === undefined ? [] : [`   ${name}: ${printable(value)}`])),
    ...seal.checks.flatMap(checkLines),
  ]
}

const MOST_PARTS = 6
const partsOf = (parts: readonly string[]): string =>
  `${parts.slice(0, MOST_PARTS).join(', ')}${parts.length > MOST_PARTS ? ` … (${parts.length})` : ''}`

function checkLines({ code, ok, of, zh, en, facts }: Check): string[] {
  const about = facts === undefined || facts === '' ? [] : [`        ${printable(facts)}`]
  return [`   ${SIGNS[ok]} ${code} (${of})  ${printable(zh)}`, `        ${printable(en)}`, ...about]
}

import { secondOf } from '../../web/beijing.ts'
import { badge, both, card, facts, notice, submit } from '../../web/components.ts'
import { page } from '../../web/frame.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import type { Answer, Check, SealReport } from '../report.ts'
import { verdictOn } from '../verdict.ts'
import type { Verified } from '../verify/verification.ts'

/** The public page: is this document sealed, by whom, when, over what, and does it still hold? */
export function verifyPage({ trace, problem }: { trace: string; problem?: Words }): string {
  return page({
    title: { zh: '验章', en: 'Verify a sealed document' },
    lead: {
      zh: '选一个盖过章的 PDF、OFD 或 XML 文件，看是谁盖的章、什么时候盖的、盖章后有没有改过。文件不会保存。',
      en: 'Choose a sealed PDF, OFD or XML: who sealed it, when, and was it changed since? Nothing is stored.',
    },
    narrow: true,
    trace,
    body: html`${problem !== undefined && notice(problem, 'bad')}${chooser()}`,
  })
}

const chooser = (): Markup => html`<form class="card seal-form" method="post" action="/verify" enctype="multipart/form-data">
  <div class="field">
    <label for="document">${both({ zh: '要验的文件', en: 'The document' })}</label>
    <input type="file" id="document" name="document" required accept=".pdf,.ofd,.xml,application/pdf,application/ofd,text/xml" aria-describedby="document-note">
    <p class="field-note" id="document-note">${both({ zh: '也可以把文件拖到这里。最大 64 MB。', en: 'Or drop it here. At most 64 MB.' })}</p>
  </div>
  <div class="actions">${submit({ label: { zh: '验章', en: 'Verify' } })}</div>
</form>`

const MOST_SHOWN = 50

export function answeredPage({ name, report, trace }: { name: string; report: Verified; trace: string }): string {
  const { seals, findings, document } = report
  const verdict = verdictOn(report)
  return page({
    title: { zh: '验章结果', en: 'What was found' },
    narrow: true,
    trace,
    body: html`${notice(verdict.words, verdict.tone)}
${card(
  facts([
    { name: { zh: '文件', en: 'Document' }, value: name },
    { name: { zh: '格式', en: 'Format' }, value: report.format.toUpperCase() },
    { name: { zh: '大小', en: 'Size' }, value: `${document.size} 字节` },
    { name: { zh: 'SM3 摘要', en: 'SM3 digest' }, value: html`<code class="digest">${document.digest}</code>` },
  ]),
)}
${findings.length > 0 && card(checkList(findings), { zh: '关于整个文件', en: 'About the document' })}
${seals.slice(0, MOST_SHOWN).map(sealCard)}
${seals.length > MOST_SHOWN && notice({ zh: `还有 ${seals.length - MOST_SHOWN} 个章没有列出。`, en: `${seals.length - MOST_SHOWN} more are not listed.` }, 'info')}
<h2>${both({ zh: '再验一个', en: 'Another one' })}</h2>
${chooser()}`,
  })
}

function sealCard(seal: SealReport, i: number): Markup {
  const { signer, claimedAt, provenAt, covers } = seal
  return card(
    html`<p class="seal-answers">${answerBadge('intact', seal.intact)} ${answerBadge('trusted', seal.trusted)} ${answerBadge('valid', seal.valid)}</p>
${facts([
  ...(seal.seal === undefined
    ? []
    : [{ name: { zh: '印章', en: 'Seal' }, value: html`${seal.seal.name}<br><span class="quiet">${seal.seal.id}</span>` }]),
  ...(signer === undefined
    ? []
    : [
        {
          name: { zh: '盖章人', en: 'Sealed by' },
          value: html`${signer.name ?? signer.certificate.subject}${signer.uscc !== undefined && html`<br><span class="quiet">${signer.uscc}</span>`}`,
        },
      ]),
  ...(signer?.government === undefined
    ? []
    : [{ name: { zh: '可用于政务', en: 'For government affairs' }, value: both(GOVERNMENT[signer.government]) }]),
  ...(provenAt === undefined ? [] : [{ name: { zh: '时间（时间戳证明）', en: 'When (proven by a time stamp)' }, value: clockTime(provenAt) }]),
  ...(provenAt !== undefined || claimedAt === undefined
    ? []
    : [{ name: { zh: '时间（盖章人所说）', en: 'When (as the signer says)' }, value: clockTime(claimedAt) }]),
  { name: { zh: '保护范围', en: 'Protects' }, value: covers.whole ? '整个文件 The whole document' : `${covers.parts.length} 个部分 parts` },
  ...(seal.pages === undefined ? [] : [{ name: { zh: '页', en: 'Pages' }, value: seal.pages.join('、') }]),
])}
<details class="help"><summary>${both({ zh: `逐项检查（${seal.checks.length}）`, en: 'Every check' })}</summary>${checkList(seal.checks)}</details>`,
    { zh: `${i + 1}. ${seal.seal?.name ?? seal.signer?.name ?? seal.id}`, en: KINDS[seal.kind] },
  )
}

const KINDS: Record<SealReport['kind'], string> = {
  ses: 'Electronic seal',
  cms: 'Digital signature',
  xmldsig: 'XML signature',
  unknown: 'Cannot be verified',
}
const GOVERNMENT: Record<Answer, Words> = {
  yes: { zh: '可以', en: 'Yes' },
  no: { zh: '不可以', en: 'No' },
  unknown: { zh: '未知', en: 'Not known' },
}
const QUESTIONS = {
  intact: {
    yes: { zh: '未被修改', en: 'Intact' },
    no: { zh: '已被修改', en: 'Changed' },
    unknown: { zh: '是否修改：未知', en: 'Intact: not known' },
  },
  trusted: {
    yes: { zh: '签发机构可信', en: 'Trusted' },
    no: { zh: '签发机构不可信', en: 'Not trusted' },
    unknown: { zh: '是否可信：未知', en: 'Trusted: not known' },
  },
  valid: {
    yes: { zh: '盖章时有效', en: 'Valid at its time' },
    no: { zh: '盖章时无效', en: 'Not valid at its time' },
    unknown: { zh: '是否有效：未知', en: 'Valid: not known' },
  },
} as const satisfies Record<string, Record<Answer, Words>>
const TONES: Record<Answer, 'good' | 'bad' | 'warn'> = { yes: 'good', no: 'bad', unknown: 'warn' }

const answerBadge = (question: keyof typeof QUESTIONS, answer: Answer): Markup => badge(QUESTIONS[question][answer], TONES[answer])

const SIGNS: Record<Answer, Words> = { yes: { zh: '通过', en: 'ok' }, no: { zh: '不通过', en: 'no' }, unknown: { zh: '未知', en: 'unknown' } }

const checkList = (checks: readonly Check[]): Markup =>
  html`<ul class="checks">${checks.map(
    ({ ok, zh, en, code, facts: told, of }) =>
      html`<li>${of === 'note' ? badge({ zh: '说明', en: 'note' }) : badge(SIGNS[ok], TONES[ok])} ${both({ zh, en })}${told !== undefined && html` <span class="quiet">${told}</span>`} <code class="quiet">${code}</code></li>`,
  )}</ul>`

const clockTime = (iso: string): string => `${secondOf(iso)}（北京时间）`

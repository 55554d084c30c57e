import { secondOf } from '../../web/beijing.ts'
import { badge, both, card, type Fact, facts, notice } from '../../web/components.ts'
import { page } from '../../web/frame.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import type { Answer, Check, SealReport } from '../report.ts'
import { verdictOn } from '../verdict.ts'
import type { Verified } from '../verify/verification.ts'
import { choosers } from './verify.ts'

/** Owns how a report reads to people: the verdict in one sentence, each seal with its three answers, every check with its reason. */
const MOST_SHOWN = 50

export function answeredPage({ name, report, trace }: { name: string; report: Verified; trace: string }): string {
  const { seals, findings } = report
  const verdict = verdictOn(report)
  return page({
    title: { zh: '验章结果', en: 'What was found' },
    narrow: true,
    trace,
    scripts: ['report-save.js', 'verify-beside.js'],
    body: html`${notice(verdict.words, verdict.tone)}
${card(facts(aboutDocument(name, report)))}
${findings.length > 0 && card(checkList(findings), { zh: '关于整个文件', en: 'About the document' })}
${seals.slice(0, MOST_SHOWN).map(sealCard)}
${seals.length > MOST_SHOWN && notice({ zh: `还有 ${seals.length - MOST_SHOWN} 个章没有列出。`, en: `${seals.length - MOST_SHOWN} more are not listed.` }, 'info')}
${saving(report)}
<h2>${both({ zh: '再验一个', en: 'Another one' })}</h2>
${choosers()}`,
  })
}

function aboutDocument(name: string, { format, document, signature, verifiedAt }: Verified): Fact[] {
  const digest = (value: string) => html`<code class="digest">${value}</code>`
  const beside = signature !== undefined
  return [
    beside
      ? { name: { zh: '签名', en: 'Signature' }, value: html`${name}<br><span class="quiet">SM3</span> ${digest(signature.digest)}` }
      : { name: { zh: '文件', en: 'Document' }, value: name },
    { name: { zh: '格式', en: 'Format' }, value: format.toUpperCase() },
    { name: beside ? { zh: '文件大小', en: 'Size of the file' } : { zh: '大小', en: 'Size' }, value: `${document.size} 字节` },
    { name: beside ? { zh: '文件的 SM3', en: 'SM3 of the file' } : { zh: 'SM3 摘要', en: 'SM3 digest' }, value: digest(document.digest) },
    ...(document.sha256 === undefined ? [] : [{ name: { zh: '文件的 SHA-256', en: 'SHA-256 of the file' }, value: digest(document.sha256) }]),
    { name: { zh: '验证时间', en: 'Verified at' }, value: clockTime(verifiedAt) },
  ]
}

/** What browser/report-save.js names at its top: the very report that a program is given. */
const saving = (report: Verified): Markup =>
  html`<div class="actions" id="report-save" data-name="verify-${report.document.digest.slice(0, 16)}.json" hidden>
<button type="button" class="button button-secondary">${both({ zh: '下载报告', en: 'Download the report' })}</button>
<template>${JSON.stringify(report, null, 2)}</template></div>`

function sealCard(seal: SealReport, i: number): Markup {
  const { signer, claimedAt, provenAt, covers } = seal
  // what speaks against it is not to be looked for
  const doubtful = [seal.intact, seal.trusted, seal.valid].some(answer => answer !== 'yes')
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
<details class="help"${doubtful && html` open`}><summary>${both({ zh: `逐项检查（${seal.checks.length}）`, en: 'Every check' })}</summary>${checkList(seal.checks)}</details>`,
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

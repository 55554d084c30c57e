import { failures } from '../../kernel/failures.ts'
import type { Approval } from '../../storage/stores-authorization.ts'
import { minuteOf } from '../../web/beijing.ts'
import { both, card, facts, notice } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import type { ApprovalProgress } from '../approvals.ts'
import { type Desk, workbenchPage } from './frame.ts'
import { actWords, yuanOf } from './words.ts'

/** One act that others have to agree to: what it is, who agreed, how far it is. It is looked at again by itself while it waits (browser/progress.js). */
export interface ApprovalView {
  approval: Approval
  progress: ApprovalProgress
  done?: Words | undefined
  problem?: Words | undefined
}

export const approvalPath = (id: string, step?: 'agree' | 'refuse' | 'progress'): string =>
  `/workbench/approvals/${encodeURIComponent(id)}${step === undefined ? '' : `/${step}`}`

const STATES = {
  waiting: { zh: '等待同意', en: 'Waiting' },
  performing: { zh: '正在办理', en: 'Being done' },
  done: { zh: '已办理', en: 'Done' },
  refused: { zh: '有人不同意，没有办理', en: 'Refused, nothing was done' },
  failed: { zh: '没有办成', en: 'Could not be done' },
  lapsed: { zh: '已过期，没有办理', en: 'Its time is over, nothing was done' },
} as const satisfies Record<ApprovalProgress['state'], Words>

export function approvalPage(desk: Desk, { approval, progress, done, problem }: ApprovalView): string {
  const open = progress.state === 'waiting' || progress.state === 'performing'
  return workbenchPage(desk, {
    title: { zh: `${approval.actor.name}要办理：${actWords(approval.request.act).zh}`, en: 'An act that others agree to' },
    place: 'overview',
    inside: true,
    ...(open ? { scripts: ['progress.js'] } : {}),
    body: html`${problem !== undefined && notice(problem, 'bad')}${done !== undefined && notice(done, 'good')}
${progress.failure !== undefined && notice({ zh: failures[progress.failure].zh, en: failures[progress.failure].en }, 'bad')}
<div class="bench-columns mandate-columns">${card(approvalFacts(approval), { zh: '办理什么', en: 'What it is' })}${card(progressOf(progress), { zh: '进度', en: 'Progress' })}</div>`,
  })
}

/** Also beside the words to be signed. */
export function approvalFacts({ actor, request, center, rows, reference }: Approval): Markup {
  return facts([
    { name: { zh: '办理人', en: 'Who' }, value: actor.name },
    { name: { zh: '事项', en: 'What' }, value: actWords(request.act).zh },
    { name: { zh: '交易中心', en: 'Where' }, value: center.name },
    ...(request.project === undefined ? [] : [{ name: { zh: '项目', en: 'Project' }, value: request.project }]),
    ...(request.section === undefined ? [] : [{ name: { zh: '标段', en: 'Section' }, value: request.section }]),
    ...(request.amountFen === undefined ? [] : [{ name: { zh: '金额', en: 'Amount' }, value: yuanOf(request.amountFen) }]),
    ...rows.map(({ name, value }) => ({ name, value })),
    { name: { zh: '业务编号', en: 'Reference' }, value: reference },
  ])
}

/** What stands there changes by itself: a reader who does not see hears it too. */
function progressOf(progress: ApprovalProgress): Markup {
  const { id, state, needed, agreed, asked, refusedBy, expiresAt } = progress
  const waiting = asked.filter(({ name }) => !agreed.some(each => each.name === name))
  return html`<div id="progress" role="status" aria-live="polite" data-progress="${approvalPath(id, 'progress')}" data-stamp="${stampOf(progress)}">
<p><strong>${both(STATES[state])}</strong></p>
<p class="progress-count"><strong class="number">${agreed.length}</strong> / <span class="number">${needed}</span> ${both({ zh: '人已同意', en: 'agreed' })}</p>
</div>
${agreed.length > 0 && html`<ol class="signatures">${agreed.map(({ name, at }) => html`<li><strong>${name}</strong> <span class="quiet number">${minuteOf(at)}</span></li>`)}</ol>`}
${refusedBy !== undefined && html`<p>${both({ zh: `${refusedBy.name} 不同意`, en: 'refused' })} <span class="quiet number">${minuteOf(refusedBy.at)}</span></p>`}
${state === 'waiting' && html`<p class="quiet">${both({ zh: `还可以同意的人：${waiting.map(({ name }) => name).join('、')}`, en: 'may still agree' })}</p><p class="quiet">${both({ zh: `${minuteOf(expiresAt)} 前有效`, en: 'until then' })}</p>`}`
}

/** Changes with whatever a page shows of the progress. */
export const stampOf = ({ state, agreed, refusedBy }: ApprovalProgress): string => `${state}.${agreed.length}.${refusedBy === undefined ? 0 : 1}`

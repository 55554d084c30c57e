import type { ChannelMessage, OutgoingMessage, OutgoingState, RefusedMessage } from '../../storage/stores-channel.ts'
import { dayOf, secondOf } from '../../web/beijing.ts'
import { barChart } from '../../web/charts.ts'
import { actionForm, badge, both, card, type Fact, facts, notice, submit } from '../../web/components.ts'
import { page } from '../../web/frame.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import type { Resting } from '../breaker.ts'
import { reasonOf } from './reasons.ts'

/** The data channel for its operator: what was given up and waits for a person, what is on its way, what came in and what was refused. What messages say stays out. */
export interface QueueView {
  parties: readonly string[]
  party?: string | undefined
  dead: readonly OutgoingMessage[]
  waiting: readonly OutgoingMessage[]
  /** whatever became of them, the newest first */
  sent: readonly OutgoingMessage[]
  received: readonly ChannelMessage[]
  refused: readonly RefusedMessage[]
  /** banks that are left alone for a while */
  resting: readonly Resting[]
}

export function queuePage(view: QueueView): string {
  return page({
    title: { zh: '数据通道', en: 'Data channel' },
    body: html`<nav class="actions" aria-label="银行 Banks">${[undefined, ...view.parties].map(
      party =>
        html`<a href="/channel${party === undefined ? '' : `?party=${encodeURIComponent(party)}`}"${party === view.party && html` aria-current="page"`}>${party ?? both({ zh: '全部', en: 'All' })}</a> `,
    )}</nav>
${view.resting.map(({ receiver, failures, until }) =>
  notice(
    {
      zh: `${receiver} 连续 ${failures} 次没有答复，暂停发送到 ${secondOf(until.toISOString())}。之后自动再试；银行说已经恢复的，可以马上重新发送。`,
      en: `${receiver} did not answer ${failures} times and is left alone until then. It is tried again by itself; once the bank says that it is back, send again.`,
    },
    'warn',
  ),
)}
${card(list(view.dead, deadLine, { zh: '没有放弃的消息。', en: 'Nothing was given up.' }), { zh: '已放弃，等人处理', en: 'Given up, waiting for a person' })}
${card(list(view.waiting, line, { zh: '没有等待的消息。', en: 'Nothing waits.' }), { zh: '等待发送', en: 'On their way' })}
${chart(view)}
${card(list(view.sent, line, { zh: '还没有发出消息。', en: 'Nothing was sent yet.' }), { zh: '最近发出', en: 'Latest sent' })}
${card(list(view.received, receivedLine, { zh: '还没有收到消息。', en: 'Nothing came in yet.' }), { zh: '最近收到', en: 'Latest received' })}
${card(list(view.refused, refusedLine, { zh: '没有被拒绝的消息。', en: 'Nothing was refused.' }), { zh: '最近拒绝', en: 'Latest refused' })}`,
  })
}

const STATE: Record<OutgoingState, Words & { tone: 'plain' | 'info' | 'good' | 'bad' }> = {
  waiting: { zh: '等待', en: 'Waiting', tone: 'info' },
  delivered: { zh: '已送达', en: 'Delivered', tone: 'good' },
  dead: { zh: '已放弃', en: 'Given up', tone: 'bad' },
  settled: { zh: '已了结', en: 'Settled', tone: 'plain' },
}

/** messages that a part of the page shows */
const SHOWN = 20

const list = <T>(all: readonly T[], draw: (each: T) => Markup, none: Words): Markup =>
  all.length === 0 ? html`<p class="nothing">${both(none)}</p>` : html`<ul class="mandates">${all.slice(0, SHOWN).map(draw)}</ul>`

const head = (type: string, party: string, state: Markup): Markup =>
  html`<div class="mandate-head"><strong>${type}</strong> <span>${party}</span> ${state}</div>`

const fact = (zh: string, en: string, value: string | undefined): Fact[] => (value === undefined ? [] : [{ name: { zh, en }, value }])

const outgoing = ({ type, receiver, state, id, createdAt, tries, dueAt, deadline, lastFailure, note, doneAt }: OutgoingMessage): Markup =>
  html`${head(type, receiver, badge(STATE[state], STATE[state].tone))}${facts([
    ...fact('消息', 'Message', id),
    ...fact('产生', 'Made', secondOf(createdAt)),
    ...fact('已试次数', 'Tries', String(tries)),
    ...fact('下次发送', 'Next try', state === 'waiting' ? secondOf(dueAt) : undefined),
    ...fact('最迟', 'Deadline', deadline && secondOf(deadline)),
    ...(state === 'delivered' || lastFailure === undefined ? [] : [{ name: { zh: '原因', en: 'Reason' }, ...reasonOf(lastFailure) }]),
    ...fact('办结', 'Done', doneAt && secondOf(doneAt)),
    ...fact('说明', 'Note', note),
  ])}`

const line = (message: OutgoingMessage): Markup => html`<li class="mandate-line">${outgoing(message)}</li>`

function deadLine(message: OutgoingMessage): Markup {
  const path = (step: string) => `/channel/queue/${encodeURIComponent(message.id)}/${step}`
  return html`<li class="mandate-line">${outgoing(message)}${actionForm(path('replay'), [{ label: { zh: '重新发送', en: 'Send again' } }])}
<form class="form" method="post" action="${path('settle')}"><div class="field"><label for="note-${message.id}">${both({ zh: '不再发送的理由', en: 'Why it needs no sending' })}</label><input id="note-${message.id}" name="note" type="text" minlength="2" maxlength="500" autocomplete="off" required></div>${submit({ label: { zh: '了结', en: 'Settle' }, look: 'secondary' })}</form></li>`
}

const receivedLine = ({ type, sender, id, answer, receivedAt, trace }: ChannelMessage): Markup =>
  html`<li class="mandate-line">${head(type, sender, badge({ zh: String(answer.status), en: answer.status < 300 ? 'recorded' : 'refused' }, answer.status < 300 ? 'good' : 'bad'))}${facts([...fact('消息', 'Message', id), ...fact('收到', 'Received', secondOf(receivedAt)), ...fact('追踪码', 'Trace', trace)])}</li>`

const refusedLine = ({ code, sender, id, at, trace }: RefusedMessage): Markup =>
  html`<li class="mandate-line">${head(code, sender === '' ? '-' : sender, badge({ zh: '已拒绝', en: 'Refused' }, 'bad'))}${facts([...fact('编号', 'Id', id), ...fact('时间', 'At', secondOf(at)), ...fact('追踪码', 'Trace', trace)])}</li>`

/** days that the chart shows at most */
const DAYS = 14

/** Of the latest messages both ways: how many on each day. */
function chart({ sent, received }: QueueView): Markup | false {
  const days = Map.groupBy([...sent.map(({ createdAt }) => createdAt), ...received.map(({ receivedAt }) => receivedAt)], dayOf)
  if (days.size === 0) return false
  const rows = [...days].sort(([a], [b]) => (a < b ? 1 : -1)).slice(0, DAYS)
  return card(
    barChart({
      caption: { zh: '最近的消息，按天', en: 'The latest messages by day' },
      rows: rows.map(([day, all]) => ({ label: { zh: day, en: '' }, value: all.length, text: String(all.length), look: 'broker' })),
    }),
    { zh: '按天', en: 'By day' },
  )
}

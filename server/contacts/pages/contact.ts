import type { ContactChannel } from '../../storage/stores-contacts.ts'
import { minuteOf } from '../../web/beijing.ts'
import { badge, both, card, notice, submit } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import type { ContactView } from '../contacts.ts'
import { CHANNELS } from '../words.ts'

/** How a person is reached: an address a channel with its confirmation, and what was sent there. */
const CONTACT = '/workbench/contact'
const contactPath = (channel: ContactChannel, step: 'code' | 'confirm' | 'remove'): string => `${CONTACT}/${channel}/${step}`

const FIELDS: Record<ContactChannel, { label: Words; note: Words; mode: string; complete: string; max: number }> = {
  sms: {
    label: { zh: '手机号码', en: 'Mobile number' },
    note: { zh: '中国大陆的 11 位手机号码。', en: 'A mainland number of 11 digits.' },
    mode: 'tel',
    complete: 'tel-national',
    max: 20,
  },
  email: {
    label: { zh: '邮箱地址', en: 'E-mail address' },
    note: { zh: '形如 name@example.cn。', en: 'Such as name@example.cn.' },
    mode: 'email',
    complete: 'email',
    max: 254,
  },
}

export interface ContactPage {
  view: ContactView
  problem?: Words | undefined
  done?: Words | undefined
}

export function contactBody({ view, problem, done }: ContactPage): Markup {
  return html`${problem !== undefined && notice(problem, 'bad')}${done !== undefined && notice(done, 'good')}
${
  view.sends
    ? card(
        html`<p>${both({ zh: '标书要处理、临近开标时，平台立即通知到您确认过的手机和邮箱：写明项目、开标时间和怎么办，不写金额，不写别的投标人。只通知您本人所属企业的投标。', en: 'When a bid needs you, or its opening is near, you are told at once: the project, its opening, what to do. No amounts, nothing of other bidders; only bids of your own company.' })}</p>`,
      )
    : notice(
        {
          zh: '本平台没有开通短信和邮件通知。标书要处理时，在首页“等您处理”和登录时提醒，请经常登录查看。',
          en: 'This installation sends no text messages and no e-mail. What needs you stands on the first page and is told when you log in: look often.',
        },
        'warn',
      )
}
<div class="bench-columns">${(['sms', 'email'] as const).map(channel => channelCard(channel, view))}</div>
${view.told.length > 0 && card(html`<ul class="mandates">${view.told.map(toldLine)}</ul>`, { zh: '发给您的通知', en: 'Sent to you' })}`
}

function channelCard(channel: ContactChannel, { sends, channels }: ContactView): Markup {
  const { confirmed, waiting } = channels[channel]
  return card(
    html`<p>${confirmed === undefined ? badge({ zh: '未设置', en: 'not set' }) : html`${badge({ zh: '已确认', en: 'confirmed' }, 'good')} <span class="number">${confirmed}</span>`}</p>
${sends && waiting !== undefined && confirmForm(channel, waiting)}
${sends && addressForm(channel, confirmed !== undefined || waiting !== undefined)}
${(confirmed !== undefined || waiting !== undefined) && removeForm(channel)}`,
    CHANNELS[channel],
  )
}

function confirmForm(channel: ContactChannel, waiting: string): Markup {
  const id = `${channel}-code`
  return html`<form class="form" method="post" action="${contactPath(channel, 'confirm')}">
<div class="field"><label for="${id}">${both({ zh: `发到 ${waiting} 的验证码`, en: 'The code that was sent there' })}</label><input type="text" id="${id}" name="code" inputmode="numeric" pattern="[0-9]{6}" maxlength="6" required autocomplete="one-time-code" aria-describedby="${id}-note"><p class="field-note" id="${id}-note">${both({ zh: '六位数字，10 分钟内有效。', en: 'Six digits, good for ten minutes.' })}</p></div>
<div class="actions">${submit({ label: { zh: '确认', en: 'Confirm' } })}</div>
</form>`
}

function addressForm(channel: ContactChannel, again: boolean): Markup {
  const { label, note, mode, complete, max } = FIELDS[channel]
  const id = `${channel}-address`
  const send = again ? { zh: '重新获取验证码', en: 'Send another code' } : { zh: '获取验证码', en: 'Send a code' }
  return html`<form class="form" method="post" action="${contactPath(channel, 'code')}">
<div class="field"><label for="${id}">${both(label)}</label><input type="text" id="${id}" name="address" inputmode="${mode}" maxlength="${max}" required autocomplete="${complete}" aria-describedby="${id}-note"><p class="field-note" id="${id}-note">${both(note)}</p></div>
<div class="actions">${submit({ label: send, look: again ? 'secondary' : 'primary' })}</div>
</form>`
}

const removeForm = (channel: ContactChannel): Markup =>
  html`<form class="form" method="post" action="${contactPath(channel, 'remove')}"><div class="actions">${submit({ label: { zh: '删除，不再通知', en: 'Remove, and send no more' }, look: 'quiet' })}</div></form>`

const STATES: Record<ContactView['told'][number]['state'], Words & { tone: 'good' | 'bad' | 'info' | 'plain' }> = {
  waiting: { zh: '发送中', en: 'being sent', tone: 'info' },
  delivered: { zh: '已交网关', en: 'handed to the gateway', tone: 'good' },
  dead: { zh: '没有发出，开标前还会再试', en: 'not sent; tried again until the opening', tone: 'bad' },
  dropped: { zh: '没有发送，已不需要', en: 'not sent, no longer needed', tone: 'plain' },
}

const toldLine = ({ channel, state, at, text }: ContactView['told'][number]): Markup =>
  html`<li class="mandate-line"><p class="mandate-more quiet">${minuteOf(at)} · ${both(CHANNELS[channel])} ${badge(STATES[state], STATES[state].tone)}</p><p>${text}</p></li>`

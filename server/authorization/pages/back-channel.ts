import { failures } from '../../kernel/failures.ts'
import type { Ask, AskStatus } from '../../storage/stores-authorization.ts'
import { actionForm, both, card, facts, linkButton, notice } from '../../web/components.ts'
import { page } from '../../web/frame.ts'
import { html, type Markup } from '../../web/markup.ts'
import { pinStaysHere, shieldInputs, shieldStatus, shieldText } from '../../web/shield-fields.ts'

export interface BackChannelView {
  ask: Ask
  /** ws: or wss: address of the local shield agent; the route must admit it to connect-src */
  agentUrl: string
  secondsLeft: number
}

/** What the center says to the person stands first and large: it is what they compare with the counter, or the screen, before them. */
function asked({ center, rows }: Ask): Markup {
  const [message, rest] = rows[0]?.name.en === 'Message' ? [rows[0], rows.slice(1)] : [undefined, rows]
  return html`${message !== undefined && html`<p class="asked-message"><span class="asked-message-name">${both({ zh: '交易中心的提示语', en: 'The center says' })}</span> <strong>${message.value}</strong></p>`}
${card(facts([{ name: { zh: '谁在请求', en: 'Who asks' }, value: center.name }, ...rest.slice(0, 20)]))}`
}

/** A center asks a person to log in who is not at its screen; answered with the shield at this computer. Elements and data attributes are those that browser/shield-agent.js names at its top. */
export function backChannelPage({ ask, agentUrl, secondsLeft }: BackChannelView): string {
  const action = `/asks/${encodeURIComponent(ask.id)}`
  const { text = '' } = ask
  const minutes = Math.max(1, Math.ceil(secondsLeft / 60))
  return page({
    title: { zh: '交易中心请您确认登录', en: 'A trading center asks you to log in' },
    lead: {
      zh: `是您本人在办理才签名。${minutes} 分钟内有效。`,
      en: `Sign only if this is your own doing. It holds for ${minutes} more ${minutes === 1 ? 'minute' : 'minutes'}.`,
    },
    narrow: true,
    scripts: ['shield-agent.js'],
    trace: ask.trace,
    body: html`${asked(ask)}
<noscript>${notice({ zh: '用盾签名需要浏览器允许运行脚本。请打开后刷新。', en: 'Signing needs scripts in your browser. Allow them and reload.' }, 'warn')}</noscript>
<form id="shield-form" class="shield" method="post" action="${action}" data-agent-url="${agentUrl}" data-format="p7" data-text="${text}" data-issuers="[]">
  ${shieldStatus()}
  ${shieldText({ zh: '您将签名的内容', en: 'What you will sign' }, text)}
  ${shieldInputs(pinStaysHere, { zh: '签名并同意登录', en: 'Sign and let me in' })}
</form>
<div class="actions">${linkButton(`/phone/${encodeURIComponent(ask.id)}`, { zh: '用手机银行签名', en: 'Sign in your bank’s app' })}</div>
${actionForm(action, [{ label: { zh: '不是我，拒绝', en: 'Not me: refuse' }, look: 'secondary', name: 'decision', value: 'refuse' }])}`,
  })
}

/** What became of it. */
export function answeredPage({ ask, state }: AskStatus): string {
  const yes = state === 'approved' || state === 'done'
  const words = yes
    ? { zh: '交易中心会收到您的确认，可以关闭这个页面。', en: 'The trading center is told. You may close this page.' }
    : failures[state === 'expired' ? 'ask_expired' : (ask.failure ?? 'ask_refused')]
  return page({
    title: yes ? { zh: '已确认', en: 'Confirmed' } : state === 'expired' ? { zh: '已过期', en: 'Expired' } : { zh: '没有登录', en: 'Not logged in' },
    narrow: true,
    trace: ask.trace,
    body: html`${notice({ zh: words.zh, en: words.en }, yes ? 'good' : 'warn')}
${asked(ask)}`,
  })
}

import { fieldForm } from '../../web/ask-state.ts'
import { actionForm, both, loginPath, notice } from '../../web/components.ts'
import { page } from '../../web/frame.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import { shieldForm } from './shield-form.ts'

export interface ShieldView {
  loginId: string
  center: string
  /** `help` says where the bank helps with shields; `appUrl`: its mobile app signs as well */
  bank: { id: string; name: Words; help: Words; appUrl?: string | undefined }
  /** ws: or wss: address of the local shield agent; the route must admit it to connect-src */
  agentUrl: string
  /** what is signed, to the letter */
  text: string
  /** issuers whose shields this bank takes; empty for any */
  issuers: readonly string[]
  notice?: Words | undefined
  trace: string
}

/** Step two at a bank without a login of its own: the shield signs on our page. */
export function shieldPage(view: ShieldView): string {
  const { bank, agentUrl, text, issuers } = view
  const form = {
    action: loginPath(view.loginId, 'shield'),
    bank,
    agentUrl,
    text,
    issuers,
    format: 'raw' as const,
    title: { zh: '您将签名的内容', en: 'What you will sign' },
    button: { zh: '签名并登录', en: 'Sign and log in' },
  }
  return page({
    title: { zh: `用${bank.name.zh}的盾登录`, en: `Log in with your ${bank.name.en} shield` },
    lead: { zh: '看清要签的内容，选好盾，再签名。', en: 'Read what you sign, choose your shield, then sign.' },
    journey: { center: view.center, step: 'identity' },
    scripts: ['shield-agent.js'],
    trace: view.trace,
    body: html`${view.notice !== undefined && notice(view.notice, 'warn')}
${shieldForm(form)}
${view.bank.appUrl !== undefined && byPhone(view)}
${actionForm(loginPath(view.loginId, 'restart'), [{ label: { zh: '换一家银行', en: 'Choose another bank' }, look: 'quiet' }])}`,
  })
}

/** The other way: the mobile shield in the bank's app. */
function byPhone({ loginId, bank }: ShieldView): Markup {
  return html`<section class="by-phone" aria-labelledby="by-phone-title">
  <h2 id="by-phone-title">${both({ zh: '没带盾，或者这台电脑装不了盾助手？', en: 'No shield at hand, or no agent on this computer?' })}</h2>
  ${fieldForm(loginPath(loginId, 'phone'), { name: 'bank', value: bank.id }, { zh: `用${bank.name.zh}手机银行扫码`, en: `Use the phone: ${bank.name.en}’s app` }, 'secondary')}
</section>`
}

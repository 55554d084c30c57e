import { actionForm, both, linkButton, notice } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import { pinStaysHere, shieldHelp, shieldInputs, shieldStatus, shieldText } from '../../web/shield-fields.ts'
import type { Words } from '../../web/words.ts'

/** A page on which a shield decrypts a secret of a bid. Elements and attributes are those that browser/shield-agent.js and bid-open.js name at their tops. The route must admit `agentUrl` to connect-src. */
export interface DecryptForm {
  /** test: looked at here in the browser, and only the outcome is sent; send: what the shield gave is sent */
  use: 'test' | 'send'
  /** the certificate goes with the answer: whose share it is */
  custodian?: true
  /** of a test: where the envelope is, as it is kept */
  envelope?: string
  /** of a test: what the shield signs first, and where the signature goes */
  signs?: { text: string; action: string }
  /** where to ask what the shield is to decrypt */
  parts: string
  /** where the outcome goes */
  action: string
  /** above the form */
  summary: Markup
  button: Words
  agentUrl: string
  whose: Words
  back: string
  /** where a phone is asked instead */
  phone?: { action: string; label: Words }
}

export function decryptForm({ use, custodian, envelope, signs, parts, action, summary, button, agentUrl, whose, back, phone }: DecryptForm): Markup {
  return html`<noscript>${notice({ zh: '用盾解密需要浏览器允许运行脚本。请打开后刷新。', en: 'Decrypting needs scripts in your browser. Allow them and reload.' }, 'warn')}</noscript>
<div class="sign">
<div class="sign-what">${summary}${signs && shieldText({ zh: '先试签名的原文', en: 'The very words it signs first' }, signs.text)}</div>
<div class="sign-how">
<form id="shield-form" class="shield card" method="post" action="${action}" data-agent-url="${agentUrl}" data-text="${signs?.text ?? ''}" data-format="decrypt" data-issuers="[]" data-use="${use}" data-parts="${parts}"${envelope !== undefined && html` data-envelope="${envelope}"`}${signs && html` data-signed="${signs.action}"`}${custodian === true && html` data-custodian="true"`}>
  <h2>${both(signs === undefined ? { zh: '用盾解密', en: 'Decrypt with the shield' } : { zh: '用盾签名和解密', en: 'Sign and decrypt' })}</h2>
  ${shieldStatus()}
  ${shieldHelp(whose)}
  ${shieldInputs(pinStaysHere, button)}
</form>
<div class="sign-others">${phone !== undefined && actionForm(phone.action, [{ label: phone.label, look: 'secondary' }])}${linkButton(back, { zh: '返回', en: 'Back' })}</div>
</div>
</div>`
}

import { both, notice } from './components.ts'
import { html, type Markup } from './markup.ts'
import { pinStaysHere, shieldHelp, shieldInputs, shieldStatus, shieldText } from './shield-fields.ts'
import type { Words } from './words.ts'

/** What a page of the company's says on which a shield signs: the same in other words, the very words, the shield, the ways out. Elements and attributes are those that browser/shield-agent.js names at its top. */
export interface SignForm {
  /** a path on this site */
  action: string
  /** what is signed, to the letter */
  text: string
  button: Words
  agentUrl: string
  /** what goes back beside the signature, such as the words where they were made for this moment */
  fields?: readonly (readonly [name: string, value: string])[]
  /** what went wrong the last time */
  problem?: Words | undefined
  /** what to know before signing */
  warning?: Words | undefined
  /** above the words, the same in a form that is easier to read */
  summary?: Markup | undefined
  /** which shield will do, for whoever finds none */
  whose: Words
  /** other ways to answer, below the shield */
  others?: Markup | readonly Markup[] | undefined
  back: string
}

/** The page's scripts must hold shield-agent.js, and the route must admit `agentUrl` to connect-src. */
export function signForm(form: SignForm): Markup {
  const { back: address, action } = form
  return html`${form.problem !== undefined && notice(form.problem, 'bad')}
${form.warning !== undefined && notice(form.warning, 'warn')}
<noscript>${notice({ zh: '用盾签名需要浏览器允许运行脚本。请打开后刷新。', en: 'Signing needs scripts in your browser. Allow them and reload.' }, 'warn')}</noscript>
<div class="sign">
<div class="sign-what">
${form.summary}
${shieldText({ zh: '您将签名的原文', en: 'The very words you sign' }, form.text)}
</div>
<div class="sign-how">
<form id="shield-form" class="shield card" method="post" action="${action}" data-agent-url="${form.agentUrl}" data-text="${form.text}" data-format="p7" data-issuers="[]">
  <h2>${both({ zh: '用盾签名', en: 'Sign with the shield' })}</h2>
  ${shieldStatus()}
  ${shieldHelp(form.whose)}
  ${(form.fields ?? []).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}${shieldInputs(pinStaysHere, form.button)}
</form>
<div class="sign-others">${form.others}
<a class="button button-quiet" href="${address}">${both({ zh: '返回，先不签', en: 'Back, sign nothing' })}</a></div>
</div>
</div>`
}

import { both, notice } from './components.ts'
import { html, type Markup } from './markup.ts'
import { faultTree, pinStaysHere, shieldInputs, shieldStatus, shieldText } from './shield-fields.ts'
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
  ${faultTree('missing', { zh: '盾助手没有连上，怎么办？', en: 'The shield agent is not running: what to do' }, [
    { zh: '从开始菜单启动“盾助手”，本页会自动继续。', en: 'Start the shield agent from the menu; this page goes on by itself.' },
    { zh: '杀毒软件或防火墙可能拦住了它，请放行本机的盾助手。', en: 'Antivirus or a firewall may block it: allow the agent on this computer.' },
  ])}
  ${faultTree('empty', { zh: '插了盾却找不到，怎么办？', en: 'The shield is in but not found: what to do' }, [
    { zh: '拔下等三秒再插；台式机请插后面的接口。', en: 'Unplug it, wait three seconds, plug it in again; on a desktop use a port at the back.' },
    form.whose,
  ])}
  ${(form.fields ?? []).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}${shieldInputs(pinStaysHere, form.button)}
</form>
<div class="sign-others">${form.others}
<a class="button button-quiet" href="${address}">${both({ zh: '返回，先不签', en: 'Back, sign nothing' })}</a></div>
</div>
</div>`
}

import { both, notice } from '../../web/components.ts'
import { html, type Markup, safeUrl } from '../../web/markup.ts'
import { faultTree, shieldInputs, shieldStatus, shieldText } from '../../web/shield-fields.ts'
import type { Words } from '../../web/words.ts'

export interface ShieldForm {
  /** a path on this site */
  action: string
  /** `help` says where the bank helps with shields */
  bank: { name: Words; help: Words }
  /** ws: or wss: address of the local shield agent; the route must admit it to connect-src */
  agentUrl: string
  /** what is signed, to the letter */
  text: string
  /** issuers whose shields may sign; empty for any */
  issuers: readonly string[]
  /** `raw`: the signature alone; `p7`: a signed message with the text inside (SOF_SignDataByP7) */
  format: 'raw' | 'p7'
  /** the page says the same in other words already: the text opens at a click */
  folded?: boolean
  title: Words
  button: Words
}

/**
 * The text, the choice of a shield, its PIN and the button: whatever page a shield signs on. The text stands there in full, as it will be signed. Elements and data attributes are those that
 * browser/shield-agent.js names at its top.
 */
export function shieldForm(form: ShieldForm): Markup {
  const action = safeUrl(form.action) ?? ''
  return html`<noscript>${notice({ zh: '用盾签名需要浏览器允许运行脚本。请打开后刷新，或换一家银行。', en: 'Signing needs scripts in your browser. Allow them and reload, or use another bank.' }, 'warn')}</noscript>
<form id="shield-form" class="shield" method="post" action="${action}" data-agent-url="${form.agentUrl}" data-text="${form.text}" data-issuers="${JSON.stringify(form.issuers)}" data-format="${form.format}">
  ${shieldStatus()}
  ${agentMissing(form.bank)}
  ${shieldMissing(form.bank)}
  ${form.folded === true ? foldedText(form) : shieldText(form.title, form.text)}
  ${shieldInputs(pinNote, form.button)}
</form>`
}

const pinNote: Words = {
  zh: 'PIN 码只交给本机的盾助手，不会发到网上。连错 6 次盾会锁定。',
  en: 'The PIN goes to the agent on this computer only. Six wrong tries lock the shield.',
}

type Bank = ShieldForm['bank']

/** The commonest reasons first, each with what to do; the bank's help last. */
function agentMissing(bank: Bank): Markup {
  return faultTree('missing', { zh: '盾助手没有连上，怎么办？', en: 'The shield agent is not running: what to do' }, [
    {
      zh: '看看屏幕右下角有没有盾助手的图标；没有就从开始菜单启动“盾助手”。',
      en: 'Look for the agent’s icon near the clock; if it is not there, start it from the menu.',
    },
    { zh: '刚装好？重新打开浏览器再试。', en: 'Just installed it? Reopen the browser.' },
    { zh: '杀毒软件或防火墙可能拦住了它，请放行本机的盾助手。', en: 'Antivirus or a firewall may block it: allow the agent on this computer.' },
    {
      zh: '公司电脑装不了软件？请换一台电脑，或改用可在网页验证的银行。',
      en: 'Cannot install software here? Use another computer, or a bank with its own login page.',
    },
    bank.help,
  ])
}

function shieldMissing(bank: Bank): Markup {
  return faultTree('empty', { zh: '插了盾却找不到，怎么办？', en: 'The shield is in but not found: what to do' }, [
    {
      zh: '拔下等三秒再插；台式机请插后面的接口，不用延长线和分线器。',
      en: 'Unplug it, wait three seconds, plug it in again; on a desktop use a port at the back, without hub or extension.',
    },
    {
      zh: `确认插的是${bank.name.zh}的盾，其他银行的盾请换对应的银行登录。`,
      en: `Make sure it is a shield of ${bank.name.en}; for another bank’s shield choose that bank.`,
    },
    { zh: '同时插着几个盾时，先只留一个。', en: 'With several shields plugged in, leave one.' },
    { zh: '银行网银能识别这个盾吗？不能的话多半是驱动没装好。', en: 'Does the bank’s own site see it? If not, its driver is probably missing.' },
    bank.help,
  ])
}

const foldedText = ({ title, text }: ShieldForm): Markup =>
  html`<details class="help shield-text"><summary>${both(title)}</summary><pre tabindex="0">${text}</pre></details>`

import { actionForm, both, loginPath, notice } from '../../web/components.ts'
import { page } from '../../web/frame.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'

export interface ShieldView {
  loginId: string
  center: string
  /** `help` says where the bank helps with shields */
  bank: { id: string; name: Words; help: Words }
  /** ws: or wss: address of the local shield agent; the route must admit it to connect-src */
  agentUrl: string
  /** what is signed, to the letter */
  text: string
  /** issuers whose shields this bank takes; empty for any */
  issuers: readonly string[]
  notice?: Words | undefined
  trace: string
}

/**
 * Step two at a bank without a login of its own: the shield signs on our page. The text stands here in full, as it will be signed. Elements and data attributes are
 * those that browser/shield-agent.js names at its top.
 */
export function shieldPage(view: ShieldView): string {
  return page({
    title: { zh: `用${view.bank.name.zh}的盾登录`, en: `Log in with your ${view.bank.name.en} shield` },
    lead: { zh: '看清要签的内容，选好盾，再签名。', en: 'Read what you sign, choose your shield, then sign.' },
    journey: { center: view.center, step: 'identity' },
    scripts: ['shield-agent.js'],
    trace: view.trace,
    body: html`${view.notice !== undefined && notice(view.notice, 'warn')}
<noscript>${notice({ zh: '用盾签名需要浏览器允许运行脚本。请打开后刷新，或换一家银行。', en: 'Signing needs scripts in your browser. Allow them and reload, or use another bank.' }, 'warn')}</noscript>
<form id="shield-form" class="shield" method="post" action="${loginPath(view.loginId, 'shield')}" data-agent-url="${view.agentUrl}" data-text="${view.text}" data-issuers="${JSON.stringify(view.issuers)}">
  <div class="shield-status" id="shield-status" role="status" aria-live="polite" data-state="connecting">${both({ zh: '正在连接盾助手……', en: 'Connecting to the shield agent…' })}</div>
  ${agentMissing(view.bank)}
  ${shieldMissing(view.bank)}
  <section class="shield-text" aria-labelledby="shield-text-title">
    <h2 id="shield-text-title">${both({ zh: '您将签名的内容', en: 'What you will sign' })}</h2>
    <pre tabindex="0">${view.text}</pre>
  </section>
  <input type="hidden" name="certificate" value=""><input type="hidden" name="signature" value=""><input type="hidden" name="algorithm" value="">
  <div class="field">
    <label for="shield-select">${both({ zh: '用哪个盾', en: 'Shield' })}</label>
    <select id="shield-select" disabled></select>
  </div>
  <div class="field" data-shield-pin-field>
    <label for="shield-pin">${both({ zh: '盾的 PIN 码', en: 'Shield PIN' })}</label>
    <input type="password" id="shield-pin" autocomplete="off" maxlength="16" aria-describedby="pin-note">
    <p class="field-note" id="pin-note">${both({ zh: 'PIN 码只交给本机的盾助手，不会发到网上。连错 6 次盾会锁定。', en: 'The PIN goes to the agent on this computer only. Six wrong tries lock the shield.' })}</p>
  </div>
  <div class="actions"><button type="submit" id="shield-sign" class="button button-primary" disabled>${both({ zh: '签名并登录', en: 'Sign and log in' })}</button></div>
</form>
${actionForm(loginPath(view.loginId, 'restart'), [{ label: { zh: '换一家银行', en: 'Choose another bank' }, look: 'quiet' }])}`,
  })
}

type Bank = ShieldView['bank']

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

/** Hidden until the script finds the state; its title can be opened by keyboard as any details element. */
function faultTree(state: 'missing' | 'empty', title: Words, steps: readonly Words[]): Markup {
  return html`<details class="help" data-shield-help="${state}" hidden><summary>${both(title)}</summary><ol>${steps.map(step => html`<li>${both(step)}</li>`)}</ol></details>`
}

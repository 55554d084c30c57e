import { both, linkButton } from '../../web/components.ts'
import { page } from '../../web/frame.ts'
import { html, logoutForm } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'

export interface LogoutView {
  /** the OpenID Provider library's hidden form; refused when it is anything else */
  form: string
  /** the trading center that asked, where it said who it is */
  center?: string | undefined
}

/** Asks before a session ends: any site can send a browser here. */
export function logoutPage(view: LogoutView): string {
  return page({
    title: { zh: '要退出登录吗？', en: 'Log out?' },
    lead:
      view.center === undefined
        ? { zh: '退出后，您登录过的交易中心都会收到通知。', en: 'Every trading center you logged in to will be told.' }
        : {
            zh: `${view.center}请求退出。您登录过的其他交易中心也会收到通知。`,
            en: 'A trading center asked for this. The others you logged in to will be told too.',
          },
    narrow: true,
    body: html`${logoutForm(view.form)}
<div class="actions">
  <button type="submit" class="button button-primary" form="op.logoutForm" name="logout" value="yes">${both({ zh: '全部退出', en: 'Log out everywhere' })}</button>
  <button type="submit" class="button button-secondary" form="op.logoutForm">${both({ zh: '保持登录', en: 'Stay logged in' })}</button>
</div>`,
  })
}

export interface LoggedOutView {
  /** how many centers are being told */
  centersNotified: number
  /** the bank whose own session ends with ours */
  bank?: Words | undefined
  /** where the person came from */
  returnTo?: string | undefined
}

export function loggedOutPage(view: LoggedOutView): string {
  const n = view.centersNotified
  return page({
    title: { zh: '已安全退出', en: 'You are logged out' },
    lead:
      n === 0
        ? { zh: '没有其他交易中心需要通知。', en: 'No other trading center had to be told.' }
        : {
            zh: `正在通知 ${n} 家交易中心结束您的登录。`,
            en: `${n} trading ${n === 1 ? 'center is' : 'centers are'} being told to end your session.`,
          },
    narrow: true,
    body: html`<ul class="ticks">
  <li>${both({ zh: '本平台的登录已结束', en: 'Your session here has ended' })}</li>
  ${n > 0 && html`<li>${both({ zh: `${n} 家交易中心会收到退出通知，收不到的会重发`, en: 'Centers are told, and told again if they did not hear' })}</li>`}
  ${view.bank !== undefined && html`<li>${both({ zh: `${view.bank.zh}的登录也一并结束`, en: `Your session at ${view.bank.en} ends too` })}</li>`}
  <li>${both({ zh: '请记得拔下盾', en: 'Remember to unplug your shield' })}</li>
</ul>
${view.returnTo !== undefined && html`<div class="actions">${linkButton(view.returnTo, { zh: '返回交易中心', en: 'Back to the trading center' }, 'primary')}</div>`}`,
  })
}

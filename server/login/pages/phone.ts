import { askScan } from '../../web/ask-scan.ts'
import { type AskScreenState, askLine, fieldForm, inState } from '../../web/ask-state.ts'
import { actionForm, both, loginPath } from '../../web/components.ts'
import { page } from '../../web/frame.ts'
import { html } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'

export interface PhoneView {
  loginId: string
  center: string
  bank: { id: string; name: Words }
  ask: { id: string; number: string; text: string }
  state: AskScreenState
  /** why it ended without a yes */
  why?: Words | undefined
  /** until the code expires */
  seconds: number
  /** where the code leads the phone */
  address: string
  trace: string
}

/** Step two by phone: the code to scan, the number to compare, and where it stands, live. Once the phone has signed, the page goes on by itself; only this browser can. */
export function phonePage(view: PhoneView): string {
  const { ask, bank, state, loginId } = view
  const again = fieldForm(loginPath(loginId, 'phone'), { name: 'bank', value: bank.id }, { zh: '换一个新的二维码', en: 'Get a new code' }, 'primary')
  return page({
    title: { zh: `用${bank.name.zh}手机银行登录`, en: `Log in with ${bank.name.en}’s app` },
    lead: { zh: '用手机扫码，在手机上输入数字，再用手机银行签名。', en: 'Scan with the phone, give it the number, then sign in the bank’s app.' },
    journey: { center: view.center, step: 'identity' },
    scripts: ['ask.js'],
    trace: view.trace,
    body: html`${askLine({
      askId: ask.id,
      state,
      why: view.why,
      seconds: view.seconds,
      next: loginPath(loginId, 'phone'),
      words: {
        waiting: { zh: '请用手机扫描二维码。', en: 'Scan the code with your phone.' },
        opened: { zh: '手机已打开。请在手机上输入下面的数字，核对后签名。', en: 'Open on a phone. Give it the number below, check, and sign.' },
        approved: { zh: '手机已确认，正在继续……', en: 'Confirmed on the phone; going on…' },
        done: { zh: '已确认，正在继续……', en: 'Confirmed; going on…' },
        refused: { zh: '没有登录。', en: 'Not logged in.' },
        expired: { zh: '二维码已过期。', en: 'The code has expired.' },
      },
    })}
<noscript><div class="actions"><a class="button button-secondary" href="${loginPath(loginId, 'phone')}">${both({ zh: '看看手机是否已确认', en: 'See whether the phone has confirmed' })}</a></div></noscript>
${inState(
  ['waiting', 'opened'],
  state,
  html`${askScan({ ask, state, address: view.address, seconds: view.seconds })}
<details class="help"><summary>${both({ zh: '手机上将签名的内容', en: 'What the phone will sign' })}</summary><pre class="ask-text" tabindex="0">${ask.text}</pre></details>`,
)}
${inState(['refused', 'expired'], state, again)}
<div class="ask-other">${fieldForm(loginPath(loginId, 'bank'), { name: 'bank', value: bank.id }, { zh: '改用插在电脑上的盾', en: 'Use the shield in this computer' }, 'quiet')}
${actionForm(loginPath(loginId, 'restart'), [{ label: { zh: '换一家银行', en: 'Choose another bank' }, look: 'quiet' }])}</div>`,
  })
}

import { askScan } from './ask-scan.ts'
import { type AskScreenState, askLine, inState } from './ask-state.ts'
import { both, linkButton } from './components.ts'
import { html, type Markup } from './markup.ts'
import type { Words } from './words.ts'

/** Where a phone was asked to sign: the code and the number, where it stands, live, and what will be signed. On a phone's own screen a button goes on there. */
export interface PhoneAskView {
  ask: { id: string; number: string; text?: string; failure?: string }
  state: AskScreenState
  /** where the code leads the phone */
  address: string
  /** until it expires */
  seconds: number
  /** this page, to which the script goes once there is a yes */
  path: string
  words: Pick<Record<AskScreenState, Words>, 'approved' | 'done'>
  /** where a new code is asked for */
  again: string
  why?: Words | undefined
  /** shown once the phone has signed */
  after?: Markup | undefined
}

export function phoneAskBody({ ask, state, address, seconds, path, words, again, why, after }: PhoneAskView): Markup {
  return html`${askLine({
    askId: ask.id,
    state,
    why,
    seconds,
    // this page is drawn anew, once, with what comes after the yes
    next: state === 'approved' ? '' : path,
    words: {
      waiting: {
        zh: '请用手机扫描二维码，在手机上输入数字，再用手机银行签名。',
        en: 'Scan the code with the phone, give it the number, sign in the bank’s app.',
      },
      opened: { zh: '手机已打开。请在手机上输入下面的数字，核对后签名。', en: 'Open on a phone. Give it the number below, check, and sign.' },
      ...words,
      refused: { zh: '没有签名。', en: 'Nothing was signed.' },
      expired: { zh: '已过期，请重新开始。', en: 'Expired; begin again.' },
    },
  })}
${inState(['waiting', 'opened'], state, askScan({ ask, state, address, seconds, here: true }))}
<noscript><div class="actions">${linkButton(path, { zh: '看看手机是否已确认', en: 'See whether the phone has confirmed' })}</div></noscript>
${after}
<details class="help"><summary>${both({ zh: '手机上将签名的内容', en: 'What the phone will sign' })}</summary><pre class="ask-text" tabindex="0">${ask.text}</pre></details>
<div class="actions">${linkButton(again, { zh: '返回', en: 'Back' }, 'secondary')}</div>`
}

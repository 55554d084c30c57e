import { type AskScreenState, countdown, fieldForm, inState } from './ask-state.ts'
import { both } from './components.ts'
import { html, type Markup } from './markup.ts'
import { qrCode } from './qr.ts'

/** The code to scan and the number to compare, while an ask is open, on the screen where it began. */
export interface AskScan {
  ask: { id: string; number: string }
  state: AskScreenState
  /** where the code leads the phone */
  address: string
  /** until it expires */
  seconds: number
  /** this screen may be a phone itself: then it goes on here, and compares the number with itself */
  here?: true
}

export function askScan({ ask, state, address, seconds, here }: AskScan): Markup {
  return html`<div class="ask-scan">
  ${inState(['waiting'], state, qrCode(address, `二维码：用手机打开 QR code: opens on the phone ${address}`))}
  <div class="ask-number"><p>${both({ zh: '手机会问您这两位数字', en: 'The phone asks for these two digits' })}</p><p class="ask-digits">${ask.number}</p>
  <p class="field-note">${both({ zh: '不要把数字或二维码发给任何人。', en: 'Send neither the number nor the code to anybody.' })}</p>${countdown(seconds)}</div>
</div>
${here === true && inState(['waiting'], state, fieldForm(`/phone/${encodeURIComponent(ask.id)}/number`, { name: 'number', value: ask.number }, { zh: '就在这部手机上打开手机银行', en: 'Go on in the app on this phone' }, 'primary'))}`
}

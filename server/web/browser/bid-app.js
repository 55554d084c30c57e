/**
 * Hands a bid in that is encrypted to a bank's app alone, with no shield at this computer: bid-encrypt.js does the work and says what it needs of the page.
 *
 * The page provides (server/web/bid-form.ts), and this script expects:
 *   #bid-encrypt               with data-app, the certificate that the app handed out
 *   button#bid-app-alone       type=button
 *   #bid-app-status            role=status aria-live=polite
 *   button#shield-sign         off while this works: one bid at a time
 */
import { encryptAndUpload } from './bid-encrypt.js'
import { bilingual } from './bilingual.js'

/** Carries the words for the person. */
class Failure extends Error {
  /** @param {readonly [string, string]} words */
  constructor(words) {
    super(words[1])
    this.words = words
  }
}

const UNEXPECTED = /** @type {const} */ (['没有完成，请刷新页面后重试。', 'It was not finished. Reload the page and try again.'])

const button = document.querySelector('#bid-app-alone')
const status = document.querySelector('#bid-app-status')
const sign = document.querySelector('#shield-sign')

/** @param {readonly [string, string]} words */
const say = words => status?.replaceChildren(...bilingual(words))

if (button instanceof HTMLButtonElement)
  button.addEventListener('click', async () => {
    if (button.ariaDisabled === 'true') return
    button.ariaDisabled = 'true'
    if (sign instanceof HTMLElement) sign.inert = true
    try {
      await encryptAndUpload({ opened: () => undefined, stopped: () => false, say, fail: words => new Failure(words) })
    } catch (thrown) {
      say(thrown instanceof Failure ? thrown.words : UNEXPECTED)
      if (!(thrown instanceof Failure)) throw thrown
    } finally {
      button.ariaDisabled = null
      if (sign instanceof HTMLElement) sign.inert = false
    }
  })

/**
 * For a trading center's page: a button that opens a sealing task at the shared shield in a window of its own, and tells the page how far it is. The center's back end opens the task by the interface
 * (docs/seal-interface.md) and puts the two addresses of the answer into the page:
 *
 *   <script type="module" src="https://BROKER/assets/shared-shield-seal.v1.js"></script>
 *   <shared-shield-seal sign-url="…" watch-url="…">盖章</shared-shield-seal>
 *
 * Events of the element, each with detail { task, state, sealed, documents }: seal-opened, seal-prepared (the list is signed), seal-signed (one more document), seal-finished, seal-failed (cancelled, or its time is
 * over). They are only news for the page: what counts is what the center's back end fetches with its own token.
 *
 * The window has no line to this page, for a page with a handle on our login would be one too many: the state is asked of the broker, every three seconds while the task is open and this page is seen. Addresses of any
 * other origin than this script's are refused.
 */
const home = new URL(import.meta.url).origin
const EVERY = 3000

const WORDS = {
  waiting: ['已打开盖章窗口，请在那里完成。', 'Seal in the window that was opened.'],
  progress: ({ sealed, documents }) => [`已盖 ${sealed} 个，共 ${documents} 个。`, `${sealed} of ${documents} sealed.`],
  done: ['全部盖好了。', 'All are sealed.'],
  cancelled: ['任务已取消。', 'The task was cancelled.'],
  expired: ['任务已过期，请重新发起。', 'The task’s time is over.'],
  lost: ['暂时查不到进度，稍后自动再查。', 'No news just now; trying again.'],
  wrong: ['盖章地址不正确，请联系本网站。', 'The address of the task is not right.'],
}
const STYLE = `
:host { display: inline-grid; gap: 0.4rem; justify-items: start; font: inherit; }
button { min-height: 3rem; padding: 0.5rem 1.5rem; border: 0; border-radius: 0.5rem; background: #1b4684; color: #fff; font: inherit; font-weight: 600; cursor: pointer; }
button:focus-visible { outline: 3px solid #c48225; outline-offset: 2px; }
button[aria-disabled="true"] { background: #515865; cursor: default; }
p { margin: 0; font-size: 0.9em; }`

class SharedShieldSeal extends HTMLElement {
  static observedAttributes = ['sign-url', 'watch-url']
  #button = document.createElement('button')
  #state = document.createElement('p')
  #timer
  #turn = 0
  #last
  #seen = () => void this.#look()

  constructor() {
    super()
    const root = this.attachShadow({ mode: 'open' })
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(STYLE)
    root.adoptedStyleSheets = [sheet]
    this.#button.type = 'button'
    this.#button.part = 'button'
    this.#button.append(document.createElement('slot'))
    this.#state.part = 'state'
    this.#state.setAttribute('role', 'status')
    root.append(this.#button, this.#state)
    this.#button.addEventListener('click', () => this.open())
  }

  connectedCallback() {
    document.addEventListener('visibilitychange', this.#seen)
    this.#look()
  }
  disconnectedCallback() {
    document.removeEventListener('visibilitychange', this.#seen)
    clearTimeout(this.#timer)
  }
  /** another task in the same place */
  attributeChangedCallback(_name, before, after) {
    if (before === after) return
    this.#last = undefined
    if (this.isConnected) this.#look()
  }

  /** Opens the task; from a click, or browsers hold the window back. */
  open() {
    const address = ours(this.getAttribute('sign-url'))
    if (address === undefined) return this.#say(WORDS.wrong)
    if (this.#last !== undefined && this.#last.state !== 'open') return
    window.open(address, '_blank', 'noopener,popup,width=1180,height=900')
    this.#say(WORDS.waiting)
    this.#tell('seal-opened', this.#last ?? { state: 'open', sealed: 0 })
    this.#look()
  }

  async #look() {
    clearTimeout(this.#timer)
    const address = ours(this.getAttribute('watch-url'))
    if (address === undefined || document.visibilityState === 'hidden') return
    this.#turn += 1
    const turn = this.#turn
    const now = await ask(address)
    // another look or another task meanwhile, or gone from the page
    if (turn !== this.#turn || address !== ours(this.getAttribute('watch-url')) || !this.isConnected) return
    if (now === undefined) this.#say(WORDS.lost)
    else this.#take(now)
    clearTimeout(this.#timer)
    if (now === undefined || now.state === 'open') this.#timer = setTimeout(this.#seen, EVERY)
  }

  /** Each piece of news once, in the order in which it happened. */
  #take(now) {
    const before = this.#last ?? { state: 'open', prepared: false, sealed: 0 }
    const first = this.#last === undefined
    this.#last = now
    if (now.prepared && !before.prepared) this.#tell('seal-prepared', now)
    for (let sealed = before.sealed + 1; sealed <= now.sealed; sealed += 1) this.#tell('seal-signed', { ...now, sealed })
    if (now.state !== 'open' && before.state === 'open') this.#tell(now.state === 'done' ? 'seal-finished' : 'seal-failed', now)
    this.#button.setAttribute('aria-disabled', String(now.state !== 'open'))
    if (now.state !== 'open') this.#say(WORDS[now.state])
    else if (now.sealed > 0 || !first) this.#say(now.sealed > 0 || now.prepared ? WORDS.progress(now) : undefined)
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }))
  }
  #say(words) {
    if (words === undefined) return
    const english = document.createElement('span')
    english.lang = 'en'
    english.textContent = words[1]
    this.#state.replaceChildren(words[0], ' ', english)
  }
}

function ours(text) {
  const address = text === null ? null : URL.parse(text)
  return address?.origin === home ? address.href : undefined
}

async function ask(address) {
  try {
    const answer = await fetch(address, { credentials: 'omit', cache: 'no-store', headers: { accept: 'application/json' } })
    return answer.ok ? await answer.json() : undefined
  } catch {
    return undefined
  }
}

if (customElements.get('shared-shield-seal') === undefined) customElements.define('shared-shield-seal', SharedShieldSeal)

/**
 * Owns the shield page's conversation with the local shield agent (bank-adapters/shield-agent): live status, choice of shield, PIN, signature, and the words for
 * everything that can go wrong. It decides nothing: the broker verifies the signature and the certificate itself.
 *
 * The page provides, and this script expects:
 *   form#shield-form            data-agent-url  ws://127.0.0.1:port of the agent
 *                               data-text       the exact text to sign, as shown on the page
 *                               data-format     bid: nothing is signed, a bid is encrypted, tried on the shield and uploaded (bid-encrypt.js says what it needs)
 *                                               raw (default): the signature alone; p7: a signed message with the text inside, its algorithm named SM2-P7 or RSA-P7;
 *                                               list: a list of documents, signed line by line with one PIN (seal-list.js says what it needs)
 *                                               decrypt: secrets of a bid, decrypted with the shield (bid-open.js says what it needs)
 *                               data-issuers    JSON array of issuer common names whose shields may be used; [] for any
 *     input[type=hidden]        names certificate, signature, algorithm: filled here, then the form is sent
 *     select#shield-select      with its label; filled here
 *     [data-shield-pin-field]   wraps label and input#shield-pin (type=password, autocomplete=off, maxlength=16); taken out of the page where the agent asks in its own window
 *     button#shield-sign        type=submit; enabled when a shield is ready. Give it `disabled` in the markup.
 *   #shield-status              role=status aria-live=polite; data-state becomes connecting | missing | empty | ready | busy | asking | failed | done
 *   [data-shield-help=STATE]    optional, any number, `hidden` in the markup: shown while the state is STATE (for instance the fault tree for `missing`)
 *
 * The page needs connect-src with the agent's address, and must not send Cross-Origin-Opener-Policy: same-origin (`same-origin-allow-popups` is fine): the agent's
 * own window is a popup, and with it severed we could not tell that it was closed.
 */
import { bilingual } from './bilingual.js'

// information types of SOF_GetCertInfo: GM/T 0006's, and one of the agent's own
const ISSUER_NAME = 0x21
const KEY_ALGORITHM = 0x101

const WORDS = {
  connecting: ['正在连接盾助手……', 'Connecting to the shield agent…'],
  missing: ['没有连上盾助手。请启动盾助手，本页会自动继续。', 'The shield agent is not running. Start it; this page goes on by itself.'],
  empty: ['没有找到可用于这家银行的盾。请插入盾，本页会自动继续。', 'No shield of this bank is plugged in. Insert it; this page goes on by itself.'],
  unavailable: ['盾助手读不到盾，请检查驱动。', 'The agent cannot reach any shield. Check its driver.'],
  readyPage: ['盾已就绪。请输入 PIN 码，然后签名。', 'The shield is ready. Enter its PIN, then sign.'],
  readyWindow: [
    '盾已就绪。按下签名后，请在盾助手的窗口中核对内容并输入 PIN 码。',
    'The shield is ready. Press sign, then check the text and enter the PIN in the agent’s own window.',
  ],
  readyBid: ['盾已就绪。请选择文件，然后提交。', 'The shield is ready. Choose the file, then hand it in.'],
  busy: ['正在签名……', 'Signing…'],
  asking: ['请在盾助手的窗口中确认。', 'Please confirm in the agent’s own window.'],
  blocked: ['浏览器拦住了盾助手的窗口，请按这里打开:', 'Your browser blocked the agent’s window. Open it here:'],
  openWindow: ['打开盾助手窗口', 'Open the agent’s window'],
  windowClosed: [
    '盾助手的窗口已关闭，没有签名。需要时请再按一次签名。',
    'The agent’s window was closed and nothing was signed. Press sign again when you wish.',
  ],
  pinMissing: ['请先输入 PIN 码。', 'Enter the PIN first.'],
  locked: ['PIN 码连续输错 6 次，盾已锁定。请带证件到开户银行解锁。', 'Six wrong PINs: the shield is locked. Have your bank unlock it.'],
  otherWords: ['盾助手签的不是本页的内容，已停止。请联系客服。', 'The agent signed other words than these; stopped. Contact support.'],
  lost: ['盾助手在签名途中断开，没有完成。请重试。', 'The agent went away while signing; nothing was finished. Try again.'],
  done: ['已签名，正在登录……', 'Signed. Logging in…'],
  sent: ['已签名，正在提交……', 'Signed. Sending…'],
  handed: ['标书已加密、上传并登记。', 'The bid is encrypted, uploaded and registered.'],
}

const wrongPin = tries =>
  tries === 1
    ? [
        'PIN 码不正确。只剩最后 1 次！再输错，盾将锁定，须到银行解锁。',
        'Wrong PIN. Last try: one more wrong PIN locks the shield, and only the bank can unlock it.',
      ]
    : [`PIN 码不正确，还可以试 ${tries} 次。`, `Wrong PIN, ${tries} tries left.`]

const fewTries = tries => [
  `注意：这个盾只剩 ${tries} 次输入机会，用完将锁定。`,
  `Careful: ${tries} ${tries === 1 ? 'try' : 'tries'} left before this shield locks.`,
]

/** A failure that has words for the person, and the agent's code where it is the agent's. */
class Failure extends Error {
  constructor(words, code) {
    super(words[1])
    this.words = words
    this.code = code
  }
}

/** The socket: requests by number, events by name. */
export class Agent {
  #socket
  #last = 0
  #waiting = new Map()

  constructor(url, { onEvent, onGone }) {
    this.#socket = new WebSocket(url)
    this.#socket.addEventListener('message', ({ data }) => {
      const message = JSON.parse(data)
      if (message.event !== undefined) return onEvent(message)
      const waiting = this.#waiting.get(message.id)
      this.#waiting.delete(message.id)
      if (message.error === undefined) waiting?.resolve(message)
      else waiting?.reject(new Failure([message.error.zh, message.error.en], message.error.code))
    })
    this.#socket.addEventListener('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Failure(WORDS.lost))
      this.#waiting.clear()
      onGone()
    })
  }

  call(name, ...params) {
    this.#last += 1
    const id = this.#last
    return new Promise((resolve, reject) => {
      if (this.#socket.readyState !== WebSocket.OPEN) return reject(new Failure(WORDS.lost))
      this.#waiting.set(id, { resolve, reject })
      this.#socket.send(JSON.stringify({ id, function: name, params }))
    })
  }

  async value(name, ...params) {
    return (await this.call(name, ...params)).value
  }
}

const form = document.querySelector('#shield-form')
// a page may load this script, and another script may import it under another address: one of them serves the form
if (form instanceof HTMLFormElement && form.dataset.served === undefined) {
  form.dataset.served = 'yes'
  serve(form)
}

function serve(form) {
  const select = document.querySelector('#shield-select')
  const pin = document.querySelector('#shield-pin')
  const button = document.querySelector('#shield-sign')
  const status = document.querySelector('#shield-status')
  const pinField = document.querySelector('[data-shield-pin-field]')
  const pinPlace = document.createComment('PIN')
  const { agentUrl, text } = form.dataset
  const p7 = form.dataset.format === 'p7'
  const issuers = JSON.parse(form.dataset.issuers ?? '[]')

  let agent
  let mode = 'page'
  /** id to { certificate, algorithm } of the shields offered */
  let shields = new Map()
  /** grows with every press of the button: what belongs to an earlier press is ignored */
  let press = 0
  let busy = false
  let popup

  connect()
  form.addEventListener('submit', event => {
    event.preventDefault()
    if (!busy && !button.disabled) sign()
  })
  select.addEventListener('change', warnOfFewTries)
  // come back to by the browser's history, the page would show a challenge that is spent
  window.addEventListener('pageshow', ({ persisted }) => persisted && location.reload())

  function connect() {
    agent = new Agent(agentUrl, {
      onEvent(event) {
        if (event.event === 'hello') {
          mode = event.pin
          // no password field at all where no PIN is wanted: neither a person nor a password manager shall fill it
          if (mode === 'page') pinPlace.replaceWith(pinField)
          else pinField.replaceWith(pinPlace)
          if (event.state === 'ready') list()
          else say('missing', WORDS.unavailable)
        } else if (event.event === 'shieldsChanged') list()
        else if (event.event === 'confirm') showWindow(event.url)
      },
      onGone() {
        offer(new Map())
        if (!busy) say('missing', WORDS.missing)
        setTimeout(connect, 2000)
      },
    })
    if (status.dataset.state !== 'missing' && !busy) say('connecting', WORDS.connecting)
  }

  /** Asks for every shield and the issuer in its certificate; only a help to the person, the broker checks for itself. */
  async function list() {
    const asked = agent
    try {
      const entries = (await asked.value('SOF_GetUserList')).split('&&&').filter(entry => entry !== '')
      const found = new Map()
      for (const entry of entries) {
        const [label, id] = entry.split('||')
        const certificate = await asked.value('SOF_ExportUserCert', id)
        const issuer = await asked.value('SOF_GetCertInfo', certificate, ISSUER_NAME)
        if (issuers.length > 0 && !issuers.includes(issuer)) continue
        const algorithm = await asked.value('SOF_GetCertInfo', certificate, KEY_ALGORITHM)
        found.set(id, { label, certificate, algorithm })
      }
      if (asked !== agent) return
      offer(found)
      if (busy) return
      if (found.size === 0) return say('empty', WORDS.empty)
      sayReady()
      await warnOfFewTries()
    } catch (thrown) {
      if (asked === agent && !busy) fail(thrown)
    }
  }

  function offer(found) {
    const before = select.value
    shields = found
    select.replaceChildren(...[...found].map(([id, { label }]) => new Option(label, id, false, id === before)))
    select.disabled = found.size === 0
    button.disabled = found.size === 0
  }

  const sayReady = () => say('ready', form.dataset.format === 'bid' ? WORDS.readyBid : mode === 'page' ? WORDS.readyPage : WORDS.readyWindow)
  // what a script of the page said against signing holds no more
  form.addEventListener('seal-again', ({ detail: [zh] }) => {
    if (status.textContent.includes(zh)) sayReady()
  })

  async function warnOfFewTries() {
    const id = select.value
    if (busy || !shields.has(id)) return
    try {
      const tries = await agent.value('SOF_GetPinRetryCount', id)
      if (busy || id !== select.value) return
      if (tries === 0) say('failed', WORDS.locked)
      else if (tries <= 2) say('ready', fewTries(tries))
      else if (status.dataset.state !== 'failed') sayReady()
    } catch (thrown) {
      if (!busy) fail(thrown)
    }
  }

  async function sign() {
    const id = select.value
    const shield = shields.get(id)
    if (shield === undefined) return say('empty', WORDS.empty)
    if (mode === 'page' && pin.value === '') {
      say('failed', WORDS.pinMissing)
      return pin.focus()
    }
    press += 1
    const mine = press
    busy = true
    button.setAttribute('aria-disabled', 'true')
    say('busy', WORDS.busy)
    try {
      if (mode === 'page') await login(id)
      // opened now, while the person's click still allows it; the agent's address follows
      else popup = window.open('', 'shield-agent', 'popup,width=520,height=760')
      if (form.dataset.format === 'bid') return await handBid(id, mine)
      if (form.dataset.format === 'list') return await signList(id, shield, mine)
      if (form.dataset.format === 'decrypt') return await decrypt(id, mine)
      const reply = await agent.call(p7 ? 'SOF_SignDataByP7' : 'SOF_SignData', id, text)
      if (mine !== press) return
      if (reply.shown !== text) throw new Failure(WORDS.otherWords)
      for (const [name, value] of Object.entries({
        certificate: shield.certificate,
        signature: reply.value,
        algorithm: p7 ? `${shield.algorithm}-P7` : shield.algorithm,
      })) {
        form.elements.namedItem(name).value = value
      }
      closeWindow()
      say('done', p7 ? WORDS.sent : WORDS.done)
      form.submit()
    } catch (thrown) {
      if (mine !== press) return
      closeWindow()
      idle()
      fail(thrown)
      if (mode === 'page') pin.focus()
      else button.focus()
    }
  }

  /** Many documents with one PIN: what they are, and how they go back and forth, is the other script's. */
  async function signList(id, shield, mine) {
    const { sealAll } = await import('./seal-list.js')
    const asked = agent
    await sealAll({
      form,
      certificate: shield.certificate,
      call: (name, ...params) => asked.call(name, ...params),
      open: list => asked.call('SHIELD_OpenList', id, list),
      opened: closeWindow,
      stopped: () => mine !== press,
      say: words => say('busy', words),
      fail: words => new Failure(words),
      otherWords: WORDS.otherWords,
    })
    say('done', WORDS.sent)
  }

  /** What is asked of the shield, and where its answer goes, is the other script's. */
  async function decrypt(id, mine) {
    const { openWithShield } = await import('./bid-open.js')
    const asked = agent
    await openWithShield({
      form,
      call: (name, ...params) => asked.call(name, id, ...params),
      opened: closeWindow,
      stopped: () => mine !== press,
      say: words => say('busy', words),
      fail: words => new Failure(words),
      otherWords: WORDS.otherWords,
    })
  }

  async function login(id) {
    const given = pin.value
    pin.value = ''
    const outcome = await agent.value('SOF_Login', id, given)
    if (outcome < 0) throw new Failure(WORDS.locked)
    if (outcome > 0) throw new Failure(wrongPin(outcome))
  }

  /** Encrypts a bid to the shield's other certificate, and lets the shield show that it opens it. */
  async function handBid(id, mine) {
    const { encryptAndUpload } = await import('./bid-encrypt.js')
    const asked = agent
    await encryptAndUpload({
      form,
      call: (name, ...params) => asked.value(name, id, ...params),
      opened: closeWindow,
      stopped: () => mine !== press,
      say: words => say('busy', words),
      fail: words => new Failure(words),
    })
    say('done', WORDS.handed)
  }

  /** Leads the popup to the agent's own window; any other address than the agent's is not followed. */
  function showWindow(address) {
    const [target, home] = [new URL(address), new URL(agentUrl)]
    if (target.protocol !== 'http:' || target.host !== home.host || !busy) return
    if (popup === null || popup === undefined || popup.closed) {
      const link = document.createElement('a')
      link.href = target.href
      link.target = 'shield-agent'
      link.append(...bilingual(WORDS.openWindow))
      return say('asking', WORDS.blocked, link)
    }
    popup.location.replace(target.href)
    popup.focus()
    say('asking', WORDS.asking)
    watchWindow(press, popup)
  }

  /** A person may simply close the window: say so, and let them press again. */
  function watchWindow(mine, opened) {
    const timer = setInterval(() => {
      if (mine !== press || !busy) return clearInterval(timer)
      if (!opened.closed) return
      clearInterval(timer)
      // an answer may be on its way: the window is also closed by a person who has just confirmed
      setTimeout(() => {
        if (mine !== press || !busy || status.dataset.state !== 'asking') return
        press += 1
        idle()
        say('failed', WORDS.windowClosed)
        button.focus()
      }, 1500)
    }, 300)
  }

  function closeWindow() {
    popup?.close()
    popup = undefined
  }

  function idle() {
    busy = false
    button.removeAttribute('aria-disabled')
  }

  function fail(thrown) {
    if (thrown instanceof Failure) return say('failed', thrown.words)
    say('failed', WORDS.lost)
    throw thrown
  }

  function say(state, words, more) {
    status.dataset.state = state
    status.replaceChildren(...bilingual(words), ...(more === undefined ? [] : [' ', more]))
    for (const help of document.querySelectorAll('[data-shield-help]')) help.hidden = help.dataset.shieldHelp !== state
  }
}

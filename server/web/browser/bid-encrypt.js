/**
 * Hands a bid in: encrypts the chosen file in this browser, tries the shield in hand on it, uploads it while it is made, and has it registered. Called by shield-agent.js, which has the shield open, or by bid-app.js for
 * a bid to a bank's app alone. The file and the bid key stay here; what goes out opens with the shield, the app or, after the opening time, by rescue (docs/bid-envelopes.md).
 *
 * The page provides (server/web/bid-form.ts), and this script expects:
 *   #bid-encrypt                data-at-work while it works, and when it is done: the page is not loaded anew meanwhile (progress.js)
 *                               data-facts  where the opening says what an envelope for it is made of; beside it are the addresses of the upload
 *                               data-next   where to go on when the bid is registered
 *                               data-app    optional: a certificate that a bank's app handed out, DER in base64
 *     input#bid-also-app         a checkbox, where there is data-app: the bid is encrypted to the app beside the shield
 *     input#bid-plain            the file
 *     #bid-encrypt-work                 hidden in the markup: shown while it works
 *       progress#bid-encrypt-progress   0 to 100
 *       #bid-encrypt-amount             how much went out
 *       button#bid-encrypt-cancel       type=button
 *   [data-bid-step=NAME]        a line each for shield, encrypt, register: data-state becomes now | done
 */
import { Encryptor } from './bid/encryptor.js'
import { BidFailure } from './bid/failure.js'
import { base64, fromBase64 } from './bid/octets.js'
import { Refusal, uploadEnvelope } from './bid/upload.js'

/** @typedef {import('./bid/failure.js').Words} Words */
/** @typedef {{ envelope: Encryptor, file: File, envelopes: string, certificates: string[], onPhone: string[], signal: AbortSignal }} Work the certificates in base64, the shield's first */
/**
 * @typedef {object} Hand
 * @property {(name: string, ...params: string[]) => Promise<any>} [call] asks the agent about the chosen shield; absent: no shield is at hand, and the bid is for the app alone
 * @property {() => void} opened the agent's window has done its work
 * @property {() => boolean} stopped
 * @property {(words: Words) => void} say
 * @property {(words: Words) => Error} fail
 */

/** @type {Record<'noFile' | 'asking' | 'trying' | 'reading' | 'readingAlone' | 'sending' | 'waiting' | 'registering' | 'tooLarge' | 'away', Words>} */
const WORDS = {
  noFile: ['请先选择标书文件。', 'Choose the file of the bid first.'],
  asking: ['正在读取开标信息……', 'Reading what the opening asks for…'],
  trying: ['正在用这个盾试解密……', 'Trying this shield on it…'],
  reading: ['这个盾能解密。正在读文件……', 'This shield opens it. Reading the file…'],
  readingAlone: ['正在读文件……', 'Reading the file…'],
  sending: ['正在加密、核对并上传……', 'Encrypting, checking and sending…'],
  waiting: ['网络断开，恢复后自动继续，请不要关闭本页。', 'The network is away. It goes on by itself when it is back: keep this page open.'],
  registering: ['已全部上传，正在登记……', 'All is sent. Registering…'],
  tooLarge: ['文件超过平台允许的大小。', 'The file is larger than the platform takes.'],
  away: ['读取不到开标信息，请稍后重试。', 'The opening’s facts cannot be read just now. Try again in a moment.'],
}

/** grows with every press; what is left of an earlier one touches the page no more */
let run = 0

/** @param {Hand} hand */
export async function encryptAndUpload(hand) {
  run += 1
  const mine = run
  const { place, input } = parts()
  const [file] = input.files ?? []
  if (file === undefined) throw hand.fail(WORDS.noFile)
  const controller = new AbortController()
  const envelope = new Encryptor(progress => progress.phase === 'measure' && show((20 * progress.done) / Math.max(1, progress.of)))
  controller.signal.addEventListener('abort', () => envelope.stop())
  const cancel = element('bid-encrypt-cancel')
  const abort = () => controller.abort()
  cancel.addEventListener('click', abort)
  addEventListener('beforeunload', hold)
  // the agent's window was closed
  const watching = setInterval(() => hand.stopped() && abort(), 300)
  input.disabled = true
  place.dataset.atWork = 'yes'
  element('bid-encrypt-work').hidden = false
  show(0)
  try {
    const next = place.dataset.next ?? ''
    const { shield, app } = await recipients(hand, place.dataset.app)
    await handIn(
      hand,
      { envelope, file, signal: controller.signal, certificates: [...shield, ...app], onPhone: app, envelopes: '' },
      place.dataset.facts ?? '',
    )
    removeEventListener('beforeunload', hold)
    location.assign(next)
  } catch (thrown) {
    if (mine === run) {
      delete place.dataset.atWork
      for (const line of steps()) delete line.dataset.state
    }
    if (thrown instanceof BidFailure || thrown instanceof Refusal) throw hand.fail(thrown.words)
    throw thrown
  } finally {
    envelope.stop()
    clearInterval(watching)
    cancel.removeEventListener('click', abort)
    removeEventListener('beforeunload', hold)
    if (mine === run) {
      input.disabled = false
      element('bid-encrypt-work').hidden = true
    }
  }
}

/** To whom it is encrypted: shield and app, as the person chose. @param {Hand} hand @param {string | undefined} app @returns {Promise<{ shield: string[], app: string[] }>} */
async function recipients({ call }, app) {
  const also = document.getElementById('bid-also-app')
  const toApp = app !== undefined && (call === undefined || (also instanceof HTMLInputElement && also.checked))
  return { shield: call === undefined ? [] : [await call('SOF_ExportExChangeUserCert')], app: toApp ? [app] : [] }
}

/** @param {Hand} hand @param {Work} work @param {string} address of the facts */
async function handIn(hand, work, address) {
  const { envelope, file, signal } = work
  hand.say(WORDS.asking)
  const facts = await factsAt(hand, address, signal)
  await envelope.begin({
    file,
    facts: {
      center: facts.center,
      project: facts.project,
      opening: new Date(facts.opens_at).toISOString(),
      ...(facts.section === undefined ? {} : { section: facts.section }),
      ...(facts.drill === true ? { drill: true } : {}),
    },
    bidder: facts.bidder,
    certificates: work.certificates.map(each => decoded(each, 'certificate_malformed')),
    ...(facts.rescue === undefined ? {} : { rescue: keepersOf(facts.rescue) }),
  })
  if (envelope.size > facts.limits.envelope) throw hand.fail(WORDS.tooLarge)
  await tryShield(hand, work)
  await send(hand, { ...work, envelopes: address.replace(/\/facts$/, '/envelopes') })
}

/**
 * Before the file is read: the shield has to give back what was encrypted to it. So a wrong certificate is found now and not at the opening.
 * @param {Hand} hand
 * @param {Work} work
 */
async function tryShield({ call, say, opened }, { envelope, signal }) {
  if (call === undefined) return
  step('shield')
  say(WORDS.trying)
  const [{ algorithm, value }] = envelope.keys
  const padding = algorithm === 'RSA-OAEP-SHA256' ? ['oaep-sha256'] : []
  const asked = call('SOF_PriKeyDecrypt', base64(fromBase64(value)), ...padding).catch(thrown => {
    if (thrown.code === 'signature_invalid') throw new BidFailure('bid_not_for_this_key', thrown.message)
    throw thrown
  })
  const plain = await Promise.race([asked, cancelled(signal)])
  if (!(await envelope.opensWith(decoded(plain, 'bid_not_for_this_key')))) throw new BidFailure('bid_not_for_this_key', 'it found something else')
  opened()
}

/** @param {Hand} hand @param {Work} work */
async function send(hand, { envelope, envelopes, certificates, onPhone, signal }) {
  step('encrypt')
  hand.say(hand.call === undefined ? WORDS.readingAlone : WORDS.reading)
  const { id, size } = envelope
  let sent = 0
  const receipt = await uploadEnvelope({
    envelopes,
    id,
    size,
    pieces: envelope.pieces(),
    certificates,
    onPhone,
    signal,
    onProgress(received) {
      if (sent === 0) hand.say(WORDS.sending)
      sent = received
      show(20 + (79 * sent) / size)
      element('bid-encrypt-amount').textContent = `${megabytes(sent)} / ${megabytes(size)}`
      if (sent < size) return
      step('register')
      hand.say(WORDS.registering)
    },
    onWaiting: waiting => hand.say(waiting ? WORDS.waiting : WORDS.sending),
  })
  if (receipt.sm3 !== envelope.sm3 || receipt.size !== size) throw new BidFailure('receipt_differs', `${receipt.sm3} where ${envelope.sm3} was sent`)
  show(100)
  step()
}

/** @param {Hand} hand @param {string} address @param {AbortSignal} signal */
async function factsAt(hand, address, signal) {
  try {
    const answer = await fetch(address, { headers: { accept: 'application/json' }, signal })
    const body = await answer.json()
    if (answer.ok) return body
    throw new Refusal(answer.status, body)
  } catch (thrown) {
    if (thrown instanceof Refusal) throw thrown
    throw signal.aborted ? new BidFailure('cancelled', 'aborted') : hand.fail(WORDS.away)
  }
}

/** Ends with the signal, and never well. @param {AbortSignal} signal @returns {Promise<never>} */
const cancelled = signal =>
  new Promise((_, reject) => {
    const over = () => reject(new BidFailure('cancelled', 'aborted'))
    if (signal.aborted) over()
    else signal.addEventListener('abort', over)
  })

/** @param {{ custodians: string[], platform: string, threshold: number }} rescue */
const keepersOf = ({ custodians, platform, threshold }) => ({
  custodians: custodians.map(each => decoded(each, 'certificate_malformed')),
  platform: decoded(platform, 'certificate_malformed'),
  threshold,
})

/** What agent and platform give is believed in nothing. @param {string} text @param {import('./bid/failure.js').FailureCode} code */
function decoded(text, code) {
  try {
    return fromBase64(text)
  } catch {
    throw new BidFailure(code, 'no base64')
  }
}

/** @param {string} id */
function element(id) {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`no #${id} on this page`)
  return found
}

function parts() {
  const input = element('bid-plain')
  if (!(input instanceof HTMLInputElement)) throw new Error('no input for the file')
  return { place: element('bid-encrypt'), input }
}

/** @returns {NodeListOf<HTMLElement>} */
const steps = () => document.querySelectorAll('[data-bid-step]')

/** This one is under way, and those before it are done; all are when there is none. @param {string} [name] */
function step(name) {
  let before = true
  for (const line of steps()) {
    if (line.dataset.bidStep === name) before = false
    line.dataset.state = before ? 'done' : line.dataset.bidStep === name ? 'now' : ''
  }
}

/** @param {number} percent */
function show(percent) {
  const bar = element('bid-encrypt-progress')
  if (bar instanceof HTMLProgressElement) bar.value = percent
}

/** @param {number} octets */
const megabytes = octets => `${(octets / 1024 / 1024).toFixed(1)} MB`

/** Leaving the page ends the upload: the browser asks first. @param {Event} event */
const hold = event => event.preventDefault()

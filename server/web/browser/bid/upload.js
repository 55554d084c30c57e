/**
 * Owns an envelope's way to the platform, piece by piece while it is made. A line that breaks off is waited for; then the platform is asked how far the envelope came, and it goes on from there: what may have
 * to be sent again is one request, and that is still held.
 *
 *   POST {envelopes}                      { id, size }
 *   GET  {envelopes}/{id}                 { received }
 *   PUT  {envelopes}/{id}/{offset}        the octets from there on; answers { received }
 *   POST {envelopes}/{id}/register        { certificates, on_phone }; answers { size, sm3 }
 */
import { BidFailure } from './failure.js'
import { joined } from './octets.js'

/** A refusal of the platform, in its own words. */
export class Refusal extends Error {
  /** @param {number} status @param {{ code?: string, user_message?: { zh: string, en: string } } | undefined} problem */
  constructor(status, problem) {
    super(`${status} ${problem?.code ?? ''}`)
    this.code = problem?.code
    const said = problem?.user_message
    /** @type {import('./failure.js').Words} */
    this.words = said === undefined ? ['平台暂时不能处理，请稍后重试。', 'The platform cannot do this now. Try again later.'] : [said.zh, said.en]
  }
}

/** octets of one request: fewer requests than pieces, and held twice at most, while it is sent and while the next is made */
const MOST_OCTETS = 4 * 1024 * 1024

/** in a row, over about ten minutes */
const MOST_TRIES = 25

/**
 * @typedef {object} Upload
 * @property {string} envelopes the address, such as /workbench/bids/ID/envelopes
 * @property {string} id
 * @property {number} size of the whole envelope
 * @property {AsyncIterable<Uint8Array<ArrayBuffer>>} pieces
 * @property {readonly string[]} certificates the bidder's, DER in base64, in the order of the header's keys
 * @property {readonly string[]} [onPhone] those of them whose key is in a bank's app
 * @property {number} [most] octets of one request, unless one piece alone has more
 * @property {AbortSignal} [signal]
 * @property {(received: number) => void} [onProgress] octets that the platform has
 * @property {(waiting: boolean) => void} [onWaiting] the line is away, or there again
 * @property {typeof fetch} [request]
 * @property {(milliseconds: number, signal: AbortSignal | undefined) => Promise<void>} [wait]
 */

/** @typedef {{ size: number, sm3: string }} Receipt of what was registered */

/**
 * @param {Upload} upload
 * @returns {Promise<Receipt>} told again where the first one was lost on its way
 * @throws Refusal; BidFailure `cancelled`, `upload_lost`; whatever `pieces` throws
 */
export async function uploadEnvelope(upload) {
  const { envelopes, id, size, pieces, certificates, onPhone = [], onProgress } = upload
  const address = `${envelopes}/${encodeURIComponent(id)}`
  await ask(upload, 'POST', envelopes, json({ id, size }))
  let at = 0
  for await (const piece of ahead(batches(pieces, upload.most ?? MOST_OCTETS))) {
    const end = at + piece.length
    while (at < end) {
      at = await send(upload, address, at, piece.subarray(at - end + piece.length))
      if (at > end) throw new BidFailure('upload_lost', `${at} received of ${end} sent`)
      onProgress?.(at)
    }
  }
  return await register(upload, address, json({ certificates, ...(onPhone.length === 0 ? {} : { on_phone: onPhone }) }))
}

/** @typedef {Uint8Array<ArrayBuffer>} Octets */

/** @param {AsyncIterable<Octets>} pieces @param {number} most */
async function* batches(pieces, most) {
  /** @type {Octets[]} */
  let held = []
  let octets = 0
  for await (const piece of pieces) {
    if (held.length > 0 && octets + piece.length > most) {
      yield joined(...held)
      held = []
      octets = 0
    }
    held.push(piece)
    octets += piece.length
  }
  if (held.length > 0) yield joined(...held)
}

/** The next is made while one is used. @param {AsyncGenerator<Octets, void, undefined>} made */
async function* ahead(made) {
  for (let coming = made.next(); ; ) {
    const { value, done } = await coming
    if (done) return
    coming = made.next()
    // heard of when it is waited for
    coming.catch(() => undefined)
    yield value
  }
}

/** @returns {Promise<number>} how far the envelope came @param {Upload} upload @param {string} address @param {number} at @param {Uint8Array<ArrayBuffer>} bytes */
async function send(upload, address, at, bytes) {
  const put = { headers: { 'content-type': 'application/octet-stream' }, body: bytes }
  for (let tried = 0; ; tried++) {
    const came = await attempt(upload, 'PUT', `${address}/${at}`, put)
    if (came.ok) return came.body.received
    if (!came.again && came.refusal?.code !== 'bid_upload_out_of_step') throw came.refusal
    // out of step: an answer was lost, or another tab is at it
    if (tried === MOST_TRIES) throw new BidFailure('upload_lost', 'tried for too long')
    if (came.again) await waited(upload, tried)
    const { received } = await ask(upload, 'GET', address)
    if (received < at || received > at + bytes.length) throw new BidFailure('upload_lost', `${received} received where ${at} was sent`)
    if (received > at) return received
  }
}

/** @param {Upload} upload @param {string} address @param {RequestInit} body @returns {Promise<Receipt>} */
async function register(upload, address, body) {
  for (let tried = 0; ; tried++) {
    const came = await attempt(upload, 'POST', `${address}/register`, body)
    if (came.ok) return came.body
    if (!came.again) throw came.refusal
    if (tried === MOST_TRIES) throw new BidFailure('upload_lost', 'tried for too long')
    await waited(upload, tried)
  }
}

/** Asks until there is an answer. @param {Upload} upload @param {string} method @param {string} address @param {RequestInit} [more] @returns {Promise<any>} */
async function ask(upload, method, address, more) {
  for (let tried = 0; ; tried++) {
    const came = await attempt(upload, method, address, more)
    if (came.ok) return came.body
    if (!came.again) throw came.refusal
    if (tried === MOST_TRIES) throw new BidFailure('upload_lost', 'tried for too long')
    await waited(upload, tried)
  }
}

/** @param {Upload} upload @param {number} tried */
async function waited({ onWaiting, wait = pause, signal }, tried) {
  onWaiting?.(true)
  await wait(Math.min(30_000, 1000 * 2 ** tried), signal)
  onWaiting?.(false)
}

/**
 * @param {Upload} upload
 * @param {string} method
 * @param {string} address
 * @param {RequestInit} [more]
 * @returns {Promise<{ ok: true, body: any } | { ok: false, again: boolean, refusal?: Refusal }>} `again` where the line broke, or the platform is busy
 */
async function attempt({ signal, request = fetch }, method, address, more = {}) {
  try {
    const answer = await request(address, {
      ...more,
      method,
      headers: { accept: 'application/json', ...more.headers },
      ...(signal === undefined ? {} : { signal }),
    })
    const body = await answer.json().catch(() => undefined)
    if (answer.ok && body !== undefined) return { ok: true, body }
    const again = answer.ok || answer.status === 429 || answer.status === 408 || answer.status >= 500
    return { ok: false, again, refusal: new Refusal(answer.status, body) }
  } catch {
    if (signal?.aborted) throw new BidFailure('cancelled', 'aborted')
    return { ok: false, again: true }
  }
}

/** @param {unknown} body @returns {RequestInit} */
const json = body => ({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

/** Shorter when the browser says that the network is back. @type {NonNullable<Upload['wait']>} */
function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const over = () => {
      clearTimeout(timer)
      removeEventListener('online', over)
      signal?.removeEventListener('abort', over)
      if (signal?.aborted) reject(new BidFailure('cancelled', 'aborted'))
      else resolve()
    }
    const timer = setTimeout(over, milliseconds)
    addEventListener('online', over)
    signal?.addEventListener('abort', over)
  })
}

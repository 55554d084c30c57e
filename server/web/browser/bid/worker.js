/**
 * Owns encrypting beside the page, so that the page stays usable: a module worker of one bid. The bid key never leaves it. Each message is answered by one, in their order; progress comes between.
 *
 *   begin { request }     ready { id, size, keys }
 *   opens { plain }       opens { yes }             whether a shield found in its part what was put there
 *   next                  piece { bytes } | done { sm3 }
 *   (any)                 failed { code, facts }
 */
import { encryptBid } from './encrypt.js'
import { BidFailure } from './failure.js'
import { checkOpens } from './opening.js'
import { selfTest } from './self-test.js'

/** @typedef {{ kind: 'begin', request: import('./encrypt.js').BidRequest } | { kind: 'opens', plain: Uint8Array } | { kind: 'next' }} Question */
/** @typedef {{ phase: 'measure' | 'encrypt', done: number, of: number }} Progress */
/**
 * @typedef {{ kind: 'ready', id: string, size: number, keys: import('./part.js').Part[] } | { kind: 'opens', yes: boolean } | { kind: 'piece', bytes: Uint8Array<ArrayBuffer> }
 *   | { kind: 'done', sm3: string } | { kind: 'failed', code: string, facts: string }} Answer
 */

// what a worker sends with is what a Worker is sent with
const page = /** @type {Worker} */ (/** @type {unknown} */ (globalThis))

/** @type {Awaited<ReturnType<typeof encryptBid>> | undefined} */
let bid
/** @type {AsyncGenerator<Uint8Array<ArrayBuffer>> | undefined} */
let pieces

/** @param {Question} question @returns {Promise<Answer>} */
async function answer(question) {
  if (question.kind === 'begin') {
    selfTest()
    const { request } = question
    bid = await encryptBid(request)
    pieces = checkOpens(
      bid.pieces(progress => page.postMessage({ kind: 'progress', ...progress })),
      { file: request.file, bidKey: bid.bidKey },
    )
    return { kind: 'ready', id: bid.id, size: bid.size, keys: bid.keys }
  }
  if (bid === undefined || pieces === undefined) throw new BidFailure('bad_request', 'nothing was begun')
  if (question.kind === 'opens') return { kind: 'opens', yes: bid.opensWith(question.plain) }
  const { value, done } = await pieces.next()
  return done ? { kind: 'done', sm3: bid.sm3 } : { kind: 'piece', bytes: value }
}

/** @type {Promise<void>} */
let turn = Promise.resolve()
page.addEventListener('message', ({ data }) => {
  turn = turn.then(async () => {
    try {
      const given = await answer(data)
      page.postMessage(given, given.kind === 'piece' ? [given.bytes.buffer] : [])
    } catch (thrown) {
      const { code, message } = thrown instanceof BidFailure ? thrown : new BidFailure('not_started', String(thrown))
      page.postMessage({ kind: 'failed', code, facts: message })
    }
  })
})

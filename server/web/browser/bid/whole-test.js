/**
 * Owns the self-test of a bid that was handed in, beside the page so that the page stays usable: a module worker of one test. It reads the envelope as the platform keeps it, decrypts all of it with the key that the shield
 * gave, and throws away what comes out. The key never leaves this computer; of the envelope there is never more than a few MiB in memory.
 *
 *   { address, bidKey }     progress { done, of } ... then opens | failed { code, facts }
 */
import { BidFailure } from './failure.js'
import { readThrough } from './opening.js'
import { selfTest } from './self-test.js'

/** @typedef {import('./octets.js').Octets} Octets */

// what a worker sends with is what a Worker is sent with
const page = /** @type {Worker} */ (/** @type {unknown} */ (globalThis))

/** @param {string} address @returns {AsyncGenerator<Octets>} */
async function* received(address) {
  const reader = await fetch(address).then(
    answer => (answer.ok ? answer.body?.getReader() : undefined),
    () => undefined,
  )
  if (reader === undefined) throw new BidFailure('test_lost', 'the envelope does not come')
  for (;;) {
    const { value, done } = await reader.read().catch(cause => {
      throw new BidFailure('test_lost', String(cause))
    })
    if (done) return
    yield value
  }
}

page.addEventListener('message', async ({ data: { address, bidKey } }) => {
  try {
    selfTest()
    await readThrough(received(address), { bidKey, onProgress: (done, of) => page.postMessage({ kind: 'progress', done, of }) })
    page.postMessage({ kind: 'opens' })
  } catch (thrown) {
    const { code, message } = thrown instanceof BidFailure ? thrown : new BidFailure('not_started', String(thrown))
    page.postMessage({ kind: 'failed', code, facts: message })
  }
})

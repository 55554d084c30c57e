/** Owns reading a file for its digests beside the page, a piece at a time, whatever its size: a module worker. It is sent `{ file, signature }`, and answers `{ done }` (octets so far) and at the end `{ digests }`, undefined where a file cannot be read. */
import { digestsOf } from './digests.js'

// what a worker sends with is what a Worker is sent with
const page = /** @type {Worker} */ (/** @type {unknown} */ (globalThis))

page.addEventListener('message', async ({ data: { file, signature } }) => {
  const digests = await digestsOf(file, signature, done => page.postMessage({ done })).catch(() => undefined)
  page.postMessage({ digests })
})

/** Owns reading a chosen file beside the page, a piece at a time, whatever its size: a module worker. It is sent a File, and answers `{ done }` (octets so far) and at the end `{ sm3 }`, undefined where the file cannot be read. */
import { measure } from './bid/reading.js'

addEventListener('message', async ({ data: file }) => {
  const sm3 = await measure(file, done => postMessage({ done })).catch(() => undefined)
  postMessage({ sm3 })
})

/**
 * Owns decrypting a secret of a bid with the shield on a page: asks the broker what is to be decrypted, the shield to do it, and either decrypts the whole envelope with it here and sends the outcome alone (the self-test:
 * before the opening nobody else may have the secret), or sends it. In a self-test the shield signs first, since at the opening it also has to log somebody in. Called by shield-agent.js, which has the shield open.
 *
 * The page provides, and this script expects:
 *   form#shield-form            data-use        test | send
 *                               data-envelope   of a test: address of the envelope as it is kept
 *                               data-text       of a test: what the shield signs first, as shown on the page
 *                               data-signed     of a test: address for { text, cms }. It answers { ok }, and the test goes on either way
 *                               data-parts      address that answers { certificate } with { parts: [{ part, value, padding? }], expected? }
 *                               action          address for the outcome: { ok, code?, part? } of a test; { certificate, answers: [{ part, plain }] } otherwise. It answers { next }, where the browser goes on.
 */
import { askJson } from './ask-json.js'
import { BidFailure } from './bid/failure.js'

const WORDS = {
  signing: ['正在用盾试签名……', 'The shield is signing…'],
  asking: ['正在取要解密的内容……', 'Fetching what is to be decrypted…'],
  decrypting: ['正在用盾解密……', 'The shield is decrypting…'],
  whole: (done, of) => [`正在解密全文核对……已完成 ${percent(done, of)}%`, `Decrypting all of it… ${percent(done, of)}%`],
  sending: ['已解出，正在提交……', 'Decrypted. Sending…'],
  lost: ['网络中断，没有完成。请再按一次。', 'The network was lost and nothing was finished. Press again.'],
}

const percent = (done, of) => Math.floor((100 * done) / of)

/** refusals that are about the shield or the person, and not about what was to be decrypted */
const STOPS = new Set(['shield_absent', 'shield_closed', 'shield_locked', 'shield_sign_declined', 'shield_pin_wrong', 'shield_request_refused'])

export async function openWithShield({ form, call, opened, stopped, say, fail, otherWords }) {
  const { use, parts: from, text, signed } = form.dataset
  const step = words => {
    if (stopped()) throw fail(words)
    say(words)
  }
  if (signed !== undefined) {
    step(WORDS.signing)
    const { value: cms, shown } = await call('SOF_SignDataByP7', text)
    if (shown !== text) throw fail(otherWords)
    await send(signed, { text, cms })
  }
  step(WORDS.asking)
  const { value: certificate } = await call('SOF_ExportExChangeUserCert')
  const { parts, expected } = await send(from, { certificate })
  step(WORDS.decrypting)
  const answers = []
  for (const { part, value, padding } of parts) {
    const plain = await decrypted(value, ...(padding === undefined ? [] : [padding]))
    if (plain === undefined) continue
    answers.push({ part, plain })
    break
  }
  if (stopped()) return
  opened()
  const whose = form.dataset.custodian === undefined ? {} : { certificate }
  const outcome = use === 'test' ? await tested() : { ...whose, answers }
  step(WORDS.sending)
  const { next } = await send(form.action, outcome)
  location.assign(next)

  /** The test's outcome; what says nothing about the bid, such as a line that broke, is thrown as words. */
  async function tested() {
    const found = keyOf(answers[0], expected)
    if (found.bidKey === undefined) return found
    try {
      await opensWhole(form.dataset.envelope, found.bidKey, (done, of) => step(WORDS.whole(done, of)))
      return { ok: true, part: answers[0].part }
    } catch (thrown) {
      if (!(thrown instanceof BidFailure)) throw thrown
      if (thrown.code !== 'bid_envelope_malformed') throw fail(thrown.words)
      return { ok: false, code: thrown.code }
    }
  }

  /** undefined where it is not for this shield */
  async function decrypted(...encrypted) {
    try {
      return (await call('SOF_PriKeyDecrypt', ...encrypted)).value
    } catch (thrown) {
      if (thrown.code === undefined || STOPS.has(thrown.code)) throw thrown
      return undefined
    }
  }

  async function send(path, body) {
    const { read, words } = await askJson(path, WORDS.lost, { body })
    if (words !== undefined) throw fail(words)
    return read
  }
}

/** Lets the worker read the envelope to its end. @throws BidFailure, or whatever `progress` throws to stop it */
async function opensWhole(path, bidKey, progress) {
  const worker = new Worker(new URL('./bid/whole-test.js', import.meta.url), { type: 'module' })
  try {
    await new Promise((resolve, reject) => {
      worker.addEventListener('error', () => reject(new BidFailure('not_started', 'the worker did not run')))
      worker.addEventListener('message', ({ data: { kind, done, of, code, facts } }) => {
        if (kind === 'opens') return resolve()
        if (kind === 'failed') return reject(new BidFailure(code, facts))
        try {
          progress(done, of)
        } catch (stopped) {
          reject(stopped)
        }
      })
      worker.postMessage({ address: new URL(path, location.href).href, bidKey })
    })
  } finally {
    worker.terminate()
  }
}

/** Kind, place, 32 octets of secret, binding: docs/bid-envelopes.md, 4. @returns { bidKey }, or why there is none */
function keyOf(answer, { kind, place, binding }) {
  if (answer === undefined) return { ok: false, code: 'bid_not_for_this_key' }
  const [plain, bound] = [octetsOf(answer.plain), octetsOf(binding)]
  const fits = plain.length === 66 && plain[0] === kind && plain[1] === place && bound.every((octet, i) => plain[34 + i] === octet)
  return fits ? { bidKey: plain.slice(2, 34) } : { ok: false, code: 'bid_envelope_malformed' }
}

const octetsOf = base64 => Uint8Array.from(atob(base64), letter => letter.charCodeAt(0))

/**
 * Owns decrypting a secret of a bid with the shield on a page: asks the broker what is to be decrypted, the shield to do it, and either compares what came out here and sends the outcome alone (the self-test: before the
 * opening nobody else may have the secret), or sends it. Called by shield-agent.js, which has the shield open.
 *
 * The page provides, and this script expects:
 *   form#shield-form            data-use        test | send
 *                               data-parts      address that answers { certificate } with { parts: [{ part, value, padding? }], expected? }
 *                               action          address for the outcome: { ok, code? } of a test; { certificate, answers: [{ part, plain }] } otherwise. It answers { next }, where the browser goes on.
 */
import { askJson } from './ask-json.js'

const WORDS = {
  asking: ['正在取要解密的内容……', 'Fetching what is to be decrypted…'],
  decrypting: ['正在用盾解密……', 'The shield is decrypting…'],
  sending: ['已解出，正在提交……', 'Decrypted. Sending…'],
  lost: ['网络中断，没有完成。请再按一次。', 'The network was lost and nothing was finished. Press again.'],
}

/** refusals that are about the shield or the person, and not about what was to be decrypted */
const STOPS = new Set(['shield_absent', 'shield_closed', 'shield_locked', 'shield_sign_declined', 'shield_pin_wrong', 'shield_request_refused'])

export async function openWithShield({ form, call, opened, stopped, say, fail }) {
  const { use, parts: from } = form.dataset
  const step = words => {
    if (stopped()) throw fail(words)
    say(words)
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
  step(WORDS.sending)
  const whose = form.dataset.custodian === undefined ? {} : { certificate }
  const { next } = await send(form.action, use === 'test' ? outcomeOf(answers[0], expected) : { ...whose, answers })
  location.assign(next)

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

/** Kind, place, 32 octets of secret, binding: docs/bid-envelopes.md, 4. */
function outcomeOf(answer, { kind, place, binding }) {
  if (answer === undefined) return { ok: false, code: 'bid_not_for_this_key' }
  const [plain, bound] = [octetsOf(answer.plain), octetsOf(binding)]
  const fits = plain.length === 66 && plain[0] === kind && plain[1] === place && bound.every((octet, i) => plain[34 + i] === octet)
  return fits ? { ok: true } : { ok: false, code: 'bid_envelope_malformed' }
}

const octetsOf = base64 => Uint8Array.from(atob(base64), letter => letter.charCodeAt(0))

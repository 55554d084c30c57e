/** Owns the work of `shield channel` on banks' keys: a running broker is asked at its management port, so that what was changed counts there at once and in every other process within half a minute. */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import type { z } from 'zod'
import { addBody, keyAnswer, keysAnswer, payerKeyAnswer, payerKeyBody, retireBody } from '../channel/key-routes.ts'
import { CERTIFICATE_LIMIT, readCertificate } from '../pki/certificate.ts'
import { askBroker, brokerOf } from './broker.ts'
import { type Asked, EXIT, type Outcome } from './command.ts'
import { readBounded } from './files.ts'

const one = ({ options }: Asked, name: string): string | undefined => options[name]?.[0]
const who = (asked: Asked): string => one(asked, 'as') ?? userInfo().username
const usage = (text: string): Outcome => ({ exit: EXIT.usage, json: { error: text }, text: `${text}\n` })
const not = (what: string, found: { refused: string; facts: string }): Outcome => ({
  exit: EXIT.found,
  json: found,
  text: `${what} (${found.refused}): ${found.facts}\n`,
})

export async function list(asked: Asked): Promise<Outcome> {
  const { keys } = await askBroker(await brokerOf(await asked.config()), '/channel/keys', keysAnswer)
  const bank = one(asked, 'bank')
  const shown = bank === undefined ? keys : keys.filter(({ party }) => party === bank)
  if (shown.length === 0) return { exit: EXIT.found, json: [], text: bank === undefined ? 'No bank has a key.\n' : `${bank} has no key.\n` }
  return { exit: EXIT.ok, json: shown, text: shown.map(lineOf).join('') }
}

export async function add(asked: Asked): Promise<Outcome> {
  const [party, file = ''] = asked.args
  const certificate = await readBounded(file, CERTIFICATE_LIMIT)
  const body = addBody.safeParse({ party, certificate: derOf(certificate), from: one(asked, 'from'), by: who(asked) })
  if (!body.success) return usage('Say BANK FILE, and --from as 2027-01-01T00:00:00Z.')
  const found = await askBroker(await brokerOf(await asked.config()), '/channel/keys', keyAnswer, body.data)
  return 'refused' in found ? not('Not registered', found) : { exit: EXIT.ok, json: found, text: `Registered:\n${lineOf(found)}` }
}

export async function retire(asked: Asked): Promise<Outcome> {
  const [party, id] = asked.args
  const body = retireBody.safeParse({ party, id, until: one(asked, 'until'), revoke: one(asked, 'revoke') !== undefined, by: who(asked) })
  if (!body.success) return usage('Say BANK ID, and --until as 2027-01-01T00:00:00Z.')
  const found = await askBroker(await brokerOf(await asked.config()), '/channel/keys/retire', keyAnswer, body.data)
  return 'refused' in found ? not('Not retired', found) : { exit: EXIT.ok, json: found, text: `Ended:\n${lineOf(found)}` }
}

export async function payerKey(asked: Asked): Promise<Outcome> {
  const to = one(asked, 'to')
  const body = payerKeyBody.safeParse({ party: asked.args[0], begin: one(asked, 'new') !== undefined, by: who(asked) })
  if (!body.success || to === undefined) return usage('Say BANK, and --to FILE.')
  // before another edition is begun that could not be written down
  if (existsSync(to)) return usage(`${to} is there already; nothing was asked for.`)
  const found = await askBroker(await brokerOf(await asked.config()), '/channel/payer-key', payerKeyAnswer, body.data)
  if ('refused' in found) return not('Nothing was written', found)
  // never over a file that is there: it may be the only copy of another
  await writeFile(to, Buffer.from(found.enveloped, 'base64'), { flag: 'wx', mode: 0o600 })
  const { party, key, edition, until } = found
  const before = until === undefined ? '' : `The edition before counts until ${until}.\n`
  return {
    exit: EXIT.ok,
    json: { party, key, edition, ...(until === undefined ? {} : { until }), file: to },
    text: `${to} holds edition ${edition} of the key for ${party}, encrypted to its key ${key}. Nobody else opens it.\n${before}`,
  }
}

function lineOf({ party, id, use, state, from, until, revokedAt, where }: z.infer<typeof keysAnswer>['keys'][number]): string {
  const end = revokedAt === undefined ? (until === undefined ? '' : ` until ${until}`) : ` revoked ${revokedAt}`
  return `${party.padEnd(12)} ${use.padEnd(8)} ${state.padEnd(9)} ${id}  from ${from}${end}  (${where})\n`
}

/** PEM or DER; what is neither goes as it is, and is refused there with its code. */
function derOf(file: Buffer): string {
  try {
    return readCertificate(file).der.toString('base64')
  } catch {
    return file.toString('base64')
  }
}

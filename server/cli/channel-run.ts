/** Owns the work of `shield channel`: a bank's side of one message, for whoever tries the channel. */
import { type OwnKey, type Party, partyKey } from '../../bank-adapters/channel/keys.ts'
import { BODY_LIMIT, type Outgoing, signMessage, verifyAnswer } from '../../bank-adapters/channel/message.ts'
import { PLATFORM, readPublished } from '../../bank-adapters/channel/published.ts'
import { systemClock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import { CERTIFICATE_LIMIT } from '../pki/certificate.ts'
import { type Asked, EXIT, type Outcome } from './command.ts'
import { readBounded } from './files.ts'
import { readKeyFile } from './key-file.ts'

const one = ({ options }: Asked, name: string): string | undefined => options[name]?.[0]
const usage = (text: string): Outcome => ({ exit: EXIT.usage, json: { error: text }, text })

export async function send(asked: Asked): Promise<Outcome> {
  const [to, sender] = [one(asked, 'to'), one(asked, 'sender')]
  if (to === undefined || !URL.canParse(to)) return usage('Say where the message goes: --to URL.')
  if (sender === undefined) return usage('Say who sends: --sender NAME.')
  const key = await keyAsked(asked)
  if (key === undefined) return usage('Say who signs: --key FILE, and --cert FILE where the key brings no certificate.')
  const id = one(asked, 'id') ?? newId()
  const message: Outgoing = {
    target: to,
    sender,
    receiver: one(asked, 'receiver') ?? PLATFORM,
    id,
    idempotencyKey: one(asked, 'idempotency-key') ?? id,
    type: one(asked, 'type') ?? 'channel.test',
    schema: one(asked, 'version') ?? '1',
    body: await readBounded(asked.args[0] ?? '', BODY_LIMIT),
  }
  const headers = await signMessage(message, [key], systemClock)
  if (asked.options['curl']?.length === 1) return { exit: EXIT.ok, json: { headers }, text: curl(message, headers, asked.args[0] ?? '') }
  return await deliver(message, headers)
}

async function deliver(message: Outgoing, headers: Record<string, string>): Promise<Outcome> {
  const answer = await post(message.target, { method: 'POST', headers, body: new Uint8Array(message.body) })
  const body = Buffer.from(await answer.arrayBuffer())
  const receiver = await partyAt(message)
  const head = await verifyAnswer(
    { status: answer.status, headers: name => answer.headers.get(name) ?? undefined, body },
    message,
    receiver,
    systemClock,
  )
  const said = body.toString('utf8')
  return {
    exit: answer.ok ? EXIT.ok : EXIT.found,
    json: { status: answer.status, id: message.id, signedAt: head.time, answer: JSON.parse(said) },
    text: `${answer.status} ${said}\nThe answer is signed by ${message.receiver}, and to message ${message.id}.\n`,
  }
}

/** The receiver's keys, as it publishes them beside the address: fit for a trial; a bank pins them. */
async function partyAt({ target, receiver }: Outgoing): Promise<Party> {
  const answer = await post(target.replace(/\/messages$/, '/keys'), {})
  return { ...readPublished(await answer.json(), receiver), algorithms: ['SM2', 'RSA'] }
}

async function post(url: string, request: RequestInit): Promise<Response> {
  return await fetch(url, { ...request, redirect: 'error', signal: AbortSignal.timeout(30_000) }).catch((cause: unknown) => {
    throw new BrokerError('internal', `nothing answers at ${url}`, { cause })
  })
}

/** `--key` with its certificate; undefined where one of them is missing. @throws BrokerError as readKeyFile */
async function keyAsked(asked: Asked): Promise<OwnKey | undefined> {
  const [file, cert] = [one(asked, 'key'), one(asked, 'cert')]
  if (file === undefined) return undefined
  const { privateKey, certificate: brought } = await readKeyFile(file, one(asked, 'passphrase-file'))
  const certificate = cert === undefined ? brought?.der : await readBounded(cert, CERTIFICATE_LIMIT)
  return certificate === undefined ? undefined : { key: partyKey({ certificate, use: 'sign' }), privateKey }
}

const curl = ({ target }: Outgoing, headers: Record<string, string>, file: string): string =>
  [
    `curl -i ${quoted(target)}`,
    ...Object.entries(headers).map(([name, value]) => `  -H ${quoted(`${name}: ${value}`)}`),
    `  --data-binary @${quoted(file)}`,
  ].join(' \\\n')

/** for a POSIX shell */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

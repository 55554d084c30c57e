/** Owns the work of `shield timestamp`: a request for an authority elsewhere, a stamp by an authority or a key at hand, and whether a stamp holds. */
import { systemClock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { failures } from '../kernel/failures.ts'
import { CERTIFICATE_LIMIT, readPemBundle } from '../pki/certificate.ts'
import { newSerial } from '../pki/issue.ts'
import { toDer } from '../pki/pem.ts'
import { type TimestampQuestion, verifyTimestamp } from '../pki/timestamp.ts'
import { TIMESTAMP_DIGESTS, type TimestampDigest } from '../pki/timestamp-algorithms.ts'
import { createTimestampAuthority } from '../pki/timestamp-authority.ts'
import { createTimestampClient } from '../pki/timestamp-client.ts'
import type { Imprint, TimestampInfo } from '../pki/timestamp-info.ts'
import { newNonce, readTimestampRequest, writeTimestampRequest } from '../pki/timestamp-request.ts'
import { readTimestampResponse } from '../pki/timestamp-response.ts'
import { readTimestampToken, TOKEN_LIMIT } from '../pki/timestamp-token.ts'
import { printable } from './cert-report.ts'
import { type Asked, EXIT, type Outcome } from './command.ts'
import { digestFile, readBounded, writeOut } from './files.ts'
import { readKeyFile } from './key-file.ts'
import { readCrlFiles, readTrust, timeAsked } from './trust-folder.ts'

const one = ({ options }: Asked, name: string): string | undefined => options[name]?.[0]
const usage = (text: string): Outcome => ({ exit: EXIT.usage, json: { error: text }, text })
const isDigest = (name: string): name is TimestampDigest => TIMESTAMP_DIGESTS.some(digest => digest === name)

/** The file's imprint by `--digest`. @throws BrokerError `config_invalid` */
async function imprintAsked(asked: Asked): Promise<Imprint> {
  const digest = one(asked, 'digest') ?? 'sm3'
  if (!isDigest(digest)) throw new BrokerError('config_invalid', `there is no digest ${digest}; there are ${TIMESTAMP_DIGESTS.join(', ')}`)
  return { digest, hash: await digestFile(asked.args[0] ?? '', digest) }
}

/** `--policy`. @throws BrokerError `config_invalid` */
function policyAsked(asked: Asked): { policy?: string } {
  const policy = one(asked, 'policy')
  if (policy === undefined) return {}
  if (!/^[0-2](\.(0|[1-9]\d{0,8})){1,20}$/.test(policy)) throw new BrokerError('config_invalid', `${policy} is no object identifier`)
  return { policy }
}

export async function request(asked: Asked): Promise<Outcome> {
  const out = one(asked, 'out')
  if (out === undefined) return usage('Say where the request goes: --out FILE.')
  const imprint = await imprintAsked(asked)
  const nonce = newNonce()
  await writeOut(out, writeTimestampRequest({ imprint, nonce, ...policyAsked(asked) }), asked.options['force']?.length === 1)
  const hash = imprint.hash.toString('hex')
  return {
    exit: EXIT.ok,
    json: { out, digest: imprint.digest, hash, nonce },
    text: `${out}: a request for ${imprint.digest} ${hash}\nSend it as application/timestamp-query, and keep it: its nonce ${nonce} must come back.\n`,
  }
}

export async function stamp(asked: Asked): Promise<Outcome> {
  const [out, url, folder, key] = [one(asked, 'out'), one(asked, 'url'), one(asked, 'trust'), one(asked, 'key')]
  if (out === undefined) return usage('Say where the stamp goes: --out FILE.')
  if ((url === undefined) === (key === undefined)) return usage('Say who stamps: --url URL, or --key FILE.')
  if (url !== undefined && folder === undefined) return usage('Say which authority to believe: --trust DIR.')
  if (url !== undefined && !URL.canParse(url)) return usage(`${url} is no address.`)
  const imprint = await imprintAsked(asked)
  const token = url === undefined ? await stampWithKey(asked, key ?? '', imprint) : await stampAt(url, folder ?? '', imprint, policyAsked(asked))
  await writeOut(out, token, asked.options['force']?.length === 1)
  const { info, signer } = readTimestampToken(token, [])
  return { exit: EXIT.ok, json: { out, ...facts(info), authority: signer.subject.text }, text: `${out}\n${lines(info, signer.subject.text)}` }
}

async function stampAt(url: string, folder: string, imprint: Imprint, policy: { policy?: string }): Promise<Buffer> {
  const trust = await readTrust(folder)
  const client = createTimestampClient({ url, fetch, clock: systemClock, trust: async () => trust, ...policy })
  return (await client.stamp(imprint)).token
}

async function stampWithKey(asked: Asked, path: string, imprint: Imprint): Promise<Buffer> {
  const key = await readKeyFile(path, one(asked, 'passphrase-file'))
  const named = one(asked, 'cert')
  const [given, ...along] = named === undefined ? [] : readPemBundle(await readBounded(named, 64 * CERTIFICATE_LIMIT))
  const certificate = given ?? key.certificate
  const { policy } = policyAsked(asked)
  if (certificate === undefined) throw new BrokerError('config_invalid', 'the key file brings no certificate: give it with --cert')
  if (policy === undefined) throw new BrokerError('config_invalid', 'an authority states its policy: give it with --policy')
  // random and of 16 octets, so that no two are the same without anybody keeping count
  const options = { key: key.privateKey, certificate, chain: [...along, ...key.chain], clock: systemClock, policy, nextSerial: newSerial }
  const answer = readTimestampResponse(await createTimestampAuthority(options).answer(writeTimestampRequest({ imprint, nonce: newNonce() })))
  if (answer.state === 'refused') throw new BrokerError('timestamp_refused', answer.text)
  return answer.token
}

export async function verify(asked: Asked): Promise<Outcome> {
  const [content, folder, asking] = [one(asked, 'content'), one(asked, 'trust'), one(asked, 'request')]
  if (folder === undefined) return usage('Say which authority to believe: --trust DIR.')
  if (content === undefined && asking === undefined) return usage('Say what was stamped: --content FILE, or the --request that was sent.')
  const at = timeAsked(asked)
  const trust = await readTrust(folder)
  const sent = asking === undefined ? undefined : readTimestampRequest(toDer(await readBounded(asking, 64 * 1024), 16 * 1024))
  const bytes = toDer(await readBounded(asked.args[0] ?? '', 4 * TOKEN_LIMIT), TOKEN_LIMIT)
  const token = tokenIn(bytes)
  if (typeof token === 'string') return bad({ code: 'timestamp_refused', facts: token, clause: 'RFC 3161 2.4.2' }, at)
  const question: Omit<TimestampQuestion, 'of'> = {
    token,
    ...trust,
    at,
    crls: [...trust.crls, ...(await readCrlFiles(asked.options['crl'] ?? []))],
    ...(sent?.nonce === undefined ? {} : { nonce: sent.nonce }),
    ...(sent?.policy === undefined ? {} : { policies: [sent.policy] }),
  }
  const imprints = [
    ...(sent === undefined ? [] : [sent.imprint]),
    ...(content === undefined ? [] : [await imprintLike(token, content, trust.intermediates)]),
  ]
  const verdicts = imprints.map(imprint => verifyTimestamp({ ...question, of: { imprint } }))
  const refused = verdicts.find(verdict => !verdict.ok)
  if (refused?.ok === false) return bad(refused, at)
  const [good] = verdicts
  if (good?.ok !== true) return usage('Nothing to verify against.')
  const path = good.path.map(({ subject }) => subject.text)
  return {
    exit: EXIT.ok,
    json: { ok: true, at: at.toISOString(), ...facts(good.info), authority: good.signer.subject.text, path },
    text: `GOOD: the stamp holds.\n${lines(good.info, ...path)}`,
  }
}

/** The token of an answer, or what is one already; a text where the authority had refused. */
function tokenIn(bytes: Buffer): Buffer | string {
  try {
    const answer = readTimestampResponse(bytes)
    return answer.state === 'granted' ? answer.token : `the authority refused: ${answer.failure ?? answer.status} ${answer.text}`
  } catch {
    return bytes
  }
}

/** The digest of the content by the token's own kind; of any kind where the token cannot be read, which its verdict will say. */
async function imprintLike(token: Buffer, content: string, known: TimestampQuestion['roots']): Promise<Imprint> {
  let digest: TimestampDigest = 'sm3'
  try {
    digest = readTimestampToken(token, known).info.imprint.digest
  } catch {
    // what is wrong with it, the verdict will say
  }
  return { digest, hash: await digestFile(content, digest) }
}

const facts = ({ genTime, accuracyMs, serial, policy, imprint, nonce }: TimestampInfo) => ({
  time: genTime.toISOString(),
  ...(accuracyMs === undefined ? {} : { accuracyMs }),
  serial,
  policy,
  digest: imprint.digest,
  hash: imprint.hash.toString('hex'),
  ...(nonce === undefined ? {} : { nonce }),
})

function lines(info: TimestampInfo, ...authority: readonly string[]): string {
  const accuracy = info.accuracyMs === undefined ? '' : ` (± ${info.accuracyMs / 1000} s)`
  return `  time       ${info.genTime.toISOString()}${accuracy}\n  ${info.imprint.digest.padEnd(10)} ${info.imprint.hash.toString('hex')}\n  policy     ${info.policy}\n  serial     ${info.serial}\n  authority  ${authority.map(printable).join('\n           < ')}\n`
}

function bad({ code, facts: why, clause }: { code: keyof typeof failures; facts: string; clause: string }, at: Date): Outcome {
  return {
    exit: EXIT.found,
    json: { ok: false, code, facts: why, clause, at: at.toISOString() },
    text: `NOT GOOD: ${code}: ${printable(why)} (${clause})\n  ${failures[code].zh}\n  ${failures[code].en}\n`,
  }
}

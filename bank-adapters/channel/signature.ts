import { BrokerError } from '../../server/kernel/errors.ts'
import { algorithmFor } from '../../server/pki/algorithms.ts'
import { signAside, verifyAside } from '../../server/pki/key-work.ts'
import { demandInForce, type OwnKey, type Party } from './keys.ts'

/**
 * Owns the signature header: `sm2;key=<id>;sig=<base64>`, one or, while keys follow one another, several with a comma and a space between. SM2 with SM3 (GB/T 32918.2, id
 * 1234567812345678, DER), or RSASSA-PKCS1-v1_5 with SHA-256.
 */
const NAMES = { SM2: 'sm2', RSA: 'rsa' } as const
const OIDS = { sm2: '1.2.156.10197.1.501', rsa: '1.2.840.113549.1.1.11' } as const
const ONE = /^(sm2|rsa);key=([0-9a-f]{32});sig=([A-Za-z0-9+/]{40,700}={0,2})$/
const MOST = 4

/** @param keys in force, the one that should count first; at most four */
export async function signText(text: string, keys: readonly OwnKey[]): Promise<string> {
  if (keys.length === 0 || keys.length > MOST) throw new BrokerError('internal', `${keys.length} keys to sign a message with`)
  const signed = keys.map(async ({ key, privateKey }) => {
    const { name } = algorithmFor(privateKey)
    if (name === 'ECDSA') throw new BrokerError('algorithm_refused', 'messages are signed by SM2 or RSA')
    return `${NAMES[name]};key=${key.id};sig=${(await signAside(privateKey, Buffer.from(text))).toString('base64')}`
  })
  return (await Promise.all(signed)).join(', ')
}

/**
 * Whether the party signed the text. Signatures of keys that the receiver does not know stand aside, since a sender may already sign with its next key; of those it knows, each must be good.
 * @param at.signed the time the text itself says, within the window
 * @returns id of the key that counts
 * @throws BrokerError channel_unsigned, channel_malformed, channel_key_unknown, channel_key_not_in_force, channel_downgraded, channel_signature_invalid
 */
export async function verifyText(text: string, header: string | undefined, party: Party, at: { signed: Date; now: Date }): Promise<string> {
  if (header === undefined || header === '') throw new BrokerError('channel_unsigned', 'a message without signature')
  const signatures = header.split(', ').map(part => ONE.exec(part))
  if (signatures.length > MOST) throw new BrokerError('channel_malformed', `${signatures.length} signatures where ${MOST} are the most`)
  const data = Buffer.from(text)
  let known = 0
  let counts: string | undefined
  let lapsed: unknown
  for (const match of signatures) {
    const [, algorithm, id, signature] = match ?? []
    if ((algorithm !== 'sm2' && algorithm !== 'rsa') || id === undefined || signature === undefined)
      throw new BrokerError('channel_malformed', 'a signature that is not of its form', { expected: ONE.source })
    const key = party.keys.find(each => each.id === id && each.use === 'sign')
    if (key === undefined) continue
    known += 1
    const { publicKey, keyName } = key.certificate
    if (!(await verifyAside(OIDS[algorithm], publicKey, data, Buffer.from(signature, 'base64'))))
      throw new BrokerError('channel_signature_invalid', `the signature of key ${id} does not verify`)
    try {
      demandInForce(key, at.signed, at.now)
    } catch (thrown) {
      lapsed = thrown
      continue
    }
    if (party.algorithms.some(name => name === keyName)) counts ??= id
  }
  if (counts !== undefined) return counts
  if (known === 0)
    throw new BrokerError('channel_key_unknown', 'signed by no key that is registered', {
      received: signatures.map(match => match?.[2]).join(', '),
      expected: `a signing key of ${party.name}`,
    })
  if (lapsed !== undefined) throw lapsed
  throw new BrokerError('channel_downgraded', 'signed only by an algorithm that does not count for this party', {
    expected: party.algorithms.join(' or '),
  })
}

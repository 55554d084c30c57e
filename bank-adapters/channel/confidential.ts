import { BrokerError } from '../../server/kernel/errors.ts'
import { decryptCmsStream } from '../../server/pki/enveloped-decrypt.ts'
import { encryptCmsStream } from '../../server/pki/enveloped-encrypt.ts'
import type { OwnKey, PartyKey } from './keys.ts'

/**
 * Owns the confidential part of a body: CMS enveloped data (GB/T 35275: SM4 and the receiver's SM2 key; AES-256 for an RSA key). The message's signature covers it from outside. Inside stands whose part of
 * which message it is, so that nobody can put what they overheard into a message of their own.
 */
export interface Place {
  sender: string
  receiver: string
  /** of the message */
  id: string
}

/** octets of the plain part */
const LIMIT = 128 * 1024

/** @returns base64 of the CMS message. @throws BrokerError too_large */
export async function hide(part: object, place: Place, to: PartyKey): Promise<string> {
  const plain = Buffer.from(JSON.stringify({ place: placeText(place), part }))
  if (plain.length > LIMIT) throw new BrokerError('too_large', `a confidential part of ${plain.length} bytes`, { expected: `at most ${LIMIT}` })
  return (await collect(encryptCmsStream({ content: plain, recipients: [to.certificate], size: plain.length }))).toString('base64')
}

/**
 * @param id of the key, as the head says
 * @param keys ours: those in force, and earlier ones for what is still under way
 * @throws BrokerError channel_key_unknown, channel_undecryptable for every other reason alike
 */
export async function reveal(hidden: string, place: Place, id: string, keys: readonly OwnKey[]): Promise<unknown> {
  const own = keys.find(({ key }) => key.id === id && key.use === 'encrypt')
  if (own === undefined) throw new BrokerError('channel_key_unknown', 'encrypted to a key that is not ours', { received: id })
  try {
    const plain = await collect(decryptCmsStream(Buffer.from(hidden, 'base64'), { certificate: own.key.certificate, privateKey: own.privateKey }))
    const inside: unknown = JSON.parse(plain.toString('utf8'))
    if (typeof inside === 'object' && inside !== null && 'place' in inside && 'part' in inside && inside.place === placeText(place))
      return inside.part
  } catch {
    // one answer for all: which step failed is nobody's to learn
  }
  throw new BrokerError('channel_undecryptable', 'the confidential part does not open, or is of another message')
}

const placeText = ({ sender, receiver, id }: Place): string => `${sender} ${receiver} ${id}`

async function collect(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of stream) {
    length += piece.length
    if (length > 2 * LIMIT) throw new BrokerError('too_large', 'a confidential part that is too large')
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

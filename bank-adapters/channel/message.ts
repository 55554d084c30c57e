import type { Clock } from '../../server/kernel/clock.ts'
import { BrokerError } from '../../server/kernel/errors.ts'
import { newId } from '../../server/kernel/ids.ts'
import {
  type AnswerHead,
  answerHeaders,
  answerText,
  digestOf,
  type Headers,
  type MessageHead,
  messageHeaders,
  messageText,
  readAnswerHead,
  readMessageHead,
  SIGNATURE_HEADER,
} from './head.ts'
import type { OwnKey, Party } from './keys.ts'
import { signText, verifyText } from './signature.ts'

/**
 * The signed message between bank and broker, used by both ends: a JSON body of any bytes, everything else in headers, one detached signature over the text of head.ts. An answer is signed
 * too, and names the message and the digest that it answers.
 */
export interface Outgoing extends Omit<MessageHead, 'attemptTime' | 'nonce' | 'digest' | 'encryptionKey'> {
  /** nothing is confidential where it is absent */
  encryptionKey?: string
  body: Uint8Array
}

export interface Incoming {
  head: MessageHead
  /** id of the key that signed */
  key: string
}

/** How far an attempt's time may lie from the receiver's clock, either way, in seconds. */
export const WINDOW = 300
/** The largest body, in bytes. */
export const BODY_LIMIT = 256 * 1024

/** The headers of one attempt: its time and nonce are its own, all else is the message's. */
export async function signMessage(
  { body, encryptionKey = '-', ...message }: Outgoing,
  keys: readonly OwnKey[],
  clock: Clock,
): Promise<Record<string, string>> {
  const head: MessageHead = { ...message, encryptionKey, attemptTime: clock.now().toISOString(), nonce: newId(), digest: digestOf(body) }
  return { 'content-type': 'application/json', ...messageHeaders(head), [SIGNATURE_HEADER]: await signText(messageText(head), keys) }
}

/**
 * Reads a message's head, and verifies that it is for this receiver at this address, that the body is the one signed, that it was sent just now, and by whom. Whether its nonce or id was here before is
 * the caller's to know.
 * @param here the receiver's own name, and its address as senders know it
 * @throws BrokerError with one of the channel_ codes
 */
export async function verifyMessage(
  { headers, body }: { headers: Headers; body: Uint8Array },
  here: { name: string; target: string },
  partyOf: (name: string) => Party | undefined,
  clock: Clock,
): Promise<Incoming> {
  const head = readMessageHead(headers)
  if (head.receiver !== here.name || head.target !== here.target)
    throw new BrokerError('channel_misdirected', 'a message to somebody else', {
      received: `${head.receiver} at ${head.target}`.slice(0, 200),
      expected: `${here.name} at ${here.target}`,
    })
  demandDigest(head.digest, body)
  const now = clock.now()
  const signed = new Date(head.attemptTime)
  const age = (now.getTime() - signed.getTime()) / 1000
  // NaN, for a day that no calendar has, is neither
  if (!(age <= WINDOW))
    throw new BrokerError('channel_stale', 'an attempt that is too old', {
      received: head.attemptTime,
      expected: `within ${WINDOW} seconds of ${now.toISOString()}`,
    })
  if (age < -WINDOW)
    throw new BrokerError('channel_future', 'an attempt from the future', {
      received: head.attemptTime,
      expected: `within ${WINDOW} seconds of ${now.toISOString()}`,
    })
  const party = partyOf(head.sender)
  if (party === undefined) throw new BrokerError('channel_key_unknown', 'a sender that is not registered', { received: head.sender })
  return { head, key: await verifyText(messageText(head), headers(SIGNATURE_HEADER), party, { signed, now }) }
}

export interface Answer {
  status: number
  headers: Record<string, string>
  body: Buffer
}

/** @param to what is answered; without a head, where none could be read */
export async function signAnswer(
  { status, body }: { status: number; body: object },
  { sender, to }: { sender: string; to: Pick<MessageHead, 'sender' | 'id' | 'digest'> | undefined },
  keys: readonly OwnKey[],
  clock: Clock,
): Promise<Answer> {
  const bytes = Buffer.from(JSON.stringify(body))
  const head: AnswerHead = {
    sender,
    receiver: to?.sender ?? '-',
    status: String(status),
    answers: to?.id ?? '-',
    answersDigest: to?.digest ?? '-',
    time: clock.now().toISOString(),
    digest: digestOf(bytes),
  }
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    ...answerHeaders(head),
    [SIGNATURE_HEADER]: await signText(answerText(head), keys),
  }
  return { status, headers, body: bytes }
}

/**
 * Verifies that an answer is the receiver's, and to this very message. A stored answer may be old: it is the message it names that counts, so its time is not judged by the clock, only the key by its time.
 * @throws BrokerError with one of the channel_ codes
 */
export async function verifyAnswer(
  { status, headers, body }: { status: number; headers: Headers; body: Uint8Array },
  sent: Pick<Outgoing, 'sender' | 'receiver' | 'id' | 'body'>,
  party: Party,
  clock: Clock,
): Promise<AnswerHead> {
  const head = readAnswerHead(headers)
  const fits =
    head.sender === sent.receiver &&
    head.receiver === sent.sender &&
    head.answers === sent.id &&
    head.answersDigest === digestOf(sent.body) &&
    head.status === String(status)
  if (!fits)
    throw new BrokerError('channel_answer_unbound', 'an answer to something else', {
      received: `${head.status} of ${head.sender} to ${head.answers}`.slice(0, 200),
      expected: `${status} of ${sent.receiver} to ${sent.id}`,
    })
  demandDigest(head.digest, body)
  await verifyText(answerText(head), headers(SIGNATURE_HEADER), party, { signed: new Date(head.time), now: clock.now() })
  return head
}

function demandDigest(digest: string, body: Uint8Array): void {
  const actual = digestOf(body)
  if (digest !== actual)
    throw new BrokerError('channel_digest_mismatch', 'the body is not the one that was signed', { received: actual, expected: digest })
}

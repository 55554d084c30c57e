import { createHash } from 'node:crypto'
import { BrokerError } from '../../server/kernel/errors.ts'

/**
 * Owns what a message of the channel says of itself outside its body, and the exact text that is signed. Every member is under the signature, the receiver and the address too, so that
 * nothing can be sent on to somebody else; and the body by its digest, so that its bytes are never written anew.
 */
export interface MessageHead {
  /** whole address the message is sent to, without query or fragment */
  target: string
  sender: string
  receiver: string
  /** of the message; the same on every attempt */
  id: string
  /** the sender's own name of what the message reports or asks for; another message with this key and other content is refused */
  idempotencyKey: string
  /** what it is, such as `bond.received` */
  type: string
  /** version of the type's schema */
  schema: string
  /** ISO 8601 in UTC with milliseconds, of this attempt */
  attemptTime: string
  /** drawn anew for each attempt */
  nonce: string
  /** `sm3=:<base64>:` over the body's bytes */
  digest: string
  /** the receiver's key to which the confidential part is encrypted; `-` where there is none */
  encryptionKey: string
}

export interface AnswerHead {
  sender: string
  receiver: string
  /** HTTP status */
  status: string
  /** id of the message that is answered, `-` where it could not be read */
  answers: string
  /** digest of that message's body, as its head says; `-` where it could not be read */
  answersDigest: string
  time: string
  digest: string
}

interface Field {
  header: string
  form: RegExp
}

const PARTY = /^[a-z][a-z0-9-]{1,31}$/
const ID = /^[A-Za-z0-9_-]{16,64}$/
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const DIGEST = /^sm3=:[A-Za-z0-9+/]{43}=:$/

/** In the order in which they are signed. */
const MESSAGE: Readonly<Record<keyof MessageHead, Field>> = {
  target: { header: 'x-msg-target', form: /^https?:\/\/[\x21-\x7e]{1,300}$/ },
  sender: { header: 'x-msg-sender', form: PARTY },
  receiver: { header: 'x-msg-receiver', form: PARTY },
  id: { header: 'x-msg-id', form: ID },
  idempotencyKey: { header: 'x-msg-idempotency-key', form: /^[A-Za-z0-9._:/-]{8,128}$/ },
  type: { header: 'x-msg-type', form: /^[a-z]{2,20}(\.[a-z-]{2,30}){1,3}$/ },
  schema: { header: 'x-msg-schema', form: /^[1-9]\d{0,2}$/ },
  attemptTime: { header: 'x-msg-attempt-time', form: TIME },
  nonce: { header: 'x-msg-nonce', form: /^[A-Za-z0-9_-]{22,64}$/ },
  digest: { header: 'content-digest', form: DIGEST },
  encryptionKey: { header: 'x-msg-encryption-key', form: /^(-|[0-9a-f]{32})$/ },
}

const ANSWER: Readonly<Record<keyof AnswerHead, Field>> = {
  sender: { header: 'x-msg-sender', form: PARTY },
  receiver: { header: 'x-msg-receiver', form: /^(-|[a-z][a-z0-9-]{1,31})$/ },
  status: { header: 'x-msg-status', form: /^[1-5]\d\d$/ },
  answers: { header: 'x-msg-answers', form: /^(-|[A-Za-z0-9_-]{16,64})$/ },
  answersDigest: { header: 'x-msg-answers-digest', form: /^(-|sm3=:[A-Za-z0-9+/]{43}=:)$/ },
  time: { header: 'x-msg-time', form: TIME },
  digest: { header: 'content-digest', form: DIGEST },
}

export const SIGNATURE_HEADER = 'x-msg-signature'
/** The version of the protocol stands in the signed text and in its own header: a message of another version is refused before anything else is read. */
const VERSION = '1'
const VERSION_HEADER = 'x-msg-version'

export const messageText = (head: MessageHead): string => text('shared-shield message', MESSAGE, head)
export const answerText = (head: AnswerHead): string => text('shared-shield answer', ANSWER, head)

/** One line a member, each ended by a line feed: no value can hold one. */
function text<Head extends object>(title: string, fields: Readonly<Record<keyof Head & string, Field>>, head: Head): string {
  const lines = namesOf<Head>(fields).map(name => `${name}: ${String(head[name])}\n`)
  return `${title} ${VERSION}\n${lines.join('')}`
}

export const messageHeaders = (head: MessageHead): Record<string, string> => headersOf(MESSAGE, head)
export const answerHeaders = (head: AnswerHead): Record<string, string> => headersOf(ANSWER, head)

function headersOf<Head extends object>(fields: Readonly<Record<keyof Head & string, Field>>, head: Head): Record<string, string> {
  const entries = namesOf<Head>(fields).map(name => [fields[name].header, String(head[name])])
  return { [VERSION_HEADER]: VERSION, ...Object.fromEntries(entries) }
}

/** What is looked up by a header's name in lower case. A header that came more than once reads as its values with a comma between, and so as none. */
export type Headers = (name: string) => string | undefined

/** @throws BrokerError channel_version, channel_malformed naming the header */
export const readMessageHead = (headers: Headers): MessageHead => read<MessageHead>(MESSAGE, headers)
/** @throws BrokerError channel_version, channel_malformed naming the header */
export const readAnswerHead = (headers: Headers): AnswerHead => read<AnswerHead>(ANSWER, headers)

function read<Head extends object>(fields: Readonly<Record<keyof Head & string, Field>>, headers: Headers): Head {
  const version = headers(VERSION_HEADER)
  if (version !== VERSION)
    throw new BrokerError('channel_version', 'a message of another version', { received: (version ?? 'none').slice(0, 20), expected: VERSION })
  const entries = namesOf<Head>(fields).map(name => {
    const { header, form } = fields[name]
    const value = headers(header)
    if (value !== undefined && form.test(value)) return [name, value]
    throw new BrokerError('channel_malformed', `header ${header} is missing or not of its form`, {
      received: value === undefined ? 'none' : `${value.length} characters`,
      expected: `${header}: ${form.source}`,
    })
  })
  return Object.fromEntries(entries) as Head
}

/** Object.keys keeps the order in which the tables above are written. */
const namesOf = <Head extends object>(fields: Readonly<Record<keyof Head & string, Field>>): (keyof Head & string)[] =>
  Object.keys(fields) as (keyof Head & string)[]

/** Every header that a message has of its own. */
export const CHANNEL_HEADERS: readonly string[] = [VERSION_HEADER, ...Object.values(MESSAGE).map(({ header }) => header), SIGNATURE_HEADER]

type Named = Pick<MessageHead, 'id' | 'idempotencyKey' | 'type' | 'digest'>
/** Whether two attempts are of one message: of several with one id or one key, those that differ in anything else are others. */
export const isSameMessage = (one: Named, other: Named): boolean =>
  one.id === other.id && one.idempotencyKey === other.idempotencyKey && one.type === other.type && one.digest === other.digest

/** `sm3=:<base64>:`, in the manner of RFC 9530, whose list of algorithms has no SM3. */
export const digestOf = (body: Uint8Array): string => `sm3=:${createHash('sm3').update(body).digest('base64')}:`

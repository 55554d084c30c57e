import { z } from 'zod'
import { BrokerError } from '../kernel/errors.ts'
import type { Effect } from '../storage/stores-effects.ts'

/** What a proven sender says. */
export interface Said<Body = unknown, Confidential = unknown> {
  sender: string
  /** of the message */
  id: string
  body: Body
  /** there where the type has such a part */
  confidential: Confidential
  receivedAt: string
  trace: string
}

/** A type of message, in one version of its schema. */
export interface MessageType<Body = unknown, Confidential = unknown> {
  type: string
  version: number
  /** for people who read the interface */
  what: { zh: string; en: string }
  /** of the body; strict, so that a misspelt member is not passed over */
  body: z.ZodType<Body>
  /** of the confidential part, where the type has one: a message that brings it openly is refused */
  confidential?: z.ZodType<Confidential>
  /** an example that fits */
  example: object
  /**
   * What follows from it: stored with the message, or neither is. Asked anew where somebody else was faster, so it does nothing but read.
   * @throws BrokerError the message is refused
   */
  effect?(said: Said<Body, Confidential>): Promise<Effect>
  /** Once it is stored; for what may be missed when the process dies, such as waking the sender. */
  done?(said: Said<Body, Confidential>): void
}

/** What every body holds beside its own members where the type has a confidential part: base64 of CMS enveloped data. */
export const CONFIDENTIAL = 'confidential'

/** A message that says nothing, to try the channel with. */
export const TEST: MessageType = {
  type: 'channel.test',
  version: 1,
  what: { zh: '联调：不产生任何业务后果', en: 'A trial: nothing follows from it' },
  body: z.strictObject({ text: z.string().max(200) }),
  example: { text: '你好 hello' },
}

/** The same with a part that only the receiver reads. */
export const CONFIDENTIAL_TEST: MessageType = {
  type: 'channel.test-confidential',
  version: 1,
  what: { zh: '联调：带加密内容', en: 'A trial with a confidential part' },
  body: z.strictObject({ text: z.string().max(200) }),
  confidential: z.strictObject({ secret: z.string().max(200) }),
  example: { text: '你好 hello' },
}

export type MessageTypes = ReadonlyMap<string, MessageType>

/** @throws Error where two have one name and version */
export function messageTypes(types: readonly MessageType[]): MessageTypes {
  const table = new Map(types.map(each => [nameOf(each.type, String(each.version)), each]))
  if (table.size !== types.length) throw new Error('two types of message have one name')
  return table
}

/** @throws BrokerError channel_type_unknown */
export function typeOf(types: MessageTypes, type: string, version: string): MessageType {
  const found = types.get(nameOf(type, version))
  if (found !== undefined) return found
  throw new BrokerError('channel_type_unknown', 'a type of message that we do not know', {
    received: `${type} ${version}`,
    expected: [...types.keys()].join(', ').slice(0, 1000),
  })
}

const nameOf = (type: string, version: string): string => `${type} ${version}`

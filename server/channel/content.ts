import type { z } from 'zod'
import { reveal } from '../../bank-adapters/channel/confidential.ts'
import type { MessageHead } from '../../bank-adapters/channel/head.ts'
import type { OwnKey } from '../../bank-adapters/channel/keys.ts'
import { BrokerError } from '../kernel/errors.ts'
import { CONFIDENTIAL, type MessageType } from './types.ts'

/** What a message says, once it is known who says it. */
export interface Content {
  body: unknown
  /** undefined where the type has no such part */
  confidential: unknown
}

/**
 * Reads the body as its type wants it, and opens the confidential part.
 * @param text exactly as it came
 * @param keys ours to open with
 * @throws BrokerError channel_content_invalid, channel_downgraded where what is confidential did not come encrypted, channel_undecryptable, channel_key_unknown
 */
export async function readContent(type: MessageType, head: MessageHead, text: string, keys: readonly OwnKey[]): Promise<Content> {
  const whole = parse(text)
  if (type.confidential === undefined) {
    if (head.encryptionKey !== '-') throw new BrokerError('channel_content_invalid', 'an encryption key for a type without a confidential part')
    return { body: shaped(type.body, whole), confidential: undefined }
  }
  const { [CONFIDENTIAL]: hidden, ...open } = whole
  if (typeof hidden !== 'string' || head.encryptionKey === '-')
    throw new BrokerError('channel_downgraded', 'a confidential part that did not come encrypted', {
      expected: `${CONFIDENTIAL}: base64 of CMS enveloped data`,
    })
  const body = shaped(type.body, open)
  return { body, confidential: shaped(type.confidential, await reveal(hidden, head, head.encryptionKey, keys)) }
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch {
    // said below
  }
  throw new BrokerError('channel_content_invalid', 'a body that is no JSON object', { expected: 'one JSON object in UTF-8' })
}

function shaped(schema: z.ZodType, value: unknown): unknown {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new BrokerError('channel_content_invalid', 'a body that does not fit its type', {
    expected: parsed.error.issues
      .slice(0, 10)
      .map(issue => `${issue.path.map(String).join('.') || 'the body'}: ${issue.message.slice(0, 200)}`)
      .join('; '),
  })
}

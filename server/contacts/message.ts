import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Sealing } from '../kernel/sealing.ts'
import type { ContactChannel, ContactMessage } from '../storage/stores-contacts.ts'

/** What a message says, as it rests in the database: sealed, and bound to its number. */
const Content = z.strictObject({
  text: z.string(),
  /** of e-mail, one line */
  subject: z.string().optional(),
  /** where a code goes; a notice goes where the person is reached when it leaves */
  to: z.string().optional(),
})
export type Content = z.output<typeof Content>

export const sealContent = (sealing: Sealing, id: string, content: Content): string => sealing.seal(JSON.stringify(content), `contact-message:${id}`)
/** @throws Error when it was sealed under another key, or for another message */
export const openContent = (sealing: Sealing, { id, sealed }: Pick<ContactMessage, 'id' | 'sealed'>): Content =>
  Content.parse(JSON.parse(sealing.open(sealed, `contact-message:${id}`)))

export const digestOf = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 32)
/** The same for the same news to the same person by the same channel. */
export const noticeIdOf = (membershipId: string, channel: ContactChannel, key: string): string =>
  `msg_${digestOf(`${membershipId} ${channel} ${key}`)}`

/** The label under which an address is sealed: of one person and one channel. */
export const addressLabel = (membershipId: string, channel: ContactChannel): string => `contact:${membershipId}:${channel}`

/** As the gateway gets it; a text message is Chinese, an e-mail Chinese and then English. */
export function bodyFor({ id, channel }: Pick<ContactMessage, 'id' | 'channel'>, to: string, { text, subject }: Content): string {
  return JSON.stringify({ id, channel, to, ...(subject === undefined ? {} : { subject }), text, language: 'zh-CN' })
}

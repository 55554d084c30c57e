/** Owns the envelope of a rehearsal: made for the bidder's own shield and the real custodians, with a content that says it is nothing, so that everybody practises with what they will use. */
import type { Readable } from 'node:stream'
import type { Random } from '../../kernel/shamir.ts'
import type { Certificate } from '../../pki/certificate.ts'
import type { Opening } from '../../storage/stores-bids.ts'
import { encryptBid } from '../envelope/encrypt.ts'
import { measure } from '../envelope/measure.ts'
import type { RescueRecipients } from '../envelope/rescue.ts'

export interface DrillBid {
  /** a rehearsal's */
  opening: Opening
  id: string
  bidder: { uscc: string; name: string }
  recipients: readonly Certificate[]
  rescue?: RescueRecipients
  now: Date
  random: Random
}

/** @returns the envelope; its errors are those of encryptBid */
export async function drillEnvelope({ opening, id, bidder, recipients, rescue, now, random }: DrillBid): Promise<Readable> {
  const content = Buffer.from(`演练用文件，不是投标文件。\nA rehearsal, not a bid.\n${opening.title}\n${now.toISOString()}\n`)
  const { center, project, section, opensAt } = opening
  return encryptBid({
    content,
    facts: { center, project, ...(section === undefined ? {} : { section }), id, opening: opensAt, drill: true },
    cover: { bidder, content: { name: '演练.txt', ...(await measure(content)) }, madeAt: now.toISOString() },
    recipients,
    ...(rescue === undefined ? {} : { rescue }),
    random,
  })
}

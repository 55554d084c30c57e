import { z } from 'zod'
import type { MessageType } from '../channel/types.ts'
import { shieldReportWrite } from '../storage/shield-reports.ts'

/** A bank's word about a shield, as a message of the data channel. Joins the channel with the watch over bids, which it wakes; whether the bank may speak of the certificate is asked where the word is used. */
const reported = z.strictObject({
  certificates: z
    .array(z.string().regex(/^[0-9a-f]{64}$/))
    .min(1)
    .max(4)
    .describe('SM3 of the DER of each certificate of the shield, the one for encryption among them.'),
  state: z
    .enum(['lost', 'replaced', 'found'])
    .describe('lost: lost or broken. replaced: another shield was given out for it. found: none of that is so any more.'),
  at: z.iso.datetime().describe('By the bank’s clock, in UTC. The latest word counts.'),
})

/** @param changed told of each certificate once the word is stored */
export const shieldReported = (changed: (thumbprint: string) => void): MessageType<z.infer<typeof reported>> => ({
  type: 'shield.reported',
  version: 1,
  what: { zh: '盾的挂失、损坏、更换，或找回', en: 'A shield was lost, broken or replaced, or is there again' },
  body: reported,
  example: { certificates: ['0'.repeat(64)], state: 'lost', at: '2026-12-01T02:00:00.000Z' },
  async effect({ sender: bank, body: { certificates, state, at } }) {
    const saidAt = new Date(at).toISOString()
    const [lock = ''] = certificates
    return { lock: `shield ${lock}`, writes: certificates.map(thumbprint => shieldReportWrite({ thumbprint, bank, state, saidAt })) }
  },
  done({ body: { certificates } }) {
    for (const each of certificates) changed(each)
  },
})

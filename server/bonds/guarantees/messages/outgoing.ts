import { z } from 'zod'
import { fen, instant } from '../document.ts'
import { filler, id, words } from './parts.ts'

/** What the platform tells an issuer, in version 1 of each schema: the confidential parts, the body being `{ code }`. Owns that nothing before the opening names a tender, a center or a rival. */
const sm3 = z.string().regex(/^[0-9a-f]{64}$/)
const AT = '2026-03-20T02:00:00.000Z'
const UNTIL = '2026-06-08T16:00:00.000Z'
const examples = <Part extends z.ZodType>(part: Part, example: object): Part => part.meta({ examples: [example] })

export const outgoingParts = {
  'guarantee.applied': examples(
    z.strictObject({
      way: z.enum(['bank-guarantee', 'insurance-guarantee']),
      fen,
      validUntil: instant,
      textVersion: words(20),
      textSm3: sm3,
      text: words(20_000),
      /** to be printed on the document */
      verification: words(40),
      applicant: z.strictObject({ uscc: words(18), name: words(200) }),
      filler,
    }),
    {
      ...{ way: 'bank-guarantee', fen: 20_000_000, validUntil: UNTIL, textVersion: '1', textSm3: '0'.repeat(64), text: '…' },
      ...{ verification: 'K7QM-3F9T-B4ZX-9WHN', applicant: { uscc: '91440101MA5CKT5E07', name: '演示企业有限公司' } },
    },
  ),
  'guarantee.withdrawn': examples(z.strictObject({ at: instant, filler }), { at: AT }),
  'guarantee.accepted': examples(z.strictObject({ at: instant, priceFen: z.int().min(0), filler }), { at: AT, priceFen: 40_000 }),
  'guarantee.amendment-asked': examples(z.strictObject({ amendment: id, fen, validUntil: instant, why: z.enum(['unfit', 'extension']), filler }), {
    amendment: 'amend-0001',
    fen: 20_000_000,
    validUntil: UNTIL,
    why: 'extension',
  }),
  'guarantee.claimed': examples(
    z.strictObject({
      claim: id,
      at: instant,
      fen,
      ground: words(60),
      article: words(100),
      /** the opening is past: for whom and for what */
      beneficiary: z.strictObject({ center: words(100), section: words(200) }),
      extendTo: instant.optional(),
      filler,
    }),
    {
      ...{ claim: 'claim-0001', at: AT, fen: 20_000_000, ground: 'contract-refused', article: '招标投标法实施条例 第七十四条' },
      beneficiary: { center: '演示交易中心', section: '一标段' },
    },
  ),
  'guarantee.extend-or-pay-answered': examples(z.strictObject({ claim: id, choice: z.enum(['extend', 'pay']), filler }), {
    claim: 'claim-0001',
    choice: 'extend',
  }),
  'guarantee.released': examples(z.strictObject({ at: instant, filler }), { at: AT }),
  'guarantee.expired': examples(z.strictObject({ at: instant, filler }), { at: AT }),
} as const

type OutgoingType = keyof typeof outgoingParts
/** A message that a step brings about. */
export type Tell = { [Type in OutgoingType]: { type: Type; part: z.infer<(typeof outgoingParts)[Type]> } }[OutgoingType]

/** As issuers' developers read them. */
export const publishedOutgoing = Object.entries(outgoingParts).map(([type, part]) => ({ type, version: 1, confidential: z.toJSONSchema(part) }))

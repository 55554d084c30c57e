import { z } from 'zod'
import type { Deal } from '../../storage/stores-financing.ts'
import { fen, instant, termDays, words } from './parts.ts'

/** What the platform tells a bank, in version 1 of each schema: the confidential parts, the body being `{ code }`. Owns that of a bid bond a bank hears an amount and a code, and nothing of the tender. */
const company = z.strictObject({ uscc: words(18), name: words(200) })
const deal = z.strictObject({
  project: words(200),
  title: words(200),
  section: words(200).optional(),
  center: words(200),
  contract: words(100),
  fen,
  signedOn: z.iso.date(),
})
const ground = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('consent'), consent: words(60), use: z.int().positive() }),
  z.strictObject({ kind: z.literal('law'), law: words(100), article: words(100) }),
])
const examples = <Part extends z.ZodType>(part: Part, example: object): Part => part.meta({ examples: [example] })
const AT = '2026-06-01T02:00:00.000Z'
const COMPANY = { uscc: '91440101MA5CKT5E07', name: '演示企业有限公司' }
const DEAL = {
  ...{ project: 'JG2026-0007', title: '示例道路工程', section: '一标段', center: '演示交易中心', contract: 'HT-2026-0001' },
  ...{ fen: 350_000_000, signedOn: '2026-05-28' },
}

export const outgoingParts = {
  'deal.reported': examples(z.strictObject({ at: instant, winner: company, deal, ground }), {
    ...{ at: AT, winner: COMPANY, deal: DEAL },
    ground: { kind: 'consent', consent: 'q3…', use: 1 },
  }),
  'financing.applied': examples(
    z.strictObject({
      at: instant,
      kind: z.enum(['deal-loan', 'bond-loan']),
      applicant: company,
      fen,
      termDays,
      /** of a deal loan alone */
      deal: deal.optional(),
      /** the bid credit report as it was signed, where the company consented to it */
      creditReport: z.string().max(130_000).optional(),
      /** by which each part was given */
      given: z.array(z.strictObject({ dataSet: words(40), consent: words(60), use: z.int().positive() })).max(8),
    }),
    { ...{ at: AT, kind: 'deal-loan', applicant: COMPANY, fen: 50_000_000, termDays: 180, deal: DEAL }, given: [] },
  ),
  'financing.accepted': examples(z.strictObject({ at: instant, offer: words(64), fen }), { at: AT, offer: 'CCB-0001', fen: 50_000_000 }),
  'financing.closed': examples(z.strictObject({ at: instant, why: z.enum(['other-offer', 'withdrawn']) }), { at: AT, why: 'other-offer' }),
} as const

type OutgoingType = keyof typeof outgoingParts
/** A message that something brings about. */
export type Tell = { [Type in OutgoingType]: { type: Type; part: z.infer<(typeof outgoingParts)[Type]> } }[OutgoingType]

export const dealPart = ({ project, title, section, contract, fen: sum, signedOn }: Deal, center: string): z.infer<typeof deal> => ({
  ...{ project, title, center, contract, fen: Number(sum), signedOn },
  ...(section === undefined ? {} : { section }),
})

/** As banks' developers read them. */
export const publishedOutgoing = Object.entries(outgoingParts).map(([type, part]) => ({ type, version: 1, confidential: z.toJSONSchema(part) }))

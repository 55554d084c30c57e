import { z } from 'zod'
import type { MessageType, Said } from '../../../channel/types.ts'
import type { Effect } from '../../../storage/stores-effects.ts'
import type { Guarantee, GuaranteeDocument } from '../../../storage/stores-guarantees.ts'
import { documentParts, fen, instant } from '../document.ts'
import type { IssuerFact } from '../state/events.ts'
import { id, openBody, told, words } from './parts.ts'

/** What an issuer tells the platform about a guarantee: one row a type, each with its part and the fact that it is. */
interface Told {
  serial: string
  at: string
}
type Read = (said: { document: string; sm3: string }) => GuaranteeDocument
interface Row<Part extends Told> {
  type: string
  what: MessageType['what']
  part: z.ZodType<Part>
  fact(part: Part, read: Read): IssuerFact
}

/** What follows from a fact of an issuer. */
export type TakeFact = (
  said: Pick<Said, 'sender' | 'id' | 'trace'> & { code: string; serial: string; at: string },
  fact: (guarantee: Guarantee) => IssuerFact,
) => Promise<Effect>

/** The types, for /channel/types and for whoever takes messages in. @param read verifies a document as one of this guarantee's issuer */
export function incomingTypes(take: TakeFact, read: (guarantee: Guarantee, said: Parameters<Read>[0]) => GuaranteeDocument): MessageType[] {
  const type = <Part extends Told>({ type: name, what, part, fact }: Row<Part>): MessageType => ({
    type: name,
    version: 1,
    what,
    body: openBody,
    confidential: part,
    example: { code: '0123456789abcdef0123456789abcdef' },
    async effect({ sender, id: message, trace, body, confidential }) {
      const said = part.parse(confidential)
      const { code } = openBody.parse(body)
      return await take({ sender, id: message, trace, code, serial: said.serial, at: said.at }, guarantee =>
        fact(said, document => read(guarantee, document)),
      )
    },
  })
  return [
    type(offered),
    type(refused),
    type(premiumPaid),
    type(issued),
    type(amendmentAnswered),
    type(claimPaid),
    type(claimRefused),
    type(extendOrPay),
    type(nonExtension),
    type(expired),
  ]
}

const row = <Part extends Told>(made: Row<Part>): Row<Part> => made
const AT = '2026-03-02T02:00:00.000Z'
const example = { serial: 'G2026-000018', at: AT }
const examples = (more: object) => ({ examples: [{ ...example, ...more }] })

const offered = row({
  type: 'guarantee.offered',
  what: { zh: '报价：保费、条件、报价有效期', en: 'An offer: the premium, its terms, and until when it stands' },
  part: z
    .strictObject({ ...told, priceFen: z.int().min(0), terms: words(1000), until: instant })
    .meta(examples({ priceFen: 40_000, terms: '见索即付，承诺函一份', until: '2026-03-06T00:00:00.000Z' })),
  fact: ({ priceFen, terms, until }) => ({ kind: 'offered', priceFen: BigInt(priceFen), terms, until }),
})

const refused = row({
  type: 'guarantee.refused',
  what: { zh: '不予承保，附原因', en: 'No guarantee is given, and why' },
  part: z.strictObject({ ...told, reason: words(300) }).meta(examples({ reason: '授信额度不足' })),
  fact: ({ reason }) => ({ kind: 'refused', reason }),
})

const premiumPaid = row({
  type: 'guarantee.premium-paid',
  what: { zh: '保费已到账', en: 'The premium has come' },
  part: z.strictObject({ ...told, payment: words(64), fen }).meta(examples({ payment: 'P20260302-01', fen: 40_000 })),
  fact: ({ payment, fen: paid }) => ({ kind: 'premium-paid', serial: payment, fen: BigInt(paid) }),
})

const issued = row({
  type: 'guarantee.issued',
  what: { zh: '保函已出具（SWIFT 760）：签名文件及其 SM3', en: 'The guarantee is issued (SWIFT 760): the signed document and its SM3' },
  part: z.strictObject({ ...told, ...documentParts }),
  fact: (part, read) => ({ kind: 'issued', document: read(part) }),
})

const amendmentAnswered = row({
  type: 'guarantee.amendment-answered',
  what: {
    zh: '对修改或展期的答复（SWIFT 787）：同意并附新文件（767），或不同意并附原因',
    en: 'The answer to an amendment or extension (SWIFT 787): yes with the document anew (767), or no and why',
  },
  part: z.discriminatedUnion('answer', [
    z.strictObject({ ...told, amendment: id, answer: z.literal('amended'), ...documentParts }),
    z.strictObject({ ...told, amendment: id, answer: z.literal('refused'), reason: words(300) }),
  ]),
  fact: (part, read) =>
    part.answer === 'amended'
      ? { kind: 'amended', amendment: part.amendment, document: read(part) }
      : { kind: 'amendment-refused', amendment: part.amendment, reason: part.reason },
})

const claimPaid = row({
  type: 'guarantee.claim-paid',
  what: { zh: '索赔已付款', en: 'A claim is paid' },
  part: z.strictObject({ ...told, claim: id, payment: words(64), fen }).meta(examples({ claim: 'claim-0001', payment: 'C-1', fen: 20_000_000 })),
  fact: ({ claim, payment, fen: paid }) => ({ kind: 'claim-paid', claim, serial: payment, fen: BigInt(paid) }),
})

const claimRefused = row({
  type: 'guarantee.claim-refused',
  what: { zh: '拒付索赔（SWIFT 786），附原因', en: 'A claim is refused (SWIFT 786), and why' },
  part: z.strictObject({ ...told, claim: id, reason: words(300) }).meta(examples({ claim: 'claim-0001', reason: '索赔单据与保函不符' })),
  fact: ({ claim, reason }) => ({ kind: 'claim-refused', claim, reason }),
})

const extendOrPay = row({
  type: 'guarantee.extend-or-pay',
  what: { zh: '就索赔询问申请人展期还是付款（SWIFT 777）', en: 'Asks the applicant whether to extend or to pay (SWIFT 777)' },
  part: z.strictObject({ ...told, claim: id }).meta(examples({ claim: 'claim-0001' })),
  fact: ({ claim }) => ({ kind: 'extend-or-pay', claim }),
})

const nonExtension = row({
  type: 'guarantee.non-extension',
  what: { zh: '通知到期不再展期（SWIFT 785）', en: 'Notice that the guarantee will not be extended (SWIFT 785)' },
  part: z.strictObject({ ...told, reason: words(300) }).meta(examples({ reason: '到期不续' })),
  fact: ({ reason }) => ({ kind: 'non-extension', reason }),
})

const expired = row({
  type: 'guarantee.expired',
  what: { zh: '保函到期', en: 'The guarantee’s validity is over' },
  part: z.strictObject(told).meta(examples({})),
  fact: () => ({ kind: 'expired' }),
})

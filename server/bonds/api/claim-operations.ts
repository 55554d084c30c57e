import { z } from 'zod'
import { BrokerError } from '../../kernel/errors.ts'
import { claimId } from '../guarantees/claim-id.ts'
import { type GroundId, grounds } from '../state/grounds.ts'
import { BondAnswer, bondAnswer } from './bond-operations.ts'
import { BASE, type BondOperation, fen, line, reference } from './operation.ts'
import { whose } from './room.ts'

/** Claims on the guarantee that stands for a bond, beside the one that a decision makes: what was refused is demanded again, or more is. */
const Claim = z
  .strictObject({
    ground: z.enum(Object.keys(grounds) as [GroundId, ...GroundId[]]),
    fen: fen.min(1),
    winner: z.boolean(),
    reference,
    by: line.optional(),
  })
  .meta({ id: 'BondClaim' })

export const claimOperations: readonly BondOperation[] = [
  {
    path: `${BASE}/sections/{section}/bonds/{bond}/claim`,
    name: 'claimBond',
    title: { zh: '再次索赔', en: 'Claim once more' },
    about: {
      zh: '出具人拒付的，补齐材料后再次索赔；也可以就余下的金额另行索赔。同一编号只算一次。',
      en: 'What the issuer refused, once what was missing is mended; or more, up to what is left. One reference counts once.',
    },
    scope: 'bonds.manage',
    request: Claim,
    status: 200,
    answer: BondAnswer,
    refusals: [
      ...(['bond_unknown', 'bond_before_opening', 'bond_ground_missing', 'guarantee_unknown', 'guarantee_wrong_state', 'guarantee_over'] as const),
      ...(['guarantee_amount_wrong', 'guarantee_event_conflict', 'guarantee_issuer_unavailable'] as const),
    ],
    example: { ground: 'contract-refused', fen: 20_000_000, winner: true, reference: 'JD-2027-0002' },
    async run(room, ask) {
      const { fen: sum, reference: decision, ground, winner } = ask.body(Claim)
      const { beneficiary } = room.guarantees()
      const bondId = ask.param('bond')
      const claim = claimId(bondId, 'claim', decision)
      const all = await beneficiary.list(whose(ask), [bondId], ask.trace)
      // one that was made before, and paid meanwhile, is still the one it was
      const standing =
        all.find(({ guarantee: { state } }) => state === 'in-force' || state === 'claimed') ??
        all.find(({ guarantee: { claims } }) => claims.some(made => made.id === claim))
      if (standing === undefined) throw new BrokerError('guarantee_unknown', 'no guarantee that stands for such a bond of this section')
      await beneficiary.claim({ ...whose(ask), id: standing.guarantee.id }, { claim, ground, winner, fen: BigInt(sum), decision }, ask.trace)
      room.wake()
      const [[now], section] = await Promise.all([room.readings.ofSection(whose(ask)).some([bondId]), room.sections.mine(whose(ask))])
      if (now === undefined) throw new BrokerError('internal', 'a bond that was claimed is not there')
      return { body: bondAnswer(now, section, room.clock.now()) }
    },
  },
]

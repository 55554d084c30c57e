import { expect } from 'chai'
import { offerName } from '../../../server/bonds/guarantees/state/offer.ts'
import { step } from '../../../server/bonds/guarantees/state/step.ts'
import { grounds } from '../../../server/bonds/state/grounds.ts'
import type { GuaranteeDocument } from '../../../server/storage/stores-guarantees.ts'
import { codeOf, section } from '../stage.ts'
import {
  AFTER,
  accepted,
  at,
  BEFORE,
  claimed,
  claimPaid,
  DEADLINE,
  DEMANDED,
  inForce,
  issued,
  OVER,
  offered,
  paper,
  premium,
  tell,
  VALID_UNTIL,
  verified,
  walk,
} from './stage.ts'

describe('the rules of a guarantee', () => {
  const code = (...[guarantee, event, context]: Parameters<typeof step>) => codeOf(() => step(guarantee, event, context))

  it('an offer is accepted while it stands, not at the moment it ends', () => {
    const { guarantee } = walk([offered])
    expect(code(guarantee, tell(accepted), at('2026-03-05T23:59:59.999Z'))).to.equal('done')
    expect(code(guarantee, tell(accepted), at('2026-03-06T00:00:00.000Z'))).to.equal('guarantee_offer_over')
  })

  it('an acceptance names the offer that was seen: one that was replaced meanwhile, in price, terms or time, is not accepted', () => {
    const { guarantee } = walk([offered])
    for (const replaced of [{ priceFen: 400_000n }, { terms: '有条件' }, { until: '2026-03-05T00:00:00.000Z' }]) {
      const newer = step(guarantee, tell({ ...offered, ...replaced } as typeof offered), at(BEFORE)).guarantee
      expect(code(newer, tell(accepted), at(BEFORE))).to.equal('guarantee_offer_changed')
      expect(code(newer, tell({ kind: 'accepted', offer: offerName(newer.offer) }), at(BEFORE))).to.equal('done')
    }
  })

  it('a premium below the price does not count', () => {
    const { guarantee } = walk([offered, accepted])
    expect(code(guarantee, tell({ kind: 'premium-paid', serial: 'P-9', fen: 39_999n }), at(BEFORE))).to.equal('guarantee_amount_wrong')
  })

  it('a payment told after the document still counts', () => {
    const { guarantee } = walk([offered, accepted, issued(), verified, premium])
    expect(guarantee).to.deep.include({ state: 'in-force', payment: { serial: 'P-1', fen: 40_000n } })
  })

  for (const [what, document, unfit] of [
    ['a fen too little', { fen: DEMANDED - 1n }, 'amount'],
    ['a moment too short', { validUntil: '2026-06-08T15:59:59.999Z' }, 'period'],
    ['a beginning after the deadline', { validFrom: '2026-03-10T01:30:00.001Z' }, 'period'],
    ['another text', { textSm3: 'text-2' }, 'text'],
  ] as [string, Partial<GuaranteeDocument>, string][])
    it(`a document with ${what} is issued, and stands for nothing`, () => {
      const { guarantee } = walk([offered, accepted, issued(document), verified])
      expect(guarantee).to.deep.include({ state: 'issued', unfit })
    })

  it('a document that comes at the deadline is late; beside another bond a second; of a section that is abandoned, for nothing', () => {
    const { guarantee } = walk([offered, accepted, issued()])
    expect(step(guarantee, tell(verified), at(DEADLINE)).guarantee).to.deep.include({ state: 'issued', unfit: 'late' })
    expect(step(guarantee, tell(verified), at(BEFORE, { occupied: true })).guarantee).to.deep.include({ state: 'issued', unfit: 'second' })
    const abandoned = { section: { ...section, state: 'abandoned' as const } }
    expect(step(guarantee, tell(verified), at(BEFORE, abandoned)).guarantee).to.deep.include({ state: 'issued', unfit: 'section' })
  })

  it('an unfit document that is amended before the deadline stands', () => {
    const mended = walk([
      ...[offered, accepted, issued({ fen: 1n }), verified],
      { kind: 'amendment-asked', amendment: 'amend-1', fen: DEMANDED, validUntil: VALID_UNTIL },
      { kind: 'amended', amendment: 'amend-1', document: paper({ sm3: 'document-2' }) },
      verified,
    ])
    expect(mended.guarantee).to.deep.include({ state: 'in-force', document: paper({ sm3: 'document-2' }) })
    expect(mended.guarantee).to.not.have.any.keys('unfit', 'amendment')
  })

  it('an amendment takes nothing away from what is in force', () => {
    const { guarantee } = walk([...inForce, { kind: 'amendment-asked', amendment: 'amend-1', fen: DEMANDED, validUntil: '2026-07-01T00:00:00.000Z' }])
    for (const less of [
      { fen: DEMANDED - 1n },
      { validUntil: '2026-06-30T23:59:59.999Z' },
      { textSm3: 'text-2' },
      { validFrom: '2026-03-03T00:00:00.000Z' },
    ]) {
      const document = paper({ validUntil: '2026-07-01T00:00:00.000Z', ...less })
      expect(code(guarantee, tell({ kind: 'amended', amendment: 'amend-1', document }), at(AFTER))).to.equal('bond_guarantee_unfit')
    }
  })

  it('less than the tender demands is not asked for, and nothing beyond its end of an issuer that does not extend', () => {
    const asking = (fen: bigint, validUntil: string) => tell({ kind: 'amendment-asked', amendment: 'amend-1', fen, validUntil })
    const { guarantee } = walk(inForce)
    expect(code(guarantee, asking(DEMANDED - 1n, VALID_UNTIL), at(AFTER))).to.equal('guarantee_amount_wrong')
    expect(code(guarantee, asking(DEMANDED, '2026-06-08T15:00:00.000Z'), at(AFTER))).to.equal('guarantee_amount_wrong')
    const ended = walk([{ kind: 'non-extension', reason: '到期不续' }], guarantee).guarantee
    expect(code(ended, asking(DEMANDED, '2026-07-01T00:00:00.000Z'), at(AFTER))).to.equal('guarantee_wrong_state')
    expect(code(ended, asking(DEMANDED + 1n, VALID_UNTIL), at(AFTER))).to.equal('done')
  })

  it('is claimed after the opening alone, and not at the end of its validity', () => {
    const { guarantee } = walk(inForce)
    expect(code(guarantee, tell(claimed()), at('2026-03-10T01:29:59.999Z'))).to.equal('bond_before_opening')
    const { opensAt: _, ...unannounced } = section
    expect(code(guarantee, tell(claimed()), at(AFTER, { section: unannounced }))).to.equal('bond_before_opening')
    expect(code(guarantee, tell(claimed()), at('2026-06-08T15:59:59.999Z'))).to.equal('done')
    expect(code(guarantee, tell(claimed()), at(OVER))).to.equal('guarantee_over')
  })

  it('is claimed on a ground of the law, of which most are against the winner alone', () => {
    const { guarantee } = walk(inForce)
    for (const ground of Object.keys(grounds) as (keyof typeof grounds)[])
      expect(code(guarantee, tell(claimed({ ground, winner: false })), at(AFTER)), ground).to.equal(
        ground === 'revoked-after-deadline' ? 'done' : 'bond_ground_missing',
      )
    expect(step(guarantee, tell(claimed()), at(AFTER)).guarantee.claims[0]?.article).to.include('第七十四条')
  })

  it('is claimed in parts, never beyond its amount; what was refused may be claimed again', () => {
    const half = walk([...inForce, claimed({ fen: DEMANDED / 2n })]).guarantee
    const more = (fen: bigint) => tell(claimed({ claim: 'claim-2', fen }))
    expect(code(half, more(DEMANDED / 2n + 1n), at(AFTER))).to.equal('guarantee_amount_wrong')
    expect(code(half, more(0n), at(AFTER))).to.equal('guarantee_amount_wrong')
    expect(code(half, more(DEMANDED / 2n), at(AFTER))).to.equal('done')
    expect(code(half, tell(claimed({ fen: 1n })), at(AFTER))).to.equal('guarantee_wrong_state')
    const refused = walk([{ kind: 'claim-refused', claim: 'claim-1', reason: '单据不符' }], half).guarantee
    expect(refused.claims[0]).to.deep.include({ state: 'refused', reason: '单据不符' })
    expect(code(refused, more(DEMANDED), at(AFTER))).to.equal('done')
  })

  it('is paid in parts, and not more than was demanded', () => {
    const { guarantee } = walk([...inForce, claimed(), claimPaid(1n)])
    expect(guarantee).to.deep.include({ state: 'claimed' })
    expect(code(guarantee, tell(claimPaid(DEMANDED)), at(AFTER))).to.equal('guarantee_amount_wrong')
    expect(walk([claimPaid(DEMANDED - 1n)], guarantee).guarantee.state).to.equal('drawn')
  })

  it('a claim that came in time stays, whatever the issuer says of the end', () => {
    const { guarantee } = walk([...inForce, claimed()])
    expect(code(guarantee, tell({ kind: 'expired' }), at(OVER))).to.equal('guarantee_wrong_state')
    expect(code(guarantee, tell(claimPaid()), at(OVER))).to.equal('done')
    const early = walk(inForce).guarantee
    expect(code(early, tell({ kind: 'expired' }), at('2026-06-08T15:59:59.999Z'))).to.equal('guarantee_wrong_state')
  })

  it('extend or pay: only what may be extended is asked about, and answered once', () => {
    const plain = walk([...inForce, claimed()]).guarantee
    expect(code(plain, tell({ kind: 'extend-or-pay', claim: 'claim-1' }), at(AFTER))).to.equal('guarantee_wrong_state')
    const open = walk([...inForce, claimed({ extendTo: '2026-07-31T16:00:00.000Z' })]).guarantee
    const answer = tell({ kind: 'extend-or-pay-answered', claim: 'claim-1', choice: 'pay' })
    expect(code(open, answer, at(AFTER)), 'nobody asked').to.equal('guarantee_wrong_state')
    const asked = walk([{ kind: 'extend-or-pay', claim: 'claim-1' }], open).guarantee
    const answered = step(asked, answer, at(AFTER)).guarantee
    expect(answered.claims[0]?.choice).to.equal('pay')
    expect(code(answered, tell({ kind: 'extend-or-pay-answered', claim: 'claim-1', choice: 'extend' }), at(AFTER))).to.equal('guarantee_wrong_state')
    const short = tell({ kind: 'amended', amendment: 'claim-1', document: paper({ validUntil: '2026-07-31T15:59:59.999Z' }) })
    expect(code(asked, short, at(AFTER))).to.equal('bond_guarantee_unfit')
  })

  it('counts each event once; told again in other words it is refused', () => {
    const { guarantee } = walk([offered])
    const once = tell(offered, { key: 'O-1' })
    const first = step(guarantee, once, at(BEFORE)).guarantee
    const moved = walk([accepted], first).guarantee
    expect(step(moved, { ...once, evidence: [] }, at(BEFORE))).to.deep.equal({ guarantee: moved, repeated: true })
    expect(code(moved, { ...once, at: AFTER }, at(BEFORE))).to.equal('guarantee_event_conflict')
    expect(code(moved, tell({ ...offered, priceFen: 1n } as typeof offered, { key: 'O-1' }), at(BEFORE))).to.equal('guarantee_event_conflict')
  })

  it('grows no further by what is said again and again, and can still be claimed', () => {
    let offers = walk([offered]).guarantee
    let told = 1
    while (code(offers, tell(offered), at(BEFORE)) === 'done') {
      offers = walk([offered], offers).guarantee
      told++
    }
    expect(told).to.equal(100)
    const amend = { kind: 'amendment-asked', amendment: 'amend-1', fen: DEMANDED, validUntil: VALID_UNTIL } as const
    const full = walk([accepted, issued(), verified], offers).guarantee
    expect(code(full, tell(amend), at(BEFORE))).to.equal('guarantee_wrong_state')
    expect(code(full, tell(claimed()), at(AFTER))).to.equal('done')
    let pieces = walk(inForce).guarantee
    for (let n = 0; n < 50; n++) pieces = walk([claimed({ claim: `claim-${n}`, fen: 1n })], pieces).guarantee
    expect(code(pieces, tell(claimed({ claim: 'claim-50', fen: 1n })), at(AFTER))).to.equal('guarantee_wrong_state')
  })

  it('takes nothing without its evidence', () => {
    const { guarantee } = walk(inForce)
    for (const evidence of [[], [{ kind: 'forfeiture-decision' as const, ref: '' }], [{ kind: 'document' as const, ref: 'x' }]])
      expect(code(guarantee, tell(claimed(), { evidence }), at(AFTER))).to.equal('guarantee_evidence_missing')
  })
})

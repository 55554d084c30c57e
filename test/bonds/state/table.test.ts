import { expect } from 'chai'
import type { BondFact } from '../../../server/bonds/state/events.ts'
import { unknownBond } from '../../../server/bonds/state/expected.ts'
import { step } from '../../../server/bonds/state/step.ts'
import type { Bond } from '../../../server/storage/stores-bonds.ts'
import { arrival, bidder, codeOf, context, DEMANDED, decided, guaranteed, ordered, paid, section, tell, walk } from '../stage.ts'

/** Every state with every event: the state it leads to, `+state` for money beside it, or the refusal. */
const INTEREST = 4083n // 200,000 yuan, 21 days, 0.35 %
const held = [arrival(), { kind: 'frozen' }] as const
const due = [...held, decided()]
const winner = { winner: true, forfeits: [{ ground: 'contract-refused' as const, fen: DEMANDED }] }

const states: Record<string, () => Bond> = {
  expected: () => walk([]).bond,
  'received, matched': () => walk([arrival()]).bond,
  'received, short': () => walk([arrival({ fen: 1n })]).bond,
  'received, unmatched': () => walk([arrival()], unknownBond('bond-2')).bond,
  held: () => walk(held).bond,
  'held by guarantee': () => walk([tell(guaranteed, { at: '2026-03-01T00:00:00.000Z' })]).bond,
  'refund-due': () => walk(due).bond,
  returning: () => walk([...due, ordered()]).bond,
  returned: () => walk([...due, ordered(), paid(DEMANDED + INTEREST)]).bond,
  'guarantee claimed': () => walk([tell(guaranteed, { at: '2026-03-01T00:00:00.000Z' }), decided({ cause: 'forfeiture', ...winner })]).bond,
  forfeited: () => walk([...held, decided({ cause: 'forfeiture', ...winner })]).bond,
  'to-performance': () =>
    walk(
      [arrival(), decided({ winner: true, performanceFen: DEMANDED }), ordered()],
      undefined,
      context({ depositRates: [{ from: '2020-01-01', millionths: 0, basis: '' }] }),
    ).bond,
  released: () => walk([decided({ cause: 'abandoned' })]).bond,
  reconciled: () => walk([...due, ordered(), paid(DEMANDED + INTEREST), { kind: 'reconciled', day: '2026-03-24' }]).bond,
}

const events: Record<string, BondFact> = {
  arrival: arrival({ serial: 'S-9' }),
  guarantee: guaranteed,
  amended: { kind: 'guarantee-amended', guarantee: { number: 'G-1', fen: DEMANDED, validUntil: '2026-09-30T16:00:00.000Z' } },
  'guarantee paid': { kind: 'guarantee-paid', fen: 1n },
  'claimed again': { kind: 'guarantee-claimed', ground: 'contract-refused', fen: 1n },
  'claim refused': { kind: 'guarantee-refused', refused: { fen: 1n, demandedFen: 1n, ground: 'contract-refused', reason: '单据不符' } },
  'let go': { kind: 'guarantee-released' },
  'guarantee over': { kind: 'guarantee-expired' },
  assigned: { kind: 'assigned', sectionId: section.id, company: 'company-1', demandedFen: DEMANDED, bidder },
  frozen: { kind: 'frozen' },
  contract: decided(),
  forfeiture: decided({ cause: 'forfeiture', ...winner }),
  'no-bond': decided({ cause: 'no-bond' }),
  abandoned: decided({ cause: 'abandoned' }),
  ordered: ordered(),
  paid: paid(DEMANDED + INTEREST, { serial: 'R-9' }),
  failed: { kind: 'refund-failed', order: 'order-1', reason: '账户已销户' },
  reconciled: { kind: 'reconciled', day: '2026-03-24' },
}

const NO = 'bond_wrong_state'
/** in the order of the events above */
const table: Record<string, string> = {
  expected: `received held ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} released ${NO} unexplained ${NO} ${NO}`,
  'received, matched': `+twice ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} held refund-due forfeited ${NO} refund-due ${NO} unexplained ${NO} ${NO}`,
  'received, short': `+matched ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} received ${NO} ${NO} refund-due refund-due ${NO} unexplained ${NO} ${NO}`,
  'received, unmatched': `+unmatched ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} received received ${NO} ${NO} refund-due refund-due ${NO} unexplained ${NO} ${NO}`,
  held: `+twice ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} held refund-due forfeited ${NO} refund-due ${NO} unexplained ${NO} ${NO}`,
  'held by guarantee': `+twice ${NO} held held held held held released ${NO} held released forfeited ${NO} released ${NO} unexplained ${NO} ${NO}`,
  'refund-due': `+twice ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} refund-due ${NO} ${NO} ${NO} ${NO} returning unexplained ${NO} ${NO}`,
  returning: `+twice ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} returning ${NO} ${NO} ${NO} ${NO} ${NO} returned refund-due ${NO}`,
  returned: `+twice ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} returned ${NO} ${NO} ${NO} ${NO} ${NO} unexplained ${NO} reconciled`,
  'guarantee claimed': `+twice ${NO} forfeited forfeited forfeited forfeited forfeited forfeited ${NO} forfeited ${NO} ${NO} ${NO} ${NO} ${NO} unexplained ${NO} reconciled`,
  forfeited: `+twice ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} forfeited ${NO} ${NO} ${NO} ${NO} ${NO} unexplained ${NO} reconciled`,
  'to-performance': `+twice ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} to-performance ${NO} ${NO} ${NO} ${NO} ${NO} unexplained ${NO} reconciled`,
  released: `+matched ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} released ${NO} ${NO} ${NO} ${NO} ${NO} unexplained ${NO} ${NO}`,
  reconciled: `+twice ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} ${NO} reconciled ${NO} ${NO} ${NO} ${NO} ${NO} unexplained ${NO} ${NO}`,
}

describe('every state of a bid bond with every event', () => {
  it('stands in the table', () => {
    expect(Object.keys(table)).to.deep.equal(Object.keys(states))
    for (const row of Object.values(table)) expect(row.split(' ')).to.have.length(Object.keys(events).length)
  })

  for (const [name, make] of Object.entries(states)) {
    it(name, () => {
      const outcomes = Object.values(events).map(fact => {
        const bond = make()
        // guarantees are verified before the deadline
        const at = fact.kind === 'guarantee-verified' ? { at: '2026-03-01T00:00:00.000Z' } : {}
        const { section: _, ...unassigned } = context()
        const under = bond.sectionId === undefined && fact.kind !== 'assigned' ? unassigned : context()
        let outcome = ''
        const refusal = codeOf(() => {
          const taken = step(bond, tell(fact, at), under)
          outcome =
            taken.extra === undefined ? (taken.movements[0]?.kind === 'unexplained' ? 'unexplained' : taken.bond.state) : `+${taken.extra.finding}`
        })
        return refusal === 'done' ? outcome : refusal
      })
      expect(outcomes.join(' ')).to.equal(table[name])
    })
  }
})

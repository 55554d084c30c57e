import { expect } from 'chai'
import type { BondFact } from '../../../server/bonds/state/events.ts'
import { unknownBond } from '../../../server/bonds/state/expected.ts'
import { balanceOf } from '../../../server/bonds/state/movements.ts'
import { step } from '../../../server/bonds/state/step.ts'
import {
  arrival,
  bidder,
  codeOf,
  context,
  DEADLINE,
  DEMANDED,
  decided,
  expected as expectedBond,
  guaranteed,
  ordered,
  paid,
  section,
  tell,
  walk,
} from '../stage.ts'

const before = context({ now: new Date('2026-03-09T00:00:00Z') })
const { opensAt: _, ...unannounced } = section

describe('money that arrives', () => {
  for (const [finding, sentence, money] of [
    ['matched', 'in full, in time, from the basic account', arrival()],
    ['matched', 'a millisecond before the deadline', arrival({ at: '2026-03-10T01:29:59.999Z' })],
    ['matched', 'with more than was demanded', arrival({ fen: DEMANDED + 1n })],
    ['late', 'at the deadline itself', arrival({ at: DEADLINE })],
    ['short', 'a fen too little', arrival({ fen: DEMANDED - 1n })],
    ['wrong-payer', 'from somebody else', arrival({ from: { name: 'name-2' } })],
    ['not-basic-account', 'from another account of the bidder', arrival({ from: { account: 'account-2' } })],
  ] as const) {
    it(`is ${finding}: ${sentence}`, () => {
      const { bond, movements } = walk([money])
      expect(bond.finding).to.equal(finding)
      expect(movements).to.have.length(1)
      expect(movements[0]).to.include({ kind: 'received', into: finding === 'matched' ? 'bond' : 'suspense', finding })
      expect(balanceOf(bond.totals)).to.equal(bond.receipt?.fen)
    })
  }

  it('is judged by the bank’s time alone: told weeks later it is in time', () =>
    expect(walk([tell(arrival({ at: '2026-03-10T01:29:00.000Z' }), { at: '2026-03-30T00:00:00.000Z' })]).bond.finding).to.equal('matched'))

  it('a second time is kept beside the first, and does not touch it', () => {
    const first = walk([arrival()]).bond
    const { bond, extra } = walk([arrival({ serial: 'S-2' })], first)
    expect({ ...bond, counted: {} }).to.deep.equal({ ...first, counted: {} })
    expect(extra).to.include({ finding: 'twice', state: 'received' })
  })

  it('withdrawn twice, or found twice in a day file, by our own clock, is so once; what others date is not', () => {
    const [early, later] = [{ at: '2026-03-05T00:00:00.000Z' }, { at: '2026-03-05T00:00:00.200Z' }]
    const back = walk([arrival(), decided(), ordered(), paid(DEMANDED + 4083n)]).bond
    for (const [from, key, fact] of [
      [walk([arrival()]).bond, 'withdrawal', decided({ cause: 'withdrawn' })],
      [back, 'reconciled/order-1', { kind: 'reconciled', day: '2026-03-24' }],
    ] as const) {
      const once = step(from, tell(fact, { key, ...early }), before).bond
      expect(step(once, tell(fact, { key, ...later }), before)).to.include({ repeated: true, bond: once })
    }
    const contract = step(walk([arrival()]).bond, tell(decided(), { key: 'contract', ...early }), context()).bond
    expect(codeOf(() => step(contract, tell(decided(), { key: 'contract', ...later }), context()))).to.equal('bond_event_conflict')
  })

  it('in full after a payment that was short counts', () => {
    const short = walk([arrival({ fen: 1n })]).bond
    expect(walk([arrival({ serial: 'S-2' })], short).extra?.finding).to.equal('matched')
    expect(walk([arrival({ serial: 'S-3' })], short, context({ occupied: true })).extra?.finding).to.equal('twice')
  })

  it('counts once, however often it is told, and conflicts when it is told otherwise', () => {
    const first = walk([arrival()]).bond
    expect(step(first, tell(arrival(), { key: 'another', at: DEADLINE, evidence: [] }), context()).movements).to.deep.equal([])
    expect(codeOf(() => step(first, tell(arrival({ fen: 1n })), context()))).to.equal('bond_event_conflict')
    // under which keys we code its payer is ours, and changes while the bank says the same
    const coded = { ...arrival(), receipt: { bank: 'ccb', serial: 'S-1', at: '2026-03-02T02:00:00.000Z', fen: DEMANDED, payerCode: '2:another' } }
    expect(step(first, tell(coded as BondFact), context()).repeated).to.equal(true)
  })

  it('to nobody’s account waits, is assigned, and is late by the bank’s time all the same', () => {
    const assigned = { kind: 'assigned', sectionId: section.id, company: 'company-1', demandedFen: DEMANDED, bidder } as const
    const { section: _, ...nowhere } = context()
    const inTime = walk([arrival()], unknownBond('b'), nowhere).bond
    expect(walk([assigned], inTime).movements).to.deep.equal([{ kind: 'matched', fen: DEMANDED }])
    const late = walk([arrival({ at: DEADLINE })], unknownBond('b'), nowhere).bond
    expect(walk([assigned], late))
      .to.deep.include({ movements: [] })
      .and.nested.include({ 'bond.finding': 'late' })
  })

  it('is not refused without a deadline that can be read, nor after the tender was abandoned', () => {
    expect(walk([arrival()], undefined, context({ section: { ...section, state: 'abandoned' } })).bond.finding).to.equal('unmatched')
  })
})

describe('the time of a decision', () => {
  const held = [arrival(), { kind: 'frozen' }] as const
  for (const cause of ['lost', 'contract', 'forfeiture', 'no-bond', 'validity-ended'] as const) {
    it(`${cause} waits for the opening, and for ever where its time is missing`, () => {
      const bond = walk(cause === 'no-bond' ? [arrival({ fen: 1n })] : held).bond
      for (const under of [before, context({ section: unannounced }), context({ section: { ...section, opensAt: 'soon' } })])
        expect(codeOf(() => step(bond, tell(decided({ cause })), under))).to.equal('bond_before_opening')
    })
  }
  it('a postponed opening is waited for', () =>
    expect(codeOf(() => step(walk(held).bond, tell(decided()), context({ section: { ...section, opensAt: '2026-03-25T01:30:00.000Z' } })))).to.equal(
      'bond_before_opening',
    ))
  it('a withdrawal is one until the deadline, by when it came', () => {
    const { bond } = walk(held)
    expect(step(bond, tell(decided({ cause: 'withdrawn' }), { at: '2026-03-10T01:29:59.999Z' }), before).bond.state).to.equal('refund-due')
    expect(codeOf(() => step(bond, tell(decided({ cause: 'withdrawn' }), { at: DEADLINE }), context()))).to.equal('bond_withdrawal_late')
  })
  it('an abandoned tender refunds at once, before the opening too', () =>
    expect(step(walk(held).bond, tell(decided({ cause: 'abandoned' })), before).bond.state).to.equal('refund-due'))
  it('validity has to be over to have ended', () => {
    const { bond } = walk(held)
    expect(codeOf(() => step(bond, tell(decided({ cause: 'validity-ended' })), context()))).to.equal('bond_wrong_state')
    expect(step(bond, tell(decided({ cause: 'validity-ended' })), context({ now: new Date('2026-06-08T16:00:00Z') })).bond.state).to.equal(
      'refund-due',
    )
  })
  it('takes the evidence of its cause', () => {
    const { bond } = walk(held)
    const without = tell(decided()).evidence.filter(({ kind }) => kind !== 'contract')
    expect(codeOf(() => step(bond, tell(decided(), { evidence: without }), context()))).to.equal('bond_evidence_missing')
    expect(codeOf(() => step(bond, tell(decided(), { evidence: [{ kind: 'contract', ref: '' }] }), context()))).to.equal('bond_evidence_missing')
  })
})

describe('what is kept and what goes back', () => {
  const { bond } = walk([arrival(), { kind: 'frozen' }])
  const refusal = (more: Parameters<typeof decided>[0], under = context()) => codeOf(() => step(bond, tell(decided(more)), under))
  const refuses = { ground: 'contract-refused' as const, fen: 1n }

  it('nothing is kept without a ground of the law, nor from a loser on a winner’s', () => {
    expect(refusal({ cause: 'forfeiture' })).to.equal('bond_ground_missing')
    expect(refusal({ forfeits: [refuses] })).to.equal('bond_ground_missing')
    expect(refusal({ cause: 'forfeiture', forfeits: [refuses] })).to.equal('bond_ground_missing')
    expect(refusal({ cause: 'forfeiture', forfeits: [{ ground: 'revoked-after-deadline', fen: 1n }] })).to.equal('done')
  })
  it('only a winner’s bond becomes a performance bond', () => {
    expect(refusal({ performanceFen: 1n })).to.equal('bond_ground_missing')
    expect(refusal({ performanceFen: 1n, winner: true })).to.equal('done')
  })
  it('no more than came, and no part below zero', () => {
    for (const more of [
      { winner: true, performanceFen: DEMANDED + 1n },
      { winner: true, performanceFen: DEMANDED, feeFen: 1n },
      { winner: true, performanceFen: -1n },
      { feeFen: -1n },
      { cause: 'forfeiture' as const, winner: true, forfeits: [refuses, { ...refuses, fen: 0n }] },
    ] satisfies Parameters<typeof decided>[0][])
      expect(refusal(more)).to.equal('bond_parts_wrong')
  })
  it('in procurement those who lost are due by the award notice, not by the contract', () =>
    expect(refusal({}, context({ section: { ...section, law: 'procurement' } }))).to.equal('bond_wrong_state'))

  it('a part kept, a part refunded with its interest: they add up', () => {
    const decision = decided({ cause: 'forfeiture', winner: true, forfeits: [{ ground: 'conditions-added', fen: 5_000_000n }] })
    const order = walk([decision, ordered()], bond)
    // 150,000 yuan for 21 days
    expect(order.movements).to.deep.equal([
      { kind: 'interest', of: 'deposit', fen: 3063n },
      {
        kind: 'refund-ordered',
        order: 'order-1',
        receipt: { bank: 'ccb', serial: 'S-1' },
        toAccount: 'account-1',
        fen: 15_000_000n,
        interestFen: 3063n,
      },
    ])
    const done = walk([paid(15_003_063n)], order.bond).bond
    expect(done.state).to.equal('returned')
    expect(balanceOf(done.totals)).to.equal(0n)
  })
  it('what becomes a performance bond goes with nothing but its interest until then', () => {
    const order = walk([decided({ winner: true, performanceFen: DEMANDED }), ordered({ valueDay: '2026-03-25' })], bond)
    expect(order.movements.at(-1)).to.include({ kind: 'refund-ordered', fen: 0n, interestFen: 3500n })
  })
  it('a guarantee is let go without money, and claimed with its article', () => {
    const given = walk([tell(guaranteed, { at: '2026-03-01T00:00:00.000Z' })]).bond
    expect(walk([decided()], given)).to.deep.include({ movements: [] })
    const claim = walk([decided({ cause: 'forfeiture', winner: true, forfeits: [{ ground: 'contract-refused', fen: DEMANDED }] })], given)
    expect(claim.movements).to.deep.equal([{ kind: 'claimed', ground: 'contract-refused', article: '招标投标法实施条例 第七十四条', fen: DEMANDED }])
  })
  for (const [sentence, guarantee, at] of [
    ['a fen too little', { fen: DEMANDED - 1n }, '2026-03-01T00:00:00.000Z'],
    ['ending before the bid', { validUntil: '2026-06-08T15:59:59.999Z' }, '2026-03-01T00:00:00.000Z'],
    ['with no end that can be read', { validUntil: 'later' }, '2026-03-01T00:00:00.000Z'],
    ['at the deadline', {}, DEADLINE],
  ] as const) {
    it(`a guarantee is refused: ${sentence}`, () => {
      if (guaranteed.kind !== 'guarantee-verified') throw new Error('not a guarantee')
      const fact = { ...guaranteed, guarantee: { ...guaranteed.guarantee, ...guarantee } }
      expect(codeOf(() => step(expectedBond(), tell(fact, { at }), context()))).to.equal('bond_guarantee_unfit')
    })
  }
})

describe('the way back', () => {
  const due = walk([arrival(), { kind: 'frozen' }, decided()]).bond
  it('leads only to the account that paid', () =>
    expect(codeOf(() => walk([ordered({ toAccount: 'account-2' })], due))).to.equal('bond_not_the_payer'))
  it('a wrong payer’s money goes back to the wrong payer', () => {
    const wrong = walk([arrival({ from: { account: 'account-2', name: 'name-2' } }), decided({ cause: 'no-bond' })]).bond
    expect(codeOf(() => walk([ordered()], wrong))).to.equal('bond_not_the_payer')
    expect(walk([ordered({ toAccount: 'account-2' })], wrong).bond.state).to.equal('returning')
  })
  it('a payment that was not ordered so is kept for the worklist, and the ordered one is waited for', () => {
    const returning = walk([ordered()], due).bond
    for (const wrong of [paid(1n), paid(DEMANDED + 4083n, { toAccount: 'account-2' }), paid(DEMANDED + 4083n, { order: 'order-2' })]) {
      const after = walk([wrong], returning)
      expect(after.movements.map(({ kind }) => kind)).to.deep.equal(['unexplained'])
      expect(walk([paid(DEMANDED + 4083n, { serial: 'R-2' })], after.bond).bond.state).to.equal('returned')
    }
  })
  it('a second payment of the same order is not one of the bond’s', () => {
    const done = walk([ordered(), paid(DEMANDED + 4083n)], due).bond
    expect(walk([paid(DEMANDED + 4083n, { serial: 'R-2' })], done).bond.totals).to.deep.equal(done.totals)
  })
  it('after a failed order only the days since are added', () => {
    const again = walk(
      [ordered(), { kind: 'refund-failed', order: 'order-1', reason: '账户已冻结' }, ordered({ order: 'order-2', valueDay: '2026-03-24' })],
      due,
    )
    expect(again.bond.refundFailure).to.equal(undefined)
    expect(again.movements[0]).to.deep.equal({ kind: 'interest', of: 'deposit', fen: 4278n - 4083n })
  })
  it('late in procurement, it bears the legal interest; under the bidding law none is set', () => {
    const law = context({ section: { ...section, law: 'procurement' } })
    const lost = walk([arrival(), decided({ cause: 'lost' })], undefined, law).bond
    // notice on Friday 20 March, the fifth working day is the 27th, two days late
    expect(walk([ordered({ valueDay: '2026-03-29' })], lost, law).movements[1]).to.deep.equal({ kind: 'interest', of: 'late', fen: 5800n })
    expect(walk([ordered({ valueDay: '2026-03-27' })], lost, law).movements.some(each => each.kind === 'interest' && each.of === 'late')).to.equal(
      false,
    )
    expect(walk([ordered({ valueDay: '2026-05-27' })], due).movements.some(each => each.kind === 'interest' && each.of === 'late')).to.equal(false)
  })
  it('does not wait for a calendar while it is early, and does not guess when it may be late', () => {
    const law = context({ section: { ...section, law: 'procurement' }, now: new Date('2026-12-31T00:00:00Z') })
    const lost = walk([arrival(), tell(decided({ cause: 'lost' }), { at: '2026-12-30T02:00:00.000Z' })], undefined, law).bond
    expect(walk([ordered({ valueDay: '2027-01-04' })], lost, law).bond.state).to.equal('returning')
    expect(codeOf(() => walk([ordered({ valueDay: '2027-01-05' })], lost, law))).to.equal('calendar_not_covered')
  })
})

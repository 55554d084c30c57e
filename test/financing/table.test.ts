import { expect } from 'chai'
import type { FinancingFact } from '../../server/financing/state/events.ts'
import { step } from '../../server/financing/state/step.ts'
import type { Financing } from '../../server/storage/stores-financing.ts'
import { codeOf } from '../bonds/stage.ts'
import { ASKED, accepted, application, declined, NOW, offered, progress, tell, UNTIL, walk } from './stage.ts'

/** Every state of a bank's part with every event: the state of both banks' parts that it leads to, or the refusal. */
const states: Record<string, () => Financing> = {
  applied: () => application(),
  offered: () => walk([offered()]),
  declined: () => walk([declined()]),
  withdrawn: () => walk([{ kind: 'withdrawn' }]),
  accepted: () => walk([offered(), accepted()]),
  approved: () => walk([offered(), accepted(), progress('approved')]),
  signed: () => walk([offered(), accepted(), progress('approved'), progress('signed')]),
  'paid-out': () => walk([offered(), accepted(), progress('approved'), progress('signed'), progress('paid-out')]),
  refused: () => walk([offered(), accepted(), progress('refused')]),
  closed: () => walk([offered(), offered('icbc'), accepted('icbc')]),
}
const events: Record<string, FinancingFact> = {
  offered: offered('ccb', { serial: 'O-2' }),
  declined: declined(),
  accepted: accepted(),
  approved: progress('approved'),
  signed: progress('signed'),
  'paid-out': progress('paid-out'),
  refused: progress('refused'),
  withdrawn: { kind: 'withdrawn' },
}
/** in the order of the events above, each as `ccb/icbc`; `-` is the refusal `financing_wrong_state` */
const table: Record<string, string> = {
  applied: 'offered/applied declined/applied - - - - - withdrawn/withdrawn',
  offered: 'offered/applied declined/applied accepted/closed - - - - withdrawn/withdrawn',
  declined: '- - - - - - - declined/withdrawn',
  withdrawn: '- - - - - - - -',
  accepted: '- - - approved/closed signed/closed paid-out/closed refused/closed -',
  approved: '- - - - signed/closed paid-out/closed refused/closed -',
  signed: '- - - - - paid-out/closed refused/closed -',
  'paid-out': '- - - - - - - -',
  refused: '- - - - - - - -',
  closed: '- - - - - - - -',
}

describe('every state of financing with every event', () => {
  it('stands in the table', () => {
    expect(Object.keys(table)).to.deep.equal(Object.keys(states))
    for (const row of Object.values(table)) expect(row.split(' ')).to.have.length(Object.keys(events).length)
  })
  for (const [name, make] of Object.entries(states)) {
    it(name, () => {
      const outcomes = Object.entries(events).map(([kind, fact]) => {
        let next = ''
        const refusal = codeOf(() => {
          const { cases } = step(make(), tell(fact, { key: `again-${kind}` }), new Date(NOW)).financing
          next = cases.map(({ state }) => state).join('/')
        })
        if (refusal === 'done') return next
        return refusal === 'financing_wrong_state' ? '-' : refusal
      })
      expect(outcomes.join(' ')).to.equal(table[name])
    })
  }
})

describe('an application for financing', () => {
  const refusal = (financing: Financing, fact: FinancingFact, more: { key?: string; at?: string; now?: string } = {}) =>
    codeOf(() => step(financing, tell(fact, more), new Date(more.now ?? NOW)))

  it('takes no offer at the very moment it is over, and none after', () => {
    const [last, over] = [new Date(Date.parse(UNTIL) - 1).toISOString(), UNTIL]
    expect(refusal(walk([offered()]), accepted(), { now: last })).to.equal('done')
    expect(refusal(walk([offered()]), accepted(), { now: over })).to.equal('financing_offer_over')
    expect(refusal(application(), offered('ccb', { validUntil: NOW }))).to.equal('financing_offer_invalid')
  })

  it('accepts the offer that was seen, not the one that replaced it', () => {
    const replaced = walk([offered(), offered('ccb', { serial: 'O-2', rateMillionths: 99_000 })])
    expect(refusal(replaced, accepted('ccb', 'O-1'))).to.equal('financing_offer_changed')
    expect(refusal(replaced, accepted('ccb', 'O-2'))).to.equal('done')
  })

  it('is offered no more than was asked', () => {
    expect(refusal(application(), offered('ccb', { fen: ASKED + 1n }))).to.equal('financing_offer_invalid')
  })

  it('counts an event once, and refuses its number for anything else', () => {
    const once = step(application(), tell(offered(), { key: 'S-1' }), new Date(NOW)).financing
    const again = step(once, tell(offered('ccb', { message: 'ccb/2' }), { key: 'S-1' }), new Date(NOW))
    expect([again.repeated, again.financing]).to.deep.equal([true, once])
    expect(refusal(once, offered('ccb', { rateMillionths: 1 }), { key: 'S-1' })).to.equal('financing_event_conflict')
    expect(refusal(once, offered(), { key: 'S-1', at: UNTIL })).to.equal('financing_event_conflict')
  })

  it('takes what a bank says late, and goes no step back for it', () => {
    const signed = walk([offered(), accepted(), progress('signed')])
    const late = walk([progress('approved')], signed)
    expect(late.cases[0]?.state).to.equal('signed')
    expect(late.cases[0]?.progress.map(({ stage }) => stage)).to.deep.equal(['signed', 'approved'])
    expect(refusal(walk([offered(), accepted(), progress('paid-out')]), progress('refused'))).to.equal('financing_wrong_state')
  })

  it('is no business of a bank that was not asked', () => {
    expect(refusal(application(), offered('abc'))).to.equal('financing_wrong_state')
  })
})

import { expect } from 'chai'
import type { GuaranteeFact } from '../../../server/bonds/guarantees/state/events.ts'
import { step } from '../../../server/bonds/guarantees/state/step.ts'
import type { Guarantee } from '../../../server/storage/stores-guarantees.ts'
import { codeOf } from '../stage.ts'
import {
  accepted,
  application,
  claimed,
  claimPaid,
  contextOf,
  DEMANDED,
  inForce,
  issued,
  offered,
  paper,
  premium,
  tell,
  verified,
  walk,
} from './stage.ts'

/** Every state with every event: the state it leads to, or the refusal. */
const HALF = DEMANDED / 2n
const EXTENDED = '2026-07-31T16:00:00.000Z'
const ask: GuaranteeFact = { kind: 'amendment-asked', amendment: 'amend-1', fen: DEMANDED, validUntil: EXTENDED }

const states: Record<string, () => Guarantee> = {
  applied: () => application(),
  offered: () => walk([offered]).guarantee,
  refused: () => walk([{ kind: 'refused', reason: '授信不足' }]).guarantee,
  withdrawn: () => walk([{ kind: 'withdrawn' }]).guarantee,
  accepted: () => walk([offered, accepted]).guarantee,
  paid: () => walk([offered, accepted, premium]).guarantee,
  'issued, unfit': () => walk([offered, accepted, premium, issued({ fen: 1n }), verified]).guarantee,
  'in-force': () => walk(inForce).guarantee,
  'in-force, amendment asked': () => walk([...inForce, ask]).guarantee,
  claimed: () => walk([...inForce, claimed({ fen: HALF })]).guarantee,
  'claimed to extend or pay': () => walk([...inForce, claimed({ extendTo: EXTENDED }), { kind: 'extend-or-pay', claim: 'claim-1' }]).guarantee,
  drawn: () => walk([...inForce, claimed(), claimPaid()]).guarantee,
  released: () => walk([...inForce, { kind: 'released' }]).guarantee,
  expired: () => walk([...inForce, { kind: 'expired' }]).guarantee,
}

const events: Record<string, GuaranteeFact> = {
  offered,
  refused: { kind: 'refused', reason: '授信不足' },
  withdrawn: { kind: 'withdrawn' },
  accepted,
  premium,
  issued: issued(),
  verified,
  ask,
  amended: { kind: 'amended', amendment: 'amend-1', document: paper({ validUntil: EXTENDED }) },
  extended: { kind: 'amended', amendment: 'claim-1', document: paper({ validUntil: EXTENDED }) },
  'not amended': { kind: 'amendment-refused', amendment: 'amend-1', reason: '不再承保' },
  claimed: claimed({ claim: 'claim-2', fen: HALF }),
  'claim paid': claimPaid(HALF),
  'claim refused': { kind: 'claim-refused', claim: 'claim-1', reason: '单据不符' },
  'extend or pay': { kind: 'extend-or-pay', claim: 'claim-1' },
  answered: { kind: 'extend-or-pay-answered', claim: 'claim-1', choice: 'extend' },
  'non-extension': { kind: 'non-extension', reason: '到期不续' },
  released: { kind: 'released' },
  expired: { kind: 'expired' },
}

/** in the order of the events above; `-` is the refusal `guarantee_wrong_state`, `!` one about amounts */
const table: Record<string, string> = {
  applied: 'offered refused withdrawn - - - - - - - - - - - - - - - expired',
  offered: 'offered refused withdrawn accepted - - - - - - - - - - - - - - expired',
  refused: '- - - - - - - - - - - - - - - - - - -',
  withdrawn: '- - - - - - - - - - - - - - - - - - -',
  accepted: '- refused withdrawn - paid issued - - - - - - - - - - - - expired',
  paid: '- - - - - issued - - - - - - - - - - - - expired',
  'issued, unfit': '- - - - - - issued issued - - - - - - - - issued released expired',
  'in-force': '- - - - - - - in-force - - - claimed - - - - in-force released expired',
  'in-force, amendment asked': '- - - - - - - - in-force - in-force claimed - - - - in-force released expired',
  claimed: '- - - - - - - - - - - claimed in-force in-force - - claimed - -',
  'claimed to extend or pay': '- - - - - - - - - in-force - ! claimed in-force - claimed claimed - -',
  drawn: '- - - - - - - - - - - - - - - - - - -',
  released: '- - - - - - - - - - - - - - - - - - -',
  expired: '- - - - - - - - - - - - - - - - - - -',
}
const SHORT: Record<string, string> = { guarantee_wrong_state: '-', guarantee_amount_wrong: '!' }

describe('every state of a guarantee with every event', () => {
  it('stands in the table', () => {
    expect(Object.keys(table)).to.deep.equal(Object.keys(states))
    for (const row of Object.values(table)) expect(row.split(' ')).to.have.length(Object.keys(events).length)
  })
  for (const [name, make] of Object.entries(states)) {
    it(name, () => {
      const outcomes = Object.values(events).map(fact => {
        let state = ''
        const refusal = codeOf(() => {
          state = step(make(), tell(fact), contextOf(fact)).guarantee.state
        })
        return refusal === 'done' ? state : (SHORT[refusal] ?? refusal)
      })
      expect(outcomes.join(' ')).to.equal(table[name])
    })
  }
})

import fc from 'fast-check'
import type { Ledger } from '../../../server/bonds/ledger/ledger.ts'
import * as move from '../../../server/bonds/ledger/movements.ts'
import { CNY, factsOf } from '../../suites/ledger-storage.ts'
import { codeOf } from '../../suites/storage.ts'

/** Random histories of a few bonds. What is asked in one moment is asked at once, ordered by its keys as one statement takes it; what was asked before may be asked again, word for word or under its key with something else. */
interface Ask {
  what:
    | 'receive'
    | 'stray'
    | 'match'
    | 'interest'
    | 'refund'
    | 'settle'
    | 'forfeit'
    | 'perform'
    | 'charge'
    | 'payout'
    | 'hold'
    | 'post'
    | 'part'
    | 'void'
    | 'expire'
    | 'reverse'
    | 'again'
    | 'reuse'
  bond: 0 | 1
  amount: bigint
  /** which of what was asked before */
  which: number
}
export interface Moment {
  asks: readonly Ask[]
  /** milliseconds that pass before it */
  wait: number
}

const ask: fc.Arbitrary<Ask> = fc.record({
  what: fc.constantFrom(
    'receive',
    'receive',
    'stray',
    'match',
    'interest',
    'refund',
    'settle',
    'forfeit',
    'perform',
    'charge',
    'payout',
    'hold',
    'hold',
    'post',
    'part',
    'void',
    'expire',
    'reverse',
    'again',
    'reuse',
  ),
  bond: fc.constantFrom(0, 1),
  amount: fc.bigInt({ min: 1n, max: 9n }),
  which: fc.nat(1000),
})
export const histories: fc.Arbitrary<Moment[]> = fc.array(
  fc.record({ asks: fc.array(ask, { minLength: 1, maxLength: 5 }), wait: fc.constantFrom(0, 0, 0, 2000, 6000) }),
  { minLength: 4, maxLength: 12 },
)

type Call = (ledger: Ledger) => Promise<{ again: boolean }>
export interface Asked {
  key: string
  call: Call
}

/** @param name of the history, in every key and owner @param now when it is asked @param before all that was asked in it, which this adds to */
export function callsOf(name: string, { asks }: Moment, now: Date, before: Asked[]): Asked[] {
  const earlier = [...before]
  const picked = (which: number) => earlier[which % Math.max(1, earlier.length)]
  const calls = asks.map(({ what, bond, amount, which }): Asked => {
    const old = picked(which)
    if (what === 'again' && old !== undefined) return old
    const key = what === 'reuse' && old !== undefined ? old.key : `${name}-${String(before.length).padStart(6, '0')}`
    const facts = { ...factsOf(key), ...CNY }
    const at = { owner: `${name}-bond-${bond}`, bank: 'ccb' }
    const stray = { owner: `${name}-stray`, bank: 'ccb' }
    const other = old?.key ?? 'none'
    const two = { key: other, reason: 'test', askedBy: 'p1', agreedBy: 'p2' }
    const { currency: _, ...plain } = facts
    const calls: Record<Ask['what'], Call> = {
      receive: ledger => ledger.post(facts, move.receipt(at, amount, 'bond')),
      stray: ledger => ledger.post(facts, move.receipt(stray, amount, 'suspense')),
      match: ledger => ledger.post(facts, move.match('ccb', { receipt: stray.owner }, { bond: at.owner }, amount)),
      interest: ledger => ledger.post(facts, move.interest(at, amount)),
      refund: ledger => ledger.post(facts, move.refund(at, { bond: amount })),
      settle: ledger => ledger.post(facts, move.refund(at, { bond: amount, interest: 1n }, { forfeited: 1n })),
      forfeit: ledger => ledger.post(facts, move.forfeit(at, amount)),
      perform: ledger => ledger.post(facts, move.perform(at, amount)),
      charge: ledger => ledger.post(facts, move.charge(at, amount)),
      payout: ledger => ledger.post(facts, move.payout(at, 'forfeited', amount)),
      hold: ledger => ledger.hold({ ...facts, expiresAt: new Date(now.getTime() + 5000).toISOString() }, move.refund(at, { bond: amount })),
      post: ledger => ledger.postHold(plain, other),
      part: ledger => ledger.postHold(plain, other, move.refund(at, { bond: amount })),
      void: ledger => ledger.voidHold(plain, other),
      expire: ledger => ledger.expireHold(plain, other),
      reverse: ledger => ledger.reverse(plain, two),
      again: ledger => ledger.post(facts, move.receipt(at, amount, 'bond')),
      reuse: ledger => ledger.post(facts, move.receipt(at, amount + 100n, 'bond')),
    }
    const asked = { key, call: calls[what] }
    before.push(asked)
    return asked
  })
  return calls.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
}

/** what each call of one moment came to: booked, again, or the refusal's code */
export const outcomesOf = (ledger: Ledger, calls: readonly Asked[]): Promise<string[]> =>
  Promise.all(calls.map(({ call }) => call(ledger).then(({ again }) => (again ? 'again' : 'booked'), codeOf)))

import { expect } from 'chai'
import fc from 'fast-check'
import { isOver } from '../../../server/bonds/guarantees/state/context.ts'
import type { GuaranteeEvent, GuaranteeFact } from '../../../server/bonds/guarantees/state/events.ts'
import { step } from '../../../server/bonds/guarantees/state/step.ts'
import type { Guarantee } from '../../../server/storage/stores-guarantees.ts'
import {
  AFTER,
  accepted,
  application,
  at,
  BEFORE,
  claimed,
  DEADLINE,
  DEMANDED,
  issued,
  OVER,
  offered,
  paper,
  premium,
  tell,
  VALID_UNTIL,
  verified,
} from './stage.ts'

/** Whole lives of a guarantee, told in any order, doubled and retold, held against what a beneficiary would demand of it. */
const HISTORIES = Number(process.env['GUARANTEE_HISTORIES'] ?? 2000)

type Machine = typeof step
const reached = new Set<string>()
const STATES = ['offered', 'accepted', 'paid', 'issued', 'in-force', 'claimed', 'drawn', 'released', 'expired', 'refused', 'withdrawn']
const amount = fc.oneof(fc.constant(DEMANDED), fc.constant(DEMANDED / 2n), fc.bigInt(1n, DEMANDED * 2n))
const until = fc.constantFrom(VALID_UNTIL, '2026-06-08T15:59:59.999Z', '2026-07-31T16:00:00.000Z')
const claimId = fc.constantFrom('claim-1', 'claim-2', 'claim-3')
const documents = fc.record({ fen: amount, validUntil: until, textSm3: fc.constantFrom('text-1', 'text-1', 'text-1', 'text-2') }).map(paper)
const plain = [offered, accepted, premium, issued(), verified]

const fact: fc.Arbitrary<GuaranteeFact> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...plain) },
  { weight: 1, arbitrary: fc.constantFrom<GuaranteeFact>({ kind: 'refused', reason: '授信不足' }, { kind: 'withdrawn' }) },
  { weight: 1, arbitrary: documents.map((document): GuaranteeFact => ({ kind: 'issued', document })) },
  {
    weight: 2,
    arbitrary: fc
      .record({ fen: amount, validUntil: until })
      .map((asked): GuaranteeFact => ({ kind: 'amendment-asked', amendment: 'amend-1', ...asked })),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({ amendment: fc.constantFrom('amend-1', 'claim-1', 'claim-2'), document: documents })
      .map((answer): GuaranteeFact => ({ kind: 'amended', ...answer })),
  },
  { weight: 1, arbitrary: fc.constant<GuaranteeFact>({ kind: 'amendment-refused', amendment: 'amend-1', reason: '不再承保' }) },
  {
    weight: 5,
    arbitrary: fc
      .record({
        claim: claimId,
        fen: amount,
        winner: fc.constantFrom(true, true, false),
        ground: fc.constantFrom('contract-refused', 'revoked-after-deadline'),
        extendTo: fc.constantFrom(undefined, '2026-07-31T16:00:00.000Z'),
      })
      .map(({ extendTo, ...rest }) => claimed({ ...rest, ...(extendTo === undefined ? {} : { extendTo }) })),
  },
  {
    weight: 4,
    arbitrary: fc.record({ claim: claimId, fen: amount }).map((paid): GuaranteeFact => ({ kind: 'claim-paid', serial: 'C', ...paid })),
  },
  { weight: 2, arbitrary: claimId.map((claim): GuaranteeFact => ({ kind: 'claim-refused', claim, reason: '单据不符' })) },
  { weight: 1, arbitrary: claimId.map((claim): GuaranteeFact => ({ kind: 'extend-or-pay', claim })) },
  { weight: 1, arbitrary: claimId.map((claim): GuaranteeFact => ({ kind: 'extend-or-pay-answered', claim, choice: 'extend' })) },
  { weight: 1, arbitrary: fc.constantFrom<GuaranteeFact>({ kind: 'non-extension', reason: '到期不续' }, { kind: 'released' }, { kind: 'expired' }) },
)

interface Told {
  event: GuaranteeEvent
  now: string
}
const NOWS = [BEFORE, BEFORE, '2026-03-08T02:00:00.000Z', DEADLINE, AFTER, AFTER, OVER, '2026-08-31T00:00:00.000Z']
/** a course that mostly succeeds, then anything, then doubled and moved about */
const history = fc
  .tuple(
    fc.boolean(),
    fc.array(fc.tuple(fact, fc.nat(30), fc.nat(NOWS.length - 1)), { minLength: 1, maxLength: 25 }),
    fc.array(fc.nat(30), { maxLength: 12 }),
    fc.array(fc.tuple(fc.nat(30), fc.nat(30)), { maxLength: 8 }),
  )
  .map(([begun, facts, again, swaps]): Told[] => {
    const told = [
      ...(begun ? plain.map((one, i) => ({ event: tell(one, { key: `plain-${i}` }), now: BEFORE })) : []),
      ...facts.map(([one, key, when]) => ({ event: tell(one, { key: `k${key}` }), now: NOWS[when] ?? BEFORE })),
    ]
    const doubled = [...told, ...again.flatMap(i => told[i] ?? [])]
    for (const [from, to] of swaps) {
      const moved = doubled.splice(from, 1)
      doubled.splice(to, 0, ...moved)
    }
    return doubled
  })

function play(told: readonly Told[], machine: Machine): void {
  let guarantee = application()
  const seen = new Map<string, string>()
  let paid = 0n
  for (const { event, now } of told) {
    const next = attempt(() => machine(guarantee, event, at(now)))
    if (next === undefined) continue
    const words = JSON.stringify({ ...event, key: '', evidence: [] }, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
    const before = seen.get(event.key)
    if (before !== undefined) {
      expect(before, 'in other words').to.equal(words)
      expect(next.guarantee, 'counted twice').to.deep.equal(guarantee)
      continue
    }
    seen.set(event.key, words)
    if (isOver(guarantee)) expect(next.guarantee.state, 'what is over stays so').to.equal(guarantee.state)
    if (event.kind === 'claim-paid') paid += event.fen
    if (event.kind === 'claimed') {
      expect(now >= DEADLINE, 'claimed after the opening').to.equal(true)
      expect(now < (guarantee.document?.validUntil ?? ''), 'claimed within validity').to.equal(true)
    }
    if (event.kind === 'expired') expect(now >= (guarantee.document?.validUntil ?? '2026-03-06T00:00:00.000Z'), 'not before its end').to.equal(true)
    guarantee = next.guarantee
    reached.add(guarantee.state)
    holds(guarantee)
    expect(
      guarantee.claims.reduce((sum, { paidFen }) => sum + paidFen, 0n),
      'what was paid',
    ).to.equal(paid)
  }
}

function holds({ state, document, claims, asked }: Guarantee): void {
  const fen = document?.fen ?? 0n
  expect(claims.reduce((sum, each) => sum + (each.state === 'demanded' ? each.fen : each.paidFen), 0n) <= fen, 'within the amount').to.equal(true)
  expect(
    claims.every(each => each.paidFen <= each.fen && (each.paidFen === each.fen) === (each.state === 'paid')),
    'each within itself',
  ).to.equal(true)
  expect(
    claims.some(each => each.state === 'demanded'),
    'open claims',
  ).to.equal(state === 'claimed')
  if (['in-force', 'claimed', 'drawn'].includes(state)) {
    expect(fen >= asked.fen && document?.textSm3 === asked.textSm3 && document.validUntil >= asked.validUntil, 'fit').to.equal(true)
  }
}

function attempt(work: () => { guarantee: Guarantee }): { guarantee: Guarantee } | undefined {
  try {
    return work()
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && /^(bond|guarantee)_/.test(String(thrown.code))) return undefined
    throw thrown
  }
}

describe(`${HISTORIES} histories of a guarantee`, () => {
  const check = (machine: Machine) =>
    fc.check(
      fc.property(history, one => play(one, machine)),
      { numRuns: HISTORIES },
    )

  it('keep what the beneficiary relies on', function () {
    this.timeout(600_000)
    fc.assert(
      fc.property(history, one => play(one, step)),
      { numRuns: HISTORIES },
    )
    // what is rare takes more of them
    for (let more = 0; more < 20 && STATES.some(state => !reached.has(state)); more++)
      fc.assert(
        fc.property(history, one => play(one, step)),
        { numRuns: HISTORIES },
      )
    expect([...reached]).to.include.members(STATES)
  })

  const naive: Record<string, Machine> = {
    'forgets what it has counted': (guarantee, event, context) => step({ ...guarantee, counted: {} }, event, context),
    'believes a document without looking': (guarantee, event, context) => {
      const taken = step(guarantee, event, context)
      return event.kind === 'verified' ? { ...taken, guarantee: { ...taken.guarantee, state: 'in-force' } } : taken
    },
    'has no opening': (guarantee, event, context) =>
      step(guarantee, event, { ...context, section: context.section && { ...context.section, opensAt: '2000-01-01T00:00:00.000Z' } }),
  }
  for (const [sentence, machine] of Object.entries(naive)) {
    it(`find out a machine that ${sentence}`, function () {
      this.timeout(600_000)
      expect(check(machine).failed).to.equal(true)
    })
  }
})

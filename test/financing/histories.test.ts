import { expect } from 'chai'
import fc from 'fast-check'
import type { FinancingEvent, FinancingFact } from '../../server/financing/state/events.ts'
import { acceptedOf, step } from '../../server/financing/state/step.ts'
import type { CaseState, Financing } from '../../server/storage/stores-financing.ts'
import { ASKED, accepted, application, declined, NOW, offered, progress, tell, UNTIL } from './stage.ts'

/** Whole lives of an application, told in any order, doubled and retold, held against what a company and its banks rely on. */
const HISTORIES = Number(process.env['FINANCING_HISTORIES'] ?? 2000)

type Machine = typeof step
const bank = fc.constantFrom('ccb', 'icbc')
const serial = fc.constantFrom('O-1', 'O-2')
const validUntil = fc.constantFrom(UNTIL, UNTIL, '2026-06-03T00:00:00.000Z')
const stage = fc.constantFrom('approved' as const, 'signed' as const, 'paid-out' as const, 'refused' as const)
const fact: fc.Arbitrary<FinancingFact> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .record({ bank, serial, validUntil, fen: fc.constantFrom(ASKED, ASKED, ASKED + 1n) })
      .map(({ bank: of, ...more }) => offered(of, more)),
  },
  { weight: 1, arbitrary: bank.map(declined) },
  { weight: 4, arbitrary: fc.tuple(bank, serial).map(([of, number]) => accepted(of, number)) },
  { weight: 5, arbitrary: fc.tuple(stage, bank).map(([at, of]) => progress(at, of)) },
  { weight: 1, arbitrary: fc.constant<FinancingFact>({ kind: 'withdrawn' }) },
)
const NOWS = [NOW, NOW, '2026-06-02T00:00:00.000Z', '2026-06-04T00:00:00.000Z', UNTIL]
interface Told {
  event: FinancingEvent
  now: string
}
const history = fc
  .tuple(fc.array(fc.tuple(fact, fc.nat(30), fc.nat(NOWS.length - 1)), { minLength: 1, maxLength: 25 }), fc.array(fc.nat(30), { maxLength: 10 }))
  .map(([facts, again]): Told[] => {
    const told = facts.map(([one, key, when]) => ({ event: tell(one, { key: `k${key}` }), now: NOWS[when] ?? NOW }))
    return [...told, ...again.flatMap(i => told[i] ?? [])]
  })

const reached = new Set<CaseState>()
const STATES: CaseState[] = ['applied', 'offered', 'declined', 'withdrawn', 'closed', 'accepted', 'approved', 'signed', 'paid-out', 'refused']
const FINAL: readonly CaseState[] = ['declined', 'withdrawn', 'closed', 'refused', 'paid-out']

function play(told: readonly Told[], machine: Machine): void {
  let financing = application()
  const seen = new Map<string, string>()
  for (const { event, now } of told) {
    const next = attempt(() => machine(financing, event, new Date(now)).financing)
    if (next === undefined) continue
    const words = JSON.stringify(event, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
    const before = seen.get(event.key)
    if (before !== undefined) {
      expect(before, 'in other words').to.equal(words)
      expect(next, 'counted twice').to.deep.equal(financing)
      continue
    }
    seen.set(event.key, words)
    holds(financing, next, event, now)
    financing = next
  }
}

function holds(was: Financing, is: Financing, event: FinancingEvent, now: string): void {
  const won = acceptedOf(was)
  for (const [i, one] of is.cases.entries()) {
    const before = was.cases[i]
    reached.add(one.state)
    if (before !== undefined && FINAL.includes(before.state)) expect(one.state, 'what is over stays so').to.equal(before.state)
    expect(new Set(one.progress.map(each => each.stage)).size, 'a stage twice').to.equal(one.progress.length)
    if (one.offer !== undefined) expect(one.offer.fen <= ASKED, 'no more than was asked').to.equal(true)
  }
  if (won !== undefined) expect(acceptedOf(is)?.bank, 'one is accepted and stays so').to.equal(won.bank)
  if (event.kind !== 'accepted') return
  const offer = was.cases.find(each => each.bank === event.bank)?.offer
  expect(offer?.serial, 'the offer that was seen').to.equal(event.serial)
  expect(now < (offer?.validUntil ?? ''), 'accepted in time').to.equal(true)
  expect(
    is.cases.some(({ state }) => state === 'applied' || state === 'offered'),
    'nobody else waits',
  ).to.equal(false)
}

function attempt(work: () => Financing): Financing | undefined {
  try {
    return work()
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && String(thrown.code).startsWith('financing_')) return undefined
    throw thrown
  }
}

describe(`${HISTORIES} histories of financing`, () => {
  const property = (machine: Machine) => fc.property(history, one => play(one, machine))

  it('keep what a company and its banks rely on', function () {
    this.timeout(600_000)
    fc.assert(property(step), { numRuns: HISTORIES })
    // what is rare takes more of them
    for (let more = 0; more < 20 && STATES.some(state => !reached.has(state)); more++) fc.assert(property(step), { numRuns: HISTORIES })
    expect([...reached]).to.have.members(STATES)
  })

  const naive: Record<string, Machine> = {
    'forgets what it has counted': (financing, event, now) => step({ ...financing, counted: {} }, event, now),
    'has no clock': (financing, event) => step(financing, event, new Date(NOW)),
    'lets the others wait': (financing, event, now) => {
      const taken = step(financing, event, now)
      if (event.kind !== 'accepted' || taken.repeated) return taken
      const cases = taken.financing.cases.map((one, i) => (one.state === 'closed' ? { ...one, state: financing.cases[i]?.state ?? one.state } : one))
      return { ...taken, financing: { ...taken.financing, cases } }
    },
  }
  for (const [sentence, machine] of Object.entries(naive)) {
    it(`find out a machine that ${sentence}`, function () {
      this.timeout(600_000)
      expect(fc.check(property(machine), { numRuns: HISTORIES }).failed).to.equal(true)
    })
  }
})

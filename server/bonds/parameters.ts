import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Trail } from '../audit/events.ts'
import type { Clock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { readJson } from '../storage/json.ts'
import type { BondParameter, BondParameterStore } from '../storage/stores-bonds.ts'
import { type BankTimes, bankTimes } from './calendar/bank-times.ts'
import { type Calendar, createCalendar, KNOWN_YEARS } from './calendar/calendar.ts'
import { readDay } from './calendar/day.ts'
import { BENCHMARK_DEPOSIT, BENCHMARK_LOAN, type DatedRate } from './calendar/interest.ts'
import { type CalendarYear, MAX_FILE, readCalendarYear } from './calendar/year.ts'

/**
 * What an operator enters: calendar years, rates, banks' hours. Owns that each entry is a revision that stays, counts from the next question on, and stands in the audit record. Nothing is remembered between
 * questions, so several processes agree.
 */
export interface BondParameters {
  calendar(): Promise<Calendar>
  /** those that come with the platform, and those entered */
  depositRates(): Promise<DatedRate[]>
  loanRates(): Promise<DatedRate[]>
  /** undefined for a bank whose hours nobody entered */
  bankTimes(bank: string): Promise<BankTimes | undefined>
  /**
   * @param text JSON, as docs/bonds.md describes it
   * @param by who enters it
   * @returns the key and the number of the revision
   * @throws BrokerError `calendar_malformed`, `bond_parameter_malformed`, `too_large`
   */
  enter(kind: BondParameter['kind'], text: string, by: string, trace: string): Promise<{ key: string; revision: number }>
}

const rate = z.strictObject({
  from: z.string().transform((text, context) => {
    const day = readDay(text)
    if (day !== undefined) return day
    context.addIssue({ code: 'custom', message: 'not a day such as 2027-01-01' })
    return z.NEVER
  }),
  millionths: z.int().min(0).max(1_000_000),
  basis: z.string().min(1).max(200),
})

export function createBondParameters({ store, clock, audit }: { store: BondParameterStore; clock: Clock; audit: Trail }): BondParameters {
  const bodies = async <T extends object>(kind: BondParameter['kind']): Promise<T[]> =>
    (await store.current(kind)).map(({ body }) => readJson<T>(body))

  return {
    calendar: async () => createCalendar([...KNOWN_YEARS, ...(await bodies<CalendarYear>('calendar'))]),
    depositRates: async () => [...BENCHMARK_DEPOSIT, ...(await bodies<DatedRate>('deposit-rate'))],
    loanRates: async () => [...BENCHMARK_LOAN, ...(await bodies<DatedRate>('loan-rate'))],
    bankTimes: async bank => (await bodies<BankTimes>('bank-times')).find(times => times.bank === bank),
    async enter(kind, text, by, trace) {
      if (text.length > MAX_FILE) throw new BrokerError('too_large', `a file of ${text.length} characters`, { expected: `at most ${MAX_FILE}` })
      const { key, value } = read(kind, text)
      const body = JSON.stringify(value)
      const before = (await store.current(kind)).find(each => each.key === key)
      const revision = (before?.revision ?? 0) + 1
      if (!(await store.add({ kind, key, revision, body, by, at: clock.now().toISOString() })))
        throw new BrokerError('bond_parameter_malformed', 'somebody else entered a revision at the same moment', {
          expected: 'a look at theirs first',
        })
      await audit.append({
        code: 'bond.parameter-added',
        trace,
        facts: { kind, key, revision, by, sm3: createHash('sm3').update(body).digest('hex') },
      })
      return { key, revision }
    },
  }
}

function read(kind: BondParameter['kind'], text: string): { key: string; value: unknown } {
  const json = parse(kind, text)
  if (kind === 'calendar') {
    const value = readCalendarYear(json)
    return { key: String(value.year), value }
  }
  const found = kind === 'bank-times' ? bankTimes.safeParse(json) : rate.safeParse(json)
  if (!found.success)
    throw new BrokerError('bond_parameter_malformed', found.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
  if (kind === 'loan-rate' && 'millionths' in found.data && found.data.millionths % 5 !== 0)
    throw new BrokerError('bond_parameter_malformed', 'a loan rate takes a fifth more without a rest', {
      received: String(found.data.millionths),
      expected: 'a multiple of five',
    })
  return { key: 'bank' in found.data ? found.data.bank : found.data.from, value: found.data }
}

function parse(kind: BondParameter['kind'], text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new BrokerError(kind === 'calendar' ? 'calendar_malformed' : 'bond_parameter_malformed', 'not JSON', { cause })
  }
}

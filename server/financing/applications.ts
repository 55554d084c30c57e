import { notingRefusal } from '../audit/acts.ts'
import type { Authority } from '../kernel/authority.ts'
import { OWN_PAGES } from '../kernel/authority.ts'
import type { ConsentStands, DataSet, UseConsent } from '../kernel/data-consent.ts'
import { BrokerError } from '../kernel/errors.ts'
import { shuffled } from '../kernel/shuffled.ts'
import type { Uscc } from '../kernel/uscc.ts'
import type { Write } from '../storage/stores-effects.ts'
import type { Deal, Financing, FinancingCase, FinancingKind, FinancingRow } from '../storage/stores-financing.ts'
import { type ActDeps, applied } from './acts.ts'
import type { Deals } from './deals.ts'
import { dealPart } from './messages/outgoing.ts'
import { MOST_DAYS } from './messages/parts.ts'
import { message, type Planned, planEvent } from './plan.ts'
import type { Applicant, CreditReportFor, OwnBond } from './ports.ts'
import { type Applied, codeTag, companyTag, eventOf, financingOf, firstLine, newCode, newRow, sourceTag } from './rows.ts'
import type { FinancingEvent } from './state/events.ts'
import { isRunning } from './state/step.ts'

/**
 * What a company does about financing: applies to the banks that it chooses, compares, accepts, follows. Owns that a bank is given what the company consented to and nothing else, that of a bid bond it hears the amount and a
 * random code, and that no bank stands before another.
 */
export interface Applications {
  /** names in the channel of those who take applications now, in a random order each time */
  banks(): string[]
  /** What an application may be for. @throws BrokerError `deal_unknown`, `bond_unknown`, `financing_wrong_state` */
  source(uscc: Uscc, of: Source): Promise<{ deal?: Deal; mostFen: bigint }>
  /**
   * Uses the consents that were given, and tells the banks. Under the id that it has already, it is the answer.
   * @throws BrokerError `financing_running`, `financing_too_many`, `financing_amount_wrong`, `financing_bank_unavailable`, those of `source`, `UseConsent` and `Authority.use`
   */
  apply(by: Applicant, asked: Asked): Promise<Financing>
  /** The very offer that was seen; the others are told that it is over. @throws BrokerError those of state/step.ts, `ConsentStands` and `Authority.use` */
  accept(by: Applicant, id: string, seen: { bank: string; serial: string }): Promise<Financing>
  /** @throws BrokerError `financing_unknown`, `financing_wrong_state` */
  withdraw(by: Applicant, id: string): Promise<Financing>
  /** @throws BrokerError `financing_unknown`, for another company's too */
  one(uscc: Uscc, id: string): Promise<{ financing: Financing; events: (FinancingEvent | Applied)[] }>
  /** At most 100, the next after the last one's id. */
  ofCompany(uscc: Uscc, after?: string): Promise<Financing[]>
}

interface Source {
  kind: FinancingKind
  /** of the deal, or of the bond */
  id: string
}
interface Asked {
  id: string
  source: Source
  banks: readonly string[]
  fen: bigint
  termDays: number
  /** the credit report goes along */
  credit: boolean
  /** of a bond loan, all that its consents and the banks hear of what it is for */
  code: string
}

export interface ApplicationDeps extends ActDeps {
  deals: Deals
  bondOf: OwnBond
  use: Authority['use']
  useConsent: UseConsent
  consentStands: ConsentStands
  creditReport: CreditReportFor
  banks: () => readonly string[]
  centerName: (center: string) => Promise<string>
  /** there are messages to send */
  wake: () => void
}

/** applications for one deal or bond, ever; banks in one; lines of one; applications on a page */
const MOST = 24
export const MOST_BANKS = 8
const LINES = 300
const PAGE = 100
export const DATA_OF = { 'deal-loan': 'deal', 'bond-loan': 'bond.amount' } as const satisfies Record<FinancingKind, DataSet>

export function createApplications(deps: ApplicationDeps): Applications {
  const { store, clock, trail } = deps

  async function mine(uscc: string, id: string): Promise<FinancingRow> {
    const row = await store.forStep(id)
    if (row?.companyTag !== companyTag(deps, uscc)) throw new BrokerError('financing_unknown', 'no application of this company')
    return row
  }
  const source: Applications['source'] = async (uscc, { kind, id }) => {
    if (kind === 'deal-loan') {
      const deal = await deps.deals.one(uscc, id)
      return { deal, mostFen: deal.fen }
    }
    const bond = await deps.bondOf(uscc, id)
    if (!bond.isWaited) throw new BrokerError('financing_wrong_state', 'a bond that is not to be paid any more')
    return { mostFen: bond.fen }
  }
  const power = (by: Applicant, id: string, fen: bigint, once: string) =>
    deps.use(by.actor, { act: 'financing', center: OWN_PAGES, amountFen: Number(fen) }, { reference: id, trace: by.trace, once })

  function demand({ banks, fen, termDays }: Asked, mostFen: bigint): void {
    const open = deps.banks()
    if (banks.length === 0 || banks.length > MOST_BANKS || new Set(banks).size !== banks.length || !banks.every(bank => open.includes(bank)))
      throw new BrokerError('financing_bank_unavailable', 'no bank, too many, or one that takes no applications')
    if (fen <= 0n || fen > mostFen || !Number.isInteger(termDays) || termDays < 1 || termDays > MOST_DAYS)
      throw new BrokerError('financing_amount_wrong', 'more than it is for, or nothing', {
        received: `${fen} fen, ${termDays} days`,
        expected: `to ${mostFen} fen`,
      })
  }
  async function earlier(id: string): Promise<number> {
    const before = (await store.forSource(sourceTag(deps, id), MOST)).map(row => financingOf(row, deps))
    if (before.some(isRunning)) throw new BrokerError('financing_running', 'one for this is under way')
    if (before.length >= MOST) throw new BrokerError('financing_too_many', `${before.length} applications`)
    return before.length
  }

  /** What a bank is given, each by a use of its consent; the next is not asked where one is missing. */
  async function give(by: Applicant, asked: Asked, project: string, bank: string) {
    const { uscc } = by.membership
    const dataSet = DATA_OF[asked.source.kind]
    const reference = `financing:${asked.id}:${bank}:${by.trace}`
    const used = await deps.useConsent({ uscc, recipient: bank, dataSet, purpose: 'financing', project, reference }, by.trace)
    const given = [{ dataSet: dataSet as string, consent: used.consent, use: used.number }]
    if (!asked.credit) return { given }
    const report = await deps.creditReport({ uscc, recipient: bank, project }, by.trace)
    return { given: [...given, { dataSet: 'credit.bid', consent: report.consent, use: report.use }], creditReport: report.document }
  }

  async function apply(by: Applicant, asked: Asked): Promise<Financing> {
    const { uscc, enterpriseName: name } = by.membership
    if ((await store.forStep(asked.id)) !== undefined) return financingOf(await mine(uscc, asked.id), deps)
    const { deal, mostFen } = await source(uscc, asked.source)
    demand(asked, mostFen)
    await earlier(asked.source.id)
    await power(by, asked.id, asked.fen, `financing:${asked.id}`)
    const project = deal?.project ?? asked.code
    const parts = new Map<string, Awaited<ReturnType<typeof give>>>()
    for (const bank of asked.banks) parts.set(bank, await give(by, asked, project, bank))
    const at = clock.now().toISOString()
    const center = deal === undefined ? '' : await deps.centerName(deal.center)

    let isOurs = false
    async function plan(): Promise<Planned> {
      // sent twice at one moment, the other may have been faster: that is the answer
      isOurs = (await store.forStep(asked.id)) === undefined
      if (!isOurs) return { lock: asked.source.id, writes: [], financing: financingOf(await mine(uscc, asked.id), deps), lines: [] }
      const place = await earlier(asked.source.id)
      const cases = asked.banks.map((bank): FinancingCase => {
        const given = parts.get(bank)?.given ?? []
        return { bank, code: newCode(), state: 'applied', given, progress: [] }
      })
      const financing: Financing = {
        ...{ id: asked.id, version: 1, kind: asked.source.kind, company: { uscc, name }, source: asked.source.id, project },
        ...{ fen: asked.fen, termDays: asked.termDays, appliedAt: at, cases, counted: {} },
      }
      const line = firstLine(financing, place, { kind: 'applied', at, banks: asked.banks }, deps)
      const told = cases.map(({ bank, code, given }) => {
        const creditReport = parts.get(bank)?.creditReport
        const part = {
          ...{ at, kind: financing.kind, applicant: financing.company, fen: Number(asked.fen), termDays: asked.termDays, given },
          ...(deal === undefined ? {} : { deal: dealPart(deal, center) }),
          ...(creditReport === undefined ? {} : { creditReport }),
        }
        return message(deps, { bank, code, key: 'applied' }, { type: 'financing.applied', part }, by.trace)
      })
      const flows = deal === undefined ? [] : cases.map(one => flowOf(deal, one))
      const row = store.write(
        newRow(financing, deps),
        [line],
        cases.map(({ code }) => codeTag(deps, code)),
      )
      return { lock: asked.source.id, writes: [row, ...flows, ...(await Promise.all(told))], financing, lines: [line] }
    }
    const flowOf = (deal: Deal, { bank, given }: FinancingCase): Write => {
      const [first] = given
      return deps.deals.flowWrite(deal, bank, { kind: 'consent', consent: first?.consent ?? '', use: first?.use ?? 0 }, asked.id, by.trace)
    }

    const made = await applied(deps, by.trace, plan)
    if (!isOurs) return made
    for (const { bank, given } of deal === undefined ? [] : made.cases)
      await trail.append({
        ...{ code: 'deal.flowed', trace: by.trace },
        facts: { deal: deal?.id ?? '', bank, ground: 'consent', consent: given[0]?.consent ?? '', use: given[0]?.use ?? 0 },
      })
    deps.wake()
    return made
  }

  async function act(by: Applicant, id: string, event: FinancingEvent): Promise<Financing> {
    const done = await applied(deps, by.trace, async () => planEvent(deps, { row: await mine(by.membership.uscc, id), event, trace: by.trace }))
    deps.wake()
    return done
  }

  const refusing = <T>(by: Applicant, work: () => Promise<T>): Promise<T> =>
    notingRefusal(trail, 'financing', { by: 'company', trace: by.trace }, work)

  return {
    banks: () => shuffled(deps.banks()),
    source,
    apply: (by, asked) => refusing(by, () => apply(by, asked)),
    accept: (by, id, { bank, serial }) =>
      refusing(by, async () => {
        const financing = financingOf(await mine(by.membership.uscc, id), deps)
        const part = financing.cases.find(each => each.bank === bank)
        // what was accepted before stays so, however often it is told
        if (part?.state === 'offered')
          for (const { consent } of part.given) await deps.consentStands({ consent, recipient: bank, project: financing.project }, by.trace)
        await power(by, id, part?.offer?.fen ?? 0n, `financing-accept:${id}:${bank}:${serial}`)
        return await act(by, id, { kind: 'accepted', key: 'accepted', at: clock.now().toISOString(), bank, serial })
      }),
    withdraw: (by, id) =>
      refusing(by, async () => {
        await power(by, id, financingOf(await mine(by.membership.uscc, id), deps).fen, `financing-withdraw:${id}`)
        return await act(by, id, { kind: 'withdrawn', key: 'withdrawn', at: clock.now().toISOString() })
      }),
    async one(uscc, id) {
      const financing = financingOf(await mine(uscc, id), deps)
      return { financing, events: (await store.lines(id, LINES)).map(line => eventOf(line, id, deps)) }
    },
    ofCompany: async (uscc, after) => (await store.forCompany(companyTag(deps, uscc), PAGE, after)).map(row => financingOf(row, deps)),
  }
}

import { createHash } from 'node:crypto'
import type { Trail } from '../audit/events.ts'
import type { UseConsent } from '../kernel/data-consent.ts'
import { BrokerError } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import type { Uscc } from '../kernel/uscc.ts'
import { writeFenJson } from '../storage/fen-json.ts'
import type { EffectStore, Write } from '../storage/stores-effects.ts'
import type { Deal, DealFlow, FlowGround } from '../storage/stores-financing.ts'
import { dealPart } from './messages/outgoing.ts'
import { message, type PlanDeps } from './plan.ts'
import { companyTag, dealOf, dealRow, flowOf, flowRow, flowTag, newCode, numberTag } from './rows.ts'

/** Deals (成交): reported by the center, told to banks. Owns that a bank is told of none without the company's consent or a ground in law that the center names, and that every telling is written down for the company. */
export interface Deals {
  /** Once for a center's contract number; told again in the same words it is the answer. @throws BrokerError `deal_conflict` */
  report(said: NewDeal, trace: string): Promise<Deal>
  /** @throws BrokerError `deal_unknown`, for another center's too */
  ofCenter(id: string, center: string): Promise<Deal>
  /** A bank is told, once. @throws BrokerError `deal_unknown`, `financing_bank_unavailable`, those of `UseConsent` */
  tell(asked: { id: string; center: string; bank: string; law?: { law: string; article: string } }, trace: string): Promise<DealFlow>
  /** At most 100, the next after the last one's id. */
  ofCompany(uscc: Uscc, after?: string): Promise<Deal[]>
  /** @throws BrokerError `deal_unknown`, for another company's too */
  one(uscc: Uscc, id: string): Promise<Deal>
  /** who was told of it, in order; for whoever may read the deal */
  flows(deal: Deal): Promise<DealFlow[]>
  /** what is written where an application tells a bank */
  flowWrite(deal: Deal, bank: string, ground: FlowGround, via: string, trace: string): Write
}

export type NewDeal = Omit<Deal, 'id' | 'reportedAt'>

export interface DealDeps extends PlanDeps {
  effects: EffectStore
  useConsent: UseConsent
  banks: () => readonly string[]
  centerName: (center: string) => Promise<string>
  /** there are messages to send */
  wake: () => void
  trail: Trail
}

const PAGE = 100
const FLOWS = 200

export function createDeals(deps: DealDeps): Deals {
  const { store, effects, clock, trail } = deps

  async function find(id: string, may: (deal: Deal) => boolean): Promise<Deal> {
    const row = await store.deal(id)
    const deal = row === undefined ? undefined : dealOf(row, deps)
    if (deal === undefined || !may(deal)) throw new BrokerError('deal_unknown', 'no deal of whoever asks')
    return deal
  }
  const ofCenter = (id: string, center: string) => find(id, deal => deal.center === center)
  const flowWrite: Deals['flowWrite'] = (deal, bank, ground, via, trace) => {
    const flow = { dealId: deal.id, bank, ground, at: clock.now().toISOString(), trace }
    return store.flowWrite(flowRow(flow, flowTag(deps, deal.id, bank, via), deps))
  }
  async function flowed(deal: Deal, bank: string): Promise<DealFlow | undefined> {
    const row = await store.flow(flowTag(deps, deal.id, bank, REPORT))
    return row === undefined ? undefined : flowOf(row, deps)
  }

  async function tellBank(deal: Deal, bank: string, ground: FlowGround, trace: string): Promise<void> {
    const part = { at: clock.now().toISOString(), winner: deal.winner, deal: dealPart(deal, await deps.centerName(deal.center)), ground }
    const { writes } = await effects.apply(async () => {
      if ((await flowed(deal, bank)) !== undefined) return { lock: deal.id, writes: [] }
      const told = await message(deps, { bank, code: newCode(), key: deal.id }, { type: 'deal.reported', part }, trace)
      return { lock: deal.id, writes: [flowWrite(deal, bank, ground, REPORT, trace), told] }
    })
    // of two that told it at one moment one did
    if (writes.length === 0) return
    const why = ground.kind === 'law' ? { law: ground.law, article: ground.article } : { consent: ground.consent, use: ground.use }
    await trail.append({ code: 'deal.flowed', trace, facts: { deal: deal.id, bank, ground: ground.kind, ...why } })
    deps.wake()
  }

  return {
    async report(said, trace) {
      const { deal, writes } = await effects.apply(async () => {
        const before = await store.dealByNumber(numberTag(deps, said.center, said.contract))
        if (before === undefined) {
          const made: Deal = { ...said, id: newId(), reportedAt: clock.now().toISOString() }
          return { deal: made, lock: made.id, writes: [store.dealWrite(dealRow(made, deps))] }
        }
        const there = dealOf(before, deps)
        if (wordsOf(there) !== wordsOf(said)) throw new BrokerError('deal_conflict', 'another deal under this contract number')
        return { deal: there, lock: there.id, writes: [] }
      })
      const sm3 = createHash('sm3').update(wordsOf(deal)).digest('hex')
      if (writes.length > 0) await trail.append({ code: 'deal.reported', trace, facts: { center: said.center, deal: deal.id, sm3 } })
      return deal
    },
    ofCenter,
    async tell({ id, center, bank, law }, trace) {
      const deal = await ofCenter(id, center)
      const before = await flowed(deal, bank)
      if (before !== undefined) return before
      if (!deps.banks().includes(bank)) throw new BrokerError('financing_bank_unavailable', 'no bank of this name takes deals')
      const ground: FlowGround = law === undefined ? await byConsent(deps, deal, bank, `deal:${deal.id}`, trace) : { kind: 'law', ...law }
      await tellBank(deal, bank, ground, trace)
      const flow = await flowed(deal, bank)
      if (flow === undefined) throw new Error('a flow that was written is gone')
      return flow
    },
    ofCompany: async (uscc, after) => (await store.dealsOf(companyTag(deps, uscc), PAGE, after)).map(row => dealOf(row, deps)),
    one: (uscc, id) => find(id, deal => deal.winner.uscc === uscc),
    flows: async deal => (await store.flows(deal.id, FLOWS)).map(row => flowOf(row, deps)),
    flowWrite,
  }
}

/** the center's own telling, beside applications */
const REPORT = 'report'

/** Of a bank, one deal is one use, however often it is tried. @throws BrokerError those of `UseConsent` */
async function byConsent(
  { useConsent }: Pick<DealDeps, 'useConsent'>,
  { winner, project }: Deal,
  bank: string,
  reference: string,
  trace: string,
): Promise<Extract<FlowGround, { kind: 'consent' }>> {
  const used = await useConsent({ uscc: winner.uscc as Uscc, recipient: bank, dataSet: 'deal', purpose: 'financing', project, reference }, trace)
  return { kind: 'consent', consent: used.consent, use: used.number }
}

/** What a center says of a deal, in one order. */
const wordsOf = ({ center, winner, project, title, section, fen, contract, signedOn }: NewDeal): string =>
  writeFenJson([center, winner.uscc, winner.name, project, title, section ?? '', fen, contract, signedOn])

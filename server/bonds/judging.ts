import type { Clock } from '../kernel/clock.ts'
import type { Sealing } from '../kernel/sealing.ts'
import { readJson } from '../storage/json.ts'
import type { Bond, BondRow, BondSection, BondStore } from '../storage/stores-bonds.ts'
import { createCalendar } from './calendar/calendar.ts'
import type { BondParameters } from './parameters.ts'
import { type Kept, type Payer, sealKept, sealNames, sealPayer } from './rows.ts'
import type { Tags } from './secrecy/tags.ts'
import type { Context } from './state/context.ts'
import type { BondEvent } from './state/events.ts'

/** What a bond is judged by, and its row after the step. */
export interface JudgingDeps {
  store: Pick<BondStore, 'section' | 'inSlot'>
  parameters: BondParameters
  sealing: Sealing
  tags: Tags
  clock: Clock
}

type Judged = Omit<Context, 'section'> & { section?: BondSection }

/** Only what this event is judged by is read: rates and the calendar are for refunds alone. */
export async function contextFor(
  { store, parameters, tags, clock }: JudgingDeps,
  row: Pick<BondRow, 'id' | 'companyTag'>,
  bond: Bond,
  event: BondEvent,
): Promise<Judged> {
  const sectionId = event.kind === 'assigned' ? event.sectionId : bond.sectionId
  const companyTag = event.kind === 'assigned' ? event.company : row.companyTag
  const [section, slot, rates] = await Promise.all([
    sectionId === undefined ? undefined : store.section(sectionId),
    sectionId === undefined ? undefined : store.inSlot(tags.slot(sectionId, companyTag)),
    event.kind === 'refund-ordered' ? readRates(parameters) : NO_RATES,
  ])
  return { ...(section === undefined ? {} : { section }), occupied: slot !== undefined && slot !== row.id, ...rates, now: clock.now() }
}

async function readRates(parameters: BondParameters): Promise<typeof NO_RATES> {
  const [calendar, depositRates, loanRates] = await Promise.all([parameters.calendar(), parameters.depositRates(), parameters.loanRates()])
  return { calendar, depositRates, loanRates }
}
const NO_RATES: Pick<Context, 'calendar' | 'depositRates' | 'loanRates'> = { calendar: createCalendar([]), depositRates: [], loanRates: [] }

export interface Around {
  event: BondEvent
  /** the one the event is judged in */
  section?: BondSection
  /** to whose key the names are sealed */
  home?: BondSection
  payer?: Payer
}

/** The row after a step: a bond that counts takes its company's place in the section, and money that is assigned moves to the section's key. */
export function nextRow(
  row: BondRow,
  { bond: before, payerBox, ...rest }: Kept,
  bond: Bond,
  { event, section, home, payer }: Around,
  deps: JudgingDeps,
): BondRow {
  const { sealing, tags } = deps
  const companyTag = event.kind === 'assigned' ? event.company : row.companyTag
  const counts = bond.sectionId !== undefined && (bond.finding === 'matched' || bond.guarantee !== undefined)
  // the payer of money beside the bond stands with that
  const paying = payer !== undefined && bond.receipt !== before.receipt
  const label = `payer:${row.id}`
  const paidBy = !paying ? {} : { payer: payerBox === undefined ? sealNames(home, payer, label, sealing) : sealPayer(payerBox, payer, label) }
  const kept = { ...rest, ...(paying || payerBox === undefined ? {} : { payerBox }) }
  const next: BondRow = {
    ...row,
    ...paidBy,
    companyTag,
    ...(counts && bond.sectionId !== undefined ? { slotTag: tags.slot(bond.sectionId, companyTag) } : {}),
    sealed: sealKept({ ...kept, bond }, sealing),
  }
  if (event.kind !== 'assigned' || section === undefined) return next
  const moved = { ...next, placeTag: tags.place(event.sectionId) }
  if (home !== undefined) return moved
  const reseal = (box: string, label: string) => sealNames(section, readJson(sealing.open(box, label).trimEnd()), label, sealing)
  return {
    ...moved,
    sealed: sealKept({ ...kept, bond, home: event.sectionId }, sealing),
    bidder: reseal(row.bidder, `bidder:${row.id}`),
    payer: reseal(row.payer, `payer:${row.id}`),
  }
}

import { createHash } from 'node:crypto'
import { type ConfidentialDeps, confidentialWrite } from '../../channel/confidential-write.ts'
import type { Bond, BondStore } from '../../storage/stores-bonds.ts'
import type { Effect, Write } from '../../storage/stores-effects.ts'
import type { Guarantee, GuaranteeLine, GuaranteeRow, GuaranteeStore } from '../../storage/stores-guarantees.ts'
import { keptOf as keptBond } from '../rows.ts'
import type { BondEvent } from '../state/events.ts'
import type { TaskWrites } from '../task-writes.ts'
import type { Tell } from './messages/outgoing.ts'
import { filled } from './messages/parts.ts'
import { type Hiding, keptOf, lineOf, nextRow } from './rows.ts'
import { refusedOf } from './state/claims.ts'
import type { GuaranteeEvent } from './state/events.ts'
import { step } from './state/step.ts'

/** What follows from an event, as one effect: the guarantee and its lines, the bond that it now stands for, and what its issuer is told. Owns that all of it is stored together; it only reads. */
export interface PlanDeps extends Hiding, ConfidentialDeps {
  store: GuaranteeStore
  bonds: BondStore
  /** the bond's part of it: what a bond's event writes */
  bondPlan: BondPlan
  tasks: Pick<TaskWrites, 'sectionTask'>
}

export type BondPlan = (bondId: string, event: BondEvent, trace: string) => Promise<{ lock: string; writes: readonly Write[] }>

export interface Planned extends Effect {
  /** as it will be; `row` for what follows on it in the same effect */
  guarantee: Guarantee
  row: GuaranteeRow
  /** what is added to its evidence; none where it was told before */
  lines: readonly GuaranteeLine[]
}

/**
 * @param tell what the issuer is told, once it is so
 * @param decides what it says of the bond, where that still is held
 * @throws BrokerError those of state/step.ts and of the bond's machine; `guarantee_issuer_unavailable`
 */
export async function planEvent(
  deps: PlanDeps,
  {
    row,
    event,
    tell,
    decides,
    trace,
  }: { row: GuaranteeRow; event: GuaranteeEvent; tell?: (after: Guarantee) => Tell; decides?: BondEvent; trace: string },
): Promise<Planned> {
  const before = keptOf(row, deps)
  const [section, bondRow, counting] = await Promise.all([
    deps.bonds.section(before.sectionId),
    deps.bonds.forStep(before.bondId),
    deps.bonds.inSlot(deps.tags.slot(before.sectionId, row.companyTag)),
  ])
  const now = deps.clock.now()
  const bond = bondRow === undefined ? undefined : keptBond(bondRow, deps.sealing).bond
  // one bond of a company counts in a section, on whichever of its sub-accounts it came
  const occupied = bond?.state !== 'expected' || (counting !== undefined && counting !== before.bondId)
  const context = { section, occupied, now }
  const nothing = { lock: before.bondId, writes: [], guarantee: before, row, lines: [] }
  const first = step(before, event, context)
  if (first.repeated) return nothing
  const events = [event]
  let after = first.guarantee
  // what was issued, or amended before it stood, is held against the tender at once
  if (after.state === 'issued' && after.document !== undefined && (event.kind === 'issued' || event.kind === 'amended')) {
    const finding = verification(event.key, after.document.sm3, now)
    after = step(after, finding, context).guarantee
    events.push(finding)
  }
  const lines = events.map(each => lineOf(before, each, deps))
  const next = nextRow(row, after, deps, now)
  const writes: Write[] = [deps.store.write(next, lines)]
  const ofBond = bondHears({ before, after, event, bond, decides, now })
  if (ofBond !== undefined) writes.push(...(await deps.bondPlan(before.bondId, ofBond, trace)).writes)
  // an issuer pays long after the names are known
  if (ofBond?.kind === 'guarantee-paid')
    writes.push(deps.tasks.sectionTask({ do: 'conduct', sectionId: before.sectionId, at: now.toISOString(), of: ofBond.key }, now.toISOString()))
  if (tell !== undefined) writes.push(await message(deps, after, event.key, tell(after), trace))
  return { lock: before.bondId, writes, guarantee: after, row: { ...next, version: row.version + lines.length }, lines }
}

const verification = (key: string, sm3: string, now: Date): GuaranteeEvent => ({
  kind: 'verified',
  key: `verified/${key}`,
  at: now.toISOString(),
  evidence: [{ kind: 'document', ref: sm3 }],
})

function stands({ id, way, document }: Guarantee, now: Date): BondEvent {
  if (document === undefined) throw new Error('a guarantee in force has a document')
  const { number, fen, validUntil, sm3 } = document
  const evidence = [{ kind: 'guarantee' as const, ref: sm3 }]
  return { kind: 'guarantee-verified', key: `guarantee/${id}`, at: now.toISOString(), evidence, way, guarantee: { number, fen, validUntil } }
}

/** What the bond hears of its guarantee: that one stands for it now, what was decided with this act, or else what became of the one that stands. One that is unfit stands for nothing, and says nothing of the bond. */
function bondHears(heard: {
  before: Guarantee
  after: Guarantee
  event: GuaranteeEvent
  bond?: Bond | undefined
  decides?: BondEvent | undefined
  now: Date
}) {
  const { before, after, event, bond, decides, now } = heard
  const stood = hasStood(before)
  if (after.state === 'in-force' && !stood) return stands(after, now)
  if (decides !== undefined && stood && bond?.state === 'held') return decides
  if (bond?.guarantee === undefined) return undefined
  // what a decision about the bond asks of its guarantee, the bond knows
  const ofCenter = event.kind === 'claimed' || event.kind === 'released'
  return ofCenter && decides === undefined ? undefined : bondFollows(before, after, event)
}
const hasStood = ({ state }: Guarantee): boolean => state === 'in-force' || state === 'claimed'

function bondFollows(before: Guarantee, after: Guarantee, event: GuaranteeEvent): BondEvent | undefined {
  const { id, document, claims } = after
  if (document === undefined) return undefined
  const { number, fen, validUntil, sm3 } = document
  // short: a bond's box holds the keys of all that happened
  const name = createHash('sm3').update(`${id}/${event.key}`).digest('base64url').slice(0, 16)
  const common = { key: `guarantee/${name}`, at: event.at, evidence: [{ kind: 'guarantee' as const, ref: sm3 }] }
  const refused = refusedOf(after)
  const told = { ...common, ...(refused === undefined ? {} : { refused }) }
  // an issuer may pay late, when its guarantee is over: only one that stood was ever claimed
  if (event.kind === 'claim-paid' && claims.length > 0) return { kind: 'guarantee-paid', ...told, fen: event.fen }
  if (!hasStood(before)) return undefined
  switch (event.kind) {
    case 'amended':
      return { kind: 'guarantee-amended', ...told, guarantee: { number, fen, validUntil } }
    case 'claimed':
      return { kind: 'guarantee-claimed', ...told, ground: event.ground, fen: event.fen }
    case 'claim-refused':
      return { kind: 'guarantee-refused', ...told }
    case 'released':
      return { kind: 'guarantee-released', ...told }
    case 'expired':
      return { kind: 'guarantee-expired', ...common }
    default:
      return undefined
  }
}

/** A message to the issuer, all but the code in its confidential part. No deadline stands beside it: it would say of which section it is. */
export const message = (
  deps: ConfidentialDeps,
  { issuer, code }: Pick<Guarantee, 'issuer' | 'code'>,
  key: string,
  { type, part }: Tell,
  trace: string,
): Promise<Write> =>
  confidentialWrite(
    deps,
    {
      ...{ receiver: issuer, type, trace, open: { code }, part: filled(part) },
      key: createHash('sm3').update(`${type}/${code}/${key}`).digest('hex'),
    },
    'guarantee_issuer_unavailable',
  )

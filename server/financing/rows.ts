import { randomBytes } from 'node:crypto'
import { newId } from '../kernel/ids.ts'
import type { Sealing } from '../kernel/sealing.ts'
import { readFenJson, writeFenJson } from '../storage/fen-json.ts'
import type { Tag } from '../storage/stores-bonds.ts'
import type { Deal, DealFlow, DealFlowRow, DealRow, Financing, FinancingLine, FinancingRow } from '../storage/stores-financing.ts'
import type { FinancingEvent } from './state/events.ts'

/** Between deals, applications and their rows. Owns what a row hides: everything, under tags that show nothing of what they stand for. */
export interface Hiding {
  sealing: Sealing
}

const tag = ({ sealing }: Hiding, of: string, ...parts: readonly string[]): Tag => sealing.code(JSON.stringify(parts), `financing-${of}`)
export const companyTag = (hiding: Hiding, uscc: string): Tag => tag(hiding, 'company', uscc)
export const numberTag = (hiding: Hiding, center: string, contract: string): Tag => tag(hiding, 'deal-number', center, contract)
export const sourceTag = (hiding: Hiding, source: string): Tag => tag(hiding, 'source', source)
export const codeTag = (hiding: Hiding, code: string): Tag => tag(hiding, 'code', code)
/** @param via what made it flow: the center's report, or an application */
export const flowTag = (hiding: Hiding, dealId: string, bank: string, via: string): Tag => tag(hiding, 'flow', dealId, bank, via)

export const newCode = (): string => randomBytes(16).toString('hex')

export const dealRow = (deal: Deal, hiding: Hiding): DealRow => ({
  id: deal.id,
  companyTag: companyTag(hiding, deal.winner.uscc),
  numberTag: numberTag(hiding, deal.center, deal.contract),
  sealed: hiding.sealing.seal(writeFenJson(deal), `deal:${deal.id}`),
})
export const dealOf = ({ id, sealed }: DealRow, { sealing }: Hiding): Deal => readFenJson<Deal>(sealing.open(sealed, `deal:${id}`))

export const flowRow = (flow: Omit<DealFlow, 'id'>, keyTag: Tag, hiding: Hiding): DealFlowRow => ({
  ...{ keyTag, dealId: flow.dealId },
  sealed: hiding.sealing.seal(writeFenJson({ ...flow, id: newId() }), `deal-flow:${keyTag}`),
})
export const flowOf = ({ keyTag, sealed }: DealFlowRow, { sealing }: Hiding): DealFlow =>
  readFenJson<DealFlow>(sealing.open(sealed, `deal-flow:${keyTag}`))

export const financingOf = ({ id, version, sealed }: FinancingRow, { sealing }: Hiding): Financing => ({
  ...readFenJson<Financing>(sealing.open(sealed, `financing:${id}`)),
  version,
})
const sealKept = (financing: Financing, { sealing }: Hiding): string => sealing.seal(writeFenJson(financing), `financing:${financing.id}`)
export const newRow = (financing: Financing, hiding: Hiding): FinancingRow => ({
  ...{ id: financing.id, version: 0 },
  companyTag: companyTag(hiding, financing.company.uscc),
  sourceTag: sourceTag(hiding, financing.source),
  sealed: sealKept(financing, hiding),
})
export const nextRow = (row: FinancingRow, financing: Financing, hiding: Hiding): FinancingRow => ({ ...row, sealed: sealKept(financing, hiding) })

/** What happened, as a line. What a bank numbers counts once for all its applications, an act once for its own. */
export const lineOf = ({ id }: Pick<Financing, 'id'>, event: FinancingEvent, hiding: Hiding): FinancingLine => {
  const theirs = event.kind === 'offered' || event.kind === 'declined' || event.kind === 'progress'
  return { keyTag: tag(hiding, 'event', theirs ? 'bank' : id, event.key), sealed: sealLine(id, event, hiding) }
}
/** Of an application: its place among those for one deal or bond, so that of two at once one is judged anew. */
export const firstLine = ({ id, source }: Financing, place: number, told: Applied, hiding: Hiding): FinancingLine => ({
  keyTag: tag(hiding, 'application', source, String(place)),
  sealed: sealLine(id, told, hiding),
})
export interface Applied {
  kind: 'applied'
  at: string
  banks: readonly string[]
}
export const eventOf = ({ sealed }: FinancingLine, id: string, { sealing }: Hiding): FinancingEvent | Applied =>
  readFenJson(sealing.open(sealed, `financing-event:${id}`))
const sealLine = (id: string, told: object, { sealing }: Hiding): string => sealing.seal(writeFenJson(told), `financing-event:${id}`)

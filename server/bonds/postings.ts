import { hash } from 'node:crypto'
import { chinaDay } from '../kernel/china-time.ts'
import { unreachable } from '../kernel/unreachable.ts'
import type { Bond } from '../storage/stores-bonds.ts'
import type { LedgerLine, LedgerOrder } from '../storage/stores-ledger.ts'
import * as move from './ledger/movements.ts'
import { ordered } from './ledger/order.ts'
import { type BondEvent, digestOf, keyOf } from './state/events.ts'
import type { Movement } from './state/movements.ts'

/** What a step moves, as orders of the ledger. Owns which accounts each movement touches: a bond's own, at the bank where its money came in. */

/**
 * @param bond after the step; of money beside a bond, that money's own
 * @param trace under which it is booked
 * @returns none where no money moved in the ledger: a freeze, a claim, a payment that nobody ordered
 * @throws BrokerError of ledger/order.ts
 */
export function postingsOf(bond: Bond, event: BondEvent, movements: readonly Movement[], trace: string): LedgerOrder[] {
  const { receipt } = bond
  if (receipt === undefined) return []
  const at = { owner: bond.id, bank: receipt.bank }
  const name = hash('sm3', JSON.stringify([bond.id, keyOf(event)]), 'hex').slice(0, 40)
  const evidence = bankNumberOf(event) ?? event.evidence[0]
  const facts = {
    valueOn: valueDayOf(event),
    ...(event.kind === 'money-arrived' ? { bankAt: event.receipt.at } : event.kind === 'refund-paid' ? { bankAt: event.at } : {}),
    evidence: { kind: evidence?.kind ?? event.kind, reference: evidence?.ref ?? name, digest: hash('sm3', digestOf(event), 'hex') },
    trace,
  }
  const post = (key: string, { kind, lines }: move.Movement) => ordered({ ...facts, key, phase: 'post', movement: kind, lines })
  const end = (hold: string, outcome: 'posted' | 'voided') =>
    ordered({ ...facts, key: `${hold}/${outcome}`, phase: 'resolve', movement: '', lines: [], resolves: { hold, outcome } })

  return movements.flatMap((movement, n): LedgerOrder[] => {
    const key = `bond/${name}/${n}`
    switch (movement.kind) {
      case 'received':
        return [post(key, move.receipt(at, movement.fen, movement.into))]
      case 'matched':
        return [post(key, move.assign(at, movement.fen))]
      case 'interest':
        return [post(key, move.interest(at, movement.fen))]
      case 'forfeited':
        return [post(key, move.forfeit(at, movement.fen))]
      case 'to-performance':
        return [post(key, move.perform(at, movement.fen))]
      case 'fee':
        return [post(key, move.charge(at, movement.fen))]
      case 'refund-ordered': {
        const { kind, lines } = move.refund(at, { [bond.finding === 'matched' ? 'bond' : 'suspense']: movement.fen, interest: movement.interestFen })
        return [
          ordered({
            ...facts,
            key: holdOf(movement.order),
            phase: 'hold',
            movement: kind,
            lines: [...lines] satisfies LedgerLine[],
            expiresAt: NEVER,
          }),
        ]
      }
      case 'returned':
        return [end(holdOf(movement.order), 'posted')]
      case 'refund-void':
        return [end(holdOf(movement.order), 'voided')]
      case 'frozen':
      case 'claimed':
      case 'unexplained':
        return []
      default:
        return unreachable(movement)
    }
  })
}

/** A bank's fact is booked under the bank's own number, by which its day file is compared with the ledger; with it the code of who paid. */
function bankNumberOf(event: BondEvent): { kind: string; ref: string } | undefined {
  if (event.kind === 'refund-paid') return { kind: 'bank-receipt', ref: event.serial }
  if (event.kind !== 'money-arrived') return undefined
  const { serial, payerCode } = event.receipt
  return { kind: 'bank-receipt', ref: payerCode === undefined ? serial : `${serial}~${payerCode}` }
}

const holdOf = (order: string): string => `refund/${order}`

/** An order to pay money back holds until the bank says that it did, or could not. */
const NEVER = '9999-01-01T00:00:00.000Z'

function valueDayOf(event: BondEvent): string {
  if (event.kind === 'refund-ordered') return event.valueDay
  return chinaDay(new Date(event.kind === 'money-arrived' ? event.receipt.at : event.at))
}

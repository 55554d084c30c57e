import type { FailureCode } from '../../../server/kernel/errors.ts'
import type { LedgerAccountKind, LedgerAnswer, LedgerLine, LedgerOrder, LedgerStore } from '../../../server/storage/stores-ledger.ts'

/** The ledger in memory, as short as it can be said: what the real one is held against. One order after the other, so nothing can come between. */
export interface Model extends Pick<LedgerStore, 'post'> {
  balance(owner: string, kind: LedgerAccountKind): { posted: bigint; pending: bigint }
}

interface Written {
  order: LedgerOrder
  lines: readonly LedgerLine[]
  ended?: 'posted' | 'voided' | 'expired'
  reversed?: true
}

/** @param naive looks first and writes later, as two statements would: others come between */
export function createModel(now: () => Date, naive = false): Model {
  const written = new Map<string, Written>()
  const accounts = new Map<string, { posted: bigint; pending: bigint }>()
  const account = (owner: string, kind: LedgerAccountKind) => {
    const found = accounts.get(`${owner} ${kind}`) ?? { posted: 0n, pending: 0n }
    accounts.set(`${owner} ${kind}`, found)
    return found
  }
  const isTaken = (line: LedgerLine) => line.side !== line.normal

  function decide({ key, content, resolves, reverses, expiresAt, lines, phase }: LedgerOrder): FailureCode | 'posted' | 'same' {
    const before = written.get(key)
    if (before !== undefined) return before.order.content === content ? 'same' : 'ledger_key_reused'
    if (expiresAt !== undefined && Date.parse(expiresAt) <= now().getTime()) return 'ledger_hold_expired'
    if (resolves !== undefined) {
      const hold = written.get(resolves.hold)
      if (hold?.order.expiresAt === undefined) return 'ledger_hold_unknown'
      if (hold.ended !== undefined) return `ledger_hold_${hold.ended}`
      const over = Date.parse(hold.order.expiresAt) <= now().getTime()
      if (over !== (resolves.outcome === 'expired')) return over ? 'ledger_hold_expired' : 'ledger_hold_not_expired'
      const covered = lines.every(line =>
        hold.lines.some(held => held.owner === line.owner && held.kind === line.kind && held.side === line.side && held.amount >= line.amount),
      )
      return covered ? 'posted' : 'ledger_hold_exceeded'
    }
    const original = reverses && written.get(reverses.key)
    if (reverses && (original === undefined || original.lines.length === 0 || original.order.expiresAt || original.order.reverses))
      return 'ledger_not_reversible'
    if (original?.reversed) return 'ledger_reversed_already'
    const moved = original === undefined ? lines : mirrored(original.lines)
    const short = moved.some(line => isTaken(line) && line.amount > account(line.owner, line.kind).posted - account(line.owner, line.kind).pending)
    return short && phase !== 'resolve' ? 'ledger_insufficient' : 'posted'
  }

  function write(order: LedgerOrder): void {
    const hold = order.resolves && written.get(order.resolves.hold)
    const original = order.reverses && written.get(order.reverses.key)
    if (hold && order.resolves) hold.ended = order.resolves.outcome
    if (original) original.reversed = true
    const whole = order.resolves?.outcome === 'posted' && order.lines.length === 0 ? (hold?.lines ?? []) : order.lines
    const lines = original ? mirrored(original.lines) : whole
    for (const line of hold?.lines ?? []) if (isTaken(line)) account(line.owner, line.kind).pending -= line.amount
    for (const line of lines) {
      const at = account(line.owner, line.kind)
      if (order.phase !== 'hold') at.posted += isTaken(line) ? -line.amount : line.amount
      else if (isTaken(line)) at.pending += line.amount
    }
    written.set(order.key, { order, lines })
  }

  return {
    balance: (owner, kind) => account(owner, kind),
    async post(order): Promise<LedgerAnswer> {
      const outcome = decide(order)
      if (naive) await new Promise(resolve => setImmediate(resolve))
      if (outcome !== 'posted' && outcome !== 'same') return { outcome: 'refused', code: outcome }
      if (outcome === 'posted') write(order)
      return { outcome, journal: 0n, bookedAt: '', bookedOn: '' }
    },
  }
}

const mirrored = (lines: readonly LedgerLine[]): LedgerLine[] => lines.map(line => ({ ...line, side: line.side === 'debit' ? 'credit' : 'debit' }))

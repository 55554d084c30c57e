import { dayBefore } from '../../kernel/china-time.ts'
import { BrokerError } from '../../kernel/errors.ts'
import { pagesOf } from '../../kernel/pages.ts'
import type { LedgerAccount, LedgerAccountKind, LedgerStatementLine, LedgerStore } from '../../storage/stores-ledger.ts'
import { isDay } from './order.ts'

/** One account on one day. Balances stand on the account's own side, fen, and so are never negative. */
export interface Statement {
  account: LedgerAccount
  day: string
  /** what the day before closed with */
  opening: bigint
  closing: bigint
  /** the day is closed: nothing is booked on it any more */
  final: boolean
  /** in their order, read page by page as they are asked for; what is pending moved nothing */
  entries(): AsyncGenerator<LedgerStatementLine>
}

const PAGE = 500

/** @param day YYYY-MM-DD @returns undefined where the owner has no such account @throws BrokerError ledger_malformed: no such day */
export async function statementOf(store: LedgerStore, of: { owner: string; kind: LedgerAccountKind }, day: string): Promise<Statement | undefined> {
  if (!isDay(day)) throw new BrokerError('ledger_malformed', 'a statement is of a day, YYYY-MM-DD')
  const account = await store.account(of.owner, of.kind)
  if (account === undefined) return undefined
  const onItsSide = (balance: bigint) => (account.side === 'debit' ? balance : -balance)
  const before = dayBefore(day)
  const [opening, closing, closed] = await Promise.all([
    store.balanceAfter(account.id, before),
    store.balanceAfter(account.id, day),
    store.closedDay(day),
  ])
  return {
    ...{ account, day, opening: onItsSide(opening), closing: onItsSide(closing), final: closed !== undefined },
    async *entries() {
      for await (const page of pagesOf<LedgerStatementLine>(after => store.statement(account.id, day, after?.version ?? 0n, PAGE), PAGE)) yield* page
    },
  }
}

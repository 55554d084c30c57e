import type { LedgerAccountKind, LedgerSide } from '../../storage/stores-ledger.ts'

/**
 * The accounts that an owner may have, one of each kind, each with the side that its balance stands on. An owner is a bond, or a bank receipt that no bond is known for yet; so no account is shared, and no two
 * bonds ever wait for each other. What a bank or center has in all is summed when it is asked.
 */
export const ACCOUNTS: Readonly<Record<LedgerAccountKind, { normal: LedgerSide; zh: string; en: string }>> = {
  settlement: { normal: 'debit', zh: '银行存款', en: 'with the bank' },
  suspense: { normal: 'credit', zh: '待查来款', en: 'received, not yet matched' },
  bond: { normal: 'credit', zh: '应付投标保证金', en: 'bond owed to the bidder' },
  interest: { normal: 'credit', zh: '应付利息', en: 'interest owed to the bidder' },
  forfeited: { normal: 'credit', zh: '没收保证金', en: 'forfeited' },
  performance: { normal: 'credit', zh: '履约保证金', en: 'performance bond' },
  fee: { normal: 'credit', zh: '服务费', en: 'fees' },
}

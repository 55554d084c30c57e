import { createHash } from 'node:crypto'
import type { DifferenceKind } from '../../bank-adapters/reconciliation/difference.ts'
import { BrokerError } from '../kernel/errors.ts'
import type { ReconciliationCase } from '../storage/stores-reconciliation.ts'
import type { Words } from '../web/words.ts'
import type { Desk } from './desk.ts'

/** Differences that wait for a person. Owns what is proposed for each kind, and that a resolution has a name, a note and evidence; money is corrected by the ledger's own reversals and postings alone. */
export const proposals: Readonly<Record<DifferenceKind, Words>> = {
  'bank-only': {
    zh: '银行有、平台无：以银行为准，请银行补发报文，入账后关闭',
    en: 'Bank only: the bank’s record counts for cash. Have it send the message again; close once it is booked',
  },
  'platform-only': {
    zh: '平台有、银行无：请银行查证；确无此笔的，双人冲正',
    en: 'Platform only: have the bank look; where there is none, two persons reverse the journal',
  },
  amount: {
    zh: '金额不符：现金以银行为准，双人冲正后按银行金额重记，或由银行补付差额',
    en: 'Amounts differ: the bank’s counts for cash. Two persons reverse and book anew, or the bank pays what is missing',
  },
  payer: {
    zh: '付款人不符：请银行出具回单，核对后按实际付款人处理',
    en: 'Payers differ: ask the bank for its receipt and go by who really paid',
  },
  state: {
    zh: '状态不符：业务状态以平台为准，现金以银行为准，核对凭证',
    en: 'States differ: ours counts for the business, the bank’s for cash. Check the papers',
  },
  time: { zh: '时间不符：核对起息日，必要时重算利息', en: 'Times differ: check the value day, and the interest where it matters' },
  serial: { zh: '流水号不符：请银行确认是否同一笔', en: 'Numbers differ: have the bank say whether it is one payment' },
  duplicate: {
    zh: '重复：请银行核实是否付了两次；付了两次的，追回多付款项',
    en: 'Twice: have the bank say whether it paid twice; what was paid too much is claimed back',
  },
}

export interface Resolving {
  by: string
  note: string
  /** a paper's or journal's number */
  evidence: string
}

/** @throws BrokerError reconciliation_case_closed */
export async function resolve(
  { store, audit, clock }: Desk,
  id: string,
  { by, note, evidence }: Resolving,
  trace: string,
): Promise<ReconciliationCase> {
  const resolution = JSON.stringify({ by, note, evidence, at: clock.now().toISOString() })
  if (!(await store.resolve(id, resolution))) throw new BrokerError('reconciliation_case_closed', `case ${id.slice(0, 40)} is not open`)
  await audit.append({ code: 'reconciliation.resolved', trace, facts: { case: id, by, evidence: createHash('sm3').update(evidence).digest('hex') } })
  const found = await store.case(id)
  if (found === undefined) throw new BrokerError('internal', 'a case that was just resolved is gone')
  return found
}

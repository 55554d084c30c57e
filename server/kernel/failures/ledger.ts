import { row } from './row.ts'

/** What can be refused about the ledger of the data channel. */
export const ledgerFailures = {
  ledger_malformed: row(
    422,
    'center',
    '这笔账的内容不完整或格式不对，没有记账。请核对金额（整数分）、账户、日期和凭证后重新提交。',
    'The posting is incomplete or malformed and was not booked. Check amounts (whole fen), accounts, dates and evidence, then send it again.',
  ),
  ledger_currency_refused: row(422, 'center', '只记人民币账，其他币种没有记账。请按人民币金额提交。', 'Only CNY is booked. Send the amount in CNY.'),
  ledger_unbalanced: row(
    422,
    'center',
    '这笔账借贷不平，没有记账。请核对每个户主的借方和贷方合计后重新提交。',
    'Debits and credits do not balance; nothing was booked. Check both sums for each owner, then send it again.',
  ),
  ledger_key_reused: row(
    409,
    'center',
    '这个编号已经用于另一笔不同的账，没有记账。请换用新编号，或原样重发原来的内容。',
    'This key was used for a different posting; nothing was booked. Use a new key, or send the first content again unchanged.',
  ),
  ledger_account_elsewhere: row(
    409,
    'center',
    '这个户主的账在另一家银行，没有记账。请核对款项所在银行。',
    'This owner’s account is at another bank; nothing was booked. Check where the money lies.',
  ),
  ledger_insufficient: row(
    409,
    'center',
    '账户可用余额不足（含已冻结部分），没有记账。请查看账户明细后重新办理。',
    'The account has too little that is not held; nothing was booked. Look at its statement first.',
  ),
  ledger_hold_unknown: row(404, 'center', '没有这笔冻结。请核对冻结编号。', 'There is no such hold. Check its key.'),
  ledger_hold_posted: row(
    409,
    'center',
    '这笔冻结已经入账，不能再次处理。请查看入账记录。',
    'This hold was posted already and cannot be ended again. Look at what was posted.',
  ),
  ledger_hold_voided: row(
    409,
    'center',
    '这笔冻结已经撤销，不能再次处理。需要时请重新冻结。',
    'This hold was voided already and cannot be ended again. Make a new one if it is needed.',
  ),
  ledger_hold_expired: row(
    409,
    'center',
    '这笔冻结已经到期，不能入账或撤销。请先做到期处理，需要时重新冻结。',
    'This hold has expired and can be neither posted nor voided. Expire it, and make a new one if it is needed.',
  ),
  ledger_hold_not_expired: row(
    409,
    'center',
    '这笔冻结还没有到期。请到期后再处理，或直接撤销。',
    'This hold has not expired yet. Wait until it has, or void it.',
  ),
  ledger_hold_exceeded: row(
    409,
    'center',
    '入账的账户或金额超出了冻结的范围，没有记账。请核对冻结内容。',
    'The posting goes beyond what was held; nothing was booked. Look at the hold.',
  ),
  ledger_not_reversible: row(
    409,
    'center',
    '没有这笔账，或这笔账不能冲正（冻结请撤销，冲正请重新记账）。',
    'There is no such journal, or it cannot be reversed: void a hold, and post anew after a reversal.',
  ),
  ledger_reversed_already: row(409, 'center', '这笔账已经冲正过。请查看冲正记录。', 'This journal was reversed already. Look at its reversal.'),
  ledger_try_again: row(
    503,
    'operator',
    '数据库繁忙或连接中断，暂不知道是否已记账。请用同一编号原样重发，不会重复记账。',
    'The database was busy or lost, and whether this was booked is not known. Send the same under the same key; it is never booked twice.',
  ),
  ledger_broken: row(500, 'operator', '账本核对不通过，请立即核查。', 'The ledger does not check; investigate at once.'),
} as const

import { row } from './row.ts'

/** What can be refused about the daily reconciliation between banks and the platform. */
export const reconciliationFailures = {
  reconciliation_malformed: row(
    422,
    'bank',
    '对账文件有不符合格式的行，整份没有接收。请按提示的行号改正，重新生成后再送。',
    'A line of the day file is malformed and the whole file was not taken. Correct the line named, make the file anew and send it.',
  ),
  reconciliation_manifest: row(
    422,
    'bank',
    '对账文件的清单缺项或格式不对，没有接收。请按接口文档重新生成清单并签名。',
    'The manifest of the day file is incomplete or malformed and nothing was taken. Make and sign it anew as the interface says.',
  ),
  reconciliation_file_differs: row(
    422,
    'bank',
    '对账文件与已签名的清单不一致，没有接收。请核对传输是否完整，重新发送原文件。',
    'The day file is not the one its manifest was signed for and was not taken. Check the transfer and send the file again.',
  ),
  reconciliation_too_large: row(
    413,
    'bank',
    '对账文件超过允许的大小或压缩比，没有接收。请核对文件内容，必要时联系平台。',
    'The day file is larger, or unpacks to more, than is allowed and was not taken. Check its content, or ask the platform.',
  ),
  reconciliation_sequence: row(
    409,
    'bank',
    '对账文件的序号或日期不接上一份，没有接收。请先补送缺少的日期，没有业务的日子也要送空文件。',
    'The number or day of the file does not follow the one before and it was not taken. Send the missing days first; a day without business has an empty file.',
  ),
  reconciliation_chain: row(
    409,
    'bank',
    '对账文件没有接在上一份之后，没有接收。请取上一份清单的摘要重新生成。',
    'The file does not chain to the manifest before it and was not taken. Make it anew with the hash of that manifest.',
  ),
  reconciliation_balance: row(
    409,
    'bank',
    '期初余额与上一日期末不符，或合计不平，对账停止。请双方核对上一日余额后重新出文件。',
    'The opening balance is not the closing balance of the day before, or the sums do not add up; reconciliation stops. Settle the balance with the other side and make the file anew.',
  ),
  reconciliation_conflict: row(
    409,
    'bank',
    '这一天的对账文件已经收到，内容不同，没有替换。更正请在次日文件中以冲正列出。',
    'Another file stands for this day and was not replaced. List a correction as a reversal in the next day’s file.',
  ),
  reconciliation_payer_key_unknown: row(
    422,
    'bank',
    '清单写明的付款人密钥版次不存在，没有接收。请用平台交付的版次重新生成文件。',
    'The manifest names an edition of the payer key that there is not, and the file was not taken. Make it anew with an edition that the platform handed over.',
  ),
  reconciliation_payer_key_retired: row(
    422,
    'bank',
    '清单写明的付款人密钥版次已经停用，没有接收。请用新版次重新生成这一天的文件。',
    'The manifest names an edition of the payer key that is retired, and the file was not taken. Make this day’s file anew with the newer edition.',
  ),
  reconciliation_day_open: row(
    409,
    'operator',
    '这一天还没有日终，不能出对账文件。请在北京时间次日零点一分以后再试。',
    'That day is not closed yet, so its file cannot be made. Try again after one minute past midnight in Beijing.',
  ),
  reconciliation_file_missing: row(
    404,
    'operator',
    '这一天缺少银行或平台的对账文件，不能比对。请先接收或生成文件。',
    'The bank’s or the platform’s file of that day is missing, so nothing can be compared. Take in or make the file first.',
  ),
  reconciliation_case_closed: row(
    409,
    'operator',
    '这笔差错不存在、已经处理或还在存疑期，没有改动。请刷新列表。',
    'This difference is unknown, resolved already or still in its day of doubt; nothing was changed. Look at the list again.',
  ),
} as const

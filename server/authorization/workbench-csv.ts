import type { Response } from 'express'
import { ACTS } from '../kernel/acts.ts'
import { secondOf } from '../web/beijing.ts'
import type { CompanyRecord } from './company-record.ts'
import { entryWords, powerNames } from './pages/words.ts'

/** The history as CSV (RFC 4180), written while it is read, the newest first, and bounded. */
const BITE = 500
const MOST_ROWS = 20_000
const COLUMNS = [
  '时间',
  '人员',
  '事项',
  '事项代码',
  '交易中心',
  '项目',
  '标段',
  '金额(元)',
  '印章',
  '权力来源',
  '授权书',
  '次序',
  '办理编号',
  '追踪码',
]

type Only = NonNullable<Parameters<CompanyRecord['history']>[3]>

export async function writeHistory(
  res: Response,
  { record, enterpriseId, only, centerName }: { record: CompanyRecord; enterpriseId: string; only: Only; centerName: (id: string) => string },
): Promise<void> {
  // the mark by which office programs know UTF-8
  res.write(`\uFEFF${line(COLUMNS)}`)
  let before: number | undefined
  for (let rows = 0; rows < MOST_ROWS && !res.destroyed; rows += BITE) {
    const entries = await record.history(enterpriseId, BITE, before, only)
    const text = entries.map(entry =>
      line([
        secondOf(entry.at),
        entry.personName,
        entryWords(entry).zh,
        entry.act !== undefined && entry.act in ACTS ? entry.act : entry.kind,
        entry.center === undefined ? '' : centerName(entry.center),
        entry.project ?? '',
        entry.section ?? '',
        entry.amountFen === undefined ? '' : `${Math.floor(entry.amountFen / 100)}.${String(entry.amountFen % 100).padStart(2, '0')}`,
        entry.seal ?? '',
        entry.power === undefined ? '' : powerNames[entry.power].zh,
        entry.mandateId ?? '',
        entry.place === undefined ? '' : String(entry.place),
        entry.reference ?? '',
        entry.trace,
      ]),
    )
    // a slow reader holds us back, and not our memory
    if (text.length > 0 && !res.write(text.join(''))) await new Promise<void>(resolve => res.once('drain', resolve).once('close', resolve))
    before = entries.at(-1)?.entry
    if (entries.length < BITE) break
  }
  res.end()
}

const line = (cells: readonly string[]): string => `${cells.map(cell).join(',')}\r\n`

/** What begins like a formula is made text: the file is opened by office programs, and centers choose what stands in it. */
export function cell(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

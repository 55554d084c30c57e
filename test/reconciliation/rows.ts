import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Contents, writeDayFile } from '../../bank-adapters/reconciliation/file.ts'
import { FIRST, type Manifest } from '../../bank-adapters/reconciliation/manifest.ts'
import type { DayRow, RowFormat } from '../../bank-adapters/reconciliation/row.ts'
import { asBrokerError } from '../../server/kernel/errors.ts'

/** The code of whatever is thrown, at once or later; `none` where nothing is. */
export async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work()
  } catch (thrown) {
    return asBrokerError(thrown).code
  }
  return 'none'
}

/** The `n`th movement of a day: a receipt, or every third time a refund. */
export function dayRow(n: number, more: Partial<DayRow> = {}): DayRow {
  const serial = `CCB${String(n).padStart(8, '0')}`
  const refund = n % 3 === 2
  return {
    ...{ kind: refund ? 'refund' : 'receipt', reference: refund ? `order/bond-${n}.task` : `in/${serial}`, serial },
    ...{ direction: refund ? 'out' : 'in', fen: BigInt(1000 + n), at: '2026-12-01T02:00:00.000Z', value: '2026-12-01', state: 'booked' },
    payer: refund ? '' : 'ab'.repeat(16),
    ...more,
  }
}

export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'shield-reconciliation-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export async function* lots(rows: readonly DayRow[]): AsyncGenerator<DayRow[]> {
  for (let at = 0; at < rows.length; at += 7) yield rows.slice(at, at + 7)
}

export const fileOf = async (path: string, rows: readonly DayRow[], format: RowFormat = 'csv'): Promise<Contents & { format: RowFormat }> => ({
  format,
  ...(await writeDayFile(path, format, rows)),
})

/** What a manifest says of a file, first in its line unless told. */
export function manifestOf(contents: Contents & { format: RowFormat }, more: Partial<Manifest> = {}): Manifest {
  const moved = Object.values(contents.sums).reduce((all, { fen }) => all + BigInt(fen), 0n)
  return {
    ...{ version: 1, what: 'day', bank: 'ccb', sender: 'ccb', receiver: 'shared-shield', day: '2026-12-01', sequence: 1, previous: FIRST },
    ...contents,
    ...{ opening: '0', closing: String(BigInt(more.opening ?? '0') + moved), madeAt: '2026-12-02T02:00:00.000Z' },
    ...more,
  }
}

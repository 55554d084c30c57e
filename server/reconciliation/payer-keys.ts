import { payerCode } from '../../bank-adapters/reconciliation/payer.ts'
import { type Clock, days } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import type { Log } from '../kernel/log.ts'
import type { Sealing } from '../kernel/sealing.ts'
import type { PayerKeyEdition, PayerKeyStore } from '../storage/stores-reconciliation.ts'

/**
 * The keys by which banks code payers in their day files, in numbered editions. Owns that an edition that was begun leaves the one before it in use until every day that may still come under it has come, that what a bank
 * told of a payer has its code under each of these, and that every process follows. The keys follow from the sealing key and are kept nowhere.
 */
export interface PayerKeys {
  /** the newest of a bank, to be handed to it and nobody else */
  newest(bank: string): PayerKey
  /**
   * Another edition. @returns with it until when the one before still counts
   * @throws BrokerError `channel_payer_key_overlaps` while two count, and where somebody else was faster
   */
  begin(bank: string, by: string): Promise<PayerKey & { until: string }>
  /** a payer's codes under each edition that a file may name, as the ledger keeps them beside the bank's number */
  codes(bank: string, serial: string, account: string): string
  /** @throws BrokerError `reconciliation_payer_key_unknown`, `reconciliation_payer_key_retired` */
  demand(bank: string, edition: number): Promise<void>
  /** which one our own file is made with: the one that the bank used last, while it counts */
  forFile(bank: string, used: number | undefined): number
  /** follows what other processes began */
  refresh(): Promise<void>
}

interface PayerKey {
  edition: number
  key: string
}

export interface PayerKeyDeps {
  store: PayerKeyStore
  sealing: Sealing
  clock: Clock
  log: Pick<Log, 'error'>
}

/** for which the edition before counts on: longer than a day file is late where nothing is wrong */
const OVERLAP = days(14)
/** so many digits have room beside a bank's number in the ledger */
const MOST = 9999

/** @throws the storage's own, at the start alone */
export async function openPayerKeys({ store, sealing, clock, log }: PayerKeyDeps): Promise<PayerKeys> {
  let begun = new Map<string, PayerKeyEdition[]>()
  const of = (bank: string) => begun.get(bank) ?? []
  const newestOf = (bank: string) => of(bank).at(-1)?.edition ?? 1
  const keyOf = (bank: string, edition: number) => sealing.code(edition === 1 ? bank : `${bank}/${edition}`, 'reconciliation-payer')

  async function refresh(): Promise<void> {
    const sound = (await store.all()).filter(row => {
      if (row.integrity === integrityOf(row, sealing)) return true
      log.error({ bank: row.bank, edition: row.edition }, 'an edition of a payer key was changed in the database and does not count')
      return false
    })
    begun = Map.groupBy(sound, ({ bank }) => bank)
  }
  /** until when it counts; undefined for the newest */
  function endOf(bank: string, edition: number): Date | undefined {
    const next = of(bank).find(each => each.edition > edition)
    return next === undefined ? undefined : new Date(Date.parse(next.begunAt) + OVERLAP)
  }
  const counts = (bank: string, edition: number): boolean => {
    const end = endOf(bank, edition)
    return (edition === 1 || of(bank).some(each => each.edition === edition)) && (end === undefined || clock.now() < end)
  }
  const counting = (bank: string): number[] => [1, ...of(bank).map(({ edition }) => edition)].filter(edition => counts(bank, edition))

  await refresh()
  return {
    refresh,
    newest: bank => ({ edition: newestOf(bank), key: keyOf(bank, newestOf(bank)) }),
    async begin(bank, by) {
      await refresh()
      const now = clock.now()
      const before = newestOf(bank)
      const [oldest = before] = counting(bank)
      const end = endOf(bank, oldest)
      if (end !== undefined || before >= MOST)
        throw new BrokerError('channel_payer_key_overlaps', `edition ${oldest} of ${bank} counts until ${end?.toISOString() ?? 'for good'}`)
      const row = { bank, edition: before + 1, begunAt: now.toISOString(), by }
      if (!(await store.add({ ...row, integrity: integrityOf(row, sealing) })))
        throw new BrokerError('channel_payer_key_overlaps', `somebody else has just begun edition ${row.edition} of ${bank}`)
      await refresh()
      return { edition: row.edition, key: keyOf(bank, row.edition), until: new Date(now.getTime() + OVERLAP).toISOString() }
    },
    codes: (bank, serial, account) =>
      counting(bank)
        .map(edition => `${edition}:${Buffer.from(payerCode(keyOf(bank, edition), serial, account), 'hex').toString('base64url')}`)
        .join('~'),
    async demand(bank, edition) {
      // it may have been begun elsewhere a moment ago
      if (edition > newestOf(bank)) await refresh()
      if (counts(bank, edition)) return
      const expected = { received: String(edition), expected: counting(bank).join(' or ') }
      throw edition < newestOf(bank)
        ? new BrokerError('reconciliation_payer_key_retired', `edition ${edition} of ${bank} counts no more`, expected)
        : new BrokerError('reconciliation_payer_key_unknown', `${bank} has no edition ${edition}`, expected)
    },
    forFile: (bank, used) => (used !== undefined && counts(bank, used) ? used : newestOf(bank)),
  }
}

/** What a movement's reference in the ledger says: the bank's number, and the payer's code under an edition; empty where it has none. */
export function payerIn(reference: string, edition: number): { serial: string; payer: string } {
  const [serial = '', ...codes] = reference.split('~')
  const found = codes.map(code => /^(\d{1,4}):([\w-]{22})$/.exec(code)).find(each => each?.[1] === String(edition))
  if (found !== null && found !== undefined) return { serial, payer: Buffer.from(found[2] ?? '', 'base64url').toString('hex') }
  // before there were editions
  const [bare = ''] = codes
  return { serial, payer: edition === 1 && /^[0-9a-f]{32}$/.test(bare) ? bare : '' }
}

const integrityOf = ({ bank, edition, begunAt, by }: Omit<PayerKeyEdition, 'integrity'>, sealing: Sealing): string =>
  sealing.code(JSON.stringify([bank, edition, begunAt, by]), 'payer-key-edition')

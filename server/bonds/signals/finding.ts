import type { Bond, Tag } from '../../storage/stores-bonds.ts'
import type { Kept } from '../rows.ts'

/** What rivals of one section have in common that rivals should not. Pure: it compares codes, and knows no name. Owns which signals there are and how strong each is. */
export type Strength = 'strong' | 'medium' | 'weak'

export const SIGNALS = {
  'payer-account': { strength: 'strong', zh: '付款账户相同', en: 'paid from one account' },
  'payer-name': { strength: 'strong', zh: '付款人名称相同', en: 'paid by one payer' },
  'basic-account': { strength: 'strong', zh: '登记的基本账户相同', en: 'one registered basic account' },
  person: { strength: 'strong', zh: '同一自然人为各家办理', en: 'one person acted for all of them' },
  shield: { strength: 'strong', zh: '使用同一只盾', en: 'one shield was used' },
  device: { strength: 'medium', zh: '使用同一台设备的同一浏览器', en: 'one browser on one device was used' },
  network: { strength: 'weak', zh: '来自同一网络地址', en: 'from one network address' },
} as const satisfies Record<string, { strength: Strength; zh: string; en: string }>
export type Signal = keyof typeof SIGNALS
export const SIGNAL_NAMES = Object.keys(SIGNALS).filter((name): name is Signal => name in SIGNALS)

/** One bond of one rival. */
interface Rival {
  bondId: string
  companyTag: Tag
}
/** Where a rival's half of it stands: a bank's receipt, or the giving of the sub-account. */
export interface Source {
  bond: string
  kind: 'receipt' | 'account-given'
  ref: string
  at: string
}
export interface Found {
  signal: Signal
  /** what they have in common, as a code */
  common: Tag
  rivals: Rival[]
  records: Source[]
}

type Seen = Pick<Kept, 'bond' | 'note'> & { companyTag: Tag }

export function createFinding() {
  const groups = new Map<string, Found>()

  function put(signal: Signal, common: Tag | undefined, { bond, companyTag }: Seen, record: Source | undefined): void {
    if (common === undefined || record === undefined) return
    const key = `${signal} ${common}`
    const group = groups.get(key) ?? { signal, common, rivals: [], records: [] }
    groups.set(key, group)
    group.rivals.push({ bondId: bond.id, companyTag })
    group.records.push(record)
  }

  return {
    add(seen: Seen): void {
      const { bond, note } = seen
      const receipt = receiptOf(bond)
      const given = note === undefined ? undefined : { bond: bond.id, kind: 'account-given' as const, ref: bond.id, at: note.at }
      put('payer-account', bond.payer?.account, seen, receipt)
      put('payer-name', bond.payer?.name, seen, receipt)
      put('basic-account', bond.bidder?.basicAccount, seen, given)
      put('person', note?.person, seen, given)
      put('shield', note?.shield, seen, given)
      put('device', note?.device, seen, given)
      put('network', note?.network, seen, given)
    },
    /** What more than one company has in common, the strongest first. */
    found: (): Found[] =>
      [...groups.values()]
        .filter(({ rivals }) => new Set(rivals.map(({ companyTag }) => companyTag)).size > 1)
        .toSorted((a, b) => SIGNAL_NAMES.indexOf(a.signal) - SIGNAL_NAMES.indexOf(b.signal)),
  }
}

const receiptOf = ({ id, receipt }: Bond): Source | undefined =>
  receipt === undefined ? undefined : { bond: id, kind: 'receipt', ref: `${receipt.bank}/${receipt.serial}`, at: receipt.at }

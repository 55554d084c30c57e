/**
 * Owns why a bid was not decrypted, and whose cause that was, which the law asks (measures on electronic bidding, article 31): of the bidder's own cause the bid counts as revoked (视为撤销), of
 * others' as withdrawn (视为撤回), and the bidder may claim the damage from who caused it. The rows are closed; the center may attribute another one, in its own name.
 */
import type { FailureCode } from '../../kernel/errors.ts'

interface ReasonRow {
  cause: 'bidder' | 'others'
  zh: string
  en: string
}
const row = (cause: ReasonRow['cause'], zh: string, en: string): ReasonRow => ({ cause, zh, en })

export const REASONS = {
  'key-lost': row('bidder', '加密时的盾遗失、损坏或被锁', 'the shield it was encrypted to is lost, broken or locked'),
  'wrong-shield': row('bidder', '解密用的不是加密时的盾', 'another shield than the one it was encrypted to'),
  'certificate-changed': row('bidder', '加密后换发了证书', 'the certificate was replaced after encrypting'),
  'envelope-damaged': row('bidder', '上传的投标文件本身已损坏', 'the file was damaged before it was received'),
  late: row('bidder', '没有在规定时间内解密', 'not decrypted in time'),
  platform: row('others', '平台故障', 'a fault of the platform'),
  center: row('others', '交易中心系统故障或保存的文件受损', 'a fault of the center’s system, or of the file in its keeping'),
  network: row('others', '网络故障', 'a fault of the network'),
  'force-majeure': row('others', '不可抗力', 'force majeure'),
} as const satisfies Record<string, ReasonRow>

export type Reason = keyof typeof REASONS
export const isReason = (text: string): text is Reason => Object.hasOwn(REASONS, text)

/**
 * What a failed decryption was probably due to, from what is known for certain.
 * @param known.intact the envelope is to the octet the one that was received
 * @param known.changed the certificate it was encrypted to was renewed or replaced since
 */
export function reasonOf(code: FailureCode, { intact, changed }: { intact: boolean; changed: boolean }): Reason {
  // a file that changed in the center's keeping fails for any shield: that comes first
  if (!intact || code === 'not_found') return 'center'
  if (code === 'bid_not_for_this_key') return changed ? 'certificate-changed' : 'wrong-shield'
  if (code === 'bid_envelope_malformed' || code === 'bid_not_for_this_opening') return 'envelope-damaged'
  return 'platform'
}

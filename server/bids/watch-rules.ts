/**
 * Owns what is wrong with a bid's certificates before its opening, how bad that is, and what to do while there is time: pure, of the record, what is known of the certificates, and the time.
 *
 * A bid encrypted to several shields opens with any of them: as long as one is good the bidder is told to take care, and only then to act.
 */
import { days, hours } from '../kernel/clock.ts'
import type { Bid, Opening } from '../storage/stores-bids.ts'

/** What is known of a certificate that a bid is encrypted to. Times are ISO 8601. */
export interface CertificateStatus {
  notAfter: string
  revokedAt?: string
  /** the bank reported the shield lost or broken */
  lostAt?: string
  /** the shield now holds another certificate: `renewed` for the same holder by its CA; `replaced`, as its bank says, by another shield */
  newer?: { how: 'renewed' | 'replaced'; at: string }
}

export type Cause =
  | 'lost'
  | 'revoked'
  | 'replaced'
  | 'renewed'
  | 'expired'
  | 'expires-before-opening'
  | 'self-test-failed'
  | 'sign-test-failed'
  | 'untested'
  | 'opening'
/** When a notice goes out: when it is found, and then by the opening's calendar. */
export type Stage = 'found' | '7d' | '1d' | '2h'
type Action =
  /** with the shield that is at hand now, and upload it again */
  | 'encrypt-again'
  | 'renew-then-encrypt-again'
  /** whether the old key is still in the shield */
  | 'self-test'
  /** with the other shield it is encrypted to */
  | 'use-other-shield'
  /** its key is there, and yet it lets nobody log in */
  | 'mend-shield'
  | 'do-not-renew'

export interface Trouble {
  cause: Cause
  /** `stop`: as it is, the bidder cannot open the bid; `care`: another shield still opens it, or it must be made sure; `remind`: nothing is wrong */
  severity: 'stop' | 'care' | 'remind'
  action: Action
}

/** How long before the opening each stage begins. */
const STAGES = [
  ['2h', hours(2)],
  ['1d', days(1)],
  ['7d', days(7)],
] as const

/** The stage of the calendar at this time; undefined more than a week before, and from the opening on. */
export function stageAt({ opensAt }: Pick<Opening, 'opensAt'>, now: Date): Exclude<Stage, 'found'> | undefined {
  const left = Date.parse(opensAt) - now.getTime()
  return left <= 0 ? undefined : STAGES.find(([, span]) => left <= span)?.[0]
}

/** Whether the bid was there when the stage began: who has just uploaded need not be reminded. */
export function wasThere({ receivedAt }: Pick<Bid, 'receivedAt'>, { opensAt }: Pick<Opening, 'opensAt'>, stage: Stage): boolean {
  const span = STAGES.find(([name]) => name === stage)?.[1] ?? 0
  return Date.parse(receivedAt) < Date.parse(opensAt) - span
}

/** What one certificate suffers from; undefined when it is good through the opening. */
function ailmentOf(
  { gone, ...known }: Bid['certificates'][number],
  status: CertificateStatus = known,
  provenAt: string,
  { decryptBy }: Opening,
  now: Date,
): Cause | undefined {
  if (status.lostAt !== undefined || gone?.how === 'lost') return 'lost'
  if (status.revokedAt !== undefined) return 'revoked'
  if (gone !== undefined) return gone.how
  // the proof of the pudding: its key was there after the change
  if (status.newer !== undefined && provenAt < status.newer.at) return status.newer.how
  if (Date.parse(status.notAfter) <= now.getTime()) return 'expired'
  // it has to last until the last minute of decrypting
  return Date.parse(status.notAfter) <= Date.parse(decryptBy) ? 'expires-before-opening' : undefined
}

/** What to do where no other shield helps. A renewal may leave the old key where it is: only the shield itself can say. */
const REMEDY: Record<Exclude<Cause, 'untested' | 'opening'>, Action> = {
  lost: 'encrypt-again',
  revoked: 'encrypt-again',
  replaced: 'encrypt-again',
  renewed: 'self-test',
  expired: 'renew-then-encrypt-again',
  'expires-before-opening': 'renew-then-encrypt-again',
  'self-test-failed': 'encrypt-again',
  'sign-test-failed': 'mend-shield',
}

/**
 * All that the bidder has to be told of a waiting bid at this time, the worst first.
 * @param statuses by thumbprint; of a certificate nobody knows anything the bid's own record is taken
 */
export function troublesOf(bid: Bid, opening: Opening, statuses: ReadonlyMap<string, CertificateStatus>, now: Date): Trouble[] {
  const ailments = bid.certificates.map(each => ailmentOf(each, statuses.get(each.thumbprint), provenAt(bid, each.thumbprint), opening, now))
  const another = ailments.includes(undefined)
  const causes = [...new Set(ailments.filter(each => each !== undefined))]
  const found: Trouble[] = causes.map(cause => ({
    cause,
    severity: another ? 'care' : 'stop',
    action: another && cause in REMEDY && cause !== 'renewed' ? 'use-other-shield' : remedyOf(cause),
  }))
  if (isUnsigned(bid)) found.push({ cause: 'sign-test-failed', severity: 'care', action: 'mend-shield' })
  if (bid.selfTest?.ok === false) found.push(afterFailure(bid))
  else if (found.length === 0 && !isTested(bid, statuses)) found.push({ cause: 'untested', severity: 'care', action: 'self-test' })
  if (found.length === 0) found.push({ cause: 'opening', severity: 'remind', action: 'do-not-renew' })
  return found.sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity))
}

const ORDER: readonly Trouble['severity'][] = ['stop', 'care', 'remind']
const remedyOf = (cause: Cause): Action => (cause === 'untested' || cause === 'opening' ? 'self-test' : REMEDY[cause])

/** When a shield or phone last showed that it has the key of this certificate; '' where none has. */
function provenAt({ selfTest, phoneTest }: Bid, thumbprint: string): string {
  const byShield = selfTest?.ok === true && (selfTest.thumbprint ?? thumbprint) === thumbprint ? selfTest.at : ''
  const byPhone = phoneTest?.thumbprint === thumbprint ? phoneTest.at : ''
  return byShield > byPhone ? byShield : byPhone
}

/** A shield that is not the right one says nothing against the phone; an envelope that does not open, opens with neither. */
const afterFailure = ({ selfTest, phoneTest }: Bid): Trouble =>
  selfTest?.code === 'bid_not_for_this_key' && phoneTest !== undefined
    ? { cause: 'self-test-failed', severity: 'care', action: 'use-other-shield' }
    : { cause: 'self-test-failed', severity: 'stop', action: 'encrypt-again' }

/** The last shield that was tested does not sign; whoever signed with the bank's app since has another way in. */
const isUnsigned = ({ signTest, phoneTest }: Bid): boolean => signTest?.ok === false && !(phoneTest !== undefined && phoneTest.at > signTest.at)

/** Whether a test was made since the bid was received, or a certificate of it last changed: one before that says nothing. */
function isTested({ receivedAt, certificates, selfTest, phoneTest }: Bid, statuses: ReadonlyMap<string, CertificateStatus>): boolean {
  const changes = certificates.flatMap(({ thumbprint }) => statuses.get(thumbprint)?.newer?.at ?? [])
  const since = [receivedAt, ...changes].reduce((latest, each) => (each > latest ? each : latest))
  return [selfTest?.at, phoneTest?.at].some(at => at !== undefined && at >= since)
}

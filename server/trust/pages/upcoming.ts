import type { Words } from '../../web/words.ts'
import type { TrustedCa } from '../entry.ts'
import type { TrustSnapshot } from '../snapshot.ts'
import { isInForce } from '../standing.ts'

/** Owns what comes to an end: CA certificates, qualifications, joining and leaving dates, switches of algorithm. The list is asked through its snapshot, which has every certificate read. */
export const upcomingKinds = {
  certificate: { zh: '机构证书到期', en: 'CA certificate expires' },
  qualification: { zh: '电子政务资质到期', en: 'Qualification ends' },
  joins: { zh: '加入互认', en: 'Joins' },
  leaves: { zh: '退出互认', en: 'Leaves' },
  distrust: { zh: '撤销信任', en: 'Distrust begins' },
  algorithm: { zh: '算法切换', en: 'Algorithm switch' },
  'old-algorithm': { zh: '旧算法停用', en: 'Old algorithm ends' },
} as const satisfies Record<string, Words>
export type UpcomingKind = keyof typeof upcomingKinds

export interface Upcoming {
  kind: UpcomingKind
  /** milliseconds since 1970 */
  at: number
  ca: TrustedCa
  /** which certificate, or to which algorithm */
  about: string
}

const kept = new WeakMap<TrustSnapshot, readonly Upcoming[]>()

/** Every date of a version, the soonest first, those past included: computed once a version. */
export function datesOf(snapshot: TrustSnapshot): readonly Upcoming[] {
  const known = kept.get(snapshot)
  if (known !== undefined) return known
  const made = [...certificateDates(snapshot), ...snapshot.cas.flatMap(rowDates)].sort((a, b) => a.at - b.at)
  kept.set(snapshot, made)
  return made
}

function certificateDates(snapshot: TrustSnapshot): Upcoming[] {
  return [...snapshot.roots, ...snapshot.intermediates].flatMap(certificate =>
    snapshot
      .listings(certificate)
      .filter(listing => listing.certificate.thumbprint === certificate.thumbprint)
      .map(({ ca }) => ({ kind: 'certificate' as const, at: certificate.notAfter.getTime(), ca, about: certificate.subject.text })),
  )
}

function rowDates(ca: TrustedCa): Upcoming[] {
  const one = (kind: UpcomingKind, date: string | undefined, about = ''): Upcoming[] =>
    date === undefined ? [] : [{ kind, at: new Date(date).getTime(), ca, about }]
  const { qualification, joins, leaves, distrusted, algorithmSwitch } = ca
  return [
    ...(qualification.state === 'qualified' ? one('qualification', qualification.until, qualification.number) : []),
    ...one('joins', joins),
    ...one('leaves', leaves),
    ...one('distrust', distrusted?.since, distrusted?.why),
    ...one('algorithm', algorithmSwitch?.at, algorithmSwitch?.to),
    ...one('old-algorithm', algorithmSwitch?.oldUntil, algorithmSwitch?.to),
  ]
}

/** @returns what is still to come, the soonest first */
export const toCome = (all: readonly Upcoming[], now: Date): Upcoming[] => all.filter(({ at }) => at > now.getTime())

/** What has run out although its CA is still on the list in force: somebody forgot to renew it. */
export const runOut = (all: readonly Upcoming[], now: Date): Upcoming[] =>
  all.filter(({ at, kind, ca }) => at <= now.getTime() && (kind === 'certificate' || kind === 'qualification') && isInForce(ca, now))

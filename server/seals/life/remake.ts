import { days } from '../../kernel/clock.ts'
import type { CompanyShield, SealEdition } from '../../storage/stores-seals.ts'

/**
 * What a remake would change. Pure. A seal is bound to exact certificates (GM/T 0031-2014 6.2.2): whoever has a new shield cannot use it until it is made anew, and whoever still has the old one can go on as long as
 * that holds.
 */
export interface RemakePlan {
  keep: CompanyShield[]
  add: CompanyShield[]
  /** by the listed thumbprint: they ended or were revoked, or the same bank gave the same person a newer one, or they are no longer known */
  drop: SealEdition['certificates']
  /** the listed ones that end within thirty days, days left, the soonest first */
  ending: { holder: string; thumbprint: string; days: number }[]
}

export const WARNED_DAYS = [30, 7, 1] as const

export function planRemake(edition: Pick<SealEdition, 'certificates'>, shields: readonly CompanyShield[], now: Date): RemakePlan {
  const listed = new Map(edition.certificates.map(each => [each.thumbprint, each]))
  const members = new Set(edition.certificates.map(({ membershipId }) => membershipId))
  const live = shields.filter(({ notAfter }) => Date.parse(notAfter) > now.getTime())
  const add = live.filter(({ thumbprint, membershipId }) => members.has(membershipId) && !listed.has(thumbprint))
  const replaced = (old: CompanyShield) =>
    add.some(
      ({ bank, membershipId, notAfter }) => bank === old.bank && membershipId === old.membershipId && Date.parse(notAfter) > Date.parse(old.notAfter),
    )
  const keep = live.filter(shield => isGood(listed.get(shield.thumbprint)) && !replaced(shield))
  const kept = new Set(keep.map(({ thumbprint }) => thumbprint))
  const ending = edition.certificates
    .map(({ holder, thumbprint, notAfter }) => ({ holder, thumbprint, days: Math.ceil((Date.parse(notAfter) - now.getTime()) / days(1)) }))
    .filter(each => each.days <= WARNED_DAYS[0])
    .toSorted((a, b) => a.days - b.days)
  return { keep, add, drop: edition.certificates.filter(({ thumbprint }) => !kept.has(thumbprint)), ending }
}

const isGood = (listed: SealEdition['certificates'][number] | undefined): boolean => listed !== undefined && listed.revokedAt === undefined

/** Whether a remake would bring anything; where only an end is near and no newer shield is there, the shield is renewed first. */
export const isDue = ({ add, drop }: RemakePlan): boolean => add.length > 0 || drop.length > 0

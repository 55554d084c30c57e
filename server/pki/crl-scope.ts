/** Owns what a list covers: distribution points of certificates (RFC 5280 4.2.1.13) and of lists (5.2.5), and whether the two meet (6.3.3 b and d). */
import { BrokerError } from '../kernel/errors.ts'
import type { Certificate } from './certificate.ts'
import { Cursor, type Der, elementsOf, onlyElement, TAG } from './der.ts'
import { type GeneralName, readFirstNames } from './general-names.ts'
import { keyOfRdns, type Name, readRdn } from './names.ts'

/** ReasonFlags as a number, bit n for reason n; bit 0 is unused. */
export const ALL_REASONS = 0b1_1111_1110
export const HOLD = 1 << 6

/** Where the certificate says its list is. */
export interface DistributionPoint {
  /** keys of its names, a relative one already put below the issuer's; undefined where it gives none */
  names: ReadonlySet<string> | undefined
  reasons: number
  /** those who sign the list where it is not the certificate's issuer; undefined when it is */
  issuers: readonly GeneralName[] | undefined
}

/** What a list says it covers. */
export interface IssuingPoint {
  names: ReadonlySet<string> | undefined
  certificates: 'all' | 'users' | 'authorities' | 'attributes'
  reasons: number
  /** whose certificates: the list's issuer's own, or those that each entry names */
  entries: 'own' | 'indirect'
  der: Buffer
}

/** More than any certificate or list names; the rest is left out, which can only make the answer unknown. */
const MAX_POINTS = 64
const MAX_POINT_NAMES = 64

/** @param issuer of the certificate. @throws BrokerError `certificate_malformed` */
export function readDistributionPoints(value: Buffer, issuer: Name): DistributionPoint[] {
  const points: DistributionPoint[] = []
  for (const element of elementsOf(onlyElement(value, TAG.sequence))) {
    if (points.length >= MAX_POINTS) break
    const cursor = new Cursor(element)
    const [name, reasons, signers] = [cursor.takeIf(0xa0), cursor.takeIf(0x81), cursor.takeIf(0xa2)]
    cursor.end()
    const issuers = signers === undefined ? undefined : readFirstNames(signers.content, MAX_POINT_NAMES)
    const [base = issuer] = (issuers ?? []).flatMap(each => (each.kind === 'directory' ? [each.name] : []))
    points.push({
      names: name === undefined ? undefined : readPointName(name, base),
      reasons: reasons === undefined ? ALL_REASONS : readReasons(reasons),
      issuers,
    })
  }
  return points
}

/** @param value of issuingDistributionPoint. @param issuer of the list. @throws BrokerError `certificate_malformed` */
export function readIssuingPoint(value: Buffer, issuer: Name): IssuingPoint {
  const cursor = new Cursor(onlyElement(value, TAG.sequence))
  const name = cursor.takeIf(0xa0)
  const on = (tag: number): boolean => {
    const flag = cursor.takeIf(tag)
    return flag !== undefined && flag.content[0] !== 0
  }
  const users = on(0x81)
  const authorities = on(0x82)
  const reasons = cursor.takeIf(0x83)
  const indirect = on(0x84)
  const attributes = on(0x85)
  cursor.end()
  if (Number(users) + Number(authorities) + Number(attributes) > 1) throw malformed('a list of only two kinds at once')
  return {
    names: name === undefined ? undefined : readPointName(name, issuer),
    certificates: users ? 'users' : authorities ? 'authorities' : attributes ? 'attributes' : 'all',
    reasons: reasons === undefined ? ALL_REASONS : readReasons(reasons),
    entries: indirect ? 'indirect' : 'own',
    der: value,
  }
}

const malformed = (facts: string): BrokerError => new BrokerError('certificate_malformed', `a distribution point: ${facts}`)

/** @param base the name that a relative one stands below */
function readPointName(element: Der, base: Name): ReadonlySet<string> {
  const choice = onlyElement(element.content)
  if (choice.tag === 0xa0) return new Set(readFirstNames(choice.content, MAX_POINT_NAMES).map(({ key }) => key))
  if (choice.tag === 0xa1) return new Set([keyOfRdns([...base.rdns, readRdn(choice.content)])])
  throw malformed(`tag ${choice.tag.toString(16)} where its name belongs`)
}

function readReasons({ content }: Der): number {
  if (content.length < 1 || content.length > 3) throw malformed('reasons of no or too many octets')
  let reasons = 0
  for (let bit = 1; bit <= 8; bit++) if (((content[1 + (bit >> 3)] ?? 0) & (0x80 >> (bit & 7))) !== 0) reasons |= 1 << bit
  return reasons
}

interface Covering {
  issuer: Name
  scope: IssuingPoint | undefined
}

/**
 * Which reasons a list covers for a certificate at one of its distribution points, or why it does not cover it at all. 6.3.3 (b) and (d).
 * @param point undefined for lists that the certificate does not name: 6.3.3, last paragraph
 */
export function coverage({ issuer, scope }: Covering, certificate: Certificate, point: DistributionPoint | undefined): number | string {
  if (point?.issuers === undefined) {
    if (issuer.key !== certificate.issuer.key) return 'it is another issuer’s'
  } else {
    if (!point.issuers.some(each => each.kind === 'directory' && each.name.key === issuer.key)) return 'it is another issuer’s'
    if (scope?.entries !== 'indirect') return 'it is not for certificates of other issuers'
  }
  if (scope === undefined) return point?.reasons ?? ALL_REASONS
  const authority = certificate.basicConstraints?.ca === true
  if (scope.certificates === 'users' && authority) return 'it is for end entities only'
  if (scope.certificates === 'authorities' && !authority) return 'it is for CAs only'
  if (scope.certificates === 'attributes') return 'it is for attribute certificates only'
  if (scope.names !== undefined && !isNamed(scope.names, certificate, point)) return 'it is for another distribution point'
  const reasons = scope.reasons & (point?.reasons ?? ALL_REASONS)
  return reasons === 0 ? 'it is for other reasons' : reasons
}

/**
 * Whether a list is for the point by name; where the point gives none, by the names of the list's issuer. A list the certificate does not name may be called after its issuer (6.3.3,
 * last paragraph), but not where the certificate says where its lists are: a list for another point is then a list for other certificates.
 */
function isNamed(names: ReadonlySet<string>, certificate: Certificate, point: DistributionPoint | undefined): boolean {
  if (point === undefined) return certificate.distributionPoints.length === 0 && names.has(certificate.issuer.key)
  if (point.names !== undefined) return [...point.names].some(key => names.has(key))
  return point.issuers?.some(({ key }) => names.has(key)) === true
}

/**
 * Owns what lists say together about one certificate, RFC 5280 6.3.3: over every distribution point, list and delta list, until every reason is covered. It decides on
 * what it is given; fetching is revocation.ts.
 */
import type { Certificate } from './certificate.ts'
import { type Crl, isAtLeast, REMOVED, type RevokedEntry } from './crl.ts'
import { ALL_REASONS, HOLD } from './crl-scope.ts'
import type { Budget } from './path-budget.ts'
import type { SignatureChecks } from './signed-by.ts'

/** What a path knows and a single question need not: who else may sign lists, and how much work is left. */
export interface ListSetting {
  /**
   * Certificates that may have signed this list and are themselves validated for it, under the anchor of the certificate's own path (6.3.3 f). Asked when the certificate's issuer
   * did not sign it.
   */
  signersOf?: (crl: Crl) => readonly Certificate[]
  budget?: Budget
  checks?: SignatureChecks
}

export type ListVerdict =
  | { state: 'good'; until: Date }
  | { state: 'revoked'; since: Date; reason: number | undefined }
  | { state: 'unknown'; reasons: readonly string[] }

interface Word {
  crl: Crl
  /** reasons it speaks of */
  reasons: number
  entry: RevokedEntry | undefined
  /** until when it is fresh; undefined when it is not */
  until: Date | undefined
}

/** How many reasons for silence are told. */
const MAX_TOLD = 8

/** @param at the time the verdict is for. @throws BudgetSpent where the setting has a budget */
export function judgeLists(certificate: Certificate, issuer: Certificate, crls: readonly Crl[], at: Date, setting: ListSetting = {}): ListVerdict {
  const told = new Set<string>()
  const words: Word[] = []
  const signed = new Map<Crl, Certificate | string>()
  const signerOf = (crl: Crl): Certificate | string => {
    const known = signed.get(crl) ?? findSigner(crl, issuer, setting)
    signed.set(crl, known)
    return known
  }
  const near = crls.filter(crl => concerns(crl, certificate))
  for (const point of [...certificate.distributionPoints, undefined]) {
    for (const crl of near) {
      setting.budget?.spend('lists')
      if (crl.base !== undefined) continue
      const reasons = crl.coverage(certificate, point)
      const signer = typeof reasons === 'string' ? reasons : signerOf(crl)
      if (typeof reasons === 'string' || typeof signer === 'string') {
        if ((typeof reasons === 'number' || crl.issuer.key === certificate.issuer.key) && told.size < MAX_TOLD) told.add(`CRL: ${signer}`)
        continue
      }
      const word = wordOf(crl, reasons, { certificate, signer, crls: near, at, setting })
      if (word.until === undefined && told.size < MAX_TOLD) told.add(`stale CRL of ${crl.thisUpdate.toISOString()}`)
      words.push(word)
    }
  }
  const entry = standing(words)
  if (entry !== undefined) return { state: 'revoked', since: entry.at, reason: entry.reason }
  return covered(words, told)
}

/** Whether the list is by the certificate's issuer, or by somebody whom the certificate names; of the others there may be thousands. */
function concerns(crl: Crl, certificate: Certificate): boolean {
  if (crl.issuer.key === certificate.issuer.key) return true
  return certificate.distributionPoints.some(({ issuers }) => issuers?.some(each => each.kind === 'directory' && each.name.key === crl.issuer.key))
}

/** The entry that counts. An old entry counts as well, as nothing takes it back but the end of a hold, and a younger list must have said so. */
function standing(words: readonly Word[]): RevokedEntry | undefined {
  const released = (held: Word): boolean =>
    words.some(
      other => other.entry === undefined && other.until !== undefined && (other.reasons & HOLD) !== 0 && other.crl.thisUpdate > held.crl.thisUpdate,
    )
  const found = words.filter(({ entry }) => entry !== undefined)
  return (found.find(word => word.entry?.reason !== 6) ?? found.find(word => !released(word)))?.entry
}

/** Good as long as fresh lists cover every reason together. */
function covered(words: readonly Word[], told: ReadonlySet<string>): ListVerdict {
  let reasons = 0
  const fresh = words.flatMap(({ reasons: each, until }) => (until === undefined ? [] : [{ each, until }]))
  for (const { each, until } of fresh.sort((a, b) => b.until.getTime() - a.until.getTime())) {
    reasons |= each
    if ((reasons & ALL_REASONS) === ALL_REASONS) return { state: 'good', until }
  }
  return { state: 'unknown', reasons: [...told, ...(reasons === 0 ? [] : ['the lists cover some reasons only'])] }
}

function findSigner(crl: Crl, issuer: Certificate, { signersOf, budget, checks }: ListSetting): Certificate | string {
  let unfit = 'its signer is not known'
  if (crl.issuer.key === issuer.subject.key) {
    if (checks !== undefined || !crl.isKnown(issuer)) budget?.spend('signatures')
    const direct = crl.unfitSigner(issuer, checks)
    if (direct === undefined) return issuer
    unfit = direct
  }
  return signersOf?.(crl)[0] ?? unfit
}

interface Asking {
  certificate: Certificate
  signer: Certificate
  crls: readonly Crl[]
  at: Date
  setting: ListSetting
}

/** What a full list says, with the youngest delta that fits it. 6.3.3 (c), (h) to (l). */
function wordOf(crl: Crl, reasons: number, { certificate, signer, crls, at, setting }: Asking): Word {
  const { serial } = certificate
  const issuer = certificate.issuer.key
  const deltas = crls.filter(each => fits(each, crl) && isSignedBy(each, signer, setting))
  const entries = deltas.flatMap(each => each.entry(serial, issuer) ?? [])
  const [youngest] = deltas.filter(each => each.isFresh(at)).sort((a, b) => b.thisUpdate.getTime() - a.thisUpdate.getTime())
  const base = crl.entry(serial, issuer)
  const until = youngest?.nextUpdate ?? (crl.isFresh(at) ? crl.nextUpdate : undefined)
  // only the youngest word may take somebody off the list
  const now = youngest?.entry(serial, issuer)
  if (now?.reason === REMOVED) return { crl, reasons, entry: undefined, until }
  return { crl, reasons, entry: now ?? base ?? entries.find(({ reason }) => reason !== REMOVED), until }
}

/** Whether a delta changes this full list: one issuer, one scope, one key, and numbers that meet. 5.2.4, 6.3.3 (c). */
function fits(delta: Crl, full: Crl): boolean {
  return (
    delta.base !== undefined &&
    delta.unusable === undefined &&
    delta.issuer.key === full.issuer.key &&
    delta.authorityKeyId === full.authorityKeyId &&
    (delta.scope?.der.equals(full.scope?.der ?? Buffer.alloc(0)) ?? full.scope === undefined) &&
    full.number !== undefined &&
    delta.number !== undefined &&
    isAtLeast(full.number, delta.base) &&
    isAtLeast(delta.number, full.number)
  )
}

function isSignedBy(delta: Crl, signer: Certificate, { budget, checks }: ListSetting): boolean {
  if (checks !== undefined || !delta.isKnown(signer)) budget?.spend('signatures')
  return delta.signedBy(signer, checks)
}

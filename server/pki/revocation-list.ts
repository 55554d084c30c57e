/** Owns one revocation list at hand: reading it for the certificate it was fetched for, and how long it serves. */
import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { BrokerError } from '../kernel/errors.ts'
import type { Certificate } from './certificate.ts'
import { type Crl, isAtLeast, readCrl, SKEW } from './crl.ts'
import { type ListFacts, readListFacts } from './revocation-delta.ts'
import { listBytes } from './revocation-form.ts'
import type { RevocationRule } from './revocation-rule.ts'
import type { SignersFor, Source } from './revocation-sources.ts'

export interface Held extends ListFacts {
  url: string
  crl: Crl
  /** bytes of DER */
  length: number
  /** SHA-256 of the DER: most answers are the list that is at hand */
  digest: string
  /** milliseconds: when the source last answered, whether or not with something newer */
  askedAt: number
  /** not 0: somebody else has a newer one since this moment in the order of things, so ask before the next answer, however young this one is */
  superseded: number
  /** whom it was fetched for: a newer one is verified against the same */
  certificate: Certificate
  issuer: Certificate
  source: Source
}

/** What a list is read for. */
export interface Reading {
  source: Source
  certificate: Certificate
  issuer: Certificate
  signersFor: SignersFor
  /** milliseconds */
  at: number
}

/**
 * Reads a list, verified: junk in its place would lock people out until it ends. A list of megabytes takes tens of milliseconds to parse and as long to verify, so others get
 * their turn in between.
 * @param before what is at hand: where the bytes are the same, nothing needs to be read again
 * @throws BrokerError `certificate_malformed`, `revocation_unknown`
 */
export async function readHeld(
  bytes: Uint8Array,
  { source, certificate, issuer, signersFor, at }: Reading,
  before?: Held,
): Promise<{ held: Held; der: Buffer }> {
  const der = listBytes(bytes)
  const digest = createHash('sha256').update(der).digest('hex')
  if (before?.digest === digest) return { held: { ...before, askedAt: at }, der }
  await setImmediate()
  const facts = readListFacts(der)
  if (facts.delta !== (source.kind === 'delta'))
    throw unusable(source, facts.delta ? 'it is a delta list, and a whole one belongs there' : 'it is no delta list')
  const crl = readCrl(der)
  await setImmediate()
  const unfitBy = (signer: Certificate) => (source.kind === 'delta' ? unfitDelta(crl, signer) : crl.unfitFor(certificate, issuer, signer))
  const direct = unfitBy(issuer)
  const unfit = direct === undefined || signersFor(crl, issuer).some(signer => unfitBy(signer) === undefined) ? undefined : direct
  if (unfit !== undefined) throw unusable(source, unfit)
  await setImmediate()
  // the first lookup builds the table of entries: not in somebody's login
  crl.entry(certificate.serial, certificate.issuer.key)
  return { held: { ...facts, url: source.url, crl, length: der.length, digest, askedAt: at, superseded: 0, certificate, issuer, source }, der }
}

/** Whether a delta fits its base and the certificate is for the judge, who has both. */
const unfitDelta = (crl: Crl, signer: Certificate): string | undefined => crl.unusable ?? crl.unfitSigner(signer)

const unusable = ({ url }: Source, why: string): BrokerError => new BrokerError('revocation_unknown', `the CRL at ${url} cannot be used: ${why}`)

/** Of the future beyond what clocks differ: it must not stand in the way of the right one. */
export const isAhead = ({ crl }: Held, at: number): boolean => crl.thisUpdate.getTime() > at + SKEW

/** By its time, then by its number. */
export function isNewer(one: Crl, other: Crl): boolean {
  const ahead = one.thisUpdate.getTime() - other.thisUpdate.getTime()
  return ahead > 0 || (ahead === 0 && one.number !== undefined && !isAtLeast(other.number ?? '', one.number))
}

/** Milliseconds: the end of a list, and what the rule adds to it; a list that names no end says nothing about any time. */
export const lastOf = ({ crl }: Held, { lastKnownGood }: Pick<RevocationRule, 'lastKnownGood'>): number =>
  crl.nextUpdate === undefined ? 0 : crl.nextUpdate.getTime() + lastKnownGood * 1000

/** Whether it may be relied on: within its time, or as long after as the rule lets it. */
export const serves = (held: Held, rule: RevocationRule, at: number): boolean => !isAhead(held, at) && at <= lastOf(held, rule)

/** Milliseconds: a source that only has a list about to end, or ended, is not asked at every check. */
const AT_LEAST = 10_000

/** Milliseconds: when a newer one is asked for, at half of what remained of it at the latest. */
export function dueAt({ crl, askedAt }: Held, recheckAfter: number): number {
  const ends = crl.nextUpdate?.getTime() ?? askedAt
  return askedAt + Math.min(recheckAfter * 1000, Math.max(AT_LEAST, (ends - askedAt) / 2))
}

/**
 * Owns an import from end to end: CA certificates become rows (or a proposal of them), lists are checked, certificates of holders are taken in by the batch, what is wrong is told by line or
 * file, and a run that was cut off goes on where it stopped. What it works on is given: the stores of this process, or a running broker.
 */

import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { BrokerError } from '../kernel/errors.ts'
import { CERTIFICATE_LIMIT } from '../pki/certificate.ts'
import { toDer } from '../pki/pem.ts'
import { sm3 } from '../pki/sm2.ts'
import type { Change } from './change.ts'
import type { Wish } from './decisions.ts'
import { type CaWishes, caChanges, type FoundCa } from './import-cas.ts'
import { type Found, readCertificateCsv, readFolder, sourceOf } from './import-files.ts'
import type { Intake, IntakeItem } from './intake.ts'
import { listChanges } from './listing.ts'
import type { TrustSnapshot } from './snapshot.ts'

export interface ImportTarget {
  snapshot(): Promise<TrustSnapshot>
  wish(wish: Wish): Promise<{ kind: 'applied'; version: number } | { kind: 'proposed'; proposal: { id: string; expiresAt: string } }>
  intake: Intake
  /** certificates in one call */
  batch: number
}
export interface ImportOptions extends CaWishes {
  by: string
  why: string
  /** begin anew although it was taken in before: for a CA that came onto the list meanwhile */
  again: boolean
  progress(text: string): void
  /** rows between two words of progress */
  every?: number
}
export interface ImportReport {
  /** SM3 of what was read */
  source: string
  cas:
    | { found: number; changed: string[]; outcome: 'nothing' }
    | { found: number; changed: string[]; outcome: 'applied'; version: number }
    | { found: number; changed: string[]; outcome: 'proposed'; proposal: string; expiresAt: string }
  crls: { place: string; issuer: string; signature: 'good' | 'bad' | 'unknown-issuer'; thisUpdate: string; nextUpdate?: string }[]
  holders: { seen: number; added: number; known: number; unlisted: number; bad: number /** rows that an earlier run had done */; skipped: number }
  /** the first thousand of what was wrong, by line or file */
  problems: { place: string; facts: string }[]
  seconds: number
}

const MOST_PROBLEMS = 1000
/** thumbprints whose place is remembered, to tell where the first of two stands */
const MOST_PLACES = 2_000_000

/** @throws BrokerError for what stops it all: no such file, a CSV without its column, a database that is away */
export async function importTrust(path: string, target: ImportTarget, options: ImportOptions, clock: { now(): Date }): Promise<ImportReport> {
  const began = clock.now().getTime()
  const source = await sourceOf(path)
  const report: ImportReport = {
    source,
    cas: { found: 0, changed: [], outcome: 'nothing' },
    crls: [],
    holders: { seen: 0, added: 0, known: 0, unlisted: 0, bad: 0, skipped: 0 },
    problems: [],
    seconds: 0,
  }
  const kind = extname(path).toLowerCase()
  if (kind === '.json') await wishFor(listChanges(await readFile(path, 'utf8')), target, options, report, undefined)
  else if (kind === '.csv') await takeHolders(report.source, readCertificateCsv(path), target, options, report)
  else await importFolder(path, target, options, report)
  report.seconds = (clock.now().getTime() - began) / 1000
  return report
}

async function importFolder(path: string, target: ImportTarget, options: ImportOptions, report: ImportReport): Promise<void> {
  const cas: FoundCa[] = []
  // the CAs first, so that the holders' certificates find them; of a big folder each file is read twice rather than all of them kept
  for await (const found of readFolder(path)) {
    if (found.kind === 'ca') cas.push(found.ca)
    if (cas.length > 20_000) throw new BrokerError('too_large', 'more than 20,000 CA certificates')
  }
  const snapshot = await target.snapshot()
  await wishFor(caChanges(snapshot, cas, options), target, options, report, cas.length)
  const holders = (async function* () {
    for await (const found of readFolder(path)) {
      if (found.kind === 'crl') report.crls.push(aboutList(found, cas, snapshot))
      else if (found.kind !== 'ca') yield found
    }
  })()
  await takeHolders(report.source, holders, target, options, report)
}

async function wishFor(
  changes: readonly Change[],
  target: ImportTarget,
  { by, why }: ImportOptions,
  report: ImportReport,
  found: number | undefined,
): Promise<void> {
  const changed = changes.map(change => (change.kind === 'put' ? change.ca.id : change.id))
  const common = { found: found ?? changed.length, changed }
  if (changes.length === 0) {
    report.cas = { ...common, outcome: 'nothing' }
    return
  }
  const done = await target.wish({ by, why, changes })
  report.cas =
    done.kind === 'applied'
      ? { ...common, outcome: 'applied', version: done.version }
      : { ...common, outcome: 'proposed', proposal: done.proposal.id, expiresAt: done.proposal.expiresAt }
}

async function takeHolders(
  source: string,
  found: AsyncIterable<Found>,
  target: ImportTarget,
  options: ImportOptions,
  report: ImportReport,
): Promise<void> {
  const { holders, problems } = report
  const before = options.again ? undefined : await target.intake.progress(source)
  const skip = before?.done ?? 0
  const places = new Map<string, string>()
  const every = options.every ?? 5000
  /** `first`: where the same certificate stood before */
  let waiting: { place: string; item: IntakeItem; first?: string }[] = []
  const problem = (place: string, facts: string) => {
    holders.bad++
    if (problems.length < MOST_PROBLEMS) problems.push({ place, facts })
  }

  async function flush(): Promise<void> {
    const batch = waiting
    waiting = []
    const progress = { source, done: holders.seen, counts: {} }
    const outcomes = await target.intake.take(
      batch.map(({ item }) => item),
      progress,
    )
    for (const [i, { place, first }] of batch.entries()) {
      const outcome = outcomes[i]
      // where the first was refused, this one is looked at for itself
      if (outcome?.kind === 'known' && first !== undefined) {
        problem(place, `the same certificate as ${first}`)
        continue
      }
      if (outcome?.kind === 'added' || outcome?.kind === 'known') {
        holders[outcome.kind]++
        if (!outcome.listed) holders.unlisted++
      } else if (outcome?.kind === 'bad') problem(place, `${outcome.code}: ${outcome.facts}`)
      else problem(place, 'another certificate of the same issuer has its serial number')
    }
  }

  if (skip > 0) options.progress(`${skip} rows were taken in by an earlier run; going on after them`)
  for await (const each of found) {
    holders.seen++
    const first = each.kind === 'holder' ? firstPlace(places, each.item, each.place) : undefined
    if (holders.seen <= skip) {
      holders.skipped++
      continue
    }
    if (each.kind === 'bad') problem(each.place, each.facts)
    else if (each.kind === 'holder') waiting.push({ place: each.place, item: each.item, ...(first === undefined ? {} : { first }) })
    if (waiting.length >= target.batch) await flush()
    if (holders.seen % every === 0) options.progress(`${holders.seen} rows: ${holders.added} new, ${holders.known} known, ${holders.bad} bad`)
  }
  if (holders.seen > 0) await flush()
}

/** Where the same certificate stood before in this source. */
function firstPlace(places: Map<string, string>, { certificate }: IntakeItem, place: string): string | undefined {
  let key: string
  try {
    key = sm3(toDer(certificate, CERTIFICATE_LIMIT)).slice(0, 32)
  } catch {
    // what is wrong with it is told when it is read
    return undefined
  }
  const first = places.get(key)
  if (first === undefined && places.size < MOST_PLACES) places.set(key, place)
  return first
}

function aboutList({ place, crl }: Extract<Found, { kind: 'crl' }>, cas: readonly FoundCa[], snapshot: TrustSnapshot): ImportReport['crls'][number] {
  const issuers = [...cas.map(each => each.certificate), ...snapshot.named(crl.issuer.key).map(each => each.certificate)].filter(
    each => each.subject.key === crl.issuer.key,
  )
  const signature = issuers.length === 0 ? 'unknown-issuer' : issuers.some(issuer => crl.signedBy(issuer)) ? 'good' : 'bad'
  return {
    place,
    issuer: crl.issuer.text,
    signature,
    thisUpdate: crl.thisUpdate.toISOString(),
    ...(crl.nextUpdate === undefined ? {} : { nextUpdate: crl.nextUpdate.toISOString() }),
  }
}

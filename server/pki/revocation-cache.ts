/**
 * Owns the revocation lists at hand: fetching one where a certificate says, keeping it while it serves, asking for a newer one ahead of time, and telling others when
 * one changed. One list is revocation-list.ts; what it means is decided by crl.ts and revocation-verdict.ts.
 */
import { setTimeout } from 'node:timers/promises'
import type { Clock } from '../kernel/clock.ts'
import { asBrokerError, BrokerError } from '../kernel/errors.ts'
import type { Log } from '../kernel/log.ts'
import type { Certificate } from './certificate.ts'
import { dueAt, type Held, isAhead, isNewer, lastOf, readHeld, serves } from './revocation-list.ts'
import type { RevocationRule } from './revocation-rule.ts'
import { type Asking, type SignersFor, type Source, type Sources, sourceKey } from './revocation-sources.ts'

/** A list that is new here. `der` is as it was signed, so that another process can take it as it is. */
export interface ListChange {
  url: string
  der: Buffer
  thisUpdate: Date
  nextUpdate: Date | undefined
  /** serials that stand here and did not in the list that this process had before, of any number; read while it is wanted */
  newSerials(): Iterable<string>
}

export interface ListCache {
  /**
   * The list at an address, young enough for the rule.
   * @param patience `spare` asks no source that failed lately: for lists one can do without
   * @throws BrokerError `revocation_unknown`, `outbound_refused`, `certificate_malformed`
   */
  at(kind: 'crl' | 'delta', url: string, asking: Asking, patience: 'insist' | 'spare'): Promise<Held>
  /** milliseconds: until when this list is used without asking */
  heldUntil(held: Held, rule: RevocationRule): number
  /** milliseconds: when it is refreshed without anybody waiting */
  refreshAt(held: Held): number
  refresh(): Promise<void>
  /** Another process's word that there is a newer list, and the list. */
  take(url: string, bytes?: Uint8Array, issued?: Date): Promise<void>
  forget(url?: string): void
  find(source: Source): Held | undefined
  /** what is at hand from an address for this CA, however old */
  last(url: string, issuer: Certificate): Held | undefined
  all(): Iterable<Held>
}

export interface ListCacheOptions {
  bring: (url: string, issuer: Certificate) => Promise<Buffer>
  clock: Clock
  log: Log
  sources: Sources
  signersFor: SignersFor
  /** milliseconds that somebody waits for a list; the fetch itself goes on, and serves whoever comes next */
  wait: number
  /** something at hand is another: answers remembered before it may be wrong */
  onHeld: () => void
  onChanged: (change: ListChange) => void
}

const MAX_HELD = 2000
const MAX_BYTES = 256 * 1024 * 1024
const MAX_OFFERED = 64 * 1024 * 1024
/** How many sources are refreshed at once. */
const ABREAST = 8
/** The part of a list's time after which it is refreshed in the background, so that nobody waits for it. */
const AHEAD = 0.8
/** After so many failures in a row only those who need the source ask it. */
const GIVE_UP = 100

interface Brought {
  held: Held
  der: Buffer
}

export function createListCache({ bring, clock, log, sources, signersFor, wait, onHeld, onChanged }: ListCacheOptions): ListCache {
  const lists = new Map<string, Held>()
  const underway = new Map<string, Promise<Held>>()
  /** lists that another process has: they serve where the source is silent */
  const offered = new Map<string, Buffer>()
  let generation = 0
  /** orders the beginnings of fetches and the words of others: what began before a word may be what the word is against */
  let sequence = 0

  const now = () => clock.now().getTime()

  /** One request a source at a time; whoever comes meanwhile waits for the same. */
  function fetchList(source: Source, asking: Pick<Asking, 'certificate' | 'issuer'>): Promise<Held> {
    const key = sourceKey(source.url, asking.issuer)
    const running = underway.get(key)
    if (running !== undefined) return running
    const began = generation
    const since = ++sequence
    const fetched = (async () => {
      try {
        const brought = await bestOf(source, asking)
        sources.answered(source)
        return began === generation ? keep(key, brought, { from: 'fetched', since }) : brought.held
      } catch (thrown) {
        throw sources.failed(source, thrown)
      }
    })()
    const cleaned = fetched.finally(() => {
      if (underway.get(key) === cleaned) underway.delete(key)
    })
    underway.set(key, cleaned)
    return cleaned
  }

  /** What the source says, or what another process had from it, whichever is newer. */
  async function bestOf(source: Source, { certificate, issuer }: Pick<Asking, 'certificate' | 'issuer'>): Promise<Brought> {
    const reading = { source, certificate, issuer, signersFor, at: now() }
    const read = (bytes: Uint8Array) => readHeld(bytes, reading, lists.get(source.key))
    const [fetched] = await Promise.allSettled([bring(source.url, issuer).then(read)])
    const given = offered.get(source.url)
    const other = given === undefined ? undefined : await read(given).catch(() => undefined)
    if (fetched.status === 'rejected') {
      if (other !== undefined) return other
      throw fetched.reason
    }
    if (other !== undefined && isNewer(other.held.crl, fetched.value.held.crl)) return other
    // the source has caught up
    offered.delete(source.url)
    return fetched.value
  }

  /** A list that another process gave and nobody here asked for yet: at hand from now on, and due at once. */
  async function adopt(source: Source, { certificate, issuer }: Asking): Promise<Held | undefined> {
    const given = offered.get(source.url)
    if (given === undefined) return undefined
    const began = generation
    const read = await readHeld(given, { source, certificate, issuer, signersFor, at: 0 }).catch(() => undefined)
    if (read === undefined || began !== generation) return undefined
    return keep(source.key, read, { from: 'told', since: sequence })
  }

  /** Only what its issuer signed gets here, and an old list sent again by somebody in between does not undo a newer one. */
  function keep(key: string, { held, der }: Brought, { from, since }: { from: 'fetched' | 'told'; since: number }): Held {
    const before = lists.get(key)
    const superseded = before !== undefined && before.superseded > since ? before.superseded : 0
    if (before !== undefined && !isAhead(before, now()) && !isNewer(held.crl, before.crl)) {
      before.askedAt = held.askedAt
      before.superseded = superseded
      return before
    }
    held.superseded = superseded
    lists.delete(key)
    lists.set(key, held)
    shrink()
    onHeld()
    const { url, crl } = held
    if (from === 'fetched')
      onChanged({ url, der, thisUpdate: crl.thisUpdate, nextUpdate: crl.nextUpdate, newSerials: () => crl.serialsSince(before?.crl) })
    return held
  }

  function shrink(): void {
    let bytes = 0
    for (const { length } of lists.values()) bytes += length
    for (const [key, { length }] of lists) {
      if (lists.size <= 1 || (lists.size <= MAX_HELD && bytes <= MAX_BYTES)) return
      bytes -= length
      lists.delete(key)
    }
  }

  function offer(url: string, der: Buffer): void {
    offered.delete(url)
    offered.set(url, der)
    let bytes = 0
    for (const each of offered.values()) bytes += each.length
    for (const [key, each] of offered) {
      if (bytes <= MAX_OFFERED) return
      bytes -= each.length
      offered.delete(key)
    }
  }

  async function waitFor(fetched: Promise<Held>, source: Source): Promise<Held> {
    const enough = new AbortController()
    const late = setTimeout(wait, undefined, { signal: enough.signal, ref: false }).then(() => {
      sources.late(source)
      throw new BrokerError('revocation_unknown', `${source.url} takes longer than ${wait / 1000} s`)
    })
    try {
      return await Promise.race([fetched, late])
    } finally {
      enough.abort()
    }
  }

  const heldUntil = (held: Held, rule: RevocationRule): number =>
    Math.min(Math.max(dueAt(held, rule.recheckAfter), held.source.retryAt), lastOf(held, rule))

  function refreshAt(held: Held): number {
    const shortest = Math.min(...[...held.source.rules.values()].map(rule => rule.recheckAfter))
    return Math.max(held.askedAt + (dueAt(held, shortest) - held.askedAt) * AHEAD, held.source.retryAt)
  }

  /** Lists that are due soon, and sources that had nothing when they were asked: the next person should not be the one who finds them well again. */
  function isDue(source: Source): boolean {
    if (source.kind === 'ocsp') return false
    const held = lists.get(source.key)
    if (held !== undefined) return held.superseded > 0 || now() >= refreshAt(held)
    // a host that the trust list does not name stays unasked until somebody needs it
    const hopeless = source.failure === undefined || source.failure.error.code === 'outbound_refused' || source.failures >= GIVE_UP
    return !hopeless && now() >= source.retryAt
  }

  const warn = (url: string, error: unknown) =>
    log.warn({ url, reason: asBrokerError(error).facts }, 'a revocation list could not be fetched; one at hand still serves until it ends')

  return {
    heldUntil,
    refreshAt,

    async at(kind, url, asking, patience) {
      const source = sources.of(kind, url, asking)
      const held = lists.get(source.key) ?? (offered.has(url) ? await adopt(source, asking) : undefined)
      const useful = held !== undefined && serves(held, asking.rule, now())
      if (held !== undefined) {
        // the one used last stands last
        lists.delete(source.key)
        lists.set(source.key, held)
        held.source = source
        if (useful && held.superseded === 0 && now() < heldUntil(held, asking.rule)) return held
      }
      if (patience === 'spare' && now() < source.retryAt && source.failure !== undefined) throw source.failure.error
      try {
        return await waitFor(fetchList(source, held ?? asking), source)
      } catch (thrown) {
        if (held === undefined || !useful || !(thrown instanceof BrokerError)) throw thrown
        // the list at hand holds until it ends, or as long as the rule says; the source is not asked again at once
        held.superseded = 0
        warn(url, thrown)
        return held
      }
    },

    async refresh() {
      const due = sources.all().filter(isDue)
      const work = due.values()
      const worker = async () => {
        for (const source of work) await fetchList(source, lists.get(source.key) ?? source.asking).catch(error => warn(source.url, error))
      }
      await Promise.all(Array.from({ length: Math.min(ABREAST, due.length) }, worker))
    },

    async take(url, bytes, issued) {
      const isNews = ({ crl }: Held) => issued === undefined || crl.thisUpdate < issued
      const all = [...lists].filter(([, held]) => held.url === url)
      const mine = all.filter(([, held]) => isNews(held))
      if (mine.length === 0 && (all.length > 0 || bytes === undefined)) return
      const began = generation
      let taken = 0
      for (const [key, held] of mine) {
        const told = bytes === undefined ? undefined : await readHeld(bytes, { ...held, signersFor, at: held.askedAt }, held).catch(() => undefined)
        if (told === undefined) {
          held.superseded = ++sequence
          underway.delete(key)
        } else if (began === generation) {
          keep(key, told, { from: 'told', since: Number.POSITIVE_INFINITY })
          taken++
        }
      }
      if (bytes !== undefined && bytes.length <= MAX_OFFERED && (taken === 0 || taken < mine.length)) offer(url, Buffer.from(bytes))
      onHeld()
    },

    forget(url) {
      generation++
      for (const [key, held] of lists) if (url === undefined || held.url === url) lists.delete(key)
      for (const key of underway.keys()) if (url === undefined || key.endsWith(` ${url}`)) underway.delete(key)
      for (const key of offered.keys()) if (url === undefined || key === url) offered.delete(key)
      sources.forget(url)
      onHeld()
    },

    find: source => lists.get(source.key),
    last: (url, issuer) => lists.get(sourceKey(url, issuer)),
    all: () => lists.values(),
  }
}

import { days } from '../../kernel/clock.ts'
import { newTraceCode } from '../../kernel/ids.ts'
import { WARNED_DAYS } from './remake.ts'
import type { LifeRoom, SealView } from './room.ts'

/**
 * Watches the certificates that seals are bound to: which seals a certificate touches, who is warned before it ends, who is told that it was revoked, and who is offered a remake. Reads by certificate, never all
 * seals. Does not know when a shield is renewed or revoked: whoever does calls.
 */
export interface SealWatch {
  /** the seals in force, made or suspended whose list holds this certificate */
  affectedBy(thumbprint: string): Promise<SealView[]>
  /**
   * The certificate was revoked: each seal that lists it says so, once, to its people and in the company's record. With a revoked certificate nobody seals, whatever the seal's state, so that stays: whoever comes
   * with the next shield is led to the remake. @returns how many seals were told
   */
  revoked(thumbprint: string, trace: string): Promise<number>
  /**
   * Somebody came with a certificate: the seals that list another one of theirs and not this one, each told once a certificate.
   * @param first whether the certificate is seen for the first time; otherwise nobody is told again
   */
  renewed(who: { membershipId: string; thumbprint: string }, first: boolean, trace: string): Promise<SealView[]>
  /** Warns 30, 7 and 1 days before a listed certificate ends, each once, at most `limit` each. @returns how many were told */
  warn(limit: number): Promise<number>
}

/** seals of one certificate; more than a company has */
const MOST = 1000

export function createWatch(room: LifeRoom): SealWatch {
  const { store, trail, clock, listed } = room

  return {
    affectedBy: async thumbprint => (await store.holding(thumbprint, MOST)).map(row => listed(row)),

    async revoked(thumbprint, trace) {
      let told = 0
      for (const row of await store.holding(thumbprint, MOST)) {
        const entry = {
          enterpriseId: row.enterpriseId,
          at: room.now(),
          kind: 'seal-certificate-revoked' as const,
          personName: '',
          seal: row.id,
          trace,
        }
        const news = room.news.of(listed(row), 'seal.certificate-revoked', { trace, thumbprint })
        const about = { entry: { ...entry, reference: `${row.name}${row.under ?? ''}` }, ...(news === undefined ? {} : { news }) }
        if (!(await store.markRevoked(row.id, thumbprint, entry.at, about))) continue
        await trail.append({ code: 'seal.certificate-revoked', trace, facts: { seal: row.id, thumbprint } })
        room.news.wake()
        told++
      }
      return told
    },

    async renewed({ membershipId, thumbprint }, first, trace) {
      const lines = await store.ofHolder(membershipId, MOST)
      const having = new Set(lines.filter(({ certificate }) => certificate.thumbprint === thumbprint).map(({ seal }) => seal.id))
      const lacking = new Map(lines.filter(({ seal }) => !having.has(seal.id)).map(({ seal }) => [seal.id, listed(seal)]))
      const offered = [...lacking.values()].filter(({ state }) => state === 'in-force' || state === 'expired')
      for (const view of first ? offered : []) {
        await trail.append({ code: 'seal.remake-offered', trace, facts: { seal: view.row.id, by: membershipId, thumbprint } })
        room.news.tell(view, 'seal.remake-offered', { trace, thumbprint, membershipId })
      }
      return offered
    },

    async warn(limit) {
      const now = clock.now()
      let told = 0
      // the nearest first: what ends tomorrow is said once, not three times
      for (const left of WARNED_DAYS.toReversed()) {
        for (const { seal, certificate } of await store.ending(now, new Date(now.getTime() + days(left)), left, limit)) {
          const { thumbprint, membershipId } = certificate
          const about = { trace: newTraceCode(), thumbprint, membershipId, days: left }
          // another process may have been faster
          if (!(await store.warn(seal.id, thumbprint, left, room.news.of(listed(seal), 'seal.certificate-ending', about)))) continue
          await trail.append({ code: 'seal.certificate-ending', trace: about.trace, facts: { seal: seal.id, thumbprint, days: left } })
          room.news.wake()
          told++
        }
      }
      return told
    },
  }
}

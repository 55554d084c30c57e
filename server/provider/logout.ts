import { z } from 'zod'
import type { Trail } from '../audit/events.ts'
import { type Clock, seconds } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import type { Stores } from '../storage/stores.ts'
import type { TraceStep } from '../storage/stores-audit.ts'
import type { Proof } from '../storage/stores-parties.ts'
import type { Clients } from './clients.ts'
import { readGrantId } from './grant-id.ts'
import type { Keys } from './keys.ts'

/**
 * Ends sessions and tells the centers: OpenID Connect Back-Channel Logout 1.0. Every notice goes through the outbox, so it outlives this process, is tried
 * again, and ends with the dead letters where an operator sees it. A logout that a bank began starts here; one that a person or a center
 * began starts in the library and arrives as `notify`. The browser's way to the bank is the login room's.
 */
export interface Logout {
  /** @returns whether the center is one that is told */
  notify(notice: Omit<Notice, 'id'>): Promise<boolean>
  /**
   * Ends every session that stands on a login through this bank: of one person (`subject`), or of one session at the bank. At least one of the two. May be done again: where it failed or died, it goes on, and a center
   * may be told twice.
   * @returns how many sessions ended and how many notices went out
   */
  endSessions(who: { bank: string; subject?: string; bankSession?: string; trace: string }): Promise<{ sessions: number; centers: number }>
  /** starts delivering */
  start(): Promise<void>
}

const notice = z.object({ id: z.string(), clientId: z.string(), sub: z.string(), sid: z.string(), trace: z.string() })
type Notice = z.infer<typeof notice>

export interface LogoutDeps {
  issuer: string
  stores: Pick<Stores, 'providerRecords' | 'proofs' | 'parties' | 'outbox'>
  clients: Clients
  keys: Keys
  trail: Trail
  trace(step: Omit<TraceStep, 'at'>): void
  clock: Clock
  /** bounded in size and time, and held to the allow-list */
  fetch: typeof fetch
}

const QUEUE = 'backchannel-logout'
/** people have a handful of sessions; a number beyond this is an attack or an error, and the rest ends by itself */
const LIMIT = 200
/** a person goes on to another center while their session is ended */
const TRIES = 8

const sessionPayload = z.looseObject({
  accountId: z.string(),
  exp: z.number().optional(),
  authorizations: z
    .record(z.string(), z.object({ sid: z.string().optional(), grantId: z.string().optional(), persistsLogout: z.boolean().optional() }))
    .default({}),
})

export function createLogout(deps: LogoutDeps): Logout {
  const { stores, clients, keys, trail, clock } = deps

  async function notify(told: Omit<Notice, 'id'>): Promise<boolean> {
    if ((await clients.find(told.clientId))?.logoutUri === undefined) return false
    await stores.outbox.send(QUEUE, { id: newId(), ...told })
    return true
  }

  /**
   * Throws to be tried again. A token is made anew for each try: one made earlier would have expired, and its `jti` may have been seen.
   * @param attempt what the outbox tells of this try: whether it is the last before the job is dead
   */
  async function deliver(job: Record<string, unknown>, attempt: { last: boolean }): Promise<void> {
    const { clientId, sub, sid, trace } = notice.parse(job)
    const url = (await clients.find(clientId))?.logoutUri
    // taken off the register since: there is nobody left to tell
    if (url === undefined) return
    const iat = Math.floor(clock.now().getTime() / 1000)
    const events = { 'http://schemas.openid.net/event/backchannel-logout': {} }
    const token = await keys.sign('logout+jwt', { iss: deps.issuer, aud: clientId, iat, exp: iat + 120, jti: newId(), sub, sid, events })
    const step = { trace, hop: 'center' as const, step: 'backchannel-logout', facts: { client: clientId } }
    try {
      await post(url, token)
    } catch (error) {
      const received = error instanceof BrokerError ? (error.received ?? error.facts) : 'no answer'
      deps.trace({ ...step, outcome: 'failed', code: 'center_unreachable', received, expected: `200 or 204 from ${url}` })
      if (attempt.last) await trail.append({ code: 'logout.undelivered', trace, facts: { client: clientId } })
      throw error
    }
    deps.trace({ ...step, outcome: 'ok' })
    await trail.append({ code: 'logout.notified', trace, facts: { client: clientId } })
  }

  async function post(url: string, token: string): Promise<void> {
    const answer = await deps.fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ logout_token: token }),
      redirect: 'manual',
      signal: AbortSignal.timeout(seconds(5)),
    })
    await answer.body?.cancel()
    if (answer.status !== 200 && answer.status !== 204) {
      throw new BrokerError('center_unreachable', `the center answered ${answer.status} to a logout notice`, {
        received: `status ${answer.status}`,
        expected: '200 or 204',
      })
    }
  }

  /** Members whose sessions may be meant, and how to tell by its proof whether one is. */
  async function suspects(who: {
    bank: string
    subject?: string
    bankSession?: string
  }): Promise<{ members: string[]; meant(proof: Proof): boolean }> {
    const { bank, subject, bankSession } = who
    const byBank = bankSession === undefined ? [] : (await stores.proofs.byBankSession(bank, bankSession, LIMIT)).map(proof => proof.membershipId)
    const bySubject = subject === undefined || bankSession !== undefined ? [] : await stores.parties.membershipsOf(bank, subject)
    return {
      members: [...new Set([...byBank, ...bySubject])],
      meant: proof => proof.bank === bank && (bankSession === undefined ? proof.subject === subject : proof.bankSession === bankSession),
    }
  }

  /** From here on the session is none to anybody, and its centers are all there will be. @returns it; undefined where it is gone */
  async function end(id: string, found: Record<string, unknown>): Promise<Record<string, unknown> | undefined> {
    let payload: Record<string, unknown> | undefined = found
    for (let tries = 1; tries <= TRIES; tries++) {
      if (payload === undefined || payload['ended'] === true) return payload
      const { exp } = sessionPayload.parse(payload)
      const ended = { ...payload, ended: true }
      if (await stores.providerRecords.replaceSession(id, payload, ended, exp === undefined ? undefined : new Date(exp * 1000))) return ended
      payload = (await stores.providerRecords.find('Session', id))?.payload
    }
    throw new BrokerError('database_unavailable', `a session was changed ${TRIES} times before it could be ended`)
  }

  return {
    notify,
    async endSessions(who) {
      const { members, meant } = await suspects(who)
      let sessions = 0
      let centers = 0
      for (const membershipId of members) {
        for (const { id, payload } of await stores.providerRecords.sessionsOf({ membershipId }, LIMIT)) {
          const { accountId, authorizations } = sessionPayload.parse(payload)
          const proofIds = new Set(Object.values(authorizations).flatMap(({ grantId }) => readGrantId(grantId ?? '')?.proofId ?? []))
          const proofs = await Promise.all([...proofIds].map(proofId => stores.proofs.find(proofId)))
          if (!proofs.some(found => found !== undefined && meant(found.proof))) continue
          // first the end, then the telling: whoever is told must find it done. The row stays until all is done: who died over it finds it again
          const ended = await end(id, payload)
          if (ended === undefined) continue
          const centersOf = Object.entries(sessionPayload.parse(ended).authorizations)
          for (const [, { grantId, persistsLogout }] of centersOf) {
            if (grantId !== undefined && persistsLogout !== true)
              await Promise.all([stores.providerRecords.revokeGrant(grantId), stores.providerRecords.destroy('Grant', grantId)])
          }
          for (const [clientId, { sid }] of centersOf) {
            if (sid !== undefined && (await notify({ clientId, sub: accountId, sid, trace: who.trace }))) centers++
          }
          await stores.providerRecords.destroy('Session', id)
          sessions++
        }
      }
      await trail.append({ code: 'logout.started', trace: who.trace, facts: { by: `bank:${who.bank}`, sessions, centers } })
      return { sessions, centers }
    },
    start: () => stores.outbox.work(QUEUE, deliver),
  }
}

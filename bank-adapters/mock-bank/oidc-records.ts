/** Owns the OpenID Provider's records in memory, one set a bank. The library's own memory adapter is shared by every provider of a process and cannot be searched. */
import type { Adapter, AdapterPayload } from 'oidc-provider'
import type { Clock } from '../../server/kernel/clock.ts'

interface Kept {
  payload: AdapterPayload
  until: number
}

export interface OidcRecords {
  adapter(model: string): Adapter
  /** every live session of an account */
  sessionsOf(account: string): AdapterPayload[]
  dropSession(id: string): void
}

/** of one model */
const LIMIT = 20_000

/** @param input.client looked up by id, since its addresses may be known later than the provider */
export function createOidcRecords(input: { clock: Clock; client(id: string): AdapterPayload | undefined }): OidcRecords {
  const { clock, client } = input
  const models = new Map<string, Map<string, Kept>>()
  /** session uid to session id */
  const uids = new Map<string, string>()
  const recordsOf = (model: string): Map<string, Kept> => {
    const found = models.get(model) ?? new Map<string, Kept>()
    models.set(model, found)
    return found
  }
  const live = (kept: Kept | undefined): AdapterPayload | undefined =>
    kept !== undefined && kept.until > clock.now().getTime() ? kept.payload : undefined

  function drop(records: Map<string, Kept>, id: string): void {
    const uid = records.get(id)?.payload.uid
    if (uid !== undefined) uids.delete(uid)
    records.delete(id)
  }

  function keep(records: Map<string, Kept>, id: string, payload: AdapterPayload, seconds: number): void {
    const now = clock.now().getTime()
    // oldest first, as a map holds them: what is over, and what is too much
    for (const [old, { until }] of records) {
      if (until > now && records.size < LIMIT) break
      drop(records, old)
    }
    drop(records, id)
    records.set(id, { payload, until: now + seconds * 1000 })
    if (payload.uid !== undefined) uids.set(payload.uid, id)
  }

  return {
    adapter(model) {
      const records = recordsOf(model)
      return {
        upsert: async (id, payload, expiresIn) => keep(records, id, payload, expiresIn ?? 86_400),
        find: async id => (model === 'Client' ? client(id) : live(records.get(id))),
        findByUid: async uid => live(records.get(uids.get(uid) ?? '')),
        // the device flow is off
        findByUserCode: async () => undefined,
        async consume(id) {
          const found = live(records.get(id))
          if (found !== undefined) found.consumed = Math.floor(clock.now().getTime() / 1000)
        },
        destroy: async id => drop(records, id),
        async revokeByGrantId(grantId) {
          for (const [id, { payload }] of records) if (payload.grantId === grantId) drop(records, id)
        },
      }
    },
    sessionsOf: account =>
      [...recordsOf('Session').values()].flatMap(kept => {
        const payload = live(kept)
        return payload?.accountId === account ? [payload] : []
      }),
    dropSession: id => drop(recordsOf('Session'), id),
  }
}

import type { AuditEvent, Trail } from '../../server/audit/events.ts'
import { BrokerError } from '../../server/kernel/errors.ts'
import type { Stores } from '../../server/storage/stores.ts'
import type { TraceStep } from '../../server/storage/stores-audit.ts'
import type { SigningKey } from '../../server/storage/stores-keys.ts'
import type { LoginRecord } from '../../server/storage/stores-logins.ts'
import type { ClientRecord, Membership, Proof } from '../../server/storage/stores-parties.ts'

/** The stores this room uses, in memory: JSON in, JSON out, and an outbox that is worked by hand. What the database itself promises is tested with the database. */
export function memoryStores() {
  const copy = <T>(value: T): T => structuredClone(value)
  const logins = new Map<string, { record: LoginRecord; interaction: Record<string, unknown> }>()
  const records = new Map<string, { payload: Record<string, unknown>; expiresAt: Date | undefined; consumedAt?: Date }>()
  const proofs = new Map<string, { proof: Proof; membership: Membership }>()
  const members = new Map<string, Membership>()
  const consents = new Set<string>()
  const clients = new Map<string, ClientRecord>()
  const keys = new Map<string, SigningKey>()
  const once = new Set<string>()
  const jobs: { queue: string; job: Record<string, unknown> }[] = []
  const handlers = new Map<string, (job: Record<string, unknown>, attempt: { last: boolean }) => Promise<void>>()
  const writes: string[] = []
  const wrote = (what: string) => void writes.push(what)
  const alive = (key: string) => {
    const found = records.get(key)
    return found !== undefined && (found.expiresAt === undefined || found.expiresAt.getTime() > Date.now()) ? found : undefined
  }
  const under = (model: string) => [...records].filter(([key]) => key.startsWith(`${model}/`) && alive(key) !== undefined)

  const stores: Pick<Stores, 'logins' | 'providerRecords' | 'parties' | 'proofs' | 'consents' | 'clients' | 'signingKeys' | 'onceIds' | 'outbox'> = {
    logins: {
      async put(record, interaction) {
        wrote('login put')
        logins.set(record.id, copy({ record, interaction }))
      },
      find: async id => copy(logins.get(id)),
      async save(record) {
        const found = logins.get(record.id)
        if (found?.record.version !== record.version) throw new BrokerError('login_moved_on', 'another save was faster')
        found.record = copy({ ...record, version: record.version + 1 })
        return copy(found.record)
      },
      async remove(id) {
        wrote('login remove')
        logins.delete(id)
      },
    },
    providerRecords: {
      async upsert(model, id, payload, expiresAt) {
        wrote(`${model} upsert`)
        records.set(`${model}/${id}`, { payload: JSON.parse(JSON.stringify(payload)), expiresAt })
      },
      async replaceSession(id, before, payload, expiresAt) {
        const found = records.get(`Session/${id}`)
        if (found === undefined || JSON.stringify(found.payload) !== JSON.stringify(before)) return false
        await this.upsert('Session', id, payload, expiresAt)
        return true
      },
      async find(model, id) {
        const found = alive(`${model}/${id}`)
        return found && { payload: copy(found.payload), ...(found.consumedAt === undefined ? {} : { consumedAt: found.consumedAt }) }
      },
      async findByUid(model, uid) {
        const [, found] = under(model).find(([, { payload }]) => payload['uid'] === uid) ?? []
        return found && { payload: copy(found.payload) }
      },
      async consume(model, id) {
        wrote(`${model} consume`)
        const found = alive(`${model}/${id}`)
        if (found === undefined || found.consumedAt !== undefined) return false
        found.consumedAt = new Date()
        return true
      },
      async findBehind(model, id) {
        const found = await this.find(model, id)
        const { grantId, sessionUid } = found?.payload ?? {}
        const grant = typeof grantId === 'string' ? await this.find('Grant', grantId) : undefined
        const session = typeof sessionUid === 'string' ? await this.findByUid('Session', sessionUid) : undefined
        const proven = typeof grantId === 'string' ? copy(proofs.get(grantId.split('.')[0] ?? '')) : undefined
        return found && { ...found, ...(grant && { grant }), ...(session && { session }), ...(proven && { proven }) }
      },
      async destroy(model, id) {
        wrote(`${model} destroy`)
        records.delete(`${model}/${id}`)
      },
      async revokeGrant(grantId) {
        wrote('revoke grant')
        for (const [key, { payload }] of records) if (payload['grantId'] === grantId) records.delete(key)
        records.delete(`Grant/${grantId}`)
      },
      sessionsOf: async ({ membershipId }, limit) =>
        under('Session')
          .filter(([, { payload }]) => payload['accountId'] === membershipId)
          .slice(0, limit)
          .map(([key, { payload }]) => ({ id: key.slice('Session/'.length), payload: copy(payload) })),
    },
    parties: {
      recognise: async () => {
        throw new Error('not here')
      },
      membership: async id => members.get(id) ?? [...proofs.values()].find(({ membership }) => membership.id === id)?.membership,
      membershipsOf: async (bank, subject) => [
        ...new Set(
          [...proofs.values()].filter(({ proof }) => proof.bank === bank && proof.subject === subject).map(({ membership }) => membership.id),
        ),
      ],
      async suspend(membershipId, suspended) {
        for (const { membership } of proofs.values()) if (membership.id === membershipId) membership.suspended = suspended
        const member = members.get(membershipId)
        if (member !== undefined) member.suspended = suspended
      },
      shieldsOf: async () => [],
      counts: async () => ({ enterprises: 0, persons: 0, shields: 0 }),
    },
    proofs: {
      async insert(proof) {
        const membership =
          [...proofs.values()].find(known => known.membership.id === proof.membershipId)?.membership ?? members.get(proof.membershipId)
        if (membership !== undefined) proofs.set(proof.id, { proof, membership })
      },
      find: async id => copy(proofs.get(id)),
      byBankSession: async (bank, bankSession, limit) =>
        [...proofs.values()]
          .map(({ proof }) => proof)
          .filter(proof => proof.bank === bank && proof.bankSession === bankSession)
          .slice(0, limit),
    },
    consents: {
      has: async (membershipId, clientId, scopes) => scopes.every(scope => consents.has(`${membershipId}/${clientId}/${scope}`)),
      async grant(membershipId, clientId, scopes) {
        for (const scope of scopes) consents.add(`${membershipId}/${clientId}/${scope}`)
      },
      withdraw: async () => undefined,
    },
    clients: {
      find: async id => copy(clients.get(id)),
      async put(client) {
        clients.set(client.id, copy(client))
      },
      list: async () => [...clients.values()],
    },
    signingKeys: {
      list: async use => [...keys.values()].filter(key => key.use === use).map(copy),
      async insert(key) {
        if (keys.has(key.kid)) return false
        keys.set(key.kid, copy(key))
        return true
      },
      async setState(kid, from, to) {
        const key = keys.get(kid)
        if (key?.state !== from) return false
        keys.set(kid, { ...key, state: to })
        return true
      },
      async remove(kid) {
        keys.delete(kid)
      },
    },
    onceIds: {
      async claim(id) {
        if (once.has(id)) return false
        once.add(id)
        return true
      },
      seen: async id => once.has(id),
    },
    outbox: {
      async send(queue, job) {
        jobs.push({ queue, job: copy(job) })
      },
      async work(queue, handler) {
        handlers.set(queue, handler)
      },
      backlog: async () => ({ waiting: jobs.length, dead: 0 }),
      drained: async () => undefined,
    },
  }

  return {
    stores,
    proofs,
    /** persons who are known and have proven nothing yet */
    members,
    records,
    keys,
    writes,
    jobs,
    /** one try at everything that waits; what fails waits on, or is dead when this was its last try. @returns how many were delivered */
    async workOutbox(attempt = { last: false }): Promise<number> {
      let done = 0
      for (const entry of jobs.splice(0)) {
        try {
          await handlers.get(entry.queue)?.(entry.job, attempt)
          done++
        } catch {
          if (!attempt.last) jobs.push(entry)
        }
      }
      return done
    },
  }
}

/** A trail and a tracer that only remember. */
export function memoryTrail() {
  const events: AuditEvent[] = []
  const steps: Omit<TraceStep, 'at'>[] = []
  const trail: Trail = {
    append: async (...more) => void events.push(...more),
  }
  return { events, steps, trail, trace: (step: Omit<TraceStep, 'at'>) => void steps.push(step) }
}

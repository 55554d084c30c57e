import { hash } from 'node:crypto'
import type { AdapterFactory, AdapterPayload } from 'oidc-provider'
import Provider, { errors } from 'oidc-provider'
import { z } from 'zod'
import type { Clock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import type { Stores } from '../storage/stores.ts'
import type { ProviderRecordStore } from '../storage/stores-provider.ts'
import { isDead, readProven } from './accounts.ts'
import type { Clients } from './clients.ts'
import { backChannelRequests, deviceCodes } from './decoupled-records.ts'
import { currentProof, readGrantId } from './grant-id.ts'
import { toLoginRecord, toResult } from './interaction.ts'
import { notesOf } from './notes.ts'
import type { Tries } from './user-code-tries.ts'

/**
 * The library's records in our stores. Owns: compare-and-set on every consumption (the library itself lets twenty of twenty parallel redemptions pass),
 * digests instead of tokens at rest, and the Interaction that is our login record. Does not own what the records mean.
 */
export interface RecordDeps {
  stores: Pick<Stores, 'logins' | 'providerRecords' | 'proofs' | 'onceIds'>
  clients: Clients
  clock: Clock
  /** the trace code of the request under way */
  trace(): string
  /** guesses at user codes, counted */
  tries: Tries
  /** acts on the answer to a back-channel request that nobody acted on yet; whether there was one */
  late(subject: string): Promise<boolean>
}

/** Whoever holds one of these ids is let in, so the database keeps only its digest. */
const SECRET = new Set([
  'AccessToken',
  'ClientCredentials',
  'RefreshToken',
  'AuthorizationCode',
  'Session',
  'PushedAuthorizationRequest',
  'DeviceCode',
  'UserCode',
  'BackchannelAuthenticationRequest',
])

const USED: Record<string, () => Error> = {
  AuthorizationCode: () => new errors.InvalidGrant('authorization code already consumed'),
  RefreshToken: () => new errors.InvalidGrant('refresh token already used'),
  DeviceCode: () => new errors.InvalidGrant('device code already consumed'),
  BackchannelAuthenticationRequest: () => new errors.InvalidGrant('backchannel authentication request already consumed'),
  PushedAuthorizationRequest: () => new errors.InvalidRequestUri('request_uri is invalid, expired, or was already used'),
}

const notes = () => notesOf(Provider.ctx ?? {})

/**
 * A write that nothing in this request reads back: it leaves at once, and the answer waits for it (watch.ts) together with the others, which so share a packet.
 * Outside of a request its caller waits.
 */
async function stage(write: Promise<void>): Promise<void> {
  if (Provider.ctx === undefined) return write
  // its failure is told by whoever waits for all
  write.catch(() => undefined)
  notes().pending.push(write)
}

/** What the library wrote comes back as it was: our stores keep JSON. Only the members that we ourselves read are checked. */
const stored = z.looseObject({ grantId: z.string().optional(), accountId: z.string().optional() }).transform((payload): AdapterPayload => payload)

const noUserCodes = async () => {
  throw new BrokerError('internal', 'user codes lead to device codes alone')
}

export function createRecords(deps: RecordDeps): AdapterFactory {
  return model => {
    switch (model) {
      case 'Client':
        return { ...generic(model, deps), find: async id => (await deps.clients.find(id))?.metadata }
      case 'Interaction':
        return { ...generic(model, deps), ...interactions(deps) }
      case 'Session':
        return sessions(deps)
      case 'DeviceCode':
        return deviceCodes(generic(model, deps), { ...deps, keyOf: id => keyOf('DeviceCode', id), userKeyOf: code => keyOf('UserCode', code) })
      case 'BackchannelAuthenticationRequest':
        return backChannelRequests(generic(model, deps), { ...deps, keyOf: id => keyOf('BackchannelAuthenticationRequest', id) })
      case 'ReplayDetection':
        return { ...generic(model, deps), ...replays(deps) }
      default:
        return generic(model, deps)
    }
  }
}

type Adapter = ReturnType<AdapterFactory>

const keyOf = (model: string, id: string) => (SECRET.has(model) ? hash('sha256', `${model}:${id}`, 'base64url') : id)

function generic(model: string, { stores }: RecordDeps): Adapter {
  const { providerRecords } = stores
  const key = (id: string) => keyOf(model, id)
  return {
    async upsert(id, { jti: _, ...payload }) {
      await stage(providerRecords.upsert(model, key(id), payload, payload.exp === undefined ? undefined : new Date(payload.exp * 1000)))
    },
    async find(id) {
      const found = await (taken(`${model}:${id}`) ?? (isBehind(model) ? findBehind(stores, model, key(id)) : providerRecords.find(model, key(id))))
      if (found === undefined) return undefined
      const payload = stored.parse(found.payload)
      if (payload.grantId !== undefined) notes().grantId = payload.grantId
      if (model === 'RefreshToken') readAhead(stores, payload)
      if (TOKENS.has(model) && (await standsOnNothing(stores, payload))) return undefined
      return { ...payload, jti: id, ...(found.consumedAt === undefined ? {} : { consumed: Math.floor(found.consumedAt.getTime() / 1000) }) }
    },
    async findByUid(uid) {
      const found = await (taken(`${model} ${uid}`) ?? providerRecords.findByUid(model, uid))
      return found === undefined ? undefined : stored.parse(found.payload)
    },
    findByUserCode: noUserCodes,
    async consume(id) {
      if (await providerRecords.consume(model, key(id))) return
      // somebody else had it first, perhaps in this same moment: nobody may keep what came of it (RFC 6749 4.1.2, RFC 9700 4.14.2)
      const { grantId } = notes()
      if (grantId !== undefined && model !== 'PushedAuthorizationRequest') {
        await Promise.all([providerRecords.revokeGrant(grantId), providerRecords.destroy('Grant', grantId)])
      }
      throw USED[model]?.() ?? new errors.InvalidRequest('already used')
    },
    destroy: id => providerRecords.destroy(model, key(id)),
    async revokeByGrantId(grantId) {
      // the library asks once for each kind of token; one statement ends them all
      if (model === 'AccessToken') await providerRecords.revokeGrant(grantId)
    },
  }
}

/** A code is refused by its account (accounts.ts); of tokens the library asks no account at introspection. */
const TOKENS = new Set(['AccessToken', 'RefreshToken'])

/**
 * A token whose proof is dead is none, whoever asks, and lives again with a suspension that ends. Only who gives it back finds it, or it could not be given back meanwhile. The proof was read with the token, or
 * ahead.
 */
async function standsOnNothing({ proofs }: RecordDeps['stores'], { grantId }: AdapterPayload): Promise<boolean> {
  const { ctx } = Provider
  const proofId = grantId === undefined ? undefined : readGrantId(grantId)?.proofId
  if (ctx === undefined || proofId === undefined || ctx.oidc.route === 'revocation') return false
  return isDead(await readProven(ctx, proofs, proofId))
}

/** Whoever brings a refresh token has grant, session and proof read next, one after the other: asked for together, they share a packet. */
function readAhead({ providerRecords, proofs }: RecordDeps['stores'], { grantId, sessionUid }: AdapterPayload): void {
  const { ctx } = Provider
  if (ctx === undefined) return
  const ahead = (name: string, read: NonNullable<ReturnType<typeof taken>>) => {
    // whoever asks for it hears of its failure
    read.catch(() => undefined)
    notes().ahead.set(name, read)
  }
  if (grantId !== undefined) ahead(`Grant:${grantId}`, providerRecords.find('Grant', grantId))
  if (typeof sessionUid === 'string') ahead(`Session ${sessionUid}`, providerRecords.findByUid('Session', sessionUid))
  const proofId = grantId === undefined ? undefined : readGrantId(grantId)?.proofId
  if (proofId !== undefined) readProven(ctx, proofs, proofId).catch(() => undefined)
}

const isBehind = (model: string): model is 'AuthorizationCode' | 'AccessToken' => model === 'AuthorizationCode' || model === 'AccessToken'

/** The same for what is presented with every login: one statement brings all of it. */
async function findBehind(
  { providerRecords }: RecordDeps['stores'],
  model: 'AuthorizationCode' | 'AccessToken',
  key: string,
): ReturnType<ProviderRecordStore['find']> {
  const found = await providerRecords.findBehind(model, key)
  if (found === undefined) return undefined
  const { grant, session, proven, ...record } = found
  const { grantId, sessionUid } = stored.parse(record.payload)
  if (grantId !== undefined) {
    notes().ahead.set(`Grant:${grantId}`, Promise.resolve(grant))
    const proofId = readGrantId(grantId)?.proofId
    if (proofId !== undefined) notes().proven.set(proofId, Promise.resolve(proven))
  }
  if (typeof sessionUid === 'string') notes().ahead.set(`Session ${sessionUid}`, Promise.resolve(session))
  return record
}

/** What was read ahead serves once: whoever asks again wants to know how it stands now. */
function taken(name: string): ReturnType<ProviderRecordStore['find']> | undefined {
  const { ahead } = notes()
  const read = ahead.get(name)
  ahead.delete(name)
  return read
}

/** requests of one browser that change its session at the same moment */
const SESSION_TRIES = 8

function sessions(deps: RecordDeps): Adapter {
  const { providerRecords } = deps.stores
  const plain = generic('Session', deps)
  const textOf = ({ iat: _iat, exp: _exp, jti: _jti, ...rest }: AdapterPayload) => JSON.stringify(rest, sorted)

  /** What this request changed goes into the session as it stands by now: two centers at once lose neither. One that has ended meanwhile stays so. @returns what stands */
  async function change(id: string, found: AdapterPayload | undefined, payload: AdapterPayload): Promise<AdapterPayload | undefined> {
    let before = found
    for (let tries = 1; tries <= SESSION_TRIES; tries++) {
      if (found === undefined || before === undefined || before.accountId !== found.accountId) return undefined
      const next = before === found ? payload : changedLike(before, found, payload)
      if (await providerRecords.replaceSession(id, before, next, next.exp === undefined ? undefined : new Date(next.exp * 1000))) return next
      before = standing((await providerRecords.find('Session', id))?.payload)
    }
    throw new BrokerError('database_unavailable', `a session was changed ${SESSION_TRIES} times meanwhile`)
  }

  return {
    ...plain,
    async upsert(id, payload, ttl) {
      // the library saves a session whenever it was looked at; its end is fixed at login, so what did not change need not be written
      const { session } = notes()
      if (session?.id !== id) return await plain.upsert(id, payload, ttl)
      const text = textOf(payload)
      if (session.text === text) return
      const { jti: _, ...kept } = payload
      const { stands } = session
      const written = stands.then(found => change(keyOf('Session', id), found, structuredClone(kept)))
      notes().session = { id, text, stands: written }
      await stage(written.then(() => undefined))
    },
    async find(id) {
      const found = await (taken(`Session:${id}`) ?? providerRecords.find('Session', keyOf('Session', id)))
      const payload = standing(found && stored.parse(found.payload))
      if (payload === undefined) return undefined
      // the object that the library gets is the library's to change
      notes().session = { id, text: textOf(payload), stands: Promise.resolve(structuredClone(found?.payload)) }
      return { ...payload, jti: id }
    },
    findByUid: async uid => standing((await plain.findByUid(uid)) ?? undefined),
  }
}

/** `now`, with whatever `after` has otherwise than `before` had: a member each, and a center each. */
function changedLike(now: AdapterPayload, before: AdapterPayload, after: AdapterPayload): AdapterPayload {
  const authorizations = changedMembers(now.authorizations ?? {}, before.authorizations ?? {}, after.authorizations ?? {})
  return { ...changedMembers(now, before, after), authorizations }
}
function changedMembers<T extends object>(now: T, before: T, after: T): T {
  const [old, own] = [new Map(Object.entries(before)), new Map(Object.entries(after))]
  const changed = [...new Set([...old.keys(), ...own.keys()])].filter(
    name => JSON.stringify(old.get(name), sorted) !== JSON.stringify(own.get(name), sorted),
  )
  const kept = Object.entries(now).filter(([name]) => !changed.includes(name))
  return Object.fromEntries([...kept, ...changed.flatMap(name => (own.has(name) ? [[name, own.get(name)] as const] : []))]) as T
}

/** A session that a bank's logout has ended is none, though its row stays until all of its centers are told (logout.ts). */
const standing = (payload: AdapterPayload | undefined): AdapterPayload | undefined => (payload?.['ended'] === true ? undefined : payload)

/** JSON comes back from a database in another order than it went in */
const sorted = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value

function interactions({ stores: { logins }, clients, clock, trace }: RecordDeps): Pick<Adapter, 'upsert' | 'find' | 'destroy'> {
  return {
    async upsert(id, payload) {
      // the session's cookie value has no business in another row
      const { session: { cookie: _, ...session } = {}, ...rest } = payload
      const kept = { ...rest, ...(payload.session === undefined ? {} : { session }) }
      const known = notes().login
      if (known?.id === id) return stage(logins.put(known, kept))
      const clientId = payload.params?.['client_id']
      const center = typeof clientId === 'string' ? await clients.find(clientId) : undefined
      if (center === undefined) throw new BrokerError('client_unknown', 'the center vanished while its request was read')
      const proofId = currentProof(Provider.ctx?.oidc.session?.authorizations)?.proofId
      await stage(logins.put(toLoginRecord(id, payload, { center, trace: trace(), proofId, now: clock.now() }), kept))
    },
    async find(id) {
      const found = await logins.find(id)
      if (found === undefined) return undefined
      notes().login = found.record
      const payload = stored.parse(found.interaction)
      const { outcome, trace: code } = found.record
      return { ...payload, jti: id, ...(outcome === undefined ? {} : { result: toResult(outcome, code) }) }
    },
    destroy: id => stage(logins.remove(id)),
  }
}

/** `jti` values of DPoP proofs and client assertions: remembered by compare-and-set, which the library's find-then-save is not. */
function replays({ stores: { onceIds } }: RecordDeps): Pick<Adapter, 'upsert' | 'find'> {
  return {
    async upsert(id, { exp }) {
      const fresh = await onceIds.claim(`provider:${id}`, new Date((exp ?? 0) * 1000))
      if (!fresh) throw new errors.InvalidRequest('this proof was already used')
    },
    find: async () => undefined,
  }
}

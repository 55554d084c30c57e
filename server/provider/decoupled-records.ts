import type { AdapterFactory, AdapterPayload } from 'oidc-provider'
import Provider, { errors } from 'oidc-provider'
import { z } from 'zod'
import type { Stores } from '../storage/stores.ts'
import { notesOf } from './notes.ts'
import type { Tries } from './user-code-tries.ts'

/**
 * The records of logins that end on another screen than the one that asked: device codes (RFC 8628) and back-channel requests (CIBA). Owns how a user code finds its
 * device code, that one browser alone may answer it, and that both keep the trace code under which they began.
 */
type Adapter = ReturnType<AdapterFactory>

interface DecoupledDeps {
  stores: Pick<Stores, 'providerRecords' | 'onceIds'>
  trace(): string
  tries: Tries
  /** does what an answer says that nobody acted on; whether there was one */
  late(subject: string): Promise<boolean>
}

/**
 * Both stay a while after their end: RFC 8628 3.5 and CIBA 11 want `expired_token` for what has just expired, and not the words for what never was.
 * Seconds; the sweep takes them afterwards.
 */
const KEPT_AFTER = 600

const devicePayload = z.looseObject({
  exp: z.number().optional(),
  accountId: z.string().optional(),
  error: z.string().optional(),
  inFlight: z.boolean().optional(),
  grantId: z.string().optional(),
  deviceInfo: z.looseObject({ trace: z.string() }),
})

/**
 * A browser that comes with a user code never learns the device code, and neither does our database: there the record is called by its key, `#` and the digest under which it is stored. Only
 * the pages take such a name; at the token endpoint it is hashed like anything else, and leads nowhere.
 */
const named = (key: string): string => `#${key}`
const PAGES = new Set(['code_verification', 'device_resume'])
function keyNamed(id: string): string | undefined {
  return PAGES.has(Provider.ctx?.oidc.route ?? '') ? /^#([\w-]{43})$/.exec(id)?.[1] : undefined
}

/**
 * Whoever redeems needs the grant, and the library asks for it only after the consumption, when those who came second may have revoked it already (records.ts): then nobody would win. So it is read with the record, as
 * it is for authorization codes.
 */
async function readGrant({ providerRecords }: DecoupledDeps['stores'], grantId: unknown): Promise<void> {
  const { ctx } = Provider
  if (ctx === undefined || typeof grantId !== 'string') return
  notesOf(ctx).ahead.set(`Grant:${grantId}`, Promise.resolve(await providerRecords.find('Grant', grantId)))
}

export function deviceCodes(
  plain: Adapter,
  { stores, tries, keyOf, userKeyOf }: DecoupledDeps & { keyOf(id: string): string; userKeyOf(code: string): string },
): Adapter {
  const { providerRecords, onceIds } = stores
  const keyFor = (id: string) => keyNamed(id) ?? keyOf(id)
  const end = (exp: number | undefined) => new Date(((exp ?? 0) + KEPT_AFTER) * 1000)

  async function find(key: string, id: string): Promise<AdapterPayload | undefined> {
    const found = await providerRecords.find('DeviceCode', key)
    if (found === undefined) return undefined
    const { deviceInfo, grantId, ...rest } = devicePayload.parse(found.payload)
    const notes = notesOf(Provider.ctx ?? {})
    notes.began = deviceInfo.trace
    if (grantId !== undefined) notes.grantId = grantId
    await readGrant(stores, grantId)
    const consumed = found.consumedAt === undefined ? {} : { consumed: Math.floor(found.consumedAt.getTime() / 1000) }
    return { ...rest, deviceInfo, ...(grantId === undefined ? {} : { grantId }), ...consumed, jti: id }
  }

  return {
    ...plain,
    async upsert(id, { jti: _, userCode, ...payload }) {
      const key = keyFor(id)
      const { accountId, error, inFlight, exp } = devicePayload.parse(payload)
      // the first answer at the pages, whichever it is: one browser's alone (the library reads, then writes)
      const answer =
        accountId !== undefined || keyNamed(id) === undefined ? undefined : error === undefined ? 'confirmed' : inFlight ? undefined : 'refused'
      if (answer !== undefined) {
        if (!(await onceIds.claim(`device:${key}`, end(exp))))
          throw new errors.InvalidRequest('the code has already been answered in another browser')
        notesOf(Provider.ctx ?? {}).device = answer
      }
      await providerRecords.upsert('DeviceCode', key, payload, end(exp))
      if (keyNamed(id) === undefined && typeof userCode === 'string') {
        await providerRecords.upsert('UserCode', userKeyOf(userCode), { device: key }, end(exp))
      }
    },
    find: id => find(keyFor(id), id),
    async findByUserCode(userCode) {
      const { ctx } = Provider
      tries.check(ctx)
      const pointer = await providerRecords.find('UserCode', userKeyOf(userCode))
      const key = z.object({ device: z.string() }).optional().parse(pointer?.payload)?.device
      const found = key === undefined ? undefined : await find(key, named(key))
      if (found === undefined) tries.wrong(ctx)
      return found && { ...found, userCode }
    },
  }
}

const requestPayload = z.looseObject({ exp: z.number().optional(), params: z.record(z.string(), z.unknown()).default({}) })

/**
 * A back-channel request is stored under the digest of its auth_req_id. Outside of any request of a center (the person has answered, a ping goes out) it is called `#` and that digest. The id itself is kept among its
 * parameters, for the ping has to name it; it opens nothing without the center's own authentication (ciba.ts refuses public clients).
 */
export function backChannelRequests(plain: Adapter, { stores, trace, keyOf, late }: DecoupledDeps & { keyOf(id: string): string }): Adapter {
  const { providerRecords } = stores
  return {
    ...plain,
    async upsert(id, { jti: _, ...payload }) {
      const { exp, params } = requestPayload.parse(payload)
      const end = new Date(((exp ?? 0) + KEPT_AFTER) * 1000)
      const kept = params['trace'] === undefined ? { ...params, trace: trace(), auth_req_id: id } : params
      await providerRecords.upsert('BackchannelAuthenticationRequest', keyOf(id), { ...payload, params: kept }, end)
    },
    async find(id) {
      if (Provider.ctx === undefined) {
        const found = await providerRecords.find('BackchannelAuthenticationRequest', /^#([\w-]{43})$/.exec(id)?.[1] ?? '')
        if (found === undefined) return undefined
        const { params, ...payload } = requestPayload.parse(found.payload)
        return { ...payload, params, jti: String(params['auth_req_id']) }
      }
      let found = await plain.find(id)
      // answered, and whoever took the answer did not live to act on it: then the center that asks again sets it going
      if (found !== undefined && found.grantId === undefined && found['error'] === undefined && (await late(keyOf(id)))) found = await plain.find(id)
      await readGrant(stores, found?.grantId)
      const began = found?.params?.['trace']
      if (typeof began === 'string') notesOf(Provider.ctx).began = began
      return found
    },
  }
}

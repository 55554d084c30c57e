import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWTPayload, SignJWT } from 'jose'
import { z } from 'zod'
import type { Trail } from '../audit/events.ts'
import { type Clock, seconds } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { newTraceCode } from '../kernel/ids.ts'
import type { Sealing } from '../kernel/sealing.ts'
import type { OnceStore, SigningKey, SigningKeyStore } from '../storage/stores-keys.ts'

/**
 * The ES256 keys that sign what centers receive. A key is `initial` (published, not yet signing) for as long as a center may keep an old key set, then `active`,
 * then `retired` (published, so that what it signed stays verifiable), then removed. At rest a private key is sealed; only this file opens it.
 */
export interface Keys {
  /** the key set for the library: the signing key first, then those that are only published */
  jwks(): { keys: PrivateJwk[] }
  /**
   * Takes one step for each key whose time has come, and starts a new key when the active one is old.
   * @returns true when the key set changed
   */
  maintain(): Promise<boolean>
  /**
   * What an operator asks for: publishes a new key, or makes a published one active once the wait is over.
   * @throws BrokerError `key_not_ready` while centers may still keep the old key set
   */
  rotate(): Promise<void>
  /** signs with the active key. @param typ the media type in the header, such as `logout+jwt` */
  sign(typ: string, payload: JWTPayload): Promise<string>
}

const privateJwk = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  d: z.string(),
  kid: z.string(),
  alg: z.literal('ES256'),
  use: z.literal('sig'),
})
type PrivateJwk = z.infer<typeof privateJwk>

export interface KeyDeps {
  store: SigningKeyStore
  once: OnceStore
  sealing: Sealing
  trail: Trail
  clock: Clock
  /** how long a center may keep a key set, as we tell it in Cache-Control */
  cacheSeconds: number
  /** how long something a retired key signed may still be shown to us or to a center */
  keepSeconds: number
  /** age at which the active key is replaced */
  rotateSeconds: number
}

/** @throws Error when a stored key was sealed under another sealing key */
export async function createKeys(deps: KeyDeps): Promise<Keys> {
  const { store, once, clock, sealing } = deps
  let held: { key: SigningKey; jwk: PrivateJwk }[] = []
  const now = () => clock.now().getTime()
  const label = (kid: string) => `signing-key:provider:${kid}`
  const rotated = (kid: string, state: string) =>
    deps.trail.append({ code: 'keys.rotated', trace: newTraceCode(), facts: { use: 'provider', kid, state } })

  async function reload(): Promise<boolean> {
    const keys = (await store.list('provider')).sort(signingFirst)
    const before = held.map(({ key }) => key.kid + key.state).join()
    held = keys.map(key => ({
      key,
      jwk: held.find(({ jwk }) => jwk.kid === key.kid)?.jwk ?? privateJwk.parse(JSON.parse(sealing.open(key.sealed, label(key.kid)))),
    }))
    return before !== held.map(({ key }) => key.kid + key.state).join()
  }

  async function create(state: 'initial' | 'active'): Promise<void> {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true })
    const jwk = await exportJWK(privateKey)
    const kid = await calculateJwkThumbprint(jwk)
    const sealed = sealing.seal(JSON.stringify({ ...jwk, kid, alg: 'ES256', use: 'sig' }), label(kid))
    const activeFrom = now() + (state === 'initial' ? seconds(deps.cacheSeconds) : 0)
    await store.insert({ kid, use: 'provider', state, sealed, createdAt: clock.now().toISOString(), activeFrom: new Date(activeFrom).toISOString() })
    await rotated(kid, state)
  }

  const inState = (state: SigningKey['state']) => held.map(({ key }) => key).filter(key => key.state === state)
  const due = (key: SigningKey) => Date.parse(key.activeFrom) <= now()

  async function activate(next: SigningKey): Promise<void> {
    // first the new one: a moment with two active keys is harmless, one with none is not
    if (!(await store.setState(next.kid, 'initial', 'active'))) return
    await rotated(next.kid, 'active')
    for (const old of inState('active')) {
      if (await store.setState(old.kid, 'active', 'retired')) await rotated(old.kid, 'retired')
    }
  }

  /** A key retired when its successor became active; what it signed is dead `keepSeconds` later. */
  function outlived(key: SigningKey): boolean {
    const successors = held
      .filter(other => other.key.state !== 'initial' && other.key.activeFrom > key.activeFrom)
      .map(other => Date.parse(other.key.activeFrom))
    return successors.length > 0 && Math.min(...successors) + seconds(deps.keepSeconds) <= now()
  }

  async function ensureActive(): Promise<void> {
    for (let attempt = 0; inState('active').length === 0; attempt++) {
      // of several processes that start on an empty database only one makes the first key; the claim lapses in case it dies half way
      if (await once.claim(`provider-first-key:${Math.floor(now() / seconds(10))}`, new Date(now() + seconds(20)))) await create('active')
      else if (attempt > 100) throw new BrokerError('internal', 'another process began to make the first signing key and did not finish')
      else await new Promise(resume => setTimeout(resume, 200))
      await reload()
    }
  }

  await reload()
  await ensureActive()

  return {
    jwks: () => ({ keys: held.map(({ jwk }) => jwk) }),
    async maintain() {
      const changed = await reload()
      const [active] = inState('active')
      const [next] = inState('initial')
      const before = JSON.stringify(held.map(({ key }) => [key.kid, key.state]))
      if (next !== undefined && due(next)) await activate(next)
      else if (next === undefined && active !== undefined && Date.parse(active.activeFrom) + seconds(deps.rotateSeconds) <= now())
        await create('initial')
      for (const key of inState('retired').filter(outlived)) {
        await store.remove(key.kid)
        await rotated(key.kid, 'removed')
      }
      await reload()
      return changed || before !== JSON.stringify(held.map(({ key }) => [key.kid, key.state]))
    },
    async rotate() {
      await reload()
      const [next] = inState('initial')
      if (next === undefined) await create('initial')
      else if (due(next)) await activate(next)
      else throw new BrokerError('key_not_ready', `key ${next.kid} is published but may not sign before ${next.activeFrom}`)
      await reload()
    },
    async sign(typ, payload) {
      const [signing] = held
      if (signing === undefined) throw new BrokerError('internal', 'there is no signing key')
      return new SignJWT(payload).setProtectedHeader({ alg: 'ES256', kid: signing.jwk.kid, typ }).sign(await importJWK(signing.jwk, 'ES256'))
    },
  }
}

/** active, then initial, then retired; the newest active one signs should there ever be two */
function signingFirst(a: SigningKey, b: SigningKey): number {
  const order = { active: 0, initial: 1, retired: 2 }
  return order[a.state] - order[b.state] || b.activeFrom.localeCompare(a.activeFrom) || a.kid.localeCompare(b.kid)
}

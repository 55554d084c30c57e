import { type KeyObject, randomBytes } from 'node:crypto'
import type { Trail } from '../audit/events.ts'
import { meets } from '../kernel/assurance.ts'
import type { Clock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import { markRecorded } from '../kernel/recorded.ts'
import type { Sealing } from '../kernel/sealing.ts'
import { Certificate } from '../pki/certificate.ts'
import { exportPrivate, exportPublic, generateSm2, importPrivateSm2, importPublicSm2 } from '../pki/sm2.ts'
import type { RemoteFactor, RemoteKey, RemoteKeyStore, RemoteRevocation, RemoteSigningStore } from '../storage/stores-remote-signing.ts'
import type { PersonAuthority } from './authority.ts'
import type { Signer, Terms } from './ports.ts'
import { stepOf, TOTP_SECRET } from './totp.ts'
import { demandStrongPin, type Vault } from './vault.ts'

/**
 * The life of a person's key: made on a recent person check, active once both factors were shown, locked after six wrong tries, revoked. Owns who may have one, which second factor it has, and the count of tries.
 * A try needs the person's own session with a person check in time, so nobody locks anybody else out.
 */
export interface RemoteKeys {
  /** the person's key, if there is one that was not revoked */
  of(personId: string): Promise<RemoteKey | undefined>
  stateOf(key: RemoteKey): KeyState
  triesLeft(id: string): Promise<number>
  /** @throws BrokerError remote_check_needed */
  demandCheck(by: Signer, within: number): void
  /**
   * A new key that waits for both factors; whatever key there is stays until then.
   * @returns the secret of the codes, this once, where they are the second factor
   * @throws BrokerError remote_check_needed, remote_pin_weak, too_many_requests
   */
  make(by: Signer, pin: string): Promise<{ key: RemoteKey; totp?: Buffer }>
  /** One of the person's own that may be used like that. @throws BrokerError remote_key_needed, remote_key_locked, remote_key_tampered */
  demand(by: Signer, id: string, state: 'made' | 'active'): Promise<RemoteKey>
  /**
   * The private key, for this once: the PIN, and the code where that is the second factor. Wrong ones are counted before they are looked at, and not told apart.
   * @throws BrokerError remote_factor_wrong, remote_key_locked, too_many_requests
   */
  unlock(key: RemoteKey, given: { pin: string; code: string }, trace: string): Promise<Unlocked>
  /** Its certificate; the key before it is revoked in the same statement. @throws BrokerError remote_key_needed, where something else came first */
  activate(key: RemoteKey, by: Signer): Promise<RemoteKey>
  /** for good. @throws BrokerError remote_key_needed */
  revoke(by: Signer, reason: RemoteRevocation): Promise<void>
}

export type KeyState = 'made' | 'active' | 'locked' | 'expired' | 'revoked'
export interface Unlocked {
  privateKey: KeyObject
  /** of the code that was taken */
  step?: number
}

export interface KeyDeps {
  stores: { remoteKeys: RemoteKeyStore; remoteSignings: Pick<RemoteSigningStore, 'banksOf'> }
  vault: Vault
  sealing: Pick<Sealing, 'code'>
  authority: PersonAuthority
  /** ids of the banks whose app can sign for a person here */
  appBanks(): readonly string[]
  terms: Terms
  /** news was written with a change */
  wake(): void
  trail: Trail
  clock: Clock
}

export const TRIES = 6

export function createRemoteKeys(deps: KeyDeps): RemoteKeys {
  const { stores, vault, sealing, authority, terms, trail, clock, appBanks } = deps
  const { remoteKeys, remoteSignings } = stores

  /** All that never changes; a key given to another person, or to a weaker factor, by hand is not honoured. */
  const codeOf = ({ id, personId, personName, factor, publicKey, vault: text, check }: Omit<RemoteKey, 'integrity'>): string =>
    sealing.code(JSON.stringify([id, personId, personName, factor, publicKey, text, check.proof, check.bank, check.at]), 'remote-key')

  const labelOf = ({ id, personId }: Pick<RemoteKey, 'id' | 'personId'>): string => `remote-key:${id}:${personId}`

  function demandIntact(key: RemoteKey): void {
    const certificate = key.certificate === undefined ? undefined : new Certificate(Buffer.from(key.certificate, 'base64'))
    const own = certificate === undefined || exportPublic(certificate.publicKey).toString('base64') === key.publicKey
    if (codeOf(key) !== key.integrity || !own) throw new BrokerError('remote_key_tampered', `key ${key.id} is not as it was written`)
  }

  function stateOf(key: RemoteKey): KeyState {
    if (key.state === 'revoked' || key.state === 'expired') return key.state
    if (key.tries >= TRIES) return 'locked'
    const over = key.notAfter !== undefined && clock.now().getTime() >= Date.parse(key.notAfter)
    return key.state === 'active' && over ? 'expired' : key.state
  }

  function demandCheck({ proof }: Signer, within: number): void {
    const age = clock.now().getTime() - Date.parse(proof.authenticatedAt)
    if (meets(proof.assurance, 'shield-person') && age <= within) return
    throw new BrokerError('remote_check_needed', 'no person check, or one too long ago', {
      received: `${proof.assurance} at ${proof.authenticatedAt}`,
      expected: `shield-person within ${within / 1000} seconds`,
    })
  }

  async function factorOf(personId: string): Promise<RemoteFactor> {
    const apps = new Set(appBanks())
    return (await remoteSignings.banksOf(personId)).some(bank => apps.has(bank)) ? 'phone' : 'totp'
  }

  /** Centers are told with it: also by the next who comes, where the process died before. */
  async function lockedError(id: string, trace: string): Promise<BrokerError> {
    await remoteKeys.lock(id, TRIES, { at: clock.now(), trace })
    deps.wake()
    return new BrokerError('remote_key_locked', `key ${id} is locked after ${TRIES} wrong tries`)
  }

  return {
    of: personId => remoteKeys.ofPerson(personId),
    stateOf,
    triesLeft: async id => TRIES - ((await remoteKeys.find(id))?.tries ?? TRIES),
    demandCheck,
    async make(by, pin) {
      demandCheck(by, terms.activationCheck)
      demandStrongPin(pin)
      const factor = await factorOf(by.personId)
      const { privateKey, publicKey } = generateSm2()
      const totp = factor === 'totp' ? randomBytes(TOTP_SECRET) : undefined
      const id = newId()
      const der = exportPrivate(privateKey)
      const secret = { key: der.toString('base64'), ...(totp === undefined ? {} : { totp: totp.toString('base64') }) }
      const text = await vault.close(secret, pin, labelOf({ id, personId: by.personId }))
      der.fill(0)
      const written: Omit<RemoteKey, 'integrity'> = {
        id,
        version: 1,
        personId: by.personId,
        personName: by.personName,
        state: 'made',
        factor,
        tries: 0,
        totpStep: -1,
        publicKey: exportPublic(publicKey).toString('base64'),
        vault: text,
        check: { proof: by.proof.id, bank: by.proof.bank, at: by.proof.authenticatedAt },
        createdAt: clock.now().toISOString(),
        trace: by.trace,
      }
      const key = { ...written, integrity: codeOf(written) }
      await remoteKeys.insert(key)
      await trail.append({
        code: 'remote.key-made',
        trace: by.trace,
        facts: { key: id, person: by.personId, factor, proof: by.proof.id, bank: by.proof.bank },
      })
      return { key, ...(totp === undefined ? {} : { totp }) }
    },

    async demand(by, id, wanted) {
      const key = await remoteKeys.find(id)
      if (key === undefined || key.personId !== by.personId) throw new BrokerError('remote_key_needed', 'no such key of this person')
      demandIntact(key)
      const state = stateOf(key)
      if (state === 'locked') throw await lockedError(id, by.trace)
      if (state !== wanted) throw new BrokerError('remote_key_needed', `the key is ${state}`, { expected: wanted })
      return key
    },

    async unlock(key, { pin, code }, trace) {
      const tried = await remoteKeys.countTry(key.id, TRIES)
      if (tried === undefined) throw await lockedError(key.id, trace)
      const secret = await vault.open(key.vault, pin, labelOf(key)).catch(async thrown => {
        // the vault was busy: nobody has learned anything, and nobody else's haste may lock this key
        await remoteKeys.uncountTry(key.id)
        throw thrown
      })
      const step = secret?.totp === undefined ? undefined : stepOf(Buffer.from(secret.totp, 'base64'), code, clock.now())
      const second = key.factor === 'phone' || (step !== undefined && (await remoteKeys.takeCode(key.id, step)))
      if (secret !== undefined && second) {
        await remoteKeys.clearTries(key.id)
        const privateKey = importPrivateSm2(Buffer.from(secret.key, 'base64'))
        return { privateKey, ...(step === undefined ? {} : { step }) }
      }
      const left = TRIES - tried
      const facts = { key: key.id, person: key.personId }
      await trail.append({ code: 'remote.factor-refused', trace, facts: { ...facts, left } })
      if (left === 0) await trail.append({ code: 'remote.key-locked', trace, facts })
      const error = left === 0 ? await lockedError(key.id, trace) : new BrokerError('remote_factor_wrong', `${left} tries left`)
      markRecorded(error)
      throw error
    },

    async activate(key, by) {
      const publicKey = importPublicSm2(Buffer.from(key.publicKey, 'base64'))
      const certificate = await authority.issue({ personId: key.personId, name: key.personName, publicKey })
      const active = {
        ...key,
        state: 'active' as const,
        serial: certificate.serial,
        certificate: certificate.der.toString('base64'),
        notAfter: certificate.notAfter.toISOString(),
      }
      const before = await remoteKeys.ofPerson(key.personId)
      const revoked = await remoteKeys.activate(active, { at: clock.now(), trace: by.trace })
      if (revoked === undefined) throw new BrokerError('remote_key_needed', 'another key of this person came first')
      authority.changed()
      deps.wake()
      const { personId: person } = key
      await trail.append({ code: 'remote.key-activated', trace: by.trace, facts: { key: key.id, person, serial: certificate.serial } })
      for (const id of revoked) {
        const serial = before?.id === id ? (before.serial ?? '') : ''
        await trail.append({ code: 'remote.key-revoked', trace: by.trace, facts: { key: id, person, serial, reason: 'superseded' } })
      }
      return active
    },

    async revoke(by, reason) {
      const key = await remoteKeys.ofPerson(by.personId)
      const done = key !== undefined && (await remoteKeys.revoke(key.id, { at: clock.now().toISOString(), reason }, by.trace))
      if (!done) throw new BrokerError('remote_key_needed', 'there is no key to take back')
      authority.changed()
      deps.wake()
      const facts = { key: key.id, person: by.personId, serial: key.serial ?? '', reason }
      await trail.append({ code: 'remote.key-revoked', trace: by.trace, facts })
    },
  }
}

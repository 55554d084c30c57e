import { isInForce, type PartyKey, partyKey } from '../../bank-adapters/channel/keys.ts'
import type { Trail } from '../audit/events.ts'
import { type Clock, hours, later } from '../kernel/clock.ts'
import { asBrokerError, BrokerError } from '../kernel/errors.ts'
import type { Log } from '../kernel/log.ts'
import type { Sealing } from '../kernel/sealing.ts'
import { encryptCmsStream } from '../pki/enveloped-encrypt.ts'
import type { PartyKeyRow, PartyKeyStore } from '../storage/stores-channel.ts'
import type { ChannelParty } from './channel.ts'

/**
 * Encryption certificates of banks, as an operator registers and retires them while brokers run. Owns that a bank is never left for a moment without the key it had, that nobody who only writes into the database registers
 * one, and that every process follows. Signing certificates stand in the configuration file alone: who may speak for a bank is not changed by a command.
 */
export interface PartyKeys {
  /** those of the configuration, each with the keys registered here beside its own; what they hold changes in place */
  parties: readonly ChannelParty[]
  /** @throws BrokerError `channel_party_unknown` */
  party(name: string): ChannelParty
  list(): Promise<ListedKey[]>
  /** @throws BrokerError `channel_party_unknown`, `channel_key_unfit`, `channel_key_known` */
  add(asked: { party: string; certificate: Uint8Array; from?: string; by: string; trace: string }): Promise<ListedKey>
  /**
   * @param asked.until a day from now unless given; a successor has to be in force a day before
   * @param asked.revoke at once, whatever is left: the key is in wrong hands
   * @throws BrokerError `channel_party_unknown`, `channel_key_unknown`, `channel_key_in_file`, `channel_key_last`, `bad_request`
   */
  retire(asked: { party: string; id: string; until?: string; revoke: boolean; by: string; trace: string }): Promise<ListedKey>
  /** follows what other processes changed */
  refresh(): Promise<void>
}

interface ListedKey {
  party: string
  id: string
  use: PartyKey['use']
  state: 'coming' | 'in-force' | 'over'
  from: string
  until?: string
  revokedAt?: string
  notAfter: string
  where: 'file' | 'command'
}

export interface PartyKeyDeps {
  parties: readonly ChannelParty[]
  store: PartyKeyStore
  sealing: Sealing
  trail: Trail
  clock: Clock
  log: Pick<Log, 'error'>
}

/** for which the old key and the new one count both */
const OVERLAP = hours(24)

export async function openPartyKeys(deps: PartyKeyDeps): Promise<PartyKeys> {
  const { store, sealing, trail, clock, log } = deps
  let registered = new Map<string, { row: PartyKeyRow; key: PartyKey }[]>()
  const of = (party: string) => registered.get(party) ?? []

  async function refresh(): Promise<void> {
    const found = new Map<string, { row: PartyKeyRow; key: PartyKey }[]>()
    for (const row of await store.all()) {
      if (row.integrity !== integrityOf(row, sealing)) {
        log.error({ party: row.party, key: row.id }, 'a registered key of a bank was changed in the database and does not count')
        continue
      }
      found.set(row.party, [...(found.get(row.party) ?? []), { row, key: keyOf(row) }])
    }
    registered = found
  }
  await refresh()

  const parties = deps.parties.map(
    (party): ChannelParty => ({
      ...party,
      get keys() {
        return [...party.keys, ...of(party.name).map(({ key }) => key)]
      },
    }),
  )
  const known = (name: string): ChannelParty => {
    const party = parties.find(each => each.name === name)
    if (party === undefined) throw new BrokerError('channel_party_unknown', `no party ${name.slice(0, 32)} in the configuration file`)
    return party
  }
  const listed = (party: string, key: PartyKey): ListedKey => ({
    ...{ party, id: key.id, use: key.use, state: stateOf(key, clock.now()), from: key.from, notAfter: key.certificate.notAfter.toISOString() },
    ...(key.until === undefined ? {} : { until: key.until }),
    ...(key.revokedAt === undefined ? {} : { revokedAt: key.revokedAt }),
    where: of(party).some(each => each.key === key) ? 'command' : 'file',
  })
  async function told(code: 'channel.key-added' | 'channel.key-ended', { party, id, by, until = '', revokedAt = '' }: PartyKeyRow, trace: string) {
    await refresh()
    await trail.append({ code, trace, facts: { party, key: id, by, until, revoked: revokedAt } })
    const found = of(party).find(each => each.row.id === id)
    if (found === undefined) throw new BrokerError('internal', 'a key that was written is not there')
    return listed(party, found.key)
  }

  return {
    parties,
    party: known,
    refresh,
    async list() {
      await refresh()
      return parties.flatMap(({ name, keys }) => keys.map(key => listed(name, key)))
    },
    async add({ party: name, certificate, from, by, trace }) {
      await refresh()
      const party = known(name)
      const now = clock.now()
      const key = await fitKey(certificate, from ?? now.toISOString(), now)
      if (party.keys.some(({ id }) => id === key.id)) throw new BrokerError('channel_key_known', `${key.id} is registered already`)
      const row = {
        party: name,
        id: key.id,
        certificate: key.certificate.der.toString('base64'),
        from: key.from,
        version: 1,
        by,
        createdAt: now.toISOString(),
      }
      const sealed = { ...row, integrity: integrityOf(row, sealing) }
      if (!(await store.add(sealed))) throw new BrokerError('channel_key_known', `${key.id} is registered already`)
      return await told('channel.key-added', sealed, trace)
    },
    async retire({ party: name, id, until, revoke, by, trace }) {
      await refresh()
      const party = known(name)
      const found = of(name).find(each => each.row.id === id)
      if (found === undefined)
        throw party.keys.some(key => key.id === id)
          ? new BrokerError('channel_key_in_file', `${id} stands in the configuration file: end it there`)
          : new BrokerError('channel_key_unknown', `${name} has no key ${id.slice(0, 40)}`)
      const now = clock.now()
      const end = revoke ? now : new Date(until ?? now.getTime() + OVERLAP)
      if (end < now) throw new BrokerError('bad_request', 'a key is not ended in the past', { received: end.toISOString() })
      if (!revoke) demandSuccessor(party, id, end)
      const { integrity: _, until: before, ...rest } = found.row
      const ended = revoke ? { ...(before === undefined ? {} : { until: before }), revokedAt: now.toISOString() } : { until: end.toISOString() }
      const row = { ...rest, ...ended, version: rest.version + 1, by }
      const sealed = { ...row, integrity: integrityOf(row, sealing) }
      if (!(await store.end(sealed))) throw new BrokerError('channel_key_known', 'somebody else changed it at the same moment: look again')
      return await told('channel.key-ended', sealed, trace)
    },
  }
}

/** Another one is in force at the end and was a day before, so that what each side does late still opens. */
function demandSuccessor({ name, keys }: ChannelParty, id: string, end: Date): void {
  const successor = keys.find(
    key => key.use === 'encrypt' && key.id !== id && isInForce(key, end) && isInForce(key, new Date(end.getTime() - OVERLAP)),
  )
  if (successor === undefined)
    throw new BrokerError('channel_key_last', `${name} has no other encryption key that is in force at ${end.toISOString()} and was a day before`)
}

function stateOf(key: PartyKey, at: Date): ListedKey['state'] {
  if (isInForce(key, at)) return 'in-force'
  return at < new Date(key.from) ? 'coming' : 'over'
}

const keyOf = ({ certificate, from, until, revokedAt }: PartyKeyRow): PartyKey =>
  partyKey({ certificate: Buffer.from(certificate, 'base64'), use: 'encrypt', from, until, revokedAt })

/** @throws BrokerError `channel_key_unfit` for what is no certificate, or one that nothing can be encrypted to then */
async function fitKey(certificate: Uint8Array, from: string, now: Date): Promise<PartyKey> {
  try {
    const key = partyKey({ certificate, use: 'encrypt', from: new Date(from).toISOString() })
    const { keyUsage, notBefore, notAfter } = key.certificate
    if (keyUsage !== undefined && !keyUsage.has('keyEncipherment') && !keyUsage.has('dataEncipherment') && !keyUsage.has('keyAgreement'))
      throw new Error('its key usage has no encryption')
    const begins = later(now, new Date(key.from))
    if (begins < notBefore || begins > notAfter) throw new Error(`valid from ${notBefore.toISOString()} to ${notAfter.toISOString()}`)
    // whether its algorithm serves shows only when it is used
    for await (const _ of encryptCmsStream({ content: Buffer.from('trial'), recipients: [key.certificate], size: 5 }));
    return key
  } catch (thrown) {
    throw new BrokerError('channel_key_unfit', asBrokerError(thrown).facts, { cause: thrown })
  }
}

const integrityOf = (row: Omit<PartyKeyRow, 'integrity'>, sealing: Sealing): string => {
  const { party, id, certificate, from, until = '', revokedAt = '', version, by, createdAt } = row
  return sealing.code(JSON.stringify([party, id, certificate, from, until, revokedAt, version, by, createdAt]), 'channel-party-key')
}

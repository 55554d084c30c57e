import { readFile } from 'node:fs/promises'
import { newestEncryptionKey, partyKey } from '../../bank-adapters/channel/keys.ts'
import type { ChannelParty } from '../channel/channel.ts'
import type { Config } from '../config.ts'
import type { Clock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'

/** Who may send messages to the data channel, as the configuration says. @throws BrokerError config_invalid, naming the party and the file */
export async function readParties({ channelParties }: Config): Promise<ChannelParty[]> {
  return await Promise.all(
    Object.entries(channelParties).map(async ([name, { url, accountPrefix, algorithms, keys }]) => ({
      name,
      ...(accountPrefix === undefined ? {} : { accountPrefix }),
      ...(url === undefined ? {} : { target: url }),
      algorithms,
      keys: await Promise.all(keys.map(async ({ certificate, ...key }) => partyKey({ ...key, certificate: await read(name, certificate) }))),
    })),
  )
}

async function read(party: string, file: string): Promise<Uint8Array> {
  try {
    return await readFile(file)
  } catch (cause) {
    throw new BrokerError('config_invalid', `the certificate of party "${party}" of the channel cannot be read: ${file}`, { cause })
  }
}

/** The parties, as rooms that speak to them ask for them. */
export interface Parties {
  all: readonly ChannelParty[]
  of(name: string): ChannelParty | undefined
  /** those that messages with a confidential part can be sent to now: applications go to nobody else */
  reachable(): ChannelParty[]
}

export function partiesFrom(all: readonly ChannelParty[], clock: Clock): Parties {
  const byName = new Map(all.map(party => [party.name, party]))
  return {
    all,
    of: name => byName.get(name),
    reachable: () => all.filter(party => party.target !== undefined && newestEncryptionKey(party, clock.now()) !== undefined),
  }
}

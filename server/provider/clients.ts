import type { Clock } from '../kernel/clock.ts'
import type { ClientRecord, ClientStore } from '../storage/stores-parties.ts'

/** Trading centers as the library wants them. Every request of a login asks for the center, so what was read stays for a few seconds. */
export interface Clients {
  find(id: string): Promise<Center | undefined>
  /** after a change by an operator: this process at once, the others within `seconds` */
  forget(id: string): void
}

export interface Center {
  id: string
  name: string
  /** OpenID Connect client metadata, complete */
  metadata: Record<string, unknown> & { client_id: string }
  /** origins of the redirect URIs: where a browser may end up after a form of ours */
  origins: string[]
  logoutUri: string | undefined
}

const LIMIT = 1000

export function createClients({ store, clock, seconds = 5 }: { store: ClientStore; clock: Clock; seconds?: number }): Clients {
  const cache = new Map<string, { center: Promise<Center | undefined>; until: number }>()

  async function read(id: string): Promise<Center | undefined> {
    const record = await store.find(id)
    return record && toCenter(record)
  }

  return {
    async find(id) {
      // what no register can hold need not be looked up, and a database would choke on a null byte
      if (id.length > 100 || id.includes('\0')) return undefined
      const now = clock.now().getTime()
      const known = cache.get(id)
      if (known !== undefined && known.until > now) return known.center
      if (cache.size >= LIMIT) cache.clear()
      const center = read(id)
      cache.set(id, { center, until: now + seconds * 1000 })
      // neither a failure nor an unknown name is worth remembering: the one would last, the other would let strangers fill the memory
      const keep = await center.catch(() => undefined)
      if (keep === undefined) cache.delete(id)
      return center
    },
    forget: id => void cache.delete(id),
  }
}

function toCenter({ id, name, metadata }: ClientRecord): Center {
  const uris = metadata['redirect_uris']
  const logoutUri = metadata['backchannel_logout_uri']
  const origins = Array.isArray(uris) ? uris.flatMap(uri => (typeof uri === 'string' ? (URL.parse(uri)?.origin ?? []) : [])) : []
  return {
    id,
    name,
    metadata: { client_name: name, ...metadata, client_id: id },
    origins: [...new Set(origins)].filter(origin => origin !== 'null'),
    logoutUri: typeof logoutUri === 'string' ? logoutUri : undefined,
  }
}

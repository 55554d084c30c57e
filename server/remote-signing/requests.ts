import type { Trail } from '../audit/events.ts'
import { type Clock, days } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import { sm3 } from '../pki/sm2.ts'
import type { Stores } from '../storage/stores.ts'
import type { RemoteDocument, RemoteRequest } from '../storage/stores-remote-signing.ts'
import { MOST_DOCUMENTS } from './list-text.ts'
import type { PersonDocuments } from './ports.ts'

/** What centers ask a person to sign. Owns that a request opens with documents that can be signed, who sees it, and how it ends. How it is signed stands in signings.ts. */
export interface RemoteRequests {
  /** @throws BrokerError bad_request, too_large, seal_document_unusable */
  open(question: RequestQuestion): Promise<RemoteRequest>
  /** One of this person. @throws BrokerError remote_request_unknown */
  of(personId: string, id: string): Promise<RemoteRequest>
  /** One of this center. @throws BrokerError remote_request_unknown */
  ofCenter(clientId: string, id: string): Promise<RemoteRequest>
  stateOf(request: RemoteRequest): RemoteRequest['state']
  /** @throws BrokerError remote_request_over */
  demandOpen(request: RemoteRequest): void
  /** @throws BrokerError remote_request_over */
  end(request: RemoteRequest, state: 'declined' | 'cancelled', trace: string): Promise<RemoteRequest>
  /** the signed document where there is one. @throws BrokerError remote_request_unknown */
  bytes(document: RemoteDocument, which: 'original' | 'signed'): Promise<Buffer>
}

interface RequestQuestion
  extends Pick<
    RemoteRequest,
    'id' | 'personId' | 'personName' | 'membershipId' | 'center' | 'title' | 'reference' | 'project' | 'asked' | 'expiresAt' | 'trace'
  > {
  documents: readonly { name: string; bytes: Buffer; words?: string }[]
}

export interface RequestDeps {
  stores: Pick<Stores, 'remoteRequests' | 'blobs'>
  documents: PersonDocuments
  /** news was written with a change */
  wake(): void
  trail: Trail
  clock: Clock
}

/** bytes of a request's documents together */
const MOST_BYTES = 64 * 1024 * 1024
/** how long documents can be fetched after the request's own time */
export const KEPT = days(30)

export function createRemoteRequests({ stores, documents: formats, wake, trail, clock }: RequestDeps): RemoteRequests {
  const { remoteRequests, blobs } = stores

  const stateOf: RemoteRequests['stateOf'] = ({ state, expiresAt }) =>
    state === 'open' && clock.now().getTime() >= Date.parse(expiresAt) ? 'expired' : state

  function demandOpen(request: RemoteRequest): void {
    const state = stateOf(request)
    if (state !== 'open') throw new BrokerError('remote_request_over', `the request is ${state}`)
  }

  async function find(id: string): Promise<RemoteRequest | undefined> {
    return /^[\w-]{20,40}$/.test(id) ? await remoteRequests.find(id) : undefined
  }
  const unknown = () => new BrokerError('remote_request_unknown', 'no such request for this person or center')

  return {
    async open({ documents, ...about }) {
      const size = documents.reduce((sum, { bytes }) => sum + bytes.length, 0)
      if (documents.length === 0 || documents.length > MOST_DOCUMENTS)
        throw new BrokerError('bad_request', `${documents.length} documents`, { expected: `1 to ${MOST_DOCUMENTS}` })
      if (size > MOST_BYTES) throw new BrokerError('too_large', `${size} bytes`, { expected: `at most ${MOST_BYTES} in all` })
      // all can be signed before any is stored
      const known = documents.map(({ bytes, words }) => ({
        bytes,
        format: formats.formatOf(bytes),
        person: about.personName,
        ...(words === undefined ? {} : { words }),
      }))
      for (const each of known) await formats.demandUsable(each)
      const until = new Date(Date.parse(about.expiresAt) + KEPT)
      const rows: RemoteDocument[] = []
      for (const [i, { name, bytes, words }] of documents.entries()) {
        const blob = newId()
        await blobs.put(blob, bytes, until)
        rows.push({
          n: i + 1,
          name: name.slice(0, 200),
          format: known[i]?.format ?? 'cms',
          size: bytes.length,
          digest: sm3(bytes),
          ...(words === undefined ? {} : { words }),
          blob,
        })
      }
      const request: RemoteRequest = { ...about, version: 1, state: 'open', documents: rows, createdAt: clock.now().toISOString() }
      await remoteRequests.insert(request)
      wake()
      await trail.append({
        code: 'remote.requested',
        trace: request.trace,
        facts: { request: request.id, client: request.center.id, person: request.personId, documents: rows.length, bytes: size },
      })
      return request
    },
    async of(personId, id) {
      const found = await find(id)
      if (found === undefined || found.personId !== personId) throw unknown()
      return found
    },
    async ofCenter(clientId, id) {
      const found = await find(id)
      if (found === undefined || found.center.id !== clientId) throw unknown()
      return found
    },
    stateOf,
    demandOpen,
    async end(request, state, trace) {
      demandOpen(request)
      const saved = await remoteRequests.save({ ...request, state }, clock.now())
      if (saved === undefined) throw new BrokerError('remote_request_over', 'somebody else ended it first')
      wake()
      await trail.append({ code: 'remote.request-ended', trace, facts: { request: request.id, client: request.center.id, state } })
      return saved
    },
    async bytes({ blob, signed }, which) {
      const id = which === 'original' ? blob : signed?.blob
      const bytes = id === undefined ? undefined : await blobs.get(id)
      if (bytes === undefined) throw new BrokerError('remote_request_unknown', 'these bytes are not kept any more, or not there yet')
      return bytes
    },
  }
}

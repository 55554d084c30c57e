import { BrokerError } from '../kernel/errors.ts'
import type { RemoteSigning } from '../remote-signing/remote-signing.ts'
import type { ExpertSigning } from '../seals/tasks/experts.ts'
import type { Stores } from '../storage/stores.ts'

/** Joins sealing tasks to remote signing: a task for an expert is a request of remote signing under the same id. Owns nothing but the joining. */
export function joinExperts(deps: {
  remote: Pick<RemoteSigning, 'requests' | 'evidence' | 'demandEnd'>
  stores: Pick<Stores, 'remoteRequests' | 'remoteSignings' | 'remoteKeys' | 'parties'>
  publicUrl: string
}): ExpertSigning {
  const { remote, stores, publicUrl } = deps
  const signingOf = async (id = '') => (id === '' ? undefined : await stores.remoteSignings.find(id))
  return {
    subjectOf: (key, clientId) => stores.remoteKeys.subjectOf(key, clientId),
    async ask({ task, documents }) {
      const asked = task.asked ?? ''
      const standing = async () => (await stores.remoteRequests.find(task.id))?.asked === asked
      if (await standing()) return
      remote.demandEnd(task.expiresAt)
      const membership = await stores.parties.membership(task.membershipId)
      if (membership === undefined) throw new BrokerError('seal_asked_unknown', 'the person asked is not there any more')
      const who = { personId: membership.person.id, personName: membership.person.name }
      try {
        await remote.requests.open({ ...task, ...who, asked, documents })
      } catch (thrown) {
        // of two at one moment one is first
        if (!(await standing())) throw thrown
      }
    },
    async result(id) {
      const request = await stores.remoteRequests.find(id)
      if (request === undefined) return undefined
      const signing = await signingOf(request.signing)
      return { state: request.state, signing: signing?.id ?? '', at: signing?.record?.at ?? '', documents: request.documents }
    },
    async cancel(id, trace) {
      const request = await stores.remoteRequests.find(id)
      if (request !== undefined && request.state === 'open') await remote.requests.end(request, 'cancelled', trace)
    },
    async evidence(id) {
      const signing = await signingOf((await stores.remoteRequests.find(id))?.signing)
      if (signing === undefined) throw new BrokerError('remote_request_unknown', 'it was not signed')
      return Buffer.from(`${JSON.stringify(await remote.evidence(signing), null, 2)}\n`, 'utf8')
    },
    url: id => `${publicUrl}/experts/requests/${id}`,
  }
}

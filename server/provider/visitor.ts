import type { IncomingMessage, ServerResponse } from 'node:http'
import type Provider from 'oidc-provider'
import type { Membership, Proof, ProofStore } from '../storage/stores-parties.ts'
import { readGrantId } from './grant-id.ts'

/**
 * Who sits at the browser of a request to one of our own pages, by the provider's session and by nothing else: the pages keep none of their own. So whatever ends a session here (a logout at any center, at the
 * bank, a suspended person) ends the pages too.
 */
export interface Visitor {
  membership: Membership
  proof: Proof
}

/**
 * @param clientId our own client, through which the person came: without its grant a session of some center opens nothing
 * @returns undefined when session, grant or proof is gone, or the person is suspended
 */
export async function findVisitor(
  provider: Provider,
  { proofs, clientId }: { proofs: ProofStore; clientId: string },
  req: IncomingMessage,
  res: ServerResponse,
): Promise<Visitor | undefined> {
  const { accountId, authorizations } = await provider.Session.get(provider.createContext(req, res))
  const grantId = authorizations?.[clientId]?.grantId
  const named = grantId === undefined ? undefined : readGrantId(grantId)
  if (accountId === undefined || grantId === undefined || named === undefined) return undefined
  const [grant, found] = await Promise.all([provider.Grant.find(grantId), proofs.find(named.proofId)])
  if (
    grant?.accountId !== accountId ||
    grant.clientId !== clientId ||
    found?.membership.id !== accountId ||
    found.membership.suspended ||
    found.lapsed === true
  )
    return undefined
  return found
}

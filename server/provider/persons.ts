import type Provider from 'oidc-provider'
import type { Assurance } from '../kernel/assurance.ts'
import type { ProofStore } from '../storage/stores-parties.ts'
import { readGrantId } from './grant-id.ts'

/** Whom a person's access token stands for, and what their login had proven. */
export interface TokenPerson {
  membershipId: string
  enterpriseId: string
  assurance: Assurance
}

/**
 * As introspection would tell the center, without the way over HTTP: the token, its session, its grant, and the person, each as it is now.
 * @param clientId whom the token must have been issued to
 * @returns undefined when it is unknown, over, given back, of another center, or of somebody who is suspended
 */
export async function personBehind(provider: Provider, proofs: ProofStore, token: string, clientId: string): Promise<TokenPerson | undefined> {
  // an opaque token of ours has 43 characters
  if (!/^[\w-]{20,200}$/.test(token)) return undefined
  const found = await provider.AccessToken.find(token)
  if (found?.clientId !== clientId || found.isExpired || found.grantId === undefined) return undefined
  const proofId = readGrantId(found.grantId)?.proofId
  if (proofId === undefined) return undefined
  const [grant, proven] = await Promise.all([provider.Grant.find(found.grantId), proofs.find(proofId)])
  if (grant === undefined || grant.isExpired || grant.clientId !== clientId || grant.accountId !== found.accountId) return undefined
  if (proven === undefined || proven.membership.id !== found.accountId || proven.membership.suspended) return undefined
  return { membershipId: proven.membership.id, enterpriseId: proven.membership.enterprise.id, assurance: proven.proof.assurance }
}

import type { KoaContextWithOIDC } from 'oidc-provider'
import { stepUpChallenge } from '../http/step-up.ts'
import { meets } from '../kernel/assurance.ts'
import type { ProofStore } from '../storage/stores-parties.ts'
import { readProven } from './accounts.ts'
import { readGrantId } from './grant-id.ts'
import { notesOf } from './notes.ts'

/**
 * RFC 9470 at userinfo: a center that asks it for `scope=certificate` wants what only a shield proves. Where the login behind the token was weaker there is no certificate to tell of, and instead of leaving it out in
 * silence, as for a center that asks for everything, the answer says how to get it.
 */
export async function challengeWeakLogin(ctx: KoaContextWithOIDC, proofs: ProofStore): Promise<void> {
  const { route, params, accessToken } = ctx.oidc
  const asked = params?.['scope']
  if (route !== 'userinfo' || ctx.status !== 200 || typeof asked !== 'string' || !asked.split(' ').includes('certificate')) return
  const proofId = accessToken?.grantId === undefined ? undefined : readGrantId(accessToken.grantId)?.proofId
  const proven = proofId === undefined ? undefined : await readProven(ctx, proofs, proofId)
  if (proven === undefined || meets(proven.proof.assurance, 'shield')) return
  const { assurance } = proven.proof
  notesOf(ctx).refusal = {
    step: 'userinfo',
    code: 'insufficient_user_authentication',
    facts: 'scope certificate of a login without a shield',
    received: `acr ${assurance}`,
    expected: 'acr shield',
  }
  ctx.status = 401
  ctx.set('www-authenticate', stepUpChallenge({ acr: 'shield' }))
  ctx.body = { error: 'insufficient_user_authentication', error_description: 'scope certificate takes a login with the shield' }
}

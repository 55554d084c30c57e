import type { Configuration, FindAccount, KoaContextWithOIDC } from 'oidc-provider'
import { isAssurance, meets } from '../kernel/assurance.ts'
import type { Clock } from '../kernel/clock.ts'
import type { ConsentStore, ProofStore } from '../storage/stores-parties.ts'
import { type Proven, readClaims } from './claims.ts'
import { currentProof, newGrantId, readGrantId, type SessionProof } from './grant-id.ts'
import { neededAssurance } from './needs.ts'
import { notesOf } from './notes.ts'

/**
 * Who stands behind a session or token, and which grant a center gets. The account is a person acting for a company (`sub`, the same at every login); what was proven at
 * one login hangs on the grant (decision 0002). A suspended membership is no account, nor is one whose proof stands on a mandate that is no longer in force: sessions, codes, access and refresh tokens of it
 * stop at their next use.
 */
export interface AccountDeps {
  proofs: ProofStore
  consents: ConsentStore
  /** client ids that need no consent */
  firstParty: ReadonlySet<string>
  clock: Clock
  /**
   * Whether the person of a session may be let in to this center without being asked anything, and the line about it in the company's record (the login room). False opens a login, where the same is
   * decided with the person there to read the answer.
   */
  mayLogin(proven: Proven, center: string): Promise<boolean>
}

/** One read a request, however often the library asks. */
export function readProven(ctx: object, proofs: ProofStore, proofId: string): Promise<Proven | undefined> {
  const { proven } = notesOf(ctx)
  const found = proven.get(proofId) ?? proofs.find(proofId)
  proven.set(proofId, found)
  return found
}

/** What was proven stands no more, though it was not taken back: whoever acts on it is refused. */
export const isDead = (proven: Proven | undefined): boolean => proven === undefined || proven.membership.suspended || proven.lapsed === true

export const createFindAccount =
  ({ proofs }: Pick<AccountDeps, 'proofs'>): FindAccount =>
  async (ctx, sub, token) => {
    const proof = token?.grantId === undefined ? proofInHand(ctx) : readGrantId(token.grantId)
    const proven = proof && (await readProven(ctx, proofs, proof.proofId))
    if (proven === undefined || isDead(proven) || proven.membership.id !== sub) return undefined
    return { accountId: sub, claims: () => readClaims(proven) }
  }

/** The proof that the login room just named, else the one the session stands on. */
function proofInHand(ctx: KoaContextWithOIDC): SessionProof | undefined {
  const fresh = freshProof(ctx)
  return fresh === undefined ? currentProof(ctx.oidc.session?.authorizations) : { proofId: fresh, order: 0 }
}

function freshProof({ oidc: { result } }: KoaContextWithOIDC): string | undefined {
  const proofId = result?.['proofId']
  return typeof proofId === 'string' ? proofId : undefined
}

/** Whether the session of this request is too weak for what the center asks. */
export function tooWeak({ oidc: { session, params } }: KoaContextWithOIDC): boolean {
  const has = session?.acr ?? ''
  return !isAssurance(has) || !meets(has, neededAssurance(params ?? {}))
}

/**
 * The grant for this center: the session's own while it stands on the current proof and covers what is asked, a new one after a login or where the person
 * agreed before, else none, and then the consent prompt opens. Runs before the library decides on prompts, so it writes nothing that a prompt would waste. After a login the login room has decided;
 * without one the same is decided here.
 */
export const createLoadExistingGrant =
  ({ proofs, consents, firstParty, clock, mayLogin }: AccountDeps): NonNullable<Configuration['loadExistingGrant']> =>
  async ctx => {
    const { session, client, account, provider, requestParamOIDCScopes, requestParamClaims, prompts, params } = ctx.oidc
    if (session === undefined || client === undefined || account === undefined) return undefined
    const fresh = freshProof(ctx)
    const proof = fresh === undefined ? currentProof(session.authorizations) : { proofId: fresh, order: clock.now().getTime() }
    if (proof === undefined) return undefined

    const maxAge = params?.['max_age']
    const prompted = [...prompts].some(prompt => prompt !== 'none') || tooWeak(ctx) || (maxAge !== undefined && session.past(Number(maxAge)))
    const mayPass = async (): Promise<boolean> => {
      const proven = await readProven(ctx, proofs, proof.proofId)
      return proven !== undefined && (await mayLogin(proven, client.clientId))
    }

    const had = session.grantIdFor(client.clientId)
    if (had !== undefined && readGrantId(had)?.proofId === proof.proofId) {
      const grant = await provider.Grant.find(had)
      const scopes = grant?.getOIDCScopeFiltered(requestParamOIDCScopes).split(' ') ?? []
      const named = grant?.getOIDCClaims() ?? []
      if (
        grant?.accountId === account.accountId &&
        scopes.length === requestParamOIDCScopes.size &&
        [...requestParamClaims].every(claim => named.includes(claim))
      ) {
        return fresh !== undefined || prompted || (await mayPass()) ? grant : undefined
      }
    }

    if (fresh === undefined) {
      const agreed = async (): Promise<boolean> =>
        firstParty.has(client.clientId) || (await consents.has(account.accountId, client.clientId, [...requestParamOIDCScopes]))
      if (prompted || !(await agreed()) || !(await mayPass())) return undefined
    }
    const grant = new provider.Grant({ clientId: client.clientId, accountId: account.accountId })
    grant.jti = newGrantId(proof)
    grant.addOIDCScope(requestParamOIDCScopes)
    grant.addOIDCClaims(requestParamClaims)
    await grant.save()
    return grant
  }

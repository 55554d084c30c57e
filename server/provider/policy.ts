import { interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider'
import { tooWeak } from './accounts.ts'

/**
 * When the person must act: the library's standard checks (no session, prompt, max_age, id_token_hint, missing consent) and ours. Checks stand in a list;
 * the login prompt comes before the consent prompt, and the login room does both in one go where both are open.
 */
export function createPolicy(): interactionPolicy.DefaultPolicy {
  const { Check, base } = interactionPolicy
  const policy = base()
  const login = policy.get('login')
  const consent = policy.get('consent')

  // the library compares acr by equality; ours is ordered, and a stronger proof than asked for is welcome
  for (const reason of ['essential_acr', 'essential_acrs']) login?.checks.remove(reason)
  login?.checks.add(
    new Check('acr_too_low', 'the session is not strong enough for what is asked', 'login_required', ctx => signedIn(ctx) && tooWeak(ctx)),
  )
  login?.checks.add(
    new Check(
      'account_gone',
      'the session’s membership is suspended, or its proof is gone',
      'login_required',
      ctx => signedIn(ctx) && ctx.oidc.account === undefined,
    ),
  )

  // no native clients and no resource servers here; rich requests are asked of the person each time (rar_prompt stays)
  for (const reason of ['native_client_prompt', 'rs_scopes_missing']) consent?.checks.remove(reason)
  return policy
}

const signedIn = (ctx: KoaContextWithOIDC): boolean => ctx.oidc.session?.accountId !== undefined

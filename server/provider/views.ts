import type { KoaContextWithOIDC } from 'oidc-provider'
import { allowOnPage } from '../http/headers.ts'
import type { FailureView } from '../http/respond.ts'
import { failures } from '../kernel/failures.ts'
import type { ProofStore } from '../storage/stores-parties.ts'
import { explain } from './explain.ts'
import type { BankLogout } from './mount.ts'
import { loggedOutPage, logoutPage } from './pages/logout.ts'
import { traceOf } from './watch.ts'

/** The pages that the library asks for: a refusal where it may not send the browser back to the center, and the two of a logout. */
export function createViews(deps: { errorPage(view: FailureView): string; stores: { proofs: ProofStore }; bankLogout?: BankLogout }) {
  return {
    /** says what failures.ts has for the code; the library's words stay in the log and the trace */
    async renderError(ctx: KoaContextWithOIDC, _out: unknown, error: Error): Promise<void> {
      const { code } = explain(ctx, error)
      const failure = failures[code]
      ctx.type = 'html'
      ctx.status = failure.status
      ctx.body = deps.errorPage({ code, ...failure, trace: await traceOf(ctx, deps.stores.proofs) })
    },
    /** @param form the library's form with its own hidden secret; the page adds the buttons */
    async logoutSource(ctx: KoaContextWithOIDC, form: string): Promise<void> {
      const back = ctx.oidc.params?.['post_logout_redirect_uri']
      const center = ctx.oidc.client?.clientName
      allowOnPage(ctx.res, { formTargets: [...(typeof back === 'string' ? [back] : []), ...(deps.bankLogout?.origins ?? [])] })
      ctx.type = 'html'
      ctx.body = logoutPage({ form, ...(center === undefined ? {} : { center }) })
    },
    async postLogoutSuccessSource(ctx: KoaContextWithOIDC): Promise<void> {
      const { told } = ctx.query
      ctx.type = 'html'
      ctx.body = loggedOutPage({ centersNotified: typeof told === 'string' && /^\d{1,3}$/.test(told) ? Number(told) : 0 })
    },
  }
}

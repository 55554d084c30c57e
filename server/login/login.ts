import { Router } from 'express'
import { type Admission, createAdmission } from './admission.ts'
import { createAuthorizing } from './authorizing.ts'
import { type BankLogout, bankLogout, bankRoutes } from './bank-routes.ts'
import { createBankGate } from './bank-strategy.ts'
import { createBinding } from './binding.ts'
import { createBrowser } from './browser.ts'
import { callbackRoutes } from './callback-routes.ts'
import { createFlow } from './flow.ts'
import { pageRoutes } from './page-routes.ts'
import { type LoginPhone, loginPhone, phoneRoutes } from './phone-routes.ts'
import { createRefusals } from './refusals.ts'
import { createRender } from './render.ts'
import type { LoginDeps } from './room.ts'

/**
 * Bank to broker: from the center's request to a person proven for a company and let in to the center. Owns the login record's way from step to step, the browser's binding to it, and what
 * banks know of us. Does not own how a bank proves (bank-adapters), what centers are told (the provider, met only through the record), nor the pages' look.
 */
export interface LoginRoom {
  /** mount at `/`, after requestContext, securityHeaders and the same-site guard */
  router: Router
  /** for the provider: the bank's logout after ours */
  bankLogout: BankLogout
  /** for the provider: whether a session goes on to a center without a login */
  mayLogin: Admission['mayLogin']
  /** for the phone's pages: what a signature from a phone is worth */
  phone: LoginPhone
}

/** Addresses that other sites post to by design; each proves its caller otherwise. For the same-site guard. */
export const crossSitePaths: readonly RegExp[] = [/^\/login\/callback\/[a-z0-9-]+$/, /^\/login\/banks\/[a-z0-9-]+\/(?:logout|slo)$/]

export function createLogin(deps: LoginDeps): LoginRoom {
  const browser = createBrowser(deps.cookies)
  const refusals = createRefusals(deps)
  const admission = createAdmission({ ...deps, mandates: deps.stores.mandates })
  const flow = createFlow(deps, { gate: createBankGate(deps.banks), browser, refusals, admission, binding: createBinding(deps) })
  const authorizing = createAuthorizing(deps, { flow })
  const render = createRender(deps, { flow, browser, authorizing })

  const router = Router()
  // banks' fixed addresses first: `/login/:id` would take them for logins
  router.use(bankRoutes(deps, { browser }))
  router.use(callbackRoutes({ flow, browser, refusals }))
  router.use(pageRoutes(deps, { flow, render, browser, authorizing }))
  router.use(phoneRoutes(deps, { flow, render }))
  router.use(['/login', '/banks'], refusals.handler)
  return { router, bankLogout: bankLogout(deps), mayLogin: admission.mayLogin, phone: loginPhone(deps, flow) }
}

export { createBankKeys } from './bank-keys.ts'
export type { LoginBank, LoginDeps } from './room.ts'

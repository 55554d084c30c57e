/**
 * Owns the redirect login of an `oidc` bank: an OpenID Provider with authorization code, PKCE, signed requests only, private_key_jwt, userinfo and logout from both
 * ends. How a person proves who they are is sign-in.ts; the bank's claim names are its own (`ccb_companies`, `ccb_duty` …), as real banks' are.
 */
import { type Request, type Response, Router } from 'express'
import Provider, { type Configuration, errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider'
import { type Bank, methodsOf, type Proven } from './bank.ts'
import { sendPage } from './http.ts'
import { acrOf, CLIENT, claimsOf, clientMetadata, wantedIn } from './oidc-claims.ts'
import { createOidcForger } from './oidc-evil.ts'
import { oidcKeys } from './oidc-keys.ts'
import { show, showSignOut, tellOfLogout } from './oidc-logout.ts'
import { createOidcRecords } from './oidc-records.ts'
import { errorPage, goOnPage, signedOutPage } from './pages.ts'
import type { RedirectLogin } from './redirect-login.ts'
import { refusals } from './refusal.ts'
import { createSignIn } from './sign-in.ts'

export async function createOidcLogin(bank: Bank): Promise<RedirectLogin> {
  const { profile, path, base, clock, log } = bank
  const keys = await oidcKeys(bank.shields.folder, profile.id)
  const records = createOidcRecords({ clock, client: id => (id === CLIENT ? clientMetadata(bank) : undefined) })
  const forger = createOidcForger({ signing: keys.signing, other: () => ({ issuer: bank.others()[0]?.base ?? `${base}-other` }) })
  /** what stands behind a grant; each login makes a grant of its own */
  const proofs = new Map<string, Proven>()

  const configuration: Configuration = {
    adapter: name => records.adapter(name),
    jwks: { keys: [keys.signing] },
    clientAuthMethods: ['private_key_jwt'],
    responseTypes: ['code'],
    pkce: { required: () => true },
    scopes: ['openid', 'profile'],
    acrValues: [acrOf(bank, 'password'), acrOf(bank, 'shield'), acrOf(bank, 'shield-face')],
    claims: {
      openid: ['sub', 'acr', 'amr', 'auth_time', 'sid'],
      profile: ['name', ...['id_digest', 'companies', 'cert'].map(name => `${profile.id}_${name}`)],
    },
    // a bank that is asked for `profile` puts it into the ID token as well
    conformIdTokenClaims: false,
    cookies: {
      keys: keys.cookies,
      names: { session: `${profile.id}_session`, interaction: `${profile.id}_interaction`, resume: `${profile.id}_resume` },
      long: { path, sameSite: 'lax', httpOnly: true, signed: true },
      short: { sameSite: 'lax', httpOnly: true, signed: true },
    },
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      requestObjects: { enabled: true, requireSignedRequestObject: true },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => showSignOut(bank, ctx, form),
        postLogoutSuccessSource: ctx => show(ctx, signedOutPage(profile)),
      },
    },
    interactions: { url: (_, interaction) => `${path}/login/${interaction.uid}`, policy: policyOf(bank) },
    // each grant is made at the sign-in; it covers all that the one client may ask for
    findAccount: (ctx, sub, token) => {
      const grantId = token !== undefined && 'grantId' in token ? token.grantId : ctx.oidc.session?.grantIdFor(CLIENT)
      const proof = grantId === undefined ? undefined : proofs.get(grantId)
      return bank.customers.some(({ number }) => number === sub) ? { accountId: sub, claims: () => claimsOf(bank, sub, proof) } : undefined
    },
    renderError: (ctx, out) => {
      log.info({ error: out.error, description: out.error_description }, 'mock bank: authorization refused')
      show(ctx, errorPage({ zh: '发起登录的网站没有按约定提出请求。', en: `The request was refused: ${out.error}.`, bank: profile }))
    },
    fetch: (url, options) => fetchFromBroker(bank, String(url), options),
    ttl: { AuthorizationCode: 60, AccessToken: 600, IdToken: 600, Interaction: 600, Session: 8 * 3600, Grant: 8 * 3600 },
  }

  const provider = new Provider(base, configuration)
  provider.Client.prototype.postLogoutRedirectUriAllowed = uri => URL.canParse(uri) && new URL(uri).origin === new URL(bank.brokerUrl()).origin
  provider.on('server_error', (_, error) => log.error({ err: error }, 'mock bank: the OpenID Provider failed'))
  provider.on('backchannel.error', (_, error) => log.warn({ err: error }, 'mock bank: the broker did not hear of a logout'))
  provider.use(async (ctx, next) => {
    await next()
    const { body } = ctx
    if (ctx.path.endsWith('/token') && isRecord(body) && typeof body['id_token'] === 'string')
      ctx.body = { ...body, id_token: await forger.idToken(body['id_token'], bank.evil()) }
    const location = ctx.res.getHeader('location')
    if (typeof location === 'string') ctx.set('location', forger.redirect(location, bank.evil()))
  })

  const details = async (req: Request, res: Response) => {
    const found = await provider.interactionDetails(req, res).catch((cause: unknown) => {
      throw cause instanceof errors.SessionNotFound ? refusals.signInOver() : cause
    })
    if (found.uid !== req.params['id']) throw refusals.otherBrowser()
    return found
  }
  const signIn = createSignIn(bank, {
    look: async (req, res) => {
      const { uid, params } = await details(req, res)
      return { id: uid, wants: wantedIn(bank, params['acr_values']) }
    },
    async finish(req, res, proven) {
      const { number: accountId } = proven.customer
      const grant = new provider.Grant({ accountId, clientId: CLIENT })
      grant.addOIDCScope('openid profile')
      const grantId = await grant.save()
      for (const old of proofs.keys()) {
        if (proofs.size < 10_000) break
        proofs.delete(old)
      }
      proofs.set(grantId, proven)
      const ts = Math.floor(proven.at.getTime() / 1000)
      const login = { accountId, acr: acrOf(bank, proven.method), amr: methodsOf(proven.method), remember: false, ts }
      const next = await provider.interactionResult(req, res, { login, consent: { grantId } }, { mergeWithLastSubmission: false })
      sendPage(res, goOnPage({ bank: profile, next }))
    },
    async cancel(req, res) {
      const result = { error: 'access_denied', error_description: 'the person cancelled' }
      const next = await provider.interactionResult(req, res, result, { mergeWithLastSubmission: false })
      sendPage(res, goOnPage({ bank: profile, next, cancelled: true }))
    },
  })

  const router = Router()
  router.use('/login/:id', signIn)
  const answer = provider.callback()
  router.use((req, res) => answer(req, res))

  return {
    router,
    sessions: number => records.sessionsOf(number).length,
    async logoutEverywhere(number) {
      const told = records.sessionsOf(number).map(({ jti, authorizations }) => {
        const sid = authorizations?.[CLIENT]?.sid
        if (jti !== undefined) records.dropSession(jti)
        return sid === undefined ? undefined : tellOfLogout(bank, keys.signing, { sub: number, sid })
      })
      await Promise.all(told)
      return []
    },
  }
}

/** Only asked-for strength sends somebody with a session to the sign-in again. */
function policyOf(bank: Bank): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base()
  policy.remove('consent')
  const { Check } = interactionPolicy
  const stronger = new Check('acr_values', 'a stronger sign-in is asked for', ({ oidc }: KoaContextWithOIDC) => {
    const wanted = wantedIn(bank, oidc.params?.['acr_values'])
    const enough = wanted === undefined || oidc.acr === acrOf(bank, 'shield-face') || oidc.acr === acrOf(bank, wanted)
    return enough ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT
  })
  policy.get('login')?.checks.add(stronger)
  return policy
}

/** The library's guard against private addresses would refuse a broker on this machine; here the one origin that may be called is known. */
function fetchFromBroker(bank: Bank, url: string, options: RequestInit = {}): Promise<globalThis.Response> {
  if (new URL(url).origin !== new URL(bank.brokerUrl()).origin) return Promise.reject(new TypeError('only the broker is called'))
  const { method = 'GET', headers, body, signal } = options
  return fetch(url, {
    method,
    redirect: 'manual',
    ...(headers === undefined ? {} : { headers }),
    ...(body === undefined ? {} : { body }),
    ...(signal === undefined ? {} : { signal }),
  })
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

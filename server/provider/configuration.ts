import type { AdapterFactory, Configuration, KoaContextWithOIDC } from 'oidc-provider'
import { errors } from 'oidc-provider'
import { cookieKeyring } from '../http/cookies.ts'
import { ASSURANCE } from '../kernel/assurance.ts'
import type { PartyStore } from '../storage/stores-parties.ts'
import { type AccountDeps, createFindAccount, createLoadExistingGrant } from './accounts.ts'
import { type createCiba, findNamed } from './ciba.ts'
import { claims, scopeClaims } from './claims.ts'
import type { createDeviceFlow } from './device.ts'
import { currentProof } from './grant-id.ts'
import { checkAcrValues } from './needs.ts'
import { notesOf } from './notes.ts'
import { createPolicy } from './policy.ts'
import { createRichFeature, ourselves, type RichRequestDeps } from './rich-requests.ts'
import { actorOf, EXCHANGE_FROM } from './token-exchange.ts'

/** How long things live, in seconds. */
export interface Lifetimes {
  /** from the authorize request until the login must be done */
  login: number
  /** from the login, whatever happens in between: a session is not prolonged by use */
  session: number
  code: number
  /** from the device's question until a person must have answered */
  deviceCode: number
  /** of a back-channel request that names no time of its own */
  backChannel: number
  pushedRequest: number
  accessToken: number
  idToken: number
  /** of one login's whole chain of refresh tokens */
  refreshToken: number
}

export const lifetimes: Lifetimes = {
  login: 900,
  session: 8 * 3600,
  code: 60,
  deviceCode: 600,
  backChannel: 300,
  pushedRequest: 60,
  accessToken: 600,
  idToken: 600,
  refreshToken: 14 * 24 * 3600,
}

export interface ConfigurationDeps extends AccountDeps, RichRequestDeps {
  adapter: AdapterFactory
  jwks: NonNullable<Configuration['jwks']>
  cookieKeys: string[]
  /** what a center may do by itself, with a token that stands for no person */
  machineScopes: readonly string[]
  live: Lifetimes
  renderError: NonNullable<Configuration['renderError']>
  deviceFlow: ReturnType<typeof createDeviceFlow>
  parties: Pick<PartyStore, 'membership'>
  ciba: ReturnType<typeof createCiba>
  logoutSource(ctx: KoaContextWithOIDC, form: string): Promise<void>
  postLogoutSuccessSource(ctx: KoaContextWithOIDC): Promise<void>
}

const ALGORITHMS = ['ES256', 'PS256', 'RS256', 'EdDSA'] as const
const HTTP_ONLY = { httpOnly: true, sameSite: 'lax', overwrite: true } as const

/** All that we tell the library. What is not named here is off or at the standard's own value; the reason stands beside what is unusual. */
export function createConfiguration(deps: ConfigurationDeps): Configuration {
  const { live } = deps
  return {
    adapter: deps.adapter,
    jwks: deps.jwks,
    acrValues: ASSURANCE,
    claims: { ...scopeClaims, sid: null, iss: null },
    scopes: ['openid', 'offline_access', ...Object.keys(scopeClaims), ...deps.machineScopes],
    // centers that never call userinfo still learn who logged in, under our signature
    conformIdTokenClaims: false,
    findAccount: findNamed(deps.parties, createFindAccount(deps)),
    loadExistingGrant: createLoadExistingGrant(deps),
    interactions: { policy: createPolicy(), url: (_ctx, interaction) => `/login/${interaction.uid}` },
    extraParams: {
      bank(_ctx, value) {
        if (value !== undefined && !/^[a-z][a-z0-9-]{1,15}$/.test(value))
          throw new errors.InvalidRequest('bank is the short name of a bank, such as ccb')
      },
      // not extra at all, but this is where the library lets a parameter be checked
      acr_values(_ctx, value) {
        checkAcrValues(value)
      },
      scope(_ctx, value) {
        const machine = value?.split(' ').find(scope => deps.machineScopes.includes(scope))
        if (machine !== undefined)
          throw new errors.InvalidScope('this scope is for a center itself, by client credentials, and not for a person’s login', machine)
      },
    },

    responseTypes: ['code'],
    pkce: { required: () => true },
    subjectTypes: ['public'],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    allowOmittingSingleRegisteredRedirectUri: false,
    clientBasedCORS: (_ctx, origin, client) => origin !== 'null' && (client.redirectUris ?? []).some(uri => URL.parse(uri)?.origin === origin),
    clientDefaults: {
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      id_token_signed_response_alg: 'ES256',
      token_endpoint_auth_method: 'client_secret_basic',
      backchannel_logout_session_required: true,
    },
    enabledJWA: {
      idTokenSigningAlgValues: ['ES256'],
      userinfoSigningAlgValues: ['ES256'],
      introspectionSigningAlgValues: ['ES256'],
      authorizationSigningAlgValues: ['ES256'],
      requestObjectSigningAlgValues: [...ALGORITHMS],
      clientAuthSigningAlgValues: [...ALGORITHMS],
      dPoPSigningAlgValues: ['ES256', 'EdDSA'],
    },

    rotateRefreshToken: true,
    // whatever a center gives back, the whole login's tokens end
    revokeGrantPolicy: () => true,
    ttl: {
      Interaction: live.login,
      Session: (_ctx, session) => sessionLife(session.authorizations, deps),
      // a grant outlives the session only where the person agreed to offline access
      Grant: (_ctx, grant) => (grant.getOIDCScope().split(' ').includes('offline_access') ? live.refreshToken : live.session),
      AuthorizationCode: live.code,
      DeviceCode: live.deviceCode,
      BackchannelAuthenticationRequest: (_ctx, request) => deps.ciba.expiry(request.params),
      AccessToken: live.accessToken,
      ClientCredentials: live.accessToken,
      IdToken: live.idToken,
      RefreshToken: live.refreshToken,
    },
    clockTolerance: 5,
    extraTokenClaims(ctx) {
      const { acting } = notesOf(ctx)
      return acting === undefined ? undefined : { act: acting }
    },
    extraClientMetadata: {
      properties: [EXCHANGE_FROM],
      validator(_ctx, key, value) {
        if (key === EXCHANGE_FROM && value !== undefined && !(Array.isArray(value) && value.every(id => typeof id === 'string')))
          throw new errors.InvalidClientMetadata(`${EXCHANGE_FROM} is a list of client ids`)
      },
    },
    cookies: {
      names: { session: 'shield_session', interaction: 'shield_interaction', resume: 'shield_resume' },
      keys: cookieKeyring(deps.cookieKeys),
      long: HTTP_ONLY,
      short: HTTP_ONLY,
    },

    features: {
      devInteractions: { enabled: false },
      // for a center's own questions (recognition); only clients registered for the grant get it
      clientCredentials: { enabled: true },
      // gives the metadata and discovery; the delivery is ours (logout.ts)
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true, logoutSource: deps.logoutSource, postLogoutSuccessSource: deps.postLogoutSuccessSource },
      introspection: {
        enabled: true,
        // a token that a back end exchanged stays the center's, and is that back end's to look at as well
        allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId || actorOf(token)?.sub === client.clientId,
      },
      revocation: {
        enabled: true,
        allowedPolicy(_ctx, client, token) {
          if (token.clientId !== client.clientId) throw new errors.InvalidRequest('this token was issued to another client')
          return true
        },
      },
      // only clients registered for the grant get it
      deviceFlow: deps.deviceFlow,
      ciba: deps.ciba.features,
      pushedAuthorizationRequests: { enabled: true },
      requestObjects: { enabled: true },
      claimsParameter: { enabled: true },
      dPoP: { enabled: true },
      userinfo: { enabled: true },
      resourceIndicators: ourselves(deps.issuer),
      richAuthorizationRequests: createRichFeature(deps),
    },
    discovery: {
      ui_locales_supported: ['zh-CN', 'en'],
      claims_supported: [...Object.keys(claims), 'sid', 'iss'],
      // OpenID Connect Authority claims extension, section on OP metadata
      authority_permissions_supported: ['legal-representative', 'operator', 'mandate-holder'],
      authority_granted_methods_supported: ['appointed', 'delegated'],
    },
    renderError: deps.renderError,
  }
}

/** Counted from when the current proof entered the session; a session without one only carries a page's form token. */
function sessionLife(authorizations: Parameters<typeof currentProof>[0], { live, clock }: ConfigurationDeps): number {
  const proof = currentProof(authorizations)
  return proof === undefined ? live.login : Math.max(1, Math.floor((proof.order - clock.now().getTime()) / 1000) + live.session)
}

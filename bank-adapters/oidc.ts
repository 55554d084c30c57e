import * as client from 'openid-client'
import { z } from 'zod'
import { meets } from '../server/kernel/assurance.ts'
import { minutes } from '../server/kernel/clock.ts'
import { BrokerError } from '../server/kernel/errors.ts'
import type { BankData, OidcBank } from './bank-data.ts'
import type { AdapterDeps, AdapterKind, Attempt, BankAdapter } from './contract.ts'
import { explain } from './oidc-failures.ts'
import { readLogoutToken } from './oidc-logout.ts'
import { createRelyingParty } from './oidc-relying-party.ts'
import { provenIdentity } from './proven-identity.ts'

/**
 * A bank that is an OpenID Provider. Owns the relying party's side of OpenID Connect Core: signed request (RFC 9101), PKCE (RFC 7636), private_key_jwt, `iss` in
 * the response (RFC 9207), the ID token with its signature, userinfo of the same subject, and logout both ways. The protocol is openid-client's; the strictness is ours.
 */
const memoShape = z.object({ verifier: z.string(), nonce: z.string() })

export const oidcKind = ((bank, deps) => {
  const data = own(bank)
  const relyingParty = createRelyingParty(data, deps)

  const adapter: BankAdapter = {
    async begin(attempt) {
      const config = await relyingParty()
      const { kid, privateKey } = await deps.keys.clientJwk()
      const memo = { verifier: client.randomPKCECodeVerifier(), nonce: client.randomNonce() }
      const parameters = {
        response_type: 'code',
        redirect_uri: attempt.callbackUrl,
        scope: data.scope,
        state: attempt.id,
        nonce: memo.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(memo.verifier),
        code_challenge_method: 'S256',
        ...levels(data, attempt),
        ...(attempt.afresh ? { prompt: 'login' } : {}),
      }
      const url = await client.buildAuthorizationUrlWithJAR(config, parameters, { kid, key: privateKey }).catch(explain(data))
      return { challenge: { kind: 'redirect', url: url.href }, memo }
    },

    async complete(attempt, answer, memo) {
      if (answer.kind !== 'query') throw new BrokerError('bad_request', 'an OpenID bank answers in the query', { received: answer.kind })
      const { verifier, nonce } = memoShape.parse(memo)
      const config = await relyingParty()
      // the address the bank was given, whatever a proxy made of it on the way to us
      const currentUrl = new URL(attempt.callbackUrl)
      currentUrl.search = new URL(answer.url, attempt.callbackUrl).search
      const checks = { pkceCodeVerifier: verifier, expectedState: attempt.id, expectedNonce: nonce, idTokenExpected: true }
      const tokens = await client.authorizationCodeGrant(config, currentUrl, checks).catch(async error => {
        if (await wasUsed(error, data, deps)) throw new BrokerError('bank_replayed', 'the ID token of an earlier login came again')
        return explain(data)(error)
      })
      const idToken = tokens.claims()
      if (idToken === undefined) throw new BrokerError('bank_answer_malformed', 'no ID token', { received: data.id })
      if (!(await deps.once(usedNonce(data, nonce), new Date(deps.clock.now().getTime() + minutes(60))))) {
        throw new BrokerError('bank_replayed', 'this attempt was answered before')
      }
      const userinfo = await client.fetchUserInfo(config, tokens.access_token, idToken.sub).catch(explain(data))
      // userinfo is not signed: where both speak, the ID token is believed
      const claims: Record<string, unknown> = { ...userinfo, ...idToken }
      return provenIdentity(data, deps, {
        subject: idToken.sub,
        name: claims[data.claims.name],
        idDigest: claims[data.claims.idDigest],
        seats: readSeats(claims[data.claims.seats], data),
        level: idToken['acr'],
        methods: idToken['amr'] ?? [],
        authenticatedAt: new Date((idToken.auth_time ?? idToken.iat) * 1000),
        certificate: claims[data.claims.certificate],
        bankSession: idToken['sid'],
      })
    },

    async logoutUrl({ bankSession, returnTo }) {
      const config = await relyingParty()
      if (config.serverMetadata().end_session_endpoint === undefined)
        throw new BrokerError('bank_refused', 'the bank has no logout to send anybody to')
      const hint = bankSession === undefined ? {} : { logout_hint: bankSession }
      return client.buildEndSessionUrl(config, { post_logout_redirect_uri: returnTo, ...hint }).href
    },

    async readLogout(message, end) {
      const config = await relyingParty()
      await readLogoutToken(z.string().max(16_384).parse(message['logout_token']), config.serverMetadata(), data, deps, end)
      return {}
    },
  }
  return adapter
}) satisfies AdapterKind

function own(bank: BankData): OidcBank {
  if (bank.protocol !== 'oidc') throw new BrokerError('config_invalid', `bank ${bank.id} is not of the kind oidc`)
  return bank
}

/** Every level that would do, in the bank's words, where a mere session would not. */
function levels(data: OidcBank, { needs }: Attempt): { acr_values?: string } {
  if (needs === 'bank-session') return {}
  const enough = Object.entries(data.assurance).flatMap(([word, level]) => (meets(level, needs) ? [word] : []))
  // a bank that reaches none of them gives its strongest; the login room then says what is missing
  const words = enough.length > 0 ? enough : Object.entries(data.assurance).flatMap(([word, level]) => (meets(level, 'shield') ? [word] : []))
  return words.length > 0 ? { acr_values: words.join(' ') } : {}
}

function readSeats(value: unknown, { claims }: OidcBank): unknown {
  const list = z.array(z.record(z.string(), z.unknown())).max(200).safeParse(value)
  return list.data?.map(seat => ({ uscc: seat[claims.uscc], name: seat[claims.enterprise], role: seat[claims.role] }))
}

const usedNonce = (data: OidcBank, nonce: string): string => `oidc:${data.id}:${nonce}`

/** Whether the ID token just refused for its nonce is one that we accepted before: then it is a replay, not a mistake. */
async function wasUsed(error: unknown, data: OidcBank, deps: AdapterDeps): Promise<boolean> {
  const shape = z.object({ cause: z.object({ cause: z.object({ claim: z.literal('nonce'), claims: z.object({ nonce: z.string().max(200) }) }) }) })
  const nonce = shape.safeParse(error).data?.cause.cause.claims.nonce
  return nonce !== undefined && !(await deps.once(usedNonce(data, nonce), new Date(deps.clock.now().getTime() + minutes(60))))
}

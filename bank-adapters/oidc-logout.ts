import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose'
import type { ServerMetadata } from 'openid-client'
import { z } from 'zod'
import { minutes, seconds } from '../server/kernel/clock.ts'
import { BrokerError } from '../server/kernel/errors.ts'
import type { OidcBank } from './bank-data.ts'
import type { AdapterDeps, LoggedOut } from './contract.ts'
import { endOnce } from './logout-once.ts'
import { explain } from './oidc-failures.ts'
import { CLOCK_SKEW } from './oidc-relying-party.ts'

const logoutClaims = z.object({
  jti: z.string().min(1).max(255),
  iat: z.number(),
  sub: z.string().min(1).max(255).optional(),
  sid: z.string().min(1).max(255).optional(),
  nonce: z.never().optional(),
  events: z.object({ 'http://schemas.openid.net/event/backchannel-logout': z.object({}) }),
})

/**
 * Whose sessions a bank says have ended: OpenID Connect Back-Channel Logout 1.0, section 2.6, and each token once (logout-once.ts).
 * @throws BrokerError bank_wrong_issuer, bank_wrong_audience, bank_wrong_key, bank_unsigned, bank_answer_expired, bank_replayed, bank_answer_malformed
 */
export async function readLogoutToken(
  token: string,
  metadata: ServerMetadata,
  data: OidcBank,
  deps: AdapterDeps,
  end: (who: LoggedOut) => Promise<void>,
): Promise<void> {
  const keys = createRemoteJWKSet(new URL(z.string().parse(metadata.jwks_uri)), {
    [customFetch]: (url, init) => deps.fetch(url, init),
    timeoutDuration: seconds(10),
  })
  const { payload } = await jwtVerify(token, keys, {
    issuer: data.issuer,
    audience: data.clientId,
    algorithms: ['ES256', 'RS256', 'PS256', 'EdDSA', 'ES384', 'RS384', 'PS384', 'ES512', 'RS512', 'PS512'],
    clockTolerance: CLOCK_SKEW,
    maxTokenAge: 300,
    currentDate: deps.clock.now(),
  }).catch(explain(data))
  const claims = logoutClaims.safeParse(payload)
  if (!claims.success || (claims.data.sub === undefined && claims.data.sid === undefined)) {
    throw new BrokerError('bank_answer_malformed', 'not a logout token', { expected: 'events, jti, iat, sub or sid, and no nonce' })
  }
  const { jti, sub, sid } = claims.data
  const who = { ...(sub === undefined ? {} : { subject: sub }), ...(sid === undefined ? {} : { bankSession: sid }) }
  await endOnce(`oidc-logout:${data.id}:${jti}`, new Date(deps.clock.now().getTime() + minutes(10)), deps, () => end(who))
}

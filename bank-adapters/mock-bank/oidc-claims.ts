/** Owns what an OpenID bank says of a person, in its own words, and what it knows of its one client, the broker. */
import type { AdapterPayload } from 'oidc-provider'
import { type Bank, dutyOf, type Method, type Proven, seatsToTell } from './bank.ts'

export const CLIENT = 'shared-shield'

export const acrOf = (bank: Bank, method: Method): string => `${bank.profile.id}:${method}`

/** The least that was named, where that is more than a password; several values are the asker's order of preference, any of which will do. */
export function wantedIn(bank: Bank, acrValues: unknown): Method | undefined {
  const asked = typeof acrValues === 'string' ? acrValues.split(' ') : []
  const least = (['password', 'shield', 'shield-face'] as const).find(method => asked.includes(acrOf(bank, method)))
  return least === 'password' ? undefined : least
}

export function claimsOf(bank: Bank, sub: string, proof: Proven | undefined): Record<string, unknown> & { sub: string } {
  const prefix = bank.profile.id
  if (proof === undefined) return { sub }
  return {
    sub,
    name: proof.customer.person.name,
    [`${prefix}_id_digest`]: proof.customer.person.idDigest,
    [`${prefix}_companies`]: seatsToTell(bank, proof).map(seat => ({
      [`${prefix}_uscc`]: seat.company.uscc,
      [`${prefix}_company`]: seat.company.name,
      [`${prefix}_duty`]: dutyOf(bank, seat),
    })),
    ...(proof.shield === undefined ? {} : { [`${prefix}_cert`]: proof.shield.certificate.toString('base64') }),
  }
}

export function clientMetadata(bank: Bank): AdapterPayload {
  const broker = bank.brokerUrl()
  return {
    client_id: CLIENT,
    client_name: '共享盾',
    redirect_uris: [`${broker}/login/callback/${bank.profile.id}`],
    grant_types: ['authorization_code'],
    response_types: ['code'],
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'ES256',
    jwks_uri: `${broker}/banks/jwks.json`,
    request_object_signing_alg: 'ES256',
    require_signed_request_object: true,
    id_token_signed_response_alg: 'ES256',
    backchannel_logout_uri: `${broker}/login/banks/${bank.profile.id}/logout`,
    backchannel_logout_session_required: true,
  }
}

import * as client from 'openid-client'
import { minutes, seconds } from '../server/kernel/clock.ts'
import type { OidcBank } from './bank-data.ts'
import type { AdapterDeps } from './contract.ts'
import { explain } from './oidc-failures.ts'

/** seconds that the bank's clock may be off */
export const CLOCK_SKEW = 10
const METADATA_LIFE = minutes(60)
/** how long old metadata serve while the bank does not answer, and how long until it is asked again */
const METADATA_GRACE = minutes(24 * 60)
const METADATA_RETRY = seconds(30)

/** The bank's metadata and our side of it; read again on a schedule, so that a bank may move its endpoints and keys without a restart here. */
export function createRelyingParty(data: OidcBank, deps: AdapterDeps): () => Promise<client.Configuration> {
  let held: { config: client.Configuration; readAt: number } | undefined
  let reading: Promise<client.Configuration> | undefined
  let triedAt = Number.NEGATIVE_INFINITY
  const now = () => deps.clock.now().getTime()

  async function read(): Promise<client.Configuration> {
    triedAt = now()
    const { kid, privateKey } = await deps.keys.clientJwk()
    const issuer = new URL(data.issuer)
    const toIssuer = (_header: unknown, payload: Record<string, unknown>) => {
      payload['aud'] = data.issuer
    }
    const config = await client
      .discovery(
        issuer,
        data.clientId,
        { [client.clockTolerance]: CLOCK_SKEW },
        // for the issuer, as RFC 7523bis and OpenID Connect want it: an audience of our choosing could be another bank's endpoint
        client.PrivateKeyJwt({ kid, key: privateKey }, { [client.modifyAssertion]: toIssuer }),
        {
          [client.customFetch]: (url, init) => deps.fetch(url, plainInit(init)),
          timeout: 10,
          // only a bank whose own address is http, which production's configuration refuses
          execute: issuer.protocol === 'http:' ? [client.allowInsecureRequests] : [],
        },
      )
      .catch(explain(data))
    client.enableNonRepudiationChecks(config)
    held = { config, readAt: now() }
    return config
  }

  return async () => {
    const age = held === undefined ? Number.POSITIVE_INFINITY : now() - held.readAt
    if (held !== undefined && (age < METADATA_LIFE || (age < METADATA_GRACE && now() - triedAt < METADATA_RETRY))) return held.config
    reading ??= read().finally(() => {
      reading = undefined
    })
    // the bank's metadata is late, its last word still stands: nobody waits
    if (held !== undefined && age < METADATA_GRACE) {
      reading.catch(() => undefined)
      return held.config
    }
    return reading
  }
}

/** The library's init has a body of its own wider type; what it sends is text or form parameters. */
function plainInit(init: client.CustomFetchOptions): RequestInit {
  const { body } = init
  const { method, headers, redirect, signal } = init
  return {
    method,
    headers,
    redirect,
    ...(signal === undefined ? {} : { signal }),
    ...(typeof body === 'string' || body instanceof URLSearchParams ? { body } : {}),
  }
}

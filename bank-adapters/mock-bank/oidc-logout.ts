/** Owns the ends of a session at an OpenID bank: the token that tells the broker, and the page on which a person confirms. */
import { randomUUID } from 'node:crypto'
import { importJWK, SignJWT } from 'jose'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Bank } from './bank.ts'
import { pageHeaders } from './http.ts'
import { CLIENT, clientMetadata } from './oidc-claims.ts'
import type { OidcSigningKey } from './oidc-keys.ts'
import { signOutPage } from './pages.ts'
import { refusals } from './refusal.ts'

/** Back-Channel Logout 1.0, 2.4 and 2.5. The library sends one only when the broker or the person ends the session. @throws Refusal 502 */
export async function tellOfLogout(bank: Bank, key: OidcSigningKey, whose: { sub: string; sid: string }): Promise<void> {
  const now = Math.floor(bank.clock.now().getTime() / 1000)
  const claims = {
    ...whose,
    iss: bank.base,
    aud: CLIENT,
    iat: now,
    exp: now + 120,
    jti: randomUUID(),
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
  }
  const token = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: key.kid, typ: 'logout+jwt' }).sign(await importJWK(key, 'ES256'))
  const { backchannel_logout_uri: address = '' } = clientMetadata(bank)
  const body = new URLSearchParams({ logout_token: token })
  const answer = await fetch(address, { method: 'POST', body, redirect: 'manual', signal: AbortSignal.timeout(5000) }).catch((cause: unknown) => {
    throw refusals.brokerAway(cause)
  })
  if (!answer.ok) throw refusals.brokerAway(`status ${answer.status}`)
}

/** The library hands over a ready form; its one secret goes into a form of ours. */
export function showSignOut(bank: Bank, ctx: KoaContextWithOIDC, form: string): void {
  const found = /action="([^"]+)".*name="xsrf" value="([^"]+)"/.exec(form)
  if (found?.[1] === undefined || found[2] === undefined) throw new Error('the logout form has another shape than expected')
  // the broker asked, as far as a client id tells; the worst a link of anybody else's can do is to sign a person out
  const byItself = ctx.oidc.client?.clientId === CLIENT
  show(ctx, signOutPage({ bank: bank.profile, action: found[1], secret: found[2], byItself }), { formsAnywhere: true })
}

/** Sends a page through the library's own response. */
export function show(ctx: KoaContextWithOIDC, page: string, more: { formsAnywhere?: boolean } = {}): void {
  ctx.set(pageHeaders(more))
  ctx.body = page
}

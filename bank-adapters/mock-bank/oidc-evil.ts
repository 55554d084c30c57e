/** Owns what a misbehaving OpenID Provider sends instead of the honest ID token or authorization response (evil.ts says what each is). */
import { randomUUID } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader, importJWK, type JWTPayload, SignJWT } from 'jose'
import type { Evil } from './evil.ts'
import { newSigningKey, type OidcSigningKey } from './oidc-keys.ts'

export interface OidcForger {
  idToken(honest: string, evil: Evil | undefined): Promise<string>
  /** the address with the authorization response */
  redirect(honest: string, evil: Evil | undefined): string
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** @param other another bank's issuer and key: what `mixed-up` answers with */
export function createOidcForger(input: { signing: OidcSigningKey; other(): { issuer: string; signing?: OidcSigningKey } }): OidcForger {
  let earlier: string | undefined

  async function resigned(payload: JWTPayload, key: OidcSigningKey, kid = key.kid): Promise<string> {
    return new SignJWT(payload).setProtectedHeader({ alg: 'ES256', kid, typ: 'JWT' }).sign(await importJWK(key, 'ES256'))
  }

  return {
    async idToken(honest, evil) {
      const replayed = earlier
      earlier = honest
      const claims = decodeJwt(honest)
      const [head = '', body = '', signature = ''] = honest.split('.')
      const stronger = { ...claims, sub: `${claims.sub}-forged`, name: '冒名者' }
      switch (evil) {
        case 'wrong-issuer':
          return resigned({ ...claims, iss: 'https://bank.example' }, input.signing)
        case 'wrong-audience':
          return resigned({ ...claims, aud: 'another-relying-party' }, input.signing)
        case 'wrong-nonce':
          return resigned({ ...claims, nonce: randomUUID() }, input.signing)
        case 'expired':
          return resigned({ ...claims, iat: (claims.iat ?? 0) - 7200, exp: (claims.iat ?? 0) - 3600 }, input.signing)
        case 'wrong-key':
          return resigned(claims, await newSigningKey('stranger'), input.signing.kid)
        case 'alg-none':
          return `${encode({ ...decodeProtectedHeader(honest), alg: 'none' })}.${body}.`
        case 'unsigned':
          return `${head}.${body}.`
        case 'wrapped':
          return `${head}.${encode(stronger)}.${signature}`
        case 'replayed':
          return replayed ?? honest
        case 'mixed-up': {
          const { issuer, signing = input.signing } = input.other()
          return resigned({ ...claims, iss: issuer }, signing)
        }
        default:
          return honest
      }
    },
    redirect(honest, evil) {
      if (evil !== 'mixed-up' || !URL.canParse(honest)) return honest
      const url = new URL(honest)
      if (url.searchParams.has('iss')) url.searchParams.set('iss', input.other().issuer)
      return url.href
    },
  }
}

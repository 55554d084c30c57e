/** Owns a bank's OpenID keys on disk: the ES256 key that signs ID tokens and logout tokens, and the keys of its cookies. */
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { z } from 'zod'
import { replaceFile } from './register.ts'

const ecKey = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  d: z.string(),
  kid: z.string(),
  alg: z.literal('ES256'),
  use: z.literal('sig'),
})
const shape = z.object({ signing: ecKey, cookies: z.array(z.string().min(32)).min(1) })

export type OidcSigningKey = z.infer<typeof ecKey>

export async function oidcKeys(folder: string, bank: string): Promise<z.infer<typeof shape>> {
  const path = join(folder, 'oidc-keys.json')
  try {
    return shape.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch {
    const made = shape.parse({ signing: await newSigningKey(`${bank}-1`), cookies: [randomBytes(32).toString('base64url')] })
    replaceFile(path, JSON.stringify(made))
    return made
  }
}

export async function newSigningKey(kid: string): Promise<OidcSigningKey> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk: JWK = { ...(await exportJWK(privateKey)), kid, alg: 'ES256', use: 'sig' }
  return ecKey.parse(jwk)
}

import { createPublicKey, generateKeyPair as generateNodeKeys, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { exportJWK, generateKeyPair, importJWK } from 'jose'
import { z } from 'zod'
import { days } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { holdSealedKey, type SealedKeyDeps } from '../storage/sealed-keys.ts'

/**
 * The keys by which banks know us: ES256 for OpenID banks (requests and client authentication), RSA with a self-signed certificate for SAML banks. Made once for
 * all processes: the kid is fixed, so of several that start together one inserts and the others read. At rest sealed.
 */
export interface BankKeys {
  clientJwk(): Promise<{ kid: string; privateKey: CryptoKey }>
  saml(): Promise<{ privateKeyPem: string; certificatePem: string }>
  /** what `/banks/jwks.json` shows */
  publicJwks(): Promise<{ keys: Record<string, unknown>[] }>
}

export interface BankKeyDeps extends SealedKeyDeps {
  /** @returns DER of a certificate for this key; the key may sign and nothing else (pki/issue.ts) */
  makeSelfSigned(request: {
    privateKey: KeyObject
    publicKey: KeyObject
    commonName: string
    notBefore: Date
    notAfter: Date
  }): Uint8Array | Promise<Uint8Array>
}

const clientKey = z.object({ kty: z.literal('EC'), crv: z.literal('P-256'), x: z.string(), y: z.string(), d: z.string() })
const samlKey = z.object({ privateKeyPem: z.string(), certificatePem: z.string() })

const CLIENT = { kid: 'bank-client-1', use: 'bank-client' } as const
const SAML = { kid: 'bank-saml-1', use: 'saml' } as const
const YEARS = 10 * 365

export function createBankKeys(deps: BankKeyDeps): BankKeys {
  const client = holdSealedKey(deps, { ...CLIENT, make: makeClientKey, read: readClientKey })
  const saml = holdSealedKey(deps, { ...SAML, make: () => makeSamlKey(deps), read: text => samlKey.parse(JSON.parse(text)) })
  return {
    clientJwk: async () => ({ kid: CLIENT.kid, privateKey: (await client()).privateKey }),
    saml,
    publicJwks: async () => ({ keys: [(await client()).publicJwk] }),
  }
}

async function readClientKey(text: string): Promise<{ privateKey: CryptoKey; publicJwk: Record<string, unknown> }> {
  const jwk = clientKey.parse(JSON.parse(text))
  const privateKey = await importJWK(jwk, 'ES256')
  if (!(privateKey instanceof CryptoKey)) throw new BrokerError('internal', 'a stored key is none')
  const { d: _, ...publicJwk } = jwk
  return { privateKey, publicJwk: { ...publicJwk, kid: CLIENT.kid, alg: 'ES256', use: 'sig' } }
}

async function makeClientKey(): Promise<string> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  return JSON.stringify(await exportJWK(privateKey))
}

async function makeSamlKey({ clock, makeSelfSigned }: BankKeyDeps): Promise<string> {
  const { privateKey } = await promisify(generateNodeKeys)('rsa', { modulusLength: 3072 })
  const notBefore = clock.now()
  const der = await makeSelfSigned({
    privateKey,
    publicKey: createPublicKey(privateKey),
    commonName: 'shared-shield saml',
    notBefore,
    notAfter: new Date(notBefore.getTime() + days(YEARS)),
  })
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  const certificatePem = `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
  return JSON.stringify({ privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }), certificatePem })
}

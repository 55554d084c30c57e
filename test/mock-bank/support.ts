/** A small broker for the mock bank's tests, made of other people's libraries: openid-client and node-saml, over real HTTP. */

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SAML, ValidateInResponseTo } from '@node-saml/node-saml'
import { exportJWK, generateKeyPair } from 'jose'
import * as client from 'openid-client'
import type { Customer } from '../../bank-adapters/mock-bank/bank.ts'
import type { BankProfile } from '../../bank-adapters/mock-bank/bank-profile.ts'
import { pemKey } from '../../bank-adapters/mock-bank/hierarchy.ts'
import { createMockBank, type MockBank } from '../../bank-adapters/mock-bank/mock-bank.ts'
import { newSamlSigner } from '../../bank-adapters/mock-bank/saml-signer.ts'
import { startAgent } from '../../bank-adapters/shield-agent/agent.ts'
import { createSoftwareDriver } from '../../bank-adapters/shield-agent/software-driver.ts'
import { type Clock, systemClock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { HttpBrowser } from '../../server/sandbox/http-browser.ts'

export interface Stage {
  bank: MockBank
  brokerUrl: string
  dataDir: string
  /** logout tokens that came in by the back channel */
  logoutTokens: string[]
  /** queries of single-logout messages that came in by redirect */
  logoutQueries: string[]
  browser(): HttpBrowser
  customer(bank: string, person: string): Customer
  /** a relying party of this OpenID bank that verifies the ID token's signature */
  oidc(bank: string): Promise<OidcParty>
  /** a strict service provider of this SAML bank; with `byPost`, its requests carry their signature in the XML */
  saml(bank: string, options?: { byPost?: boolean }): Promise<SAML>
  close(): Promise<void>
}

interface OidcParty {
  config: client.Configuration
  begin(parameters?: Record<string, string>): Promise<{
    url: string
    finish(callback: string): Promise<{ claims: Record<string, unknown>; userinfo: Record<string, unknown>; idToken: string }>
  }>
}

/** @param options.withAgent also a shield agent that holds every shield and serves the banks' pages */
export async function openStage(options: { banks?: readonly BankProfile[]; clock?: Clock; withAgent?: boolean } = {}): Promise<Stage> {
  const dataDir = await mkdtemp(join(tmpdir(), 'mock-bank-'))
  const clock = options.clock ?? systemClock
  const keys = await generateKeyPair('ES256', { extractable: true })
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'broker-1', alg: 'ES256', use: 'sig' }
  const signer = newSamlSigner('shared shield', clock.now())
  const samlKey = pemKey(signer.privateKey)
  const logoutTokens: string[] = []
  const logoutQueries: string[] = []
  const parties = new Map<string, SAML>()

  const broker = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://broker')
    const metadata = /^\/banks\/([a-z]+)\/metadata$/.exec(url.pathname)?.[1]
    if (url.pathname === '/banks/jwks.json') return void response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] }))
    if (metadata !== undefined) return void response.end((await saml(metadata)).generateServiceProviderMetadata(null, signer.certificatePem))
    if (/^\/login\/banks\/[a-z]+\/logout$/.test(url.pathname)) logoutTokens.push(new URLSearchParams(await bodyOf(request)).get('logout_token') ?? '')
    if (/^\/login\/banks\/[a-z]+\/slo$/.test(url.pathname)) logoutQueries.push(url.search.slice(1))
    response.end('broker')
  })
  await new Promise<void>(resolve => broker.listen(0, '127.0.0.1', resolve))
  const brokerUrl = `http://localhost:${(broker.address() as AddressInfo).port}`
  const origins: string[] = []
  const driver = createSoftwareDriver(join(dataDir, 'shields'))
  const agent = options.withAgent === true ? await startAgent({ driver, allowedOrigins: origins, pinInPage: 'allowed' }) : undefined
  const bank = await createMockBank({
    dataDir,
    clock,
    log: silentLog,
    brokerUrl,
    agentUrl: agent?.url ?? 'ws://127.0.0.1:7130',
    ...(options.banks === undefined ? {} : { banks: options.banks }),
  })
  origins.push(bank.url)

  async function saml(id: string, { byPost = false } = {}): Promise<SAML> {
    const made =
      parties.get(`${id} ${byPost}`) ??
      new SAML({
        issuer: `${brokerUrl}/banks/${id}/metadata`,
        callbackUrl: `${brokerUrl}/login/callback/${id}`,
        logoutCallbackUrl: `${brokerUrl}/login/banks/${id}/slo`,
        entryPoint: `${bank.url}/${id}/saml/sso`,
        logoutUrl: `${bank.url}/${id}/saml/slo`,
        idpIssuer: `${bank.url}/${id}/saml`,
        idpCert: await readFile(bank.signingCertificatesFile(id), 'utf8'),
        privateKey: samlKey,
        publicCert: signer.certificatePem,
        signatureAlgorithm: 'sha256',
        digestAlgorithm: 'sha256',
        audience: `${brokerUrl}/banks/${id}/metadata`,
        wantAssertionsSigned: true,
        wantAuthnResponseSigned: true,
        validateInResponseTo: ValidateInResponseTo.always,
        disableRequestedAuthnContext: true,
        acceptedClockSkewMs: 5000,
        ...(byPost ? { authnRequestBinding: 'HTTP-POST', skipRequestCompression: true } : {}),
      })
    parties.set(`${id} ${byPost}`, made)
    return made
  }

  async function oidc(id: string): Promise<OidcParty> {
    const key = { key: keys.privateKey, kid: 'broker-1' }
    const config = await client.discovery(new URL(`${bank.url}/${id}`), 'shared-shield', {}, client.PrivateKeyJwt(key), {
      execute: [client.allowInsecureRequests],
    })
    client.enableNonRepudiationChecks(config)
    return {
      config,
      async begin(parameters = {}) {
        const [verifier, nonce, state] = [client.randomPKCECodeVerifier(), client.randomNonce(), client.randomState()]
        const url = await client.buildAuthorizationUrlWithJAR(
          config,
          {
            response_type: 'code',
            redirect_uri: `${brokerUrl}/login/callback/${id}`,
            scope: 'openid profile',
            state,
            nonce,
            code_challenge: await client.calculatePKCECodeChallenge(verifier),
            code_challenge_method: 'S256',
            ...parameters,
          },
          key,
        )
        return {
          url: url.href,
          async finish(callback) {
            const tokens = await client.authorizationCodeGrant(config, new URL(callback), {
              pkceCodeVerifier: verifier,
              expectedState: state,
              expectedNonce: nonce,
              idTokenExpected: true,
            })
            const claims = { ...tokens.claims() }
            const userinfo = { ...(await client.fetchUserInfo(config, tokens.access_token, String(claims['sub']))) }
            return { claims, userinfo, idToken: tokens.id_token ?? '' }
          },
        }
      },
    }
  }

  return {
    bank,
    brokerUrl,
    dataDir,
    logoutTokens,
    logoutQueries,
    browser: () => new HttpBrowser(() => Date.now()),
    customer(id, person) {
      const found = bank.customers(id).find(customer => customer.person.id === person)
      if (found === undefined) throw new Error(`no ${person} at ${id}`)
      return found
    },
    oidc,
    saml,
    async close() {
      await bank.close()
      await agent?.close()
      await closeServer(broker)
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) body += String(chunk)
  return body
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise(resolve => server.close(() => resolve()))
}

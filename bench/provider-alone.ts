import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair } from 'jose'
import Provider from 'oidc-provider'

/**
 * The ceiling our login is compared with: the OpenID Provider library alone, with its own memory adapter and a login page that lets everybody in at once. The same signing
 * algorithm, PKCE, token and userinfo requests, and claims of the same size as ours; no bank, no certificate, no audit record, no database.
 */
export interface ProviderAlone {
  url: string
  authorizationEndpoint: string
  tokenEndpoint: string
  userinfoEndpoint: string
  clientId: string
  clientSecret: string
  /** where the code arrives; nothing listens there, the bench reads it from the redirect */
  redirectUri: string
  close(): Promise<void>
}

const claims = {
  bank: 'ccb',
  uscc: '91350200MA30000016',
  enterprise_name: '厦门示范建设有限公司',
  person_name: '王小明',
  person_role: 'operator',
  certificate: {
    issuer: 'CN=CCB Enterprise Issuing CA SM2,O=China Construction Bank (mock),C=CN',
    serial: '0a1b2c3d4e5f60718293a4b5c6d7e8f9',
    not_after: '2028-01-01T00:00:00.000Z',
    thumbprint_sm3: 'ab'.repeat(32),
  },
}

export async function startProviderAlone(): Promise<ProviderAlone> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  const clientId = 'bench'
  const clientSecret = 'secret-of-the-bench-0123456789abcdef'
  const redirectUri = 'https://center.example/callback'
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })

  const provider = new Provider(url, {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig' }] },
    clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri] }],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    claims: {
      openid: ['sub', 'acr', 'amr', 'auth_time', 'bank'],
      enterprise: ['uscc', 'enterprise_name'],
      person: ['person_name', 'person_role'],
      certificate: ['certificate'],
    },
    scopes: ['openid', 'enterprise', 'person', 'certificate'],
    conformIdTokenClaims: false,
    responseTypes: ['code'],
    pkce: { required: () => true },
    cookies: { keys: ['cookie-key-of-the-bench'] },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    features: { devInteractions: { enabled: false }, resourceIndicators: { enabled: false } },
    interactions: { url: (_ctx, interaction) => `/login/${interaction.uid}` },
    ttl: { Interaction: 900, Session: 28_800, Grant: 28_800, AccessToken: 600, IdToken: 600 },
    findAccount: (_ctx, sub) => ({
      accountId: sub,
      claims: () => ({ sub, acr: 'shield', amr: ['hwk', 'pin'], auth_time: 1_790_000_000, ...claims }),
    }),
    async loadExistingGrant(ctx) {
      const { client, account, requestParamOIDCScopes } = ctx.oidc
      const grant = new ctx.oidc.provider.Grant({ ...(client && { clientId: client.clientId }), ...(account && { accountId: account.accountId }) })
      grant.addOIDCScope(requestParamOIDCScopes)
      await grant.save()
      return grant
    },
  })

  const handle = provider.callback()
  let person = 0
  server.on('request', (req, res) => {
    if (req.url?.startsWith('/login/') !== true) return void handle(req, res)
    const login = { accountId: `person-${++person}`, acr: 'shield', amr: ['hwk', 'pin'], remember: false }
    provider.interactionFinished(req, res, { login }).catch((error: unknown) => res.destroy(error instanceof Error ? error : undefined))
  })

  return {
    url,
    authorizationEndpoint: `${url}/auth`,
    tokenEndpoint: `${url}/token`,
    userinfoEndpoint: `${url}/me`,
    clientId,
    clientSecret,
    redirectUri,
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

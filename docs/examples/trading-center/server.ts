/**
 * A trading center (交易中心) that lets companies log in with the shield of their bank. This is the whole integration; copy it. page.ts only draws.
 * Run: ISSUER=http://localhost:7100/oidc CLIENT_ID=… CLIENT_SECRET=… PORT=7102 URL=http://localhost:7102 node docs/examples/trading-center/server.ts
 */
import { randomBytes } from 'node:crypto'
import express, { type Request, type Response } from 'express'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import * as client from 'openid-client'
import { dress, failedPage, signedInPage, welcomePage } from './page.ts'

export interface TradingCenterOptions {
  /** the shared shield's issuer; everything else is read from its discovery document */
  issuer: string
  clientId: string
  clientSecret: string
  port: number
  /** how browsers reach this center */
  url: string
}

interface Session {
  /** of a login under way: what must come back, and the PKCE verifier */
  login?: { state: string; nonce: string; verifier: string }
  person?: { claims: Record<string, unknown>; idToken: string }
}

const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'

export async function startTradingCenter(options: TradingCenterOptions): Promise<{ url: string; close(): Promise<void> }> {
  const { issuer, url, clientId } = options
  // in memory for the example; a real center keeps sessions where all of its servers find them
  const sessions = new Map<string, Session>()
  let found: Promise<client.Configuration> | undefined

  /** Reads the discovery document once, and again after a failure. */
  function shield(): Promise<client.Configuration> {
    // check the ID token's signature too: the library leaves that out in this flow unless told
    const execute = [client.enableNonRepudiationChecks, ...(issuer.startsWith('http:') ? [client.allowInsecureRequests] : [])]
    found ??= client.discovery(new URL(issuer), clientId, undefined, client.ClientSecretBasic(options.clientSecret), { execute })
    return found.catch((error: unknown) => {
      found = undefined
      throw error
    })
  }

  const app = express()
    .disable('x-powered-by')
    .use(dress(new URL(issuer).origin))

  app.get('/', (req, res) => {
    const person = sessions.get(sessionId(req))?.person
    res.send(person === undefined ? welcomePage() : signedInPage(person))
  })

  // 1. send the person to the shield. `bank` skips the bank list; `acr_values=shield` insists on the shield itself
  app.get('/login', async (req, res) => {
    const login = { state: client.randomState(), nonce: client.randomNonce(), verifier: client.randomPKCECodeVerifier() }
    open(req, res, { ...sessions.get(sessionId(req)), login })
    const { bank, acr } = req.query
    const to = client.buildAuthorizationUrl(await shield(), {
      redirect_uri: `${url}/callback`,
      scope: 'openid enterprise person certificate',
      state: login.state,
      nonce: login.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(login.verifier),
      code_challenge_method: 'S256',
      ...(typeof bank === 'string' ? { bank } : {}),
      ...(acr === 'shield' ? { acr_values: 'shield' } : {}),
    })
    res.redirect(303, to.href)
  })

  // 2. the person is back with a code: exchange it, and believe only what verifies
  app.get('/callback', async (req, res) => {
    const session = sessions.get(sessionId(req))
    const login = session?.login
    if (login === undefined) return void res.redirect(303, '/')
    delete session?.login
    const tokens = await client.authorizationCodeGrant(await shield(), new URL(req.originalUrl, url), {
      pkceCodeVerifier: login.verifier,
      expectedState: login.state,
      expectedNonce: login.nonce,
      idTokenExpected: true,
    })
    open(req, res, { person: { claims: { ...tokens.claims() }, idToken: tokens.id_token ?? '' } })
    res.redirect(303, '/')
  })

  // 3. log out here and at the shield, which tells the other centers
  app.post('/logout', async (req, res) => {
    const idToken = sessions.get(sessionId(req))?.person?.idToken
    sessions.delete(sessionId(req))
    const to = client.buildEndSessionUrl(await shield(), {
      post_logout_redirect_uri: `${url}/`,
      ...(idToken === undefined ? {} : { id_token_hint: idToken }),
    })
    res.redirect(303, to.href)
  })

  // 4. the person logged out elsewhere: the shield says so, server to server
  app.post('/backchannel-logout', express.urlencoded({ extended: false, limit: '16kb' }), async (req, res) => {
    try {
      const keys = createRemoteJWKSet(new URL((await shield()).serverMetadata().jwks_uri ?? ''))
      const expected = {
        issuer,
        audience: clientId,
        typ: 'logout+jwt',
        algorithms: ['ES256'],
        requiredClaims: ['iat', 'exp', 'jti', 'sid', 'events'],
      }
      const { payload } = await jwtVerify(String(req.body?.logout_token ?? ''), keys, expected)
      if (!Object.hasOwn(Object(payload['events']), LOGOUT_EVENT) || 'nonce' in payload) throw new Error('not a logout token')
      for (const [id, { person }] of sessions) if (person?.claims['sid'] === payload['sid']) sessions.delete(id)
      res.sendStatus(204)
    } catch {
      res.status(400).json({ error: 'invalid_request' })
    }
  })

  // whatever went wrong: the shield's sentence, and the trace code that its operator and you can look up
  app.use((error: unknown, _req: Request, res: Response, _next: express.NextFunction) => {
    const told = error instanceof client.AuthorizationResponseError || error instanceof client.ResponseBodyError ? error : undefined
    res
      .status(told === undefined ? 500 : 400)
      .send(failedPage({ error: told?.error ?? 'internal', description: told?.error_description ?? '', issuer }))
  })

  /** a new name for the browser's session at every step up: what was known before a login is worth nothing after it */
  function open(req: Request, res: Response, session: Session): void {
    const id = randomBytes(24).toString('base64url')
    sessions.delete(sessionId(req))
    sessions.set(id, session)
    for (const oldest of sessions.keys()) if (sessions.size > 10_000) sessions.delete(oldest)
    res.cookie('center_session', id, { httpOnly: true, sameSite: 'lax', secure: url.startsWith('https:') })
  }

  const server = app.listen(options.port)
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject))
  return { url, close: () => new Promise(resolve => server.close(() => resolve()) && server.closeAllConnections()) }
}

const sessionId = (req: Request): string => /(?:^|; )center_session=([\w-]+)/.exec(req.headers.cookie ?? '')?.[1] ?? ''

if (import.meta.main) {
  const { ISSUER = '', CLIENT_ID = '', CLIENT_SECRET = '', PORT = '7102', URL: url = `http://localhost:${PORT}` } = process.env
  await startTradingCenter({ issuer: ISSUER, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, port: Number(PORT), url })
  console.log(`交易中心 trading center: ${url}`)
}

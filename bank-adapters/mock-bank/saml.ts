/**
 * Owns the redirect login of a `saml` bank: an identity provider of SAML 2.0 with signed requests only, response and assertion both signed, and single logout from
 * both ends. How a person proves who they are is sign-in.ts.
 */
import { type Request, type Response, Router } from 'express'
import { hours, minutes } from '../../server/kernel/clock.ts'
import { newSecret } from '../../server/kernel/ids.ts'
import { type Bank, type Customer, dutyOf, type Proven, seatsToTell } from './bank.ts'
import { cookie, formBody, sendPage, setCookie } from './http.ts'
import { postPage, signedOutPage } from './pages.ts'
import type { RedirectLogin } from './redirect-login.ts'
import { refusals } from './refusal.ts'
import { receive, redirectTo } from './saml-binding.ts'
import { createSamlForger } from './saml-evil.ts'
import { createPartner } from './saml-partner.ts'
import { type AuthnRequest, readAuthnRequest, readLogoutRequest } from './saml-requests.ts'
import { logoutRequestXml, logoutResponseXml, newSamlId, type ResponseFacts, responseXml } from './saml-response.ts'
import { loadSigner, metadataXml } from './saml-signer.ts'
import { signElement } from './saml-xml.ts'
import { createSignIn } from './sign-in.ts'

interface Session {
  proven: Proven
  index: string
  until: number
}

const SESSION_LIFE = hours(8)
const LIMIT = 10_000

export async function createSamlLogin(bank: Bank): Promise<RedirectLogin> {
  const { profile, path, base, clock } = bank
  const signer = await loadSigner(bank)
  const entityId = `${base}/saml`
  const partner = createPartner(bank)
  const requests = new Map<string, AuthnRequest>()
  const sessions = new Map<string, Session>()
  const names = { login: `${profile.id}_login`, session: `${profile.id}_session` }
  const forge = createSamlForger({ signer, other: () => `${bank.others()[0]?.base ?? `${base}-other`}/saml`, victim: facts => victimOf(bank, facts) })

  function keep<T extends { until: number }>(map: Map<string, T>, key: string, value: T): void {
    const now = clock.now().getTime()
    for (const [old, { until }] of map) {
      if (until > now && map.size < LIMIT) break
      map.delete(old)
    }
    map.set(key, value)
  }
  const live = <T extends { until: number }>(map: Map<string, T>, key: string | undefined): T | undefined => {
    const found = key === undefined ? undefined : map.get(key)
    return found !== undefined && found.until > clock.now().getTime() ? found : undefined
  }

  /** The sign-in of this address, in the browser that began it. */
  function requestOf(req: Request): { id: string; request: AuthnRequest } {
    const id = String(req.params['id'])
    const request = live(requests, id)
    if (request === undefined) throw refusals.signInOver()
    if (cookie(req, names.login) !== id) throw refusals.otherBrowser()
    return { id, request }
  }

  function answer(res: Response, request: AuthnRequest, { proven, index }: Session): void {
    const { customer, method, shield, at } = proven
    const facts: ResponseFacts = {
      issuer: entityId,
      audience: request.audience,
      destination: request.consumer,
      inResponseTo: request.id,
      now: clock.now(),
      nameId: customer.number,
      sessionIndex: index,
      context: `${profile.id}:${method}`,
      authenticatedAt: at,
      attributes: {
        name: [customer.person.name],
        idDigest: [customer.person.idDigest],
        seats: seatsToTell(bank, proven).map(seat => `${seat.company.uscc}|${seat.company.name}|${dutyOf(bank, seat)}`),
        ...(shield === undefined ? {} : { certificate: [shield.certificate.toString('base64')] }),
      },
    }
    postBack(res, request, forge(facts, bank.evil()))
  }

  function postBack(res: Response, request: AuthnRequest, xml: string): void {
    const relay = request.relayState === undefined ? {} : { RelayState: request.relayState }
    const fields = { SAMLResponse: Buffer.from(xml).toString('base64'), ...relay }
    sendPage(res, postPage({ bank: profile, url: request.consumer, fields }), { formsAnywhere: true })
  }

  const signIn = createSignIn(bank, {
    look: async req => {
      const { id, request } = requestOf(req)
      return { id, wants: request.wants }
    },
    async finish(req, res, proven) {
      const { id, request } = requestOf(req)
      requests.delete(id)
      const session = { proven, index: newSamlId(), until: clock.now().getTime() + SESSION_LIFE }
      const secret = newSecret()
      sessions.delete(cookie(req, names.session) ?? '')
      keep(sessions, secret, session)
      setCookie(res, names.login, undefined, `${path}/login/${id}`)
      setCookie(res, names.session, secret, path)
      answer(res, request, session)
    },
    async cancel(req, res) {
      const { id, request } = requestOf(req)
      requests.delete(id)
      const responseId = newSamlId()
      const facts = { issuer: entityId, destination: request.consumer, inResponseTo: request.id, now: clock.now() }
      const xml = responseXml(facts, responseId, '', ['Responder', 'AuthnFailed'])
      postBack(res, request, signElement(xml, responseId, signer))
    },
  })

  /** A request from another site brings no Lax cookie; the redirect that follows does. */
  async function begin(req: Request, res: Response): Promise<void> {
    const { root, relayState } = await receive(req, partner)
    const { entityId: audience, consumer } = await partner()
    const request = {
      ...readAuthnRequest(root, { audience, consumer, destination: `${base}/saml/sso`, bank }),
      relayState,
      until: clock.now().getTime() + minutes(10),
    }
    const id = newSecret()
    keep(requests, id, request)
    // under its own path, so that two tabs do not take it from each other
    setCookie(res, names.login, id, `${path}/login/${id}`)
    res.redirect(303, `${path}/login/${id}/resume`)
  }

  async function logout(req: Request, res: Response): Promise<void> {
    const { root, relayState } = await receive(req, partner)
    if (root.localName === 'LogoutResponse') return sendPage(res, signedOutPage(profile))
    const { entityId: from, logout: location } = await partner()
    const { id, nameId, indexes } = readLogoutRequest(root, { from, destination: `${base}/saml/slo`, now: clock.now() })
    for (const [secret, { proven, index }] of sessions) {
      if (proven.customer.number === nameId && (indexes.length === 0 || indexes.includes(index))) sessions.delete(secret)
    }
    setCookie(res, names.session, undefined, path)
    if (location === undefined) return sendPage(res, signedOutPage(profile))
    const xml = logoutResponseXml({ issuer: entityId, destination: location, now: clock.now(), inResponseTo: id })
    res.redirect(303, redirectTo(location, { name: 'SAMLResponse', xml, relayState, signer }))
  }

  const router = Router()
  router.get('/login/:id/resume', (req, res) => {
    const { id, request } = requestOf(req)
    const session = live(sessions, cookie(req, names.session))
    const enough = session !== undefined && !request.forced && (request.wants !== 'shield' || session.proven.method === 'shield')
    if (!enough) return res.redirect(303, `${path}/login/${id}`)
    requests.delete(id)
    answer(res, request, session)
  })
  router.use('/login/:id', signIn)
  router.get('/saml/metadata', (_req, res) => {
    res.type('application/samlmetadata+xml').send(metadataXml({ entityId, base, certificatePem: signer.certificatePem }))
  })
  router.get('/saml/sso', begin)
  router.post('/saml/sso', formBody, begin)
  router.get('/saml/slo', logout)
  router.post('/saml/slo', formBody, logout)

  const sessionsOf = (number: string) =>
    [...sessions].filter(([secret, { proven }]) => proven.customer.number === number && live(sessions, secret) !== undefined)
  return {
    router,
    sessions: number => sessionsOf(number).length,
    async logoutEverywhere(number) {
      const ended = sessionsOf(number)
      const { logout: destination } = await partner()
      for (const [secret] of ended) sessions.delete(secret)
      if (ended.length === 0 || destination === undefined) return []
      const xml = logoutRequestXml({ issuer: entityId, destination, now: clock.now(), nameId: number, sessions: ended.map(([, { index }]) => index) })
      return [redirectTo(destination, { name: 'SAMLRequest', xml, signer })]
    },
  }
}

/** Whom an attacker would like to be: somebody else, with all their companies. */
function victimOf(bank: Bank, facts: ResponseFacts): Partial<ResponseFacts> {
  const victim: Customer | undefined = bank.customers.find(({ number }) => number !== facts.nameId)
  if (victim === undefined) return {}
  const { certificate: _, ...rest } = facts.attributes
  const seats = victim.seats.map(seat => `${seat.company.uscc}|${seat.company.name}|${dutyOf(bank, seat)}`)
  return { nameId: victim.number, attributes: { ...rest, name: [victim.person.name], idDigest: [victim.person.idDigest], seats } }
}

/** Owns the bank's desk over HTTP: its page, the buttons on it, and the same as a small JSON interface for tests and the demonstration. */
import { type Response, Router } from 'express'
import { z } from 'zod'
import type { Bank } from './bank.ts'
import { deskPage } from './bank-pages.ts'
import { formBody, jsonBody, read, sameSite, sendPage } from './http.ts'
import type { RedirectLogin } from './redirect-login.ts'
import { refusals } from './refusal.ts'
import type { ReportShield } from './shield-reports.ts'
import type { IssuedShield } from './shields.ts'

const revokeBody = z.object({ reason: z.enum(['unspecified', 'keyCompromise', 'superseded', 'cessationOfOperation']).optional() })
const reportBody = z.object({ state: z.enum(['lost', 'replaced', 'found']) })
const renewBody = z.object({ keepOld: z.boolean().optional() })

/** @param login none for a bank without a redirect login: nobody has a session there */
export function createDesk(bank: Bank, login: RedirectLogin | undefined, report: ReportShield): Router {
  const { profile, path, shields } = bank
  const router = Router()
  router.use(['/shields', '/people', '/api'], sameSite(new URL(bank.base).origin), formBody, jsonBody)
  const back = (res: Response): void => res.redirect(303, `${path}/`)
  const mustFind = (serial: string): IssuedShield => {
    const found = shields.find(serial)
    if (found === undefined) throw refusals.noShield()
    return found
  }
  const logoutPerson = (id: string): Promise<string[]> => {
    const customer = bank.customers.find(({ person }) => person.id === id)
    if (customer === undefined) throw refusals.noPerson()
    return login?.logoutEverywhere(customer.number) ?? Promise.resolve([])
  }

  router.get('/', (_req, res) => {
    const people = bank.customers.map(({ person, seats, number }) => ({ person, seats, sessions: login?.sessions(number) ?? 0 }))
    const rows = shields.all().map(shield => ({ shield, state: shields.stateOf(shield) }))
    // a SAML bank's logout leads the browser on to the broker and back
    sendPage(res, deskPage({ bank: profile, people, shields: rows }), { formsAnywhere: profile.protocol === 'saml' })
  })
  router.get('/color.css', (_req, res) => {
    res.set('cache-control', 'max-age=300').type('css').send(`:root { --bank: ${profile.color}; }\n`)
  })
  router.post('/shields/:serial/revoke', (req, res) => {
    shields.revoke(mustFind(String(req.params['serial'])).serial)
    back(res)
  })
  router.post('/shields/:serial/renew', async (req, res) => {
    await shields.renew(mustFind(String(req.params['serial'])).serial)
    back(res)
  })
  router.post('/shields/:serial/report', async (req, res) => {
    await report(mustFind(String(req.params['serial'])), read(reportBody, req.body).state)
    back(res)
  })
  router.post('/people/:id/logout', async (req, res) => {
    const [visit] = await logoutPerson(String(req.params['id']))
    if (visit === undefined) back(res)
    else res.redirect(303, visit)
  })

  router.get('/api/shields', (_req, res) => {
    res.json(shields.all().map(shield => described(shield, shields.stateOf(shield))))
  })
  router.post('/api/shields/:serial/revoke', (req, res) => {
    const { serial } = mustFind(String(req.params['serial']))
    shields.revoke(serial, read(revokeBody, req.body).reason)
    const after = mustFind(serial)
    res.json(described(after, shields.stateOf(after)))
  })
  router.post('/api/shields/:serial/renew', async (req, res) => {
    const { keepOld = false } = read(renewBody, req.body)
    const renewed = await shields.renew(mustFind(String(req.params['serial'])).serial, { keepOld })
    res.json(described(renewed, shields.stateOf(renewed)))
  })
  router.post('/api/shields/:serial/report', async (req, res) => {
    const shield = mustFind(String(req.params['serial']))
    await report(shield, read(reportBody, req.body).state)
    res.json(described(shield, shields.stateOf(shield)))
  })
  /** `visit`: addresses the person's browser has to go to, for the broker to hear of it */
  router.post('/api/people/:id/logout', async (req, res) => {
    res.json({ visit: await logoutPerson(String(req.params['id'])) })
  })
  return router
}

function described({ serial, person, company, role, kind, certificate, notBefore, notAfter, revokedAt }: IssuedShield, state: string) {
  const holder = { person: { id: person.id, name: person.name, login: person.login }, company: { uscc: company.uscc, name: company.name }, role }
  return { serial, state, kind, ...holder, certificate: certificate.toString('base64'), notBefore, notAfter, revokedAt }
}

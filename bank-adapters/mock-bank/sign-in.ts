/**
 * Owns the bank's own proof of who is there: password and text message, or a signature by a shield this bank issued. Which protocol asked is behind the Door;
 * what the proof is good for is the door's to say. Plain forms throughout, so that a program walks it as a browser does (headless.ts).
 */
import { randomBytes, randomInt, timingSafeEqual } from 'node:crypto'
import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import { minutes } from '../../server/kernel/clock.ts'
import { algorithmFor } from '../../server/pki/algorithms.ts'
import { readCertificate } from '../../server/pki/certificate.ts'
import type { Bank, Customer, Method, Proven } from './bank.ts'
import { DEMO_PASSWORD, DEMO_PIN } from './companies.ts'
import { formBody, read, sameSite, sendPage } from './http.ts'
import { facePage, type Notice, signInPage, smsPage } from './pages.ts'
import { refusals } from './refusal.ts'

/** The protocol's side of a sign-in. */
export interface Door {
  /** the sign-in of this address, begun by this browser; @throws Refusal */
  look(req: Request, res: Response): Promise<{ id: string; wants: Method | undefined }>
  /** answers the request with what leads back to the one who asked */
  finish(req: Request, res: Response, proven: Proven): Promise<void>
  cancel(req: Request, res: Response): Promise<void>
}

interface Pending {
  text: string
  until: number
  tries: number
  sms?: { customer: Customer; code: string }
  /** proven by the shield, to be looked at */
  shield?: Pick<Required<Proven>, 'customer' | 'shield'>
}

const LIFE = minutes(10)
const TRIES = 5
const LIMIT = 10_000

const passwordForm = z.object({ login: z.string().trim().max(60), password: z.string().max(60) })
const smsForm = z.object({ code: z.string().trim().max(6) })
const base64 = z
  .string()
  .min(4)
  .max(16_384)
  .regex(/^[A-Za-z0-9+/]+={0,2}$/)
const shieldForm = z.object({ certificate: base64, signature: base64 })

/** Routes under `/login/:id` of a bank. */
export function createSignIn(bank: Bank, door: Door): Router {
  const pending = new Map<string, Pending>()
  const router = Router({ mergeParams: true })
  router.use(sameSite(new URL(bank.base).origin), formBody)

  function pendingOf(id: string): Pending {
    const now = bank.clock.now()
    for (const [old, { until }] of pending) {
      if (until > now.getTime() && pending.size < LIMIT) break
      pending.delete(old)
    }
    const found = pending.get(id)
    if (found !== undefined) return found
    const made = { text: textToSign(bank, id, now), until: now.getTime() + LIFE, tries: 0 }
    pending.set(id, made)
    return made
  }

  const show = (res: Response, id: string, wants: Method | undefined, notice?: Notice): void => {
    const page = signInPage({
      bank: bank.profile,
      action: `${bank.path}/login/${id}`,
      people: bank.customers.map(({ person }) => person),
      demo: { password: DEMO_PASSWORD, pin: DEMO_PIN },
      text: pendingOf(id).text,
      agentUrl: bank.agentUrl,
      shieldOnly: wants === 'shield' || wants === 'shield-face',
      notice,
    })
    sendPage(res, page, { connect: bank.agentUrl, status: notice === undefined ? 200 : 403 })
  }

  const showSms = (res: Response, id: string, { customer, code }: { customer: Customer; code: string }, notice?: Notice): void =>
    sendPage(res, smsPage({ bank: bank.profile, action: `${bank.path}/login/${id}`, person: customer.person, code, notice }), {
      status: notice === undefined ? 200 : 403,
    })

  /** A wrong answer: said so, and after five the sign-in is over. */
  function wrong(id: string): void {
    const state = pendingOf(id)
    state.tries += 1
    if (state.tries < TRIES) return
    pending.delete(id)
    throw refusals.signInOver()
  }

  async function proven(req: Request, res: Response, id: string, proof: Omit<Proven, 'at'>): Promise<void> {
    pending.delete(id)
    await door.finish(req, res, { ...proof, at: bank.clock.now() })
  }

  router.get('/', async (req, res) => {
    const { id, wants } = await door.look(req, res)
    show(res, id, wants)
  })

  router.post('/password', async (req, res) => {
    const { id, wants } = await door.look(req, res)
    const { login, password } = read(passwordForm, req.body)
    const customer = bank.customers.find(({ person }) => person.login === login.toLowerCase() || person.name === login)
    if (wants !== undefined && wants !== 'password') return show(res, id, wants, { zh: '这次必须用盾登录。', en: 'This sign-in needs the shield.' })
    if (customer === undefined || !same(password, customer.person.password)) {
      wrong(id)
      return show(res, id, wants, { zh: '登录名或密码不正确。', en: 'User name or password is wrong.' })
    }
    const state = pendingOf(id)
    state.sms = { customer, code: String(randomInt(1_000_000)).padStart(6, '0') }
    showSms(res, id, state.sms)
  })

  router.post('/sms', async (req, res) => {
    const { id } = await door.look(req, res)
    const { sms } = pendingOf(id)
    if (sms === undefined) throw refusals.signInOver()
    const { code } = read(smsForm, req.body)
    if (!same(code, sms.code)) {
      wrong(id)
      return showSms(res, id, sms, { zh: '验证码不正确。', en: 'The code is wrong.' })
    }
    await proven(req, res, id, { customer: sms.customer, method: 'password' })
  })

  router.post('/shield', async (req, res) => {
    const { id, wants } = await door.look(req, res)
    const { certificate, signature } = read(shieldForm, req.body)
    const checked = checkShield(bank, pendingOf(id).text, Buffer.from(certificate, 'base64'), Buffer.from(signature, 'base64'))
    if ('zh' in checked) {
      wrong(id)
      return show(res, id, wants, checked)
    }
    if (wants !== 'shield-face') return await proven(req, res, id, { ...checked, method: 'shield' })
    pendingOf(id).shield = checked
    sendPage(res, facePage({ bank: bank.profile, action: `${bank.path}/login/${id}`, person: checked.customer.person }))
  })

  // a bank compares a living face with the one it knows; here there is a button
  router.post('/face', async (req, res) => {
    const { id } = await door.look(req, res)
    const { shield } = pendingOf(id)
    if (shield === undefined) throw refusals.signInOver()
    await proven(req, res, id, { ...shield, method: 'shield-face' })
  })

  router.post('/cancel', async (req, res) => {
    const { id } = await door.look(req, res)
    pending.delete(id)
    await door.cancel(req, res)
  })
  return router
}

/** What a shield signs: this bank, this sign-in, now. A random part makes it worth nothing another time. */
const textToSign = (bank: Bank, id: string, now: Date): string =>
  [`${bank.profile.name.zh}登录确认`, `网址:${bank.base}`, `时间:${now.toISOString()}`, `编号:${id}`, `随机:${randomBytes(16).toString('hex')}`].join(
    '\n',
  )

/** The bank knows the shields it issued to the byte, so no path is built here. */
function checkShield(bank: Bank, text: string, certificate: Buffer, signature: Buffer): Pick<Required<Proven>, 'customer' | 'shield'> | Notice {
  const shield = bank.shields.all().find(issued => issued.certificate.equals(certificate))
  const customer = bank.customers.find(({ person }) => person.id === shield?.person.id)
  if (shield === undefined || customer === undefined) return { zh: '这不是本行发出的盾。', en: 'This shield is not one of ours.' }
  const state = bank.shields.stateOf(shield)
  if (state === 'revoked') return { zh: '这个盾已被吊销，请到柜台换领。', en: 'This shield was revoked; get a new one at the desk.' }
  if (state !== 'good') return { zh: '盾里的证书不在有效期内，请到柜台续期。', en: 'The certificate is out of its time; renew it at the desk.' }
  const { publicKey } = readCertificate(certificate)
  if (!algorithmFor(publicKey).verify(publicKey, Buffer.from(text, 'utf8'), signature))
    return { zh: '签名验证不通过，请重试。', en: 'The signature does not verify; try again.' }
  return { shield, customer }
}

function same(given: string, right: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(right)]
  return a.length === b.length && timingSafeEqual(a, b)
}

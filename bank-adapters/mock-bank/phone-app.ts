/**
 * Owns the bank's mobile app, played as pages: a phone enrols with the person's login and gets a mobile shield (an SM2 key and certificates of the bank's own CA, which the mock keeps as the phone's secure element
 * would); asked by address, it shows in words a text, a list, or what of a bid is wanted (its certificate, a try, the key), takes the app's PIN once, and posts what came of it back. A phone is known by a cookie. Whom it signs for is nobody's business here: the broker judges.
 */
import { randomBytes } from 'node:crypto'
import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import { sm3 } from '../../server/pki/sm2.ts'
import { PIN_TRIES } from '../shield-agent/shield-file.ts'
import type { Bank, Customer } from './bank.ts'
import { DEMO_PASSWORD, DEMO_PIN } from './companies.ts'
import { cookie, formBody, read, sameSite, sendPage, setCookie } from './http.ts'
import { postPage } from './pages.ts'
import { encryptionCertificateOf, openPhoneKeys, type PhoneKeys } from './phone-keys.ts'
import { type AppTask, appHomePage, appSignPage } from './phone-pages.ts'
import { fetchLines, fetchRequest } from './phone-request.ts'
import { refusals } from './refusal.ts'
import type { IssuedShield } from './shields.ts'

const LONGEST_TEXT = 8 * 1024
/** shields on one phone; a person may act for several companies */
const MOST_ON_PHONE = 10

const task = {
  /** base64url of UTF-8 */
  text: z
    .string()
    .max(2 * LONGEST_TEXT)
    .regex(/^[\w-]*$/)
    .default(''),
  /** where the app fetches it, in the place of `text` */
  request: z.string().max(300).default(''),
  return: z.string().max(300).default(''),
}
type TaskFields = { [name in keyof typeof task]: string }
const signQuery = z.object(task)
const enrolForm = z.object({ ...task, login: z.string().trim().max(60), password: z.string().max(60), seat: z.string().max(20) })
const signForm = z.object({ ...task, serial: z.string().max(64), pin: z.string().max(16) })

export function createPhoneApp(bank: Bank): Router {
  const { profile, path, shields } = bank
  const router = Router()
  router.use(sameSite(new URL(bank.base).origin), formBody)
  const cookieName = `${profile.id}_phone`
  /** wrong PINs in a row, by serial; as a shield, the app locks at the sixth */
  const wrong = new Map<string, number>()

  const phoneOf = (req: Request): string | undefined => {
    const secret = cookie(req, cookieName)
    return secret === undefined ? undefined : sm3(Buffer.from(secret))
  }
  const onPhone = (req: Request): IssuedShield[] => {
    const phone = phoneOf(req)
    return phone === undefined ? [] : shields.all().filter(shield => shield.phone === phone && shields.stateOf(shield) !== 'expired')
  }

  /** What is to be signed, and for whom: only the broker's own addresses are gone back to. @throws Refusal 403 */
  async function taskOf({ text, request, return: back }: TaskFields): Promise<AppTask> {
    const ours = new URL(bank.brokerUrl())
    const target = URL.canParse(back) ? new URL(back) : undefined
    if (target?.origin !== ours.origin || !/^\/phone\/[\w-]+\/signed$/.test(target.pathname) || target.search !== '')
      throw refusals.unknownPartner(`no configured client answers at ${back.slice(0, 200)}`)
    if (request !== '') {
      const fetched = await fetchRequest(request, ours.href)
      return { text: '', request, words: fetched.text, return: target.href, fetched }
    }
    const words = Buffer.from(text, 'base64url').toString('utf8')
    if (words === '' || words.length > LONGEST_TEXT) throw refusals.badRequest('There is nothing to sign, or too much.')
    return { text, request, words, return: target.href }
  }
  /** Where a list was made for one certificate, that shield alone will do. */
  const fitting = (req: Request, { fetched }: AppTask): IssuedShield[] =>
    onPhone(req).filter(({ certificate }) => fetched?.kind !== 'sign-list' || certificate.toString('base64') === fetched.certificate)

  const showHome = (req: Request, res: Response, more: { task?: AppTask; notice?: { zh: string; en: string }; status?: number } = {}): void =>
    sendPage(
      res,
      appHomePage({
        bank: profile,
        shields: onPhone(req),
        people: bank.customers.map(({ person }) => person),
        demo: { password: DEMO_PASSWORD },
        ...more,
      }),
      { status: more.status ?? 200 },
    )

  const showSign = (req: Request, res: Response, asked: AppTask, notice?: { zh: string; en: string }): void =>
    sendPage(res, appSignPage({ bank: profile, shields: fitting(req, asked), task: asked, demo: { pin: DEMO_PIN }, notice }), {
      status: notice === undefined ? 200 : 403,
      // back to the broker, by the button that cancels
      formsAnywhere: true,
    })

  router.get('/', (req, res) => showHome(req, res))
  /** for bidding software: a bid is encrypted to it, and the app decrypts it at the opening */
  router.get('/certificates/:serial', async (req, res) => {
    const shield = onPhone(req).find(({ serial }) => serial === req.params.serial)
    const der = shield && (await encryptionCertificateOf(shield))
    if (der === undefined) throw refusals.noShield()
    res.attachment('encryption.cer').type('application/pkix-cert').send(der)
  })
  router.get('/sign', async (req, res) => {
    const asked = await taskOf(read(signQuery, req.query))
    if (onPhone(req).length === 0) showHome(req, res, { task: asked })
    else showSign(req, res, asked)
  })

  router.post('/enrol', async (req, res) => {
    const { login, password, seat, ...rest } = read(enrolForm, req.body)
    const asked = rest.text === '' && rest.request === '' ? undefined : await taskOf(rest)
    const more = asked === undefined ? {} : { task: asked }
    const customer = bank.customers.find(({ person }) => person.login === login.toLowerCase() || person.name === login)
    if (customer === undefined || password !== customer.person.password)
      return showHome(req, res, { ...more, status: 403, notice: { zh: '登录名或密码不正确。', en: 'User name or password is wrong.' } })
    if (onPhone(req).length >= MOST_ON_PHONE) throw refusals.badRequest(`A phone holds ${MOST_ON_PHONE} shields at most.`)
    const secret = cookie(req, cookieName) ?? randomBytes(24).toString('base64url')
    await issueTo(customer, seat, sm3(Buffer.from(secret)))
    setCookie(res, cookieName, secret, `${path}/app`)
    const query = asked === undefined ? '' : `/sign?${new URLSearchParams({ text: asked.text, request: asked.request, return: asked.return })}`
    res.redirect(303, `${path}/app${query}`)
  })

  /** For the company chosen by its code, else for the person's first one. */
  async function issueTo({ person, seats }: Customer, uscc: string, phone: string): Promise<void> {
    const seat = seats.find(({ company }) => company.uscc === uscc) ?? seats[0]
    if (seat === undefined) throw refusals.noPerson()
    await shields.issue({ person, company: seat.company, role: seat.role, phone })
  }

  router.post('/sign', async (req, res) => {
    const { serial, pin, ...rest } = read(signForm, req.body)
    const asked = await taskOf(rest)
    const shield = fitting(req, asked).find(each => each.serial === serial)
    if (shield === undefined) throw refusals.noShield()
    const left = PIN_TRIES - (wrong.get(serial) ?? 0)
    if (left === 0) return showSign(req, res, asked, { zh: 'PIN 码已锁定，请到网点解锁。', en: 'The PIN is locked; visit your branch.' })
    // written off before it is checked, as a shield does
    wrong.set(serial, PIN_TRIES - left + 1)
    const keys = await openPhoneKeys(shield, pin)
    if (keys === undefined)
      return showSign(req, res, asked, { zh: `PIN 码不正确，还可以试 ${left - 1} 次。`, en: `Wrong PIN, ${left - 1} tries left.` })
    wrong.delete(serial)
    const fields = await doneWith(keys, shield, asked)
    if (fields === undefined)
      return showSign(req, res, asked, { zh: '这份标书不是加密给这个盾的，没有解密。', en: 'The bid is not encrypted to this shield.' })
    sendPage(res, postPage({ bank: profile, url: asked.return, fields }), { formsAnywhere: true })
  })
  return router
}

/** The words, signed, and what is asked beside them. Undefined where the key cannot do it. @throws Refusal 400 where the bytes are not those of the list */
async function doneWith(keys: PhoneKeys, shield: IssuedShield, { fetched, request, words }: AppTask): Promise<Record<string, string> | undefined> {
  switch (fetched?.kind) {
    case undefined:
      return keys.sign(words)
    case 'sign-list':
      return { ...keys.sign(words), signatures: keys.signLines(await fetchLines(request, fetched)) }
    case 'decrypt': {
      const plain = keys.decrypt(fetched.parts)
      return plain === undefined ? undefined : { ...keys.sign(words), plain }
    }
    case 'key-test': {
      const found = keys.tested(fetched.parts)
      return found === undefined ? undefined : { ...keys.sign(words), found }
    }
    case 'encryption-certificate': {
      const der = await encryptionCertificateOf(shield)
      return der && { ...keys.sign(`${words}\n${namesCertificate(der)}`), encryption: der.toString('base64') }
    }
  }
}

/** The line by which words and certificate belong together (docs/connect-a-bank.md, "The bank's app"). */
const namesCertificate = (der: Buffer): string => `加密证书SM3:${sm3(der)}`

import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import { seeOther, sendPage } from '../http/answers.ts'
import { adoptTrace } from '../http/context.ts'
import type { SignedCookies } from '../http/cookies.ts'
import { formBody, readForm } from '../http/forms.ts'
import { type Clock, hours, secondsUntil } from '../kernel/clock.ts'
import { asBrokerError, BrokerError, isOurFault } from '../kernel/errors.ts'
import { newSecret } from '../kernel/ids.ts'
import { markRecorded } from '../kernel/recorded.ts'
import type { Ask } from '../storage/stores-authorization.ts'
import { type AppFetches, appRequestRoutes, requestPath } from './app-requests.ts'
import { askStateRoutes } from './ask-state-routes.ts'
import type { Asks } from './asks.ts'
import { askedPage, bouncePage, confirmedPage, endedPage } from './pages/phone.ts'

/**
 * The phone's side of an ask: `/phone/{ask}`, where a QR code or a message leads. Shows who asks, what and from where; has the number compared; leads to the bank's app for the signature; takes the answer. Owns the
 * phone's cookie, by which an ask belongs to the phone that opened it. Does not own what a signature proves: that is each kind's (`serve`).
 */
export interface Phone {
  /** mount at `/`, after requestContext, securityHeaders and the same-site guard */
  router: Router
  /** who takes the answers of one kind of ask */
  serve(kind: Ask['kind'], kept: PhoneKind): void
  close(): void
}

/** What a kind of ask brings to the phone. */
interface PhoneKind {
  /** whether a number stands on another screen, to be compared; where a center asks a person by name, there is no such screen, and only that person's own shield answers */
  compares: boolean
  /** the banks' apps that may sign, the likeliest first; the address takes `return` and `text`, or `request` where the app fetches it */
  apps(ask: Ask): readonly BankApp[]
  /** where more is asked of the app than to sign a text */
  fetches?: AppFetches
  /** a path on this site, for whoever began on this very phone */
  back?(ask: Ask): string
  /**
   * Judges what came back. Nothing is changed before `apply`, which does what the yes stands for; it may throw, and then the ask ends with that code.
   * @throws BrokerError with the exact reason; the ask ends for good
   */
  prove(
    ask: Ask,
    signed: AppSignature,
    req: Request,
    res: Response,
  ): Promise<{ by?: readonly string[]; answer?: Record<string, string>; apply?(): Promise<void> }>
}

interface BankApp {
  name: { zh: string; en: string }
  url: string
}

/** As the bank's app posts it: the certificate and the bare signature in base64, and the same words as SignedData with the text inside; beside them, for a list, the signatures of its lines with commas between, what was decrypted, a certificate for encryption, a digest. */
type AppSignature = z.output<typeof signedForm>

/** The one address that another site posts to by design; what it brings is only passed on to our own page, unread. For the same-site guard. */
export const phoneCrossSitePaths: readonly RegExp[] = [/^\/phone\/[\w-]{20,40}\/signed$/]

const COOKIE = 'shield_phone'
/** a list of 500 documents, signed, and 500 signatures */
const MOST_ANSWER = 640 * 1024
const base64 = (kilobytes: number) =>
  z
    .string()
    .max(kilobytes * 1024)
    .regex(/^[A-Za-z0-9+/]*={0,2}$/)
const signedForm = z.looseObject({
  certificate: base64(24).min(1),
  signature: base64(24).min(1),
  algorithm: z.string().min(1).max(40),
  cms: base64(400).optional(),
  signatures: z
    .string()
    .max(160 * 1024)
    .regex(/^[A-Za-z0-9+/=]+(?:,[A-Za-z0-9+/=]+)*$/)
    .optional(),
  plain: base64(2).optional(),
  encryption: base64(24).optional(),
  found: base64(1).optional(),
})
const returnForm = z.union([z.looseObject({ cancelled: z.literal('yes') }), signedForm])
const numberForm = z.looseObject({ number: z.string().trim().max(10) })

export function createPhone(deps: { asks: Asks; cookies: SignedCookies; publicUrl: string; clock: Clock }): Phone {
  const { asks, cookies, publicUrl, clock } = deps
  const kinds = new Map<Ask['kind'], PhoneKind>()
  const states = askStateRoutes(asks)
  const router = Router()
  router.use(states.router)
  router.use(appRequestRoutes(asks, ask => kinds.get(ask.kind)?.fetches))

  /** What this phone alone knows; it gets one when it first comes. */
  function phoneOf(req: Request, res: Response): string {
    const known = cookies.get(req, res, COOKIE)
    if (known !== undefined) return known
    const secret = newSecret()
    cookies.set(req, res, COOKIE, secret, { path: '/phone', maxAge: hours(12) })
    return secret
  }

  const kindOf = ({ kind }: Ask): PhoneKind => {
    const found = kinds.get(kind)
    if (found === undefined) throw new BrokerError('ask_unknown', `asks of kind ${kind} are not answered on a phone`)
    return found
  }
  const idOf = (params: Record<string, string | string[]>): string => {
    const { id } = params
    return typeof id === 'string' ? id : ''
  }
  /** What the phone shows carries the trace code of what it belongs to. */
  async function enter(req: Request, res: Response): Promise<{ id: string; phone: string; ask: Ask; state: string }> {
    const id = idOf(req.params)
    const { ask, state } = await asks.status(id)
    adoptTrace(res, ask.trace)
    return { id, phone: phoneOf(req, res), ask, state }
  }

  router.get('/phone/:id', async (req, res) => {
    const { id, phone, ask: before, state } = await enter(req, res)
    // what this very phone has answered is told to it again, as often as it looks
    if (before.phone === phone && (state === 'approved' || state === 'done' || state === 'refused'))
      return sendPage(res, endedPage({ ask: before, state, back: kinds.get(before.kind)?.back?.(before) }))
    const looked = await asks.look(id, phone)
    const ask = kindOf(looked).compares || looked.confirmed === true ? looked : await asks.confirm(id, phone, looked.number)
    const view = { ask, seconds: secondsUntil(ask.expiresAt, clock) }
    if (ask.confirmed !== true) return sendPage(res, askedPage(view))
    const kind = kindOf(ask)
    const what: Record<string, string> =
      kind.fetches === undefined
        ? { text: Buffer.from(ask.text ?? '', 'utf8').toString('base64url') }
        : { request: `${publicUrl}${requestPath(ask)}` }
    const apps = kind
      .apps(ask)
      .map(({ name, url }) => ({ name, address: addressOf(url, { ...what, return: `${publicUrl}/phone/${ask.id}/signed` }) }))
    sendPage(res, confirmedPage({ ...view, apps }))
  })

  router.post('/phone/:id/number', formBody(1024), async (req, res) => {
    const { id, phone } = await enter(req, res)
    const { number } = readForm(req, numberForm)
    await asks.confirm(id, phone, number)
    seeOther(res, `/phone/${id}`)
  })

  router.post('/phone/:id/refuse', formBody(1024), async (req, res) => {
    const { id, phone } = await enter(req, res)
    await asks.answer(id, phone, { decision: 'refuse' })
    seeOther(res, `/phone/${id}`)
  })

  /**
   * From the bank's app, on another site: such a POST carries no SameSite=Lax cookie, so which phone this is cannot be told. The answer goes, unread, into a form of our own page, which posts itself on with the
   * cookie. Whoever makes another phone post here gets nowhere: that phone did not open the ask.
   */
  router.post('/phone/:id/signed', formBody(MOST_ANSWER), (req, res) => {
    const id = idOf(req.params)
    const form = readForm(req, returnForm)
    if ('cancelled' in form) return seeOther(res, `/phone/${encodeURIComponent(id)}`)
    const { certificate, signature, algorithm, cms, signatures, plain, encryption, found } = signedForm.parse(form)
    const optional = Object.entries({ cms, signatures, plain, encryption, found }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    )
    sendPage(res, bouncePage(id, { certificate, signature, algorithm, ...Object.fromEntries(optional) }))
  })

  router.post('/phone/:id/answer', formBody(MOST_ANSWER), async (req, res) => {
    const { id, phone } = await enter(req, res)
    const signed = readForm(req, signedForm)
    // before anything is judged: a signature over the right words is no answer where nobody compared the number
    const ask = await asks.take(id, phone)
    const kind = kindOf(ask)
    try {
      const proof = await kind.prove(ask, signed, req, res)
      if (ask.membershipId !== undefined && proof.by?.includes(ask.membershipId) !== true)
        throw new BrokerError('ask_wrong_person', 'the signature proves another person than the one asked')
      await proof.apply?.()
      const { by, answer } = proof
      await asks.answer(id, phone, { decision: 'approve', ...(by === undefined ? {} : { by }), ...(answer === undefined ? {} : { answer }) })
    } catch (thrown) {
      const error = asBrokerError(thrown)
      if (isOurFault(error.code)) {
        // nothing was judged, and nothing is over. What stands in the way of this as well leaves the answer taken, and it is free by itself soon
        await asks.release(ask).catch(() => undefined)
      } else if (await asks.end(id, error.code)) markRecorded(error)
      throw error
    }
    seeOther(res, `/phone/${id}`)
  })

  return { router, serve: (kind, kept) => void kinds.set(kind, kept), close: states.close }
}

function addressOf(url: string, query: Record<string, string>): string {
  const address = new URL(url)
  for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value)
  return address.href
}

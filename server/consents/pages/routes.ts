import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import { seeOther, sendPage } from '../../http/answers.ts'
import { formBody, readForm, readQuery } from '../../http/forms.ts'
import { allowOnPage } from '../../http/headers.ts'
import { chinaDay } from '../../kernel/china-time.ts'
import { days } from '../../kernel/clock.ts'
import { BrokerError } from '../../kernel/errors.ts'
import { newId } from '../../kernel/ids.ts'
import { facts } from '../../web/components.ts'
import { signForm } from '../../web/sign-page.ts'
import type { Words } from '../../web/words.ts'
import { type ConsentForm, consentForm } from '../terms.ts'
import { giveBody } from './give.ts'
import { consentBody, listBody } from './list.ts'
import type { ConsentPagesDeps, ConsentVisit } from './ports.ts'
import { CONSENTS, consentPath, termFacts } from './words.ts'

/** The company's consents in its workbench, mounted at /workbench/consents within its door: the list, one and its uses, giving, withdrawing. Owns the pages alone; what a consent is, and whose power it takes, is consents.ts's. */
const PAGE = 30
const USES = 50
/** the last day that the form proposes */
const USUAL = days(90)
const listQuery = z.object({ at: z.iso.datetime().optional(), id: z.string().max(60).optional() })
const signedForm = consentForm.extend({
  signature: z
    .string()
    .min(1)
    .max(48 * 1024),
  text: z.string().min(1).max(4000),
})

export function createConsentPages(deps: ConsentPagesDeps): Router {
  const { consents, store, clock, agentUrl } = deps
  const { page, act } = deps.visits
  const router = Router()
  const body = formBody(160 * 1024)
  const title = { zh: '数据授权', en: 'Data consents' }

  router.get(
    '/',
    page(async (visit, req, res) => {
      const { at, id } = readQuery(req, listQuery)
      const before = at === undefined || id === undefined ? undefined : { createdAt: at, id }
      const rows = await store.ofCompany(visit.membership.uscc, PAGE + 1, before)
      const nameOf = await deps.names()
      const shown = rows.slice(0, PAGE).map(consent => ({ ...consent, recipientName: nameOf(consent.recipient) }))
      const last = rows.length > PAGE ? shown.at(-1) : undefined
      const next = last && `${CONSENTS}?${new URLSearchParams({ at: last.createdAt, id: last.id })}`
      const lead = { zh: '谁能看企业的什么数据、用在哪里、到什么时候。', en: 'Who may see which of the company’s data, what for, and until when.' }
      sendPage(res, visit.frame({ title, lead, body: listBody({ consents: shown, next, now: clock.now() }) }))
    }),
  )

  async function showGive(visit: ConsentVisit, res: Response, problem?: Words): Promise<void> {
    const now = clock.now()
    const until = chinaDay(new Date(now.getTime() + USUAL))
    const view = { id: newId(), recipients: await deps.recipients(), today: chinaDay(now), until, problem }
    const lead = { zh: '填好后先看授权书全文，再用盾签名。', en: 'You read the whole document before you sign it.' }
    sendPage(res, visit.frame({ title: { zh: '新的数据授权', en: 'Give a consent' }, lead, inside: true, body: giveBody(view) }))
  }
  router.get(
    '/give',
    page((visit, _req, res) => showGive(visit, res)),
  )

  async function showSign(visit: ConsentVisit, form: ConsentForm, res: Response, problem?: Words): Promise<void> {
    const text = await consents.wording(visit, form)
    const terms = {
      ...{ dataSet: form.data, purpose: form.purpose, lastDay: form.until },
      ...(form.project === '' ? {} : { project: form.project }),
      ...(form.uses === '' ? {} : { maxUses: form.uses }),
    }
    allowOnPage(res, { connect: [agentUrl] })
    const signing = signForm({
      action: `${CONSENTS}/give`,
      text,
      button: { zh: '签名并授权', en: 'Sign and consent' },
      agentUrl,
      fields: [...Object.entries(form).map(([name, value]) => [name, String(value)] as const), ['text', text]],
      problem,
      summary: facts(termFacts(terms, (await deps.names())(form.recipient))),
      whose: { zh: '用您本人登录过的盾：平台靠它认出您。', en: 'Use a shield with which you have logged in yourself: by it you are known.' },
      back: `${CONSENTS}/give`,
    })
    const lead = { zh: '签名后立即生效，随时可以撤回。', en: 'In force as soon as you sign; withdraw at any time.' }
    const signTitle = { zh: '核对并签署数据授权', en: 'Read it, then sign it' }
    sendPage(res, visit.frame({ title: signTitle, lead, inside: true, scripts: ['shield-agent.js'], body: signing }))
  }
  router.get(
    '/sign',
    page(async (visit, req, res) => {
      const form = consentForm.safeParse(req.query)
      try {
        if (!form.success) throw new BrokerError('consent_terms_invalid', form.error.issues.map(({ path }) => path.join('.')).join(', '))
        await showSign(visit, form.data, res)
      } catch (thrown) {
        await showGive(visit, res, (await deps.told(res, thrown)).words)
      }
    }),
  )
  router.post(
    '/give',
    body,
    act(async (visit, req, res) => {
      const { signature, text, ...form } = readForm(req, signedForm)
      let id: string
      try {
        // a form sends line breaks as CR LF; what was signed has LF
        id = await consents.give(visit, form, { text: text.replaceAll('\r\n', '\n'), cms: signature })
      } catch (thrown) {
        const { words } = await deps.told(res, thrown)
        // it may stand under its id by the words that were signed; what is signed next has others
        return await showSign(visit, { ...form, id: newId() }, res, words)
      }
      seeOther(res, `${consentPath(id)}?done=given`)
    }),
  )

  async function showOne(visit: ConsentVisit, req: Request, res: Response, problem?: Words): Promise<void> {
    const { done, before } = readQuery(req, oneQuery)
    const consent = await consents.ofCompany(visit.membership.uscc, idOf(req))
    const rows = await store.uses(consent.id, USES + 1, before)
    const uses = rows.slice(0, USES)
    const last = rows.length > USES ? uses.at(-1) : undefined
    const view = {
      ...{ consent, uses, problem, now: clock.now(), recipientName: (await deps.names())(consent.recipient) },
      next: last && `${consentPath(consent.id)}?${new URLSearchParams({ before: String(last.number) })}`,
      done: doneWords(done, consent.state),
    }
    sendPage(res, visit.frame({ title, inside: true, body: consentBody(view) }))
  }
  router.get(
    '/:id',
    page((visit, req, res) => showOne(visit, req, res)),
  )
  router.post(
    '/:id/withdraw',
    body,
    act(async (visit, req, res) => {
      try {
        await consents.withdraw(visit, idOf(req))
      } catch (thrown) {
        const { words } = await deps.told(res, thrown)
        return await showOne(visit, req, res, words)
      }
      seeOther(res, `${consentPath(idOf(req))}?done=withdrawn`)
    }),
  )
  return router
}

const oneQuery = z.object({ done: z.string().max(20).optional(), before: z.coerce.number().int().min(1).max(2_000_000_000).optional() })

/** Said only where it is true. */
function doneWords(done: string | undefined, state: 'in-force' | 'withdrawn'): Words | undefined {
  if (done === 'given' && state === 'in-force') return { zh: '已授权，现在起有效。', en: 'Given: it is in force from now on.' }
  if (done === 'withdrawn' && state === 'withdrawn') return { zh: '已撤回，立即停止提供。', en: 'Withdrawn: nothing more is given.' }
  return undefined
}

// a body parser before the handler makes Express' types forget the path's parameters
const idOf = ({ params }: { params: Record<string, unknown> }): string => {
  const { id } = params
  return typeof id === 'string' && /^[\w-]{1,60}$/.test(id) ? id : ''
}

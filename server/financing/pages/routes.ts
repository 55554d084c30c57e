import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import { seeOther, sendPage } from '../../http/answers.ts'
import { formBody, readForm, readQuery } from '../../http/forms.ts'
import { allowOnPage } from '../../http/headers.ts'
import { chinaDay } from '../../kernel/china-time.ts'
import { days } from '../../kernel/clock.ts'
import { BrokerError } from '../../kernel/errors.ts'
import { newId } from '../../kernel/ids.ts'
import { signForm } from '../../web/sign-page.ts'
import type { Words } from '../../web/words.ts'
import { type ApplyForm, applyForm, applyPage, codeOf, consentsOf, fieldsOf } from './apply.ts'
import { comparePage } from './compare.ts'
import { dealPage, listPage } from './list.ts'
import type { FinancingPagesDeps, FinancingVisit } from './ports.ts'
import { FINANCING, financingPath, newPath } from './words.ts'

/** A company's deals and financing in its workbench, mounted at /workbench/financing within its door. Owns the pages alone; everything is the logged-in company's own. */
const PAGE = 100
/** the last day that the form proposes */
const USUAL = days(90)
const id = z.string().regex(/^[\w-]{1,60}$/)
const listQuery = z.object({ deals: id.optional(), applications: id.optional() })
const newQuery = applyForm.pick({ kind: true, of: true })
const signedForm = applyForm.extend({
  signature: z
    .string()
    .min(1)
    .max(48 * 1024),
  text: z.string().min(1).max(16_000),
})
const acceptForm = z.object({ bank: z.string().max(40), serial: z.string().max(64) })

export function createFinancingPages(deps: FinancingPagesDeps & { centerName(id: string): Promise<string> }): Router {
  const { deals, applications, consents, bankName, clock, agentUrl } = deps
  const { page, act } = deps.visits
  const router = Router()
  const body = formBody(160 * 1024)

  router.get(
    '/',
    page(async (visit, req, res) => {
      const after = readQuery(req, listQuery)
      const { uscc } = visit.membership
      const [mine, asked] = await Promise.all([deals.ofCompany(uscc, after.deals), applications.ofCompany(uscc, after.applications)])
      const next = { ...lastOf(mine, 'deals'), ...lastOf(asked, 'applications') }
      const more = Object.keys(next).length === 0 ? undefined : `${FINANCING}?${new URLSearchParams(next)}`
      sendPage(res, visit.frame(listPage({ deals: mine, applications: asked, more })))
    }),
  )
  router.get(
    '/deals/:id',
    page(async (visit, req, res) => {
      const deal = await deals.one(visit.membership.uscc, idOf(req))
      const [flows, center] = await Promise.all([deals.flows(deal), deps.centerName(deal.center)])
      sendPage(res, visit.frame(dealPage({ deal, flows, center, bankName })))
    }),
  )

  async function showNew(visit: FinancingVisit, { kind, of }: Pick<ApplyForm, 'kind' | 'of'>, res: Response, problem?: Words): Promise<void> {
    const now = clock.now()
    const source = await applications.source(visit.membership.uscc, { kind, id: of })
    const banks = applications.banks().map(bank => ({ id: bank, name: bankName(bank) }))
    const until = chinaDay(new Date(now.getTime() + USUAL))
    sendPage(res, visit.frame(applyPage({ id: newId(), kind, of, ...source, banks, today: chinaDay(now), until, problem })))
  }
  router.get(
    '/new',
    page((visit, req, res) => showNew(visit, readQuery(req, newQuery), res)),
  )

  async function showSign(visit: FinancingVisit, form: ApplyForm, res: Response, problem?: Words): Promise<void> {
    const { deal } = await applications.source(visit.membership.uscc, { kind: form.kind, id: form.of })
    if (form.banks.length === 0) throw new BrokerError('financing_bank_unavailable', 'no bank was chosen')
    const text = await consents.wordingOfAll(visit, consentsOf(form, deal?.project ?? codeOf(form)))
    allowOnPage(res, { connect: [agentUrl] })
    const signing = signForm({
      ...{ action: `${FINANCING}/apply`, text, agentUrl, problem },
      button: { zh: '签名并提交申请', en: 'Sign and apply' },
      fields: [...fieldsOf(form), ['text', text]],
      whose: { zh: '用您本人登录过的盾：平台靠它认出您。', en: 'Use a shield with which you have logged in yourself: by it you are known.' },
      back: newPath(form.kind, form.of),
    })
    const title = { zh: '核对授权并提交申请', en: 'Read the consents, then apply' }
    const lead = {
      zh: '一次签名授权所选银行并提交申请，随时可以撤回授权。',
      en: 'One signature consents for the banks you chose and applies; consents can be withdrawn at any time.',
    }
    sendPage(res, visit.frame({ title, lead, inside: true, scripts: ['shield-agent.js'], body: signing }))
  }
  router.get(
    '/sign',
    page(async (visit, req, res) => {
      const form = applyForm.safeParse(req.query)
      try {
        if (!form.success) throw new BrokerError('financing_amount_wrong', form.error.issues.map(({ path }) => path.join('.')).join(', '))
        await showSign(visit, form.data, res)
      } catch (thrown) {
        const { words } = await deps.told(res, thrown)
        await showNew(visit, readQuery(req, newQuery), res, words)
      }
    }),
  )
  router.post(
    '/apply',
    body,
    act(async (visit, req, res) => {
      const { signature, text, ...form } = readForm(req, signedForm)
      try {
        const { deal } = await applications.source(visit.membership.uscc, { kind: form.kind, id: form.of })
        // a form sends line breaks as CR LF; what was signed has LF
        const signed = { text: text.replaceAll('\r\n', '\n'), cms: signature }
        await consents.giveAll(visit, consentsOf(form, deal?.project ?? codeOf(form)), signed)
        await applications.apply(visit, {
          ...{ id: form.id, source: { kind: form.kind, id: form.of }, banks: form.banks, fen: form.amount, termDays: form.days },
          ...{ credit: form.credit !== undefined, code: codeOf(form) },
        })
      } catch (thrown) {
        const { words } = await deps.told(res, thrown)
        // consents may stand under the ids by the words that were signed; what is signed next has others
        return await showSign(visit, { ...form, id: newId() }, res, words)
      }
      seeOther(res, financingPath(form.id))
    }),
  )

  async function showOne(visit: FinancingVisit, req: Request, res: Response, problem?: Words): Promise<void> {
    const found = await applications.one(visit.membership.uscc, idOf(req))
    sendPage(res, visit.frame(comparePage({ ...found, bankName, problem, now: clock.now() })))
  }
  router.get(
    '/:id',
    page((visit, req, res) => showOne(visit, req, res)),
  )
  const change = (name: 'accept' | 'withdraw', perform: (visit: FinancingVisit, req: Request) => Promise<unknown>) =>
    router.post(
      `/:id/${name}`,
      body,
      act(async (visit, req, res) => {
        try {
          await perform(visit, req)
        } catch (thrown) {
          const { words } = await deps.told(res, thrown)
          return await showOne(visit, req, res, words)
        }
        seeOther(res, financingPath(idOf(req)))
      }),
    )
  change('accept', (visit, req) => applications.accept(visit, idOf(req), readForm(req, acceptForm)))
  change('withdraw', (visit, req) => applications.withdraw(visit, idOf(req)))
  return router
}

const lastOf = (all: readonly { id: string }[], name: string): Record<string, string> => {
  const last = all.length === PAGE ? all.at(-1) : undefined
  return last === undefined ? {} : { [name]: last.id }
}
// a body parser before the handler makes Express' types forget the path's parameters
const idOf = ({ params }: { params: Record<string, unknown> }): string => {
  const found = id.safeParse(params['id'])
  return found.success ? found.data : ''
}

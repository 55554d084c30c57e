import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import { seeOther, sendAttachment, sendPage } from '../../http/answers.ts'
import { formBody, readForm, readQuery } from '../../http/forms.ts'
import { OWN_PAGES } from '../../kernel/authority.ts'
import { chinaDay } from '../../kernel/china-time.ts'
import { BrokerError } from '../../kernel/errors.ts'
import type { Words } from '../../web/words.ts'
import { whatIf } from '../model/what-if.ts'
import { factBody, factListBody, givenBody } from './fact.ts'
import { overviewBody } from './overview.ts'
import type { CreditPagesDeps, CreditVisit } from './ports.ts'
import { CREDIT, factPath, KINDS } from './words.ts'

/**
 * The company's credit in its workbench, mounted at /workbench/credit within its door: score, reasons, sources, what would raise it, appeals, who was given reports. Owns the pages alone. Whoever is in the workbench may
 * look; a report that leaves the house and an appeal take the power to consent (授权查询信用).
 */
const PAGE = 30
const CHANGES = 60

const kind = z.enum(['bidder', 'tenderer', 'agent']).default('bidder')
const report = z.enum(['bid', 'financing']).default('bid')
const id = z.string().regex(/^[\w-]{1,60}$/)
const overviewQuery = z.object({
  kind,
  report,
  on: z.iso.date().optional(),
  without: z.union([id.transform(one => [one]), z.array(id).max(100)]).optional(),
})
const listQuery = z.object({ kind, before: id.optional() })
const givenQuery = z.object({ kind, at: z.iso.datetime().optional(), id: id.optional() })
const factQuery = z.object({ kind, done: z.string().max(20).optional() })
const why = z
  .string()
  .trim()
  .min(1)
  .max(500)
  .refine(text => text.isWellFormed() && !/[^\P{C}\r\n]/u.test(text), 'text')

export function createCreditPages(deps: CreditPagesDeps): Router {
  const { facts, reports, store, clock } = deps
  const { page, act } = deps.visits
  const router = Router()
  const body = formBody(16 * 1024)
  const title = { zh: '我的信用', en: 'My credit' }
  const subjectOf = ({ membership }: CreditVisit, of: z.output<typeof kind>) => ({ kind: of, subject: membership.uscc })

  const use = ({ actor, trace }: CreditVisit, reference: string) =>
    deps.authority.use(actor, { act: 'credit_consent', center: OWN_PAGES }, { reference, trace, once: `credit:${reference}` })

  router.get(
    '/',
    page(async (visit, req, res) => {
      const asked = readQuery(req, overviewQuery)
      const subject = subjectOf(visit, asked.kind)
      const today = chinaDay(clock.now())
      const [{ inForce, inputs, reckoned }, scores, nameOf, stands] = await Promise.all([
        reports.now(subject, asked.report),
        store.scores(subject, asked.report, CHANGES),
        deps.names(),
        Promise.all(ALL.map(async each => ((await store.standings(subjectOf(visit, each))).length > 0 ? [each] : []))),
      ])
      const on = asked.on !== undefined && asked.on > today ? asked.on : today
      const without = asked.without ?? []
      const wished = asked.on !== undefined || without.length > 0
      const view = {
        ...{ kind: asked.kind, report: asked.report, model: inForce.model, reckoned, scores, today, nameOf },
        kinds: [...new Set([asked.kind, ...stands.flat()])],
        ...(wished ? { wish: { on, without, would: whatIf(inForce, inputs, { on, without }).would } } : {}),
      }
      const lead = {
        zh: '每一分从哪里来，为什么不是满分，怎样提高。',
        en: 'Where each point comes from, why it is not higher, and what would raise it.',
      }
      sendPage(res, visit.frame({ title, lead, body: overviewBody(view) }))
    }),
  )

  router.post(
    '/report',
    body,
    act(async (visit, req, res) => {
      const asked = readForm(req, z.object({ kind, report }))
      const subject = subjectOf(visit, asked.kind)
      await use(visit, `${asked.report}:${asked.kind}:${visit.trace}`)
      const { id: name, document } = await reports.take(subject, asked.report, visit.trace)
      sendAttachment(res, { type: 'application/json', name: `credit-${asked.report}-${name}.json`, bytes: Buffer.from(document, 'utf8') })
    }),
  )

  /** A report as it was given, for the company that it is about. */
  router.get(
    '/reports/:report',
    page(async (visit, req, res) => {
      const name = String(req.params['report'])
      const found = id.safeParse(name).success ? await store.report(name) : undefined
      if (found?.subject !== visit.membership.uscc) throw new BrokerError('credit_report_unknown', 'no report about this company')
      sendAttachment(res, { type: 'application/json', name: `credit-${found.report}-${found.id}.json`, bytes: Buffer.from(found.document, 'utf8') })
    }),
  )

  router.get(
    '/facts',
    page(async (visit, req, res) => {
      const asked = readQuery(req, listQuery)
      const rows = await store.ofSubject(subjectOf(visit, asked.kind), PAGE + 1, asked.before)
      const shown = rows.slice(0, PAGE)
      const last = rows.length > PAGE ? shown.at(-1) : undefined
      const next = last && `${CREDIT}/facts?${new URLSearchParams({ kind: asked.kind, before: last.id })}`
      const nameOf = await deps.names()
      const lead = { zh: `作为${KINDS[asked.kind].zh}的全部记录，新的在前。`, en: 'Every record, the newest first.' }
      const listTitle = { zh: '信用记录', en: 'Credit records' }
      sendPage(res, visit.frame({ title: listTitle, lead, inside: true, body: factListBody(asked.kind, shown, next, nameOf) }))
    }),
  )

  async function showFact(visit: CreditVisit, req: Request, res: Response, problem?: Words): Promise<void> {
    const asked = readQuery(req, factQuery)
    const fact = await facts.factOf(subjectOf(visit, asked.kind), factIn(req))
    const [steps, source] = await Promise.all([store.steps(fact.id), deps.names()])
    const done =
      asked.done === 'appealed' && fact.state === 'disputed'
        ? { zh: '异议已提出，来源会在二十日内答复。', en: 'Your appeal is in; the source answers within twenty days.' }
        : undefined
    const view = { fact, steps, source: source(fact.source), done, problem }
    sendPage(res, visit.frame({ title: { zh: fact.title, en: 'Credit record' }, inside: true, body: factBody(view) }))
  }
  router.get(
    '/facts/:fact',
    page((visit, req, res) => showFact(visit, req, res)),
  )
  router.post(
    '/facts/:fact/appeal',
    body,
    act(async (visit, req, res) => {
      const asked = readQuery(req, factQuery)
      const fact = factIn(req)
      try {
        const { why: text } = readForm(req, z.object({ why }))
        const { version } = await facts.factOf(subjectOf(visit, asked.kind), fact)
        await use(visit, `appeal:${fact}:${version}`)
        await facts.appeal(subjectOf(visit, asked.kind), fact, text, visit.membership.personName, visit.trace)
      } catch (thrown) {
        const { words } = await deps.told(res, thrown)
        return await showFact(visit, req, res, words)
      }
      seeOther(res, `${factPath(fact, asked.kind)}&done=appealed`)
    }),
  )

  router.get(
    '/given',
    page(async (visit, req, res) => {
      const asked = readQuery(req, givenQuery)
      const before = asked.at === undefined || asked.id === undefined ? undefined : { at: asked.at, id: asked.id }
      const rows = await store.reportsOf(subjectOf(visit, asked.kind), PAGE + 1, before)
      const shown = rows.slice(0, PAGE)
      const last = rows.length > PAGE ? shown.at(-1) : undefined
      const next = last && `${CREDIT}/given?${new URLSearchParams({ kind: asked.kind, at: last.at, id: last.id })}`
      const nameOf = await deps.names()
      const lead = { zh: '每一份出具过的报告，给了谁，凭哪份授权。', en: 'Every report that was given, to whom, and by which consent.' }
      sendPage(res, visit.frame({ title: { zh: '谁查询过', en: 'Who queried' }, lead, inside: true, body: givenBody(shown, next, nameOf) }))
    }),
  )
  return router
}

const ALL = ['bidder', 'tenderer', 'agent'] as const

// a body parser before the handler makes Express' types forget the path's parameters
const factIn = ({ params }: { params: Record<string, unknown> }): string => {
  const { fact } = params
  return typeof fact === 'string' ? fact : ''
}

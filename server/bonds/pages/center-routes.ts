import { type Request, Router } from 'express'
import { z } from 'zod'
import { seeOther, sendPage } from '../../http/answers.ts'
import { formBody, readForm, readQuery } from '../../http/forms.ts'
import { BrokerError } from '../../kernel/errors.ts'
import { newId } from '../../kernel/ids.ts'
import type { BondSection } from '../../storage/stores-bonds.ts'
import { line } from '../api/operation.ts'
import { ShareText, shareOf } from '../api/section-operations.ts'
import { isOpened } from '../state/context.ts'
import { type GroundId, grounds } from '../state/grounds.ts'
import { projectPage, projectsPage } from './center-list.ts'
import { CURSOR, sliceOf } from './center-order.ts'
import { sectionPage } from './center-section.ts'
import type { BondPagesDeps, BondVisit } from './ports.ts'
import { centerPath } from './words.ts'

/** The pages of a center's staff. Owns whose staff somebody is, and that they act by their shield; what may be known when is decided behind it. */
const PAGE = 50
const after = z.object({ after: z.string().max(60).default('') })
const behind = z.object({ after: z.string().regex(CURSOR).default('') })
const releaseForm = z.object({ shares: z.string().max(4000) })
const claimForm = z.object({
  claim: z.string().min(8).max(64),
  ground: z.enum(Object.keys(grounds) as [GroundId, ...GroundId[]]),
  yuan: z.string().regex(/^\d{1,10}(\.\d{1,2})?$/),
  decision: line,
})
const letGoForm = z.object({ cause: z.enum(['lost', 'contract', 'contract-winner', 'validity-ended']), decision: line })

export function centerRoutes(deps: BondPagesDeps): Router {
  const { store, sections, readings, dues, clock } = deps
  const { page, act } = deps.visits
  const router = Router()

  /** A section of a center whose staff the person is. @throws BrokerError bond_unknown for everybody else */
  async function staffed({ centers }: BondVisit, id: string): Promise<BondSection> {
    const section = await store.section(id)
    if (section === undefined || !centers.some(center => center.id === section.center))
      throw new BrokerError('bond_unknown', 'no section of this person’s center')
    return section
  }

  router.get(
    '/center',
    page(async (visit, req, res) => {
      const asked = readQuery(req, after)
      // a company that is more than one center is rare: a handful of readings
      const found = (await Promise.all(visit.centers.map(({ id }) => store.projects(id, asked.after, PAGE)))).flat()
      const shown = found.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, PAGE)
      sendPage(res, visit.frame(projectsPage(shown, shown.length === PAGE ? shown.at(-1)?.id : undefined)))
    }),
  )
  router.get(
    '/center/projects/:project',
    page(async (visit, req, res) => {
      const asked = readQuery(req, after)
      const project = await store.project(String(req.params['project']))
      if (project === undefined || !visit.centers.some(({ id }) => id === project.center))
        throw new BrokerError('bond_unknown', 'no project of this person’s center')
      const found = await store.ofProject(project.id, asked.after, PAGE)
      sendPage(res, visit.frame(projectPage(project, found, found.length === PAGE ? found.at(-1)?.id : undefined)))
    }),
  )
  router.get(
    '/center/:section',
    page(async (visit, req, res) => {
      const asked = readQuery(req, behind)
      const section = await staffed(visit, String(req.params['section']))
      const project = await store.project(section.projectId)
      const whose = { sectionId: section.id, center: section.center }
      const now = clock.now()
      const base = { section, now, ...(project === undefined ? {} : { project }) }
      // before, nothing is read: the page is the same whatever there is
      if (!isOpened(section, now)) return sendPage(res, visit.frame(sectionPage(base)))
      const reading = readings.ofSection(whose)
      const bonds = await reading.all()
      const due = await dues.of(bonds)
      const all = bonds.map((bond, i) => ({ bond, due: due[i] }))
      // names are unsealed for one page alone: each takes as long as fifty bonds
      const slice = sliceOf(all, asked.after, PAGE)
      const ids = slice.shown.map(({ bond }) => bond.id)
      const [named, guarantees] = await Promise.all([reading.some(ids), deps.guarantees().beneficiary.list(whose, ids, visit.company.trace)])
      const names = new Map(named.map(({ bond, ...who }) => [bond.id, who]))
      const shown = slice.shown.map(each => ({ ...each, ...names.get(each.bond.id) }))
      const opened = { ...slice, shown, all, guarantees, nameOf: deps.issuerName, newClaim: newId }
      sendPage(res, visit.frame(sectionPage({ ...base, opened })))
    }),
  )

  const acting = (perform: (visit: BondVisit, section: BondSection, req: Request) => Promise<unknown>) => [
    formBody(16 * 1024),
    act(async (visit, req, res) => {
      const section = await staffed(visit, String(req.params['section']))
      const { assurance } = visit.company.actor
      if (assurance !== 'shield')
        throw new BrokerError('step_up_needed', 'staff of a center act by their shield', { received: assurance, expected: 'shield' })
      await perform(visit, section, req)
      deps.wake()
      seeOther(res, centerPath(section.id))
    }),
  ]
  router.post(
    '/center/:section/release',
    ...acting(async ({ company }, { id, center }, req) => {
      const given = readForm(req, releaseForm)
        .shares.split(/\s+/)
        .filter(text => text !== '')
      const shares = z.array(ShareText).min(1).max(16).safeParse(given)
      if (!shares.success) throw new BrokerError('bond_custodians_missing', 'no shares of this form')
      await sections.release({ sectionId: id, center }, shares.data.map(shareOf), company.trace)
    }),
  )
  router.post(
    '/center/:section/guarantees/:guarantee/claim',
    ...acting(async ({ company }, { id, center }, req) => {
      const { claim, ground, yuan, decision } = readForm(req, claimForm)
      const [whole = '0', cents = ''] = yuan.split('.')
      const said = { claim, ground, winner: grounds[ground].winnerOnly, fen: BigInt(whole + cents.padEnd(2, '0')), decision }
      await deps.guarantees().beneficiary.claim({ sectionId: id, center, id: guaranteeIn(req) }, said, company.trace)
    }),
  )
  router.post(
    '/center/:section/guarantees/:guarantee/let-go',
    ...acting(async ({ company }, { id, center }, req) => {
      const { cause, decision } = readForm(req, letGoForm)
      const winner = cause === 'contract-winner'
      const said = { cause: cause === 'contract-winner' ? ('contract' as const) : cause, winner, decision }
      await deps.guarantees().beneficiary.release({ sectionId: id, center, id: guaranteeIn(req) }, said, company.trace)
    }),
  )
  return router
}

const guaranteeIn = ({ params }: Pick<Request, 'params'>): string => String(params['guarantee'])

import { Router } from 'express'
import { z } from 'zod'
import { seeOther, sendPage } from '../../http/answers.ts'
import { formBody, readForm, readQuery } from '../../http/forms.ts'
import { BrokerError } from '../../kernel/errors.ts'
import type { Bond, BondProject, BondSection } from '../../storage/stores-bonds.ts'
import { accountPage } from './account.ts'
import { bondPage } from './bond.ts'
import { centerRoutes } from './center-routes.ts'
import { guaranteeRoutes } from './guarantee-routes.ts'
import { guaranteeCards } from './guarantees.ts'
import { type BondLineView, listPage } from './list.ts'
import type { BondPagesDeps } from './ports.ts'
import { projectPage } from './project.ts'
import { bondPath } from './words.ts'

/** A company's own bonds in the workbench, mounted at /workbench/bonds within its door. Everything is the logged-in company's own; of others nothing is ever asked. */
const accountForm = z.object({
  bank: z.string().max(40),
  basic_account: z
    .string()
    .max(60)
    .transform(text => text.replaceAll(/[\s-]/g, '')),
})
/** bonds that a page of the list shows at most */
const PAGE = 200

export function createBondPages(deps: BondPagesDeps): Router {
  const { acts, readings, dues, store, clock } = deps
  const { page, act } = deps.visits
  const router = Router()

  /** Bonds with their sections, projects and deadlines, each asked for once. */
  async function linesOf(bonds: readonly Bond[]): Promise<BondLineView[]> {
    const sections = new Map((await store.sections([...new Set(bonds.flatMap(({ sectionId }) => sectionId ?? []))])).map(each => [each.id, each]))
    const projects = new Map(
      (await store.projectsById([...new Set([...sections.values()].map(({ projectId }) => projectId))])).map(each => [each.id, each]),
    )
    const due = await dues.of(bonds)
    return bonds.map((bond, i): BondLineView => {
      const section = sections.get(bond.sectionId ?? '')
      const project = projects.get(section?.projectId ?? '')
      const when = due[i]
      return {
        bond,
        ...(section === undefined ? {} : { section }),
        ...(project === undefined ? {} : { project }),
        ...(when === undefined ? {} : { due: when }),
      }
    })
  }

  async function tendered(id: string): Promise<{ section: BondSection; project: BondProject }> {
    const section = await store.section(id)
    const project = section === undefined ? undefined : await store.project(section.projectId)
    if (section === undefined || project === undefined) throw new BrokerError('bond_unknown', 'no such section')
    if (section.state !== 'open' || clock.now() >= new Date(section.deadline))
      throw new BrokerError('bond_section_closed', 'past its deadline, or abandoned')
    return { section, project }
  }

  // before `/:bond`, which would take its name for a bond's
  router.use(centerRoutes(deps))
  router.use(guaranteeRoutes(deps))
  router.get(
    '/',
    page(async (visit, req, res) => {
      const { after } = readQuery(req, z.object({ after: z.string().max(60).optional() }))
      const bonds = await readings.forCompany(visit.company.identity.uscc, after)
      const last = bonds.length === PAGE ? bonds.at(-1) : undefined
      sendPage(
        res,
        visit.frame(listPage({ lines: await linesOf(bonds), staff: visit.centers.length > 0, ...(last === undefined ? {} : { next: last.id }) })),
      )
    }),
  )
  router.get(
    '/new/:section',
    page(async (visit, req, res) => {
      const { section, project } = await tendered(String(req.params['section']))
      sendPage(res, visit.frame(accountPage({ section, project, center: await deps.centerName(section.center), banks: deps.banks() })))
    }),
  )
  router.post(
    '/new/:section',
    formBody(),
    act(async (visit, req, res) => {
      const { section, project } = await tendered(String(req.params['section']))
      const values = readForm(req, accountForm)
      if (!/^[0-9A-Za-z]{4,40}$/.test(values.basic_account)) {
        const error = { zh: '账号由 4 至 40 位数字或字母组成，请核对。', en: 'An account has 4 to 40 digits or letters. Check it.' }
        res.status(422)
        return sendPage(
          res,
          visit.frame(accountPage({ section, project, center: await deps.centerName(section.center), banks: deps.banks(), error, values })),
        )
      }
      const { bondId } = await acts.account(visit.company, { sectionId: section.id, bank: values.bank, basicAccount: values.basic_account })
      seeOther(res, bondPath(bondId))
    }),
  )
  router.get(
    '/projects/:project',
    page(async (visit, req, res) => {
      const { uscc } = visit.company.identity
      const found = await readings.inProject(uscc, String(req.params['project']))
      const lines = await linesOf(found.map(({ bond }) => bond))
      const project = lines[0]?.project
      if (project === undefined) throw new BrokerError('bond_unknown', 'no such project')
      const ids = found.map(({ bond }) => bond.id)
      const guarantees = Map.groupBy(await deps.guarantees().applications.forBonds(uscc, ids), ({ bondId }) => bondId)
      const all = lines.map((each, i) => ({ ...each, events: found[i]?.events ?? [], guarantees: guarantees.get(each.bond.id) ?? [] }))
      sendPage(res, visit.frame(projectPage({ project, center: await deps.centerName(project.center), lines: all, now: clock.now() })))
    }),
  )
  router.get(
    '/:bond',
    page(async (visit, req, res) => {
      const { bond, account, events } = await readings.oneOf(visit.company.identity.uscc, String(req.params['bond']))
      const [line = { bond }] = await linesOf([bond])
      const { applications } = deps.guarantees()
      const open = bond.state === 'expected' && line.section?.state === 'open' && clock.now() < new Date(line.section.deadline)
      const guarantees = guaranteeCards({
        bondId: bond.id,
        all: await applications.forBond({ uscc: visit.company.identity.uscc, bondId: bond.id }),
        issuers: open ? applications.issuers().map(id => ({ id, name: deps.issuerName(id) })) : [],
        nameOf: deps.issuerName,
        now: clock.now(),
      })
      sendPage(res, visit.frame(bondPage({ ...line, ...(account === undefined ? {} : { account }), events, guarantees, now: clock.now() })))
    }),
  )
  router.post(
    '/:bond/withdraw',
    formBody(),
    act(async (visit, req, res) => {
      const bond = String(req.params['bond'])
      await acts.withdraw(visit.company, bond)
      seeOther(res, bondPath(bond))
    }),
  )
  return router
}

import { Router } from 'express'
import { z } from 'zod'
import { sendPage } from '../http/answers.ts'
import { readQuery } from '../http/forms.ts'
import { ACT_NAMES, ACTS } from '../kernel/acts.ts'
import type { Words } from '../web/words.ts'
import type { MandateView } from './mandates.ts'
import { approvalPath } from './pages/approval.ts'
import { historyPage } from './pages/history.ts'
import { mandatesPage } from './pages/mandates.ts'
import { overviewPage } from './pages/overview.ts'
import { type PersonLine, peoplePage } from './pages/people.ts'
import { shieldsPage } from './pages/shields.ts'
import { actWords, STATES } from './pages/words.ts'
import { refusedTo } from './workbench-access.ts'
import { askedOf } from './workbench-asked.ts'
import { writeHistory } from './workbench-csv.ts'
import { aboveOf, endingSoon, listMandates, ownMandates, waitingFor } from './workbench-lists.ts'
import { centersOf, demand, type Visit, type WorkbenchDeps, type WorkbenchVisits } from './workbench-room.ts'

/** The pages of the company workbench that are only looked at: overview, people, list of mandates, shields, history. */
const MOST_PEOPLE = 200
const MOST_MANDATES = 500
const PAGE = 30

const number = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER)
const choice = <S extends z.ZodType>(schema: S) => z.union([schema, z.literal('').transform(() => undefined)]).optional()
const listQuery = z.object({ state: choice(z.enum(STATES)), at: z.iso.datetime().optional(), id: z.string().max(60).optional() })
const historyQuery = z.object({ person: choice(z.string().max(60)), act: choice(z.enum([...ACT_NAMES, 'none'])), before: number.optional() })

export function workbenchRoutes(deps: WorkbenchDeps, { page }: WorkbenchVisits): Router {
  const { stores, mandates, record, approvals, clock } = deps
  const router = Router()

  router.get(
    '/',
    page(async (visit, _req, res) => {
      const only = wholeHistory(visit) ? {} : { membershipId: visit.who.membershipId }
      const [own, company, entries, centers, asked, requested] = await Promise.all([
        ownMandates(deps, visit),
        visit.who.representative ? mandates.ofCompany(visit.by, 100) : [],
        record.history(visit.who.enterpriseId, 6, undefined, only),
        centersOf(deps),
        askedOf(deps, visit),
        approvals.requested(visit.by, 5),
      ])
      const all = visit.who.representative ? company.map(mandate => ({ mandate })) : own
      const view = {
        assurance: visit.assurance,
        waiting: waitingFor(own, visit),
        asked,
        requested: requested
          .filter(({ state }) => state === 'waiting' || state === 'performing')
          .map(({ id, reference, agreed, needed }) => ({ path: approvalPath(id), about: `${reference} · 已同意 ${agreed.length} / ${needed}` })),
        ending: endingSoon(all, clock.now()),
        entries,
        centerName: centers.name,
        now: clock.now(),
      }
      sendPage(res, overviewPage(visit.desk, view))
    }),
  )

  router.get(
    '/people',
    page(async (visit, _req, res) => {
      demand(visit.who, 'own')
      const people = await stores.mandates.peopleOf(visit.who.enterpriseId, MOST_PEOPLE + 1)
      const views = await mandates.ofCompany(visit.by, MOST_MANDATES)
      const lines = people.slice(0, MOST_PEOPLE).map(person => {
        // what others may do is the legal representative's to see
        const seen = visit.who.representative || person.membershipId === visit.who.membershipId
        const active = (seen ? views : []).filter(({ row, state }) => state === 'active' && row.granteePersonId === person.personId)
        return {
          ...person,
          self: person.membershipId === visit.who.membershipId,
          mandates: active.length,
          may: seen ? mayDo(person, active, visit) : undefined,
        } satisfies PersonLine
      })
      sendPage(res, peoplePage(visit.desk, lines, people.length > MOST_PEOPLE))
    }),
  )

  router.get(
    '/mandates',
    page(async (visit, req, res) => {
      const { state, at, id } = readQuery(req, listQuery)
      const before = at === undefined || id === undefined ? undefined : { createdAt: at, id }
      const { lines, next } = await listMandates(deps, visit, { state, before })
      const address =
        next && `/workbench/mandates?${new URLSearchParams({ ...(state === undefined ? {} : { state }), at: next.createdAt, id: next.id })}`
      const above = await aboveOf(
        deps,
        visit,
        lines.map(({ mandate }) => mandate),
      )
      const shown = lines.map(line => ({ ...line, above: above.get(line.mandate.row.id) }))
      sendPage(res, mandatesPage(visit.desk, { lines: shown, state, next: address, now: clock.now() }))
    }),
  )

  router.get(
    '/shields',
    page(async (visit, _req, res) => {
      demand(visit.who, 'shields')
      const shields = await stores.parties.shieldsOf(visit.who.enterpriseId, 200)
      sendPage(
        res,
        shieldsPage(
          visit.desk,
          shields.map(shield => ({ ...shield, bankName: deps.bankName(shield.bank) })),
          clock.now(),
        ),
      )
    }),
  )

  router.get(
    '/history',
    page(async (visit, req, res) => {
      const { person, act, before } = readQuery(req, historyQuery)
      const whole = wholeHistory(visit)
      const only = onlyOf(visit, person, act)
      const [rows, people, centers] = await Promise.all([
        record.history(visit.who.enterpriseId, PAGE + 1, before, only),
        whole ? stores.mandates.peopleOf(visit.who.enterpriseId, MOST_PEOPLE) : [],
        centersOf(deps),
      ])
      const entries = rows.slice(0, PAGE)
      const asked = { ...(person === undefined ? {} : { person }), ...(act === undefined ? {} : { act }) }
      const last = rows.length > PAGE ? entries.at(-1)?.entry : undefined
      const view = {
        entries,
        people,
        person: person ?? '',
        act: act ?? '',
        next: last === undefined ? undefined : `/workbench/history?${new URLSearchParams({ ...asked, before: String(last) })}`,
        csv: `/workbench/history.csv?${new URLSearchParams(asked)}`,
        centerName: centers.name,
      }
      sendPage(res, historyPage(visit.desk, view))
    }),
  )

  router.get(
    '/history.csv',
    page(async (visit, req, res) => {
      const { person, act } = readQuery(req, historyQuery)
      const centers = await centersOf(deps)
      res.set({ 'Content-Type': 'text/csv; charset=utf-8', 'Content-Disposition': 'attachment; filename="history.csv"' })
      await writeHistory(res, {
        record,
        enterpriseId: visit.who.enterpriseId,
        only: onlyOf(visit, person, act),
        centerName: centers.name,
      })
    }),
  )

  return router
}

const wholeHistory = ({ who }: Visit): boolean => refusedTo(who, 'whole-history') === undefined

/** Asking for somebody else's lines needs the whole history; without it one's own are what there is. */
function onlyOf(visit: Visit, person: string | undefined, act: z.output<typeof historyQuery>['act']) {
  if (person !== undefined && person !== visit.who.membershipId) demand(visit.who, 'whole-history')
  const membershipId = person ?? (wholeHistory(visit) ? undefined : visit.who.membershipId)
  return { ...(membershipId === undefined ? {} : { membershipId }), ...(act === undefined ? {} : { act }) }
}

/** By whichever power: the office, the bank's naming, mandates in force. */
function mayDo(
  person: { membershipId: string; role: PersonLine['role']; suspended: boolean },
  active: readonly MandateView[],
  { facts }: Visit,
): Words[] {
  if (person.suspended) return []
  if (person.role === 'legal-representative' && (facts.legalRepresentativeId ?? person.membershipId) === person.membershipId)
    return [{ zh: '全部事项', en: 'Everything' }]
  const acts = new Set(active.flatMap(({ terms }) => terms?.acts ?? []))
  return ACT_NAMES.filter(act => acts.has(act) && act in ACTS).map(actWords)
}

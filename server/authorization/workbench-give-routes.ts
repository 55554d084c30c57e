import { type Response, Router } from 'express'
import { z } from 'zod'
import { seeOther, sendPage } from '../http/answers.ts'
import { formBody, readForm, readQuery } from '../http/forms.ts'
import { tellRefusal } from '../http/tell-refusal.ts'
import { roleNames } from '../web/words.ts'
import { readDraft } from './draft.ts'
import { givePage } from './pages/give.ts'
import { mandatePath } from './pages/lists.ts'
import { actsToChoose, emptyGive, errorsOf, type GiveErrors, type GiveValues, giveForm, readGive } from './workbench-form.ts'
import { centersOf, demand, mandateFor, type Visit, type WorkbenchDeps, type WorkbenchVisits } from './workbench-room.ts'

/** From an empty form to a draft. Everything that is wrong comes back into the form. */
const start = z.object({ person: z.string().max(60).optional(), from: z.string().max(60).optional() })
/** offered by a check box; a form of more fields would not be taken */
const MOST_OFFERED = 30

export function giveRoutes(deps: WorkbenchDeps, { page, act }: WorkbenchVisits): Router {
  const { stores, mandates, signatures, clock } = deps
  const router = Router()

  /** Whom, where and within what: the same for the first showing and for every correction. */
  async function contextFor(visit: Visit, from: string) {
    const upper = from === '' ? undefined : await mandateFor(deps, visit, from)
    demand(visit.who, upper === undefined ? 'give' : { passOn: upper })
    const [people, centers] = await Promise.all([stores.mandates.peopleOf(visit.who.enterpriseId, 200), centersOf(deps)])
    const allowed = upper?.terms?.centers ?? []
    return {
      now: clock.now(),
      upper: upper?.terms,
      people: people
        .filter(({ personId, suspended }) => personId !== visit.who.personId && !suspended)
        .map(person => ({ ...person, role: roleNames[person.role] })),
      centers: centers.list.filter(({ id }) => allowed.length === 0 || allowed.includes(id)).slice(0, MOST_OFFERED),
    }
  }

  function show(res: Response, visit: Visit, context: Awaited<ReturnType<typeof contextFor>>, values: GiveValues, errors: GiveErrors = {}): void {
    sendPage(res, givePage(visit.desk, { ...context, values, errors, acts: actsToChoose(context.upper) }))
  }

  router.get(
    '/give',
    page(async (visit, req, res) => {
      const { person, from = '' } = readQuery(req, start)
      const context = await contextFor(visit, from)
      show(res, visit, context, emptyGive({ now: context.now, upper: context.upper, ...(person === undefined ? {} : { person }) }))
    }),
  )

  router.post(
    '/give',
    formBody(64 * 1024),
    act(async (visit, req, res) => {
      const values = readForm(req, giveForm)
      const context = await contextFor(visit, values.from)
      const read = readGive(values, context)
      if ('errors' in read) {
        res.status(422)
        return show(res, visit, context, values, read.errors)
      }
      let id: string
      try {
        const drafted = await mandates.draft(visit.by, readDraft(read.draft, signatures.digest))
        id = drafted.row.id
      } catch (thrown) {
        const { error, words } = await tellRefusal(deps, res, thrown)
        return show(res, visit, context, values, errorsOf(error, words))
      }
      seeOther(res, mandatePath(id, 'sign'))
    }),
  )
  return router
}

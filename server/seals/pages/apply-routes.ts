import { type Response, Router } from 'express'
import { seeOther, sendPage } from '../../http/answers.ts'
import { formBody, readForm, readQuery } from '../../http/forms.ts'
import type { Words } from '../../web/words.ts'
import { type Application, drawn, nameFor } from '../life/draft.ts'
import { applyPage } from './apply.ts'
import { type ApplyValues, applicationOf, applyForm, emptyApply, lookOf, MOST_UPLOAD, previewQuery } from './form.ts'
import type { SealPagesDeps, Visit } from './ports.ts'
import { sealPath } from './words.ts'

/** From an empty form to a draft that can be signed. Everything that is wrong comes back into the form; the picture is drawn while one types. */
export function applyRoutes(deps: SealPagesDeps): Router {
  const { life, people, pictures, clock, frame } = deps
  const { page, act } = deps.visits
  const router = Router()

  async function show(visit: Visit, res: Response, values: ApplyValues, problem?: Words): Promise<void> {
    const { membership, legalRepresentativeId } = visit.facts
    const now = clock.now().getTime()
    const shields = (await life.shields(visit.by)).filter(({ notAfter }) => Date.parse(notAfter) > now)
    sendPage(res, frame(visit.desk, applyPage(visit.desk, { values, problem, shields, self: membership.id, representative: legalRepresentativeId })))
  }

  router.get(
    '/apply',
    page((visit, _req, res) => show(visit, res, emptyApply())),
  )
  router.get(
    '/preview',
    act(async (visit, req, res) => {
      try {
        const look = lookOf(readQuery(req, previewQuery))
        const { name } = await nameFor({ people }, visit.facts, look.kind)
        const svg = pictures.toSvg(drawn(pictures, name, look))
        res.set('Content-Type', 'image/svg+xml; charset=utf-8').end(svg)
      } catch (thrown) {
        const { words } = await deps.told(res, thrown)
        res.json({ zh: words.zh, en: words.en })
      }
    }),
  )
  router.post(
    '/apply',
    formBody(MOST_UPLOAD + 64 * 1024),
    act(async (visit, req, res) => {
      const values = readForm(req, applyForm)
      let id: string
      try {
        id = (await life.draft(visit.by, await ownOnly(visit, applicationOf(values, clock.now())))).row.id
      } catch (thrown) {
        const { words } = await deps.told(res, thrown)
        return await show(visit, res, values, words)
      }
      seeOther(res, sealPath(id, 'sign'))
    }),
  )
  /** A person's chop is for that person's shields, as the form says; others that are ticked there belong to the other kinds. */
  async function ownOnly(visit: Visit, application: Application): Promise<Application> {
    if (application.kind !== 'person') return application
    const own = (await life.shields(visit.by)).filter(({ membershipId }) => membershipId === visit.facts.membership.id)
    return { ...application, wanted: application.wanted.filter(thumbprint => own.some(each => each.thumbprint === thumbprint)) }
  }
  return router
}

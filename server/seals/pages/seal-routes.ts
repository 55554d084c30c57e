import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import { seeOther, sendPage } from '../../http/answers.ts'
import { formBody, readForm, readQuery } from '../../http/forms.ts'
import { BrokerError } from '../../kernel/errors.ts'
import { Certificate } from '../../pki/certificate.ts'
import type { CompanyShield, SealEdition } from '../../storage/stores-seals.ts'
import type { Submit } from '../../web/components.ts'
import type { Words } from '../../web/words.ts'
import { readPicture } from '../life/picture.ts'
import type { CertificateUse } from '../life/ports.ts'
import { isDue, planRemake } from '../life/remake.ts'
import type { SealView } from '../life/room.ts'
import { mayFollow } from '../life/states.ts'
import type { SealPagesDeps, Visit } from './ports.ts'
import { sealPage } from './seal.ts'
import { CHANGES, SEALS, sealPath } from './words.ts'

/** One seal: its page, its picture, and what is done with it without a signature. */
const MOST_STEPS = 200
const MOST_EDITIONS = 50

export function sealRoutes(deps: SealPagesDeps): Router {
  const { life, pictures } = deps
  const { page, act } = deps.visits
  const router = Router()
  const body = formBody(16 * 1024)

  router.get(
    '/:id',
    page(async (visit, req, res) => {
      const { done } = readQuery(req, z.object({ done: z.string().max(20).optional() }))
      const seal = await life.view(visit.by, idOf(req))
      await showSeal(deps, visit, res, seal, { done: doneWords(done, seal) })
    }),
  )
  router.get(
    '/:id/picture.svg',
    page(async (visit, req, res) => {
      const { row, state } = await life.view(visit.by, idOf(req))
      if (state === 'tampered') throw new BrokerError('seal_not_in_force', `the picture of seal ${row.id} may not be its own`)
      res.set('Content-Type', 'image/svg+xml; charset=utf-8').end(pictures.toSvg(readPicture(row.picture)))
    }),
  )
  router.post(
    '/:id/discard',
    body,
    act(async (visit, req, res) => {
      await life.discard(visit.by, idOf(req))
      seeOther(res, SEALS)
    }),
  )
  router.post(
    '/:id/refuse',
    body,
    act(async (visit, req, res) => {
      const { reason } = readForm(req, z.object({ reason: z.string().max(200).default('') }))
      const { row } = await life.refuse(visit.by, idOf(req), reason)
      seeOther(res, `${sealPath(row.id)}?done=refused`)
    }),
  )
  return router
}

export async function showSeal(
  deps: SealPagesDeps,
  visit: Visit,
  res: Response,
  seal: SealView,
  said: { done?: Words | undefined; problem?: Words | undefined },
): Promise<void> {
  const { life, store, clock, frame } = deps
  const { row, state } = seal
  const [editions, steps, shields] = await Promise.all([
    store.editions(row.id, MOST_EDITIONS),
    store.steps(row.id, MOST_STEPS),
    life.shields(visit.by),
  ])
  const now = clock.now()
  const [edition] = editions
  const alive = state === 'in-force' || state === 'expired'
  const plan = edition === undefined || !alive ? undefined : planRemake(edition, shields, now)
  const view = {
    seal,
    editions,
    steps,
    uses: edition === undefined ? new Map<string, readonly CertificateUse[]>() : await usesIn(deps, edition, shields),
    plan,
    missing: state === 'applied' ? missingFor(row.wanted, shields) : [],
    ...waysOn(visit, seal, now, plan !== undefined && isDue(plan)),
    now,
    ...said,
  }
  sendPage(res, frame(visit.desk, sealPage(view)))
}

/** Names of people who have yet to show a shield that was applied for; the legal representative shows theirs by approving. */
export const missingFor = (wanted: readonly string[], shields: readonly CompanyShield[], except?: string): string[] => [
  ...new Set(
    shields
      .filter(({ thumbprint, der, membershipId }) => wanted.includes(thumbprint) && der === undefined && membershipId !== except)
      .map(({ personName }) => personName),
  ),
]

async function usesIn(
  { usesOf }: SealPagesDeps,
  edition: SealEdition,
  shields: readonly CompanyShield[],
): Promise<Map<string, readonly CertificateUse[]>> {
  const uses = new Map<string, readonly CertificateUse[]>()
  for (const { thumbprint } of edition.certificates) {
    const der = shields.find(each => each.thumbprint === thumbprint)?.der
    if (der !== undefined) uses.set(thumbprint, await usesOf(new Certificate(Buffer.from(der, 'base64'))))
  }
  return uses
}

/** What this person can do with this seal as it now stands; asked again when it is done. */
function waysOn(visit: Visit, { row, state }: SealView, now: Date, due: boolean) {
  const links: { path: string; label: Words; look: 'primary' | 'secondary' }[] = []
  const forms: { action: string; button: Submit }[] = []
  const damaged = state === 'tampered'
  if (state === 'drafted') {
    links.push({ path: sealPath(row.id, 'sign'), label: { zh: '核对并签名', en: 'Check and sign' }, look: 'primary' })
    forms.push({ action: sealPath(row.id, 'discard'), button: { label: { zh: '删除草稿', en: 'Discard' }, look: 'secondary' } })
  }
  if (!visit.desk.representative) return { links, forms }
  if (state === 'applied') links.push({ path: sealPath(row.id, 'approve'), label: { zh: '核对并批准', en: 'Check and approve' }, look: 'primary' })
  if (!damaged && state !== 'frozen' && row.edition > 0 && mayFollow(row, 'remake', now))
    links.push({
      path: sealPath(row.id, 'remake'),
      label: { zh: '重新制作', en: 'Remake' },
      look: due || state === 'expired' ? 'primary' : 'secondary',
    })
  for (const change of ['suspend', 'resume', 'revoke'] as const) {
    // what was damaged or frozen can be revoked and nothing else
    const open = mayFollow(row, change, now) && (change === 'revoke' ? row.edition > 0 || state === 'approved' : !damaged && state !== 'frozen')
    if (open) links.push({ path: sealPath(row.id, change), label: CHANGES[change].label, look: 'secondary' })
  }
  return { links, forms }
}

/** Said only where it is true: an old address says nothing. */
function doneWords(done: string | undefined, { state }: SealView): Words | undefined {
  if (done === 'apply' && state === 'applied')
    return { zh: '已提交。请法定代表人登录企业工作台批准。', en: 'Sent. Have the legal representative approve it in the workbench.' }
  if ((done === 'apply' || done === 'approve') && state === 'in-force')
    return { zh: '印章已经做好，可以盖章了。', en: 'The seal is made and can be used.' }
  if (done === 'approve' && state === 'made')
    return { zh: '印章已经做好，到启用时间自动生效。', en: 'The seal is made, and comes into force by itself.' }
  if (done === 'remake' && state === 'in-force') return { zh: '已重新制作，新版本现在就可以盖章。', en: 'Remade; the new edition works now.' }
  if (done === 'refused' && state === 'refused') return { zh: '已退回，申请人可以看到原因。', en: 'Refused; the applicant sees the reason.' }
  const said = { suspend: 'suspended', resume: 'in-force', revoke: 'revoked' } as const
  if (done === 'suspend' || done === 'resume' || done === 'revoke') return state === said[done] ? CHANGES[done].done : undefined
  return undefined
}

// a body parser before the handler makes Express' types forget the path's parameters
export const idOf = ({ params }: Request): string => {
  const { id } = params
  return typeof id === 'string' ? id : ''
}

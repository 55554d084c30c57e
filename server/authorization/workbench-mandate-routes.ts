import { type Request, type RequestHandler, type Response, Router } from 'express'
import { z } from 'zod'
import { seeOther, sendPage } from '../http/answers.ts'
import { formBody, readForm, readQuery } from '../http/forms.ts'
import { allowOnPage } from '../http/headers.ts'
import { tellRefusal } from '../http/tell-refusal.ts'
import { facts } from '../web/components.ts'
import type { Words } from '../web/words.ts'
import { mandatePdf } from './mandate-pdf.ts'
import type { MandateView } from './mandates.ts'
import { mandatePath } from './pages/lists.ts'
import { mandatePage } from './pages/mandate.ts'
import { type SignView, signPage } from './pages/sign.ts'
import { termRows } from './pages/terms.ts'
import type { ChangeKind } from './terms.ts'
import { doneWords, waysOn } from './workbench-actions.ts'
import { aboveOf } from './workbench-lists.ts'
import { centersOf, demand, idOf, mandateFor, type Visit, type WorkbenchDeps, type WorkbenchVisits } from './workbench-room.ts'
import { CHANGE_WORDS, signaturesOn } from './workbench-words.ts'

/** One mandate: its page, its PDF, and all that is signed for it. What goes wrong while signing is said on the page of the signature, with fresh words to sign. */
const base64 = z
  .string()
  .min(1)
  .max(48 * 1024)
const signed = z.looseObject({ signature: base64 })
const signedWords = z.looseObject({ signature: base64, text: z.string().min(1).max(4000) })
const MOST_ENTRIES = 200

export function mandateRoutes(deps: WorkbenchDeps, { page, act }: WorkbenchVisits): Router {
  const { mandates, record, signatures, agentUrl } = deps
  const router = Router()
  const body = formBody(160 * 1024)

  async function show(
    visit: Visit,
    res: Response,
    mandate: MandateView,
    said: { done?: Words | undefined; problem?: Words | undefined },
  ): Promise<void> {
    const [entries, centers, above] = await Promise.all([
      record.entriesOf(mandate.row.id, MOST_ENTRIES),
      centersOf(deps),
      aboveOf(deps, visit, [mandate]),
    ])
    const view = {
      mandate,
      digest: signatures.digest(mandate.row.text),
      signatures: await signaturesOn(deps, mandate, entries),
      entries,
      ...waysOn(visit.who, mandate),
      above: above.get(mandate.row.id),
      ...said,
      centerName: centers.name,
    }
    sendPage(res, mandatePage(visit.desk, view))
  }

  function sign(visit: Visit, res: Response, view: Omit<SignView, 'agentUrl' | 'place'>): void {
    allowOnPage(res, { connect: [agentUrl] })
    sendPage(res, signPage(visit.desk, { ...view, agentUrl, place: 'mandates' }))
  }

  /** A form that signs: done, and back to the mandate; refused, and the page once more. */
  function signing(
    perform: (visit: Visit, req: Request) => Promise<string>,
    again: (visit: Visit, req: Request, res: Response, problem: Words) => Promise<void>,
  ): RequestHandler[] {
    return [
      body,
      act(async (visit, req, res) => {
        let done: string
        try {
          done = await perform(visit, req)
        } catch (thrown) {
          const { words } = await tellRefusal(deps, res, thrown)
          return await again(visit, req, res, words)
        }
        seeOther(res, `${mandatePath(idOf(req))}?done=${done}`)
      }),
    ]
  }

  router.get(
    '/mandates/:id',
    page(async (visit, req, res) => {
      const { done } = readQuery(req, z.object({ done: z.string().max(20).optional() }))
      const mandate = await mandateFor(deps, visit, idOf(req))
      await show(visit, res, mandate, { done: doneWords(done, mandate) })
    }),
  )

  router.get(
    '/mandates/:id/pdf',
    page(async (visit, req, res) => {
      const mandate = await mandateFor(deps, visit, idOf(req))
      const [entries, centers] = await Promise.all([record.entriesOf(mandate.row.id, MOST_ENTRIES), centersOf(deps)])
      // what cannot be believed is not printed either
      if (mandate.terms === undefined) return await show(visit, res, mandate, {})
      const pdf = await mandatePdf({
        mandate,
        terms: mandate.terms,
        digest: signatures.digest(mandate.row.text),
        signatures: await signaturesOn(deps, mandate, entries),
        centerName: centers.name,
      })
      res.set({ 'Content-Type': 'application/pdf', 'Content-Disposition': `attachment; filename="mandate-${mandate.row.id}.pdf"` })
      res.end(pdf)
    }),
  )

  // ---- the giver signs -------------------------------------------------------------------------------------------------------------------------

  async function showDraft(visit: Visit, req: Request, res: Response, problem?: Words): Promise<void> {
    const mandate = await mandateFor(deps, visit, idOf(req))
    if (mandate.row.state !== 'drafted') return await show(visit, res, mandate, { problem })
    demand(visit.who, { finish: mandate })
    const { id } = mandate.row
    const centers = await centersOf(deps)
    sign(visit, res, {
      title: { zh: '核对并签发授权书', en: 'Read it, then sign it' },
      lead: {
        zh: '签名后，授权书会交给被授权人；对方签名接受后生效。',
        en: 'Once signed it goes to the person named, and is in force when they sign to accept.',
      },
      action: mandatePath(id, 'offer'),
      text: mandate.row.text,
      sendText: false,
      button: { zh: '签名并发出', en: 'Sign and send' },
      problem,
      summary: mandate.terms && facts(termRows(mandate.terms, centers.name)),
      others: [{ action: mandatePath(id, 'discard'), button: { label: { zh: '不要了，删除草稿', en: 'Discard this draft' }, look: 'quiet' } }],
      back: '/workbench/mandates',
    })
  }
  router.get(
    '/mandates/:id/sign',
    page((visit, req, res) => showDraft(visit, req, res)),
  )
  router.post(
    '/mandates/:id/offer',
    ...signing(async (visit, req) => {
      const mandate = await mandateFor(deps, visit, idOf(req))
      demand(visit.who, { finish: mandate })
      await mandates.offer(visit.by, mandate.row.id, readForm(req, signed).signature)
      return 'offered'
    }, showDraft),
  )
  router.post(
    '/mandates/:id/discard',
    body,
    act(async (visit, req, res) => {
      const mandate = await mandateFor(deps, visit, idOf(req))
      demand(visit.who, { finish: mandate })
      await mandates.discard(visit.by, mandate.row.id)
      seeOther(res, '/workbench/mandates')
    }),
  )

  // ---- the person named answers ------------------------------------------------------------------------------------------------------------------

  async function showAcceptance(visit: Visit, req: Request, res: Response, problem?: Words): Promise<void> {
    const seen = await mandateFor(deps, visit, idOf(req))
    demand(visit.who, { answer: seen })
    if (seen.row.state !== 'offered') return await show(visit, res, seen, { problem })
    const [{ mandate, text }, centers] = await Promise.all([mandates.acceptance(visit.by, seen.row.id), centersOf(deps)])
    const { id } = mandate.row
    sign(visit, res, {
      title: { zh: '接受授权', en: 'Accept the mandate' },
      lead: { zh: '请看清授权内容。签名接受后，授权立即生效。', en: 'Read what it says. It is in force as soon as you have signed.' },
      action: mandatePath(id, 'accept'),
      text,
      sendText: true,
      button: { zh: '签名并接受', en: 'Sign and accept' },
      problem,
      summary: mandate.terms && facts(termRows(mandate.terms, centers.name)),
      others: [{ action: mandatePath(id, 'decline'), button: { label: { zh: '谢绝这份授权', en: 'Decline it' }, look: 'quiet' } }],
      back: mandatePath(id),
    })
  }
  router.get(
    '/mandates/:id/accept',
    page((visit, req, res) => showAcceptance(visit, req, res)),
  )
  router.post(
    '/mandates/:id/accept',
    ...signing(async (visit, req) => {
      const mandate = await mandateFor(deps, visit, idOf(req))
      const { signature, text } = readForm(req, signedWords)
      await mandates.accept(visit.by, mandate.row.id, { text: lineFeeds(text), cms: signature })
      return 'accepted'
    }, showAcceptance),
  )
  router.post(
    '/mandates/:id/decline',
    ...signing(
      async (visit, req) => {
        const mandate = await mandateFor(deps, visit, idOf(req))
        await mandates.decline(visit.by, mandate.row.id)
        return 'declined'
      },
      async (visit, req, res, problem) => show(visit, res, await mandateFor(deps, visit, idOf(req)), { problem }),
    ),
  )

  // ---- whoever controls it changes it ------------------------------------------------------------------------------------------------------------

  const showChange = (change: ChangeKind) => async (visit: Visit, req: Request, res: Response, problem?: Words) => {
    const seen = await mandateFor(deps, visit, idOf(req))
    demand(visit.who, { control: seen })
    if (!CHANGE_WORDS[change].from.includes(seen.row.state)) return await show(visit, res, seen, { problem })
    const { mandate, text } = await mandates.changing(visit.by, seen.row.id, change)
    const { title, lead, button } = CHANGE_WORDS[change]
    sign(visit, res, {
      title,
      lead,
      action: mandatePath(mandate.row.id, change),
      text,
      sendText: true,
      button,
      problem,
      back: mandatePath(mandate.row.id),
    })
  }
  for (const change of ['suspend', 'resume', 'revoke'] as const) {
    router.get(
      `/mandates/:id/${change}`,
      page((visit, req, res) => showChange(change)(visit, req, res)),
    )
    router.post(
      `/mandates/:id/${change}`,
      ...signing(async (visit, req) => {
        const mandate = await mandateFor(deps, visit, idOf(req))
        demand(visit.who, { control: mandate })
        const { signature, text } = readForm(req, signedWords)
        await mandates.change(visit.by, mandate.row.id, change, { text: lineFeeds(text), cms: signature })
        return CHANGE_WORDS[change].done
      }, showChange(change)),
    )
  }
  return router
}

/** A form sends line breaks as CR LF (HTML, "multipart and urlencoded form data"); what was signed has LF. */
export const lineFeeds = (text: string): string => text.replaceAll('\r\n', '\n')

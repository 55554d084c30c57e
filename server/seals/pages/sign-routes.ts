import { type Request, type RequestHandler, type Response, Router } from 'express'
import { seeOther, sendPage } from '../../http/answers.ts'
import { formBody, readForm, readQuery } from '../../http/forms.ts'
import { allowOnPage } from '../../http/headers.ts'
import { actionForm, both, submit } from '../../web/components.ts'
import { html } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import type { ToSign } from '../life/signing.ts'
import { sealSummary } from './facts.ts'
import { inYears, remakeForm, remakeQuery, signedForm, wordsOf } from './form.ts'
import type { SealPagesDeps, Visit } from './ports.ts'
import { remakePage } from './remake.ts'
import { idOf, missingFor, showSeal } from './seal-routes.ts'
import { SHOW_PHONE } from './show-phone-routes.ts'
import { type SignView, signPage } from './sign.ts'
import { CHANGES, SEALS, sealPath } from './words.ts'

/** All that is signed about seals. What goes wrong while signing is said on the page of the signature, with fresh words to sign. */
export function signRoutes(deps: SealPagesDeps): Router {
  const { life, clock, frame, agentUrl } = deps
  const { page, act } = deps.visits
  const router = Router()
  const body = formBody(256 * 1024)

  function sign(visit: Visit, res: Response, view: Omit<SignView, 'agentUrl'>): void {
    allowOnPage(res, { connect: [agentUrl] })
    sendPage(res, frame(visit.desk, signPage({ ...view, agentUrl })))
  }
  async function summaryOf(visit: Visit, { seal }: ToSign, wanted: readonly string[] = seal.row.wanted) {
    const shields = await life.shields(visit.by)
    return {
      summary: sealSummary(
        seal,
        shields.filter(({ thumbprint }) => wanted.includes(thumbprint)),
      ),
      shields,
    }
  }

  /** A page of words and the form that brings them back signed: done, and on; refused, and the page once more. */
  function signing(
    paths: { get?: string; post: string },
    show: (visit: Visit, req: Request, res: Response, problem?: Words) => Promise<void>,
    perform: (visit: Visit, req: Request) => Promise<string>,
  ): void {
    if (paths.get !== undefined)
      router.get(
        paths.get,
        page((visit, req, res) => show(visit, req, res)),
      )
    const post: RequestHandler = act(async (visit, req, res) => {
      let next: string
      try {
        next = await perform(visit, req)
      } catch (thrown) {
        const { words } = await deps.told(res, thrown)
        return await again(visit, req, res, words)
      }
      seeOther(res, next)
    })
    router.post(paths.post, body, post)
    /** where the seal has gone on meanwhile there is nothing left to sign: then its own page says so */
    async function again(visit: Visit, req: Request, res: Response, problem: Words): Promise<void> {
      try {
        await show(visit, req, res, problem)
      } catch (thrown) {
        if (idOf(req) === '') throw thrown
        await showSeal(deps, visit, res, await life.view(visit.by, idOf(req)), { problem })
      }
    }
  }

  signing(
    { get: '/shield', post: '/shield' },
    async (visit, _req, res, problem) =>
      sign(visit, res, {
        title: { zh: '登记我的盾', en: 'Show my shield' },
        lead: {
          zh: '用盾签名一次，印章就可以认这个盾。登记本身不产生任何效力。',
          en: 'Sign once, and seals can be made for this shield. Nothing else follows from it.',
        },
        action: `${SEALS}/shield`,
        text: await life.presenting(visit.by),
        others: actionForm(SHOW_PHONE, [{ label: { zh: '登记手机银行', en: 'Show the bank’s app on a phone instead' }, look: 'secondary' }]),
        button: { zh: '签名并登记', en: 'Sign' },
        problem,
        back: SEALS,
      }),
    async (visit, req) => {
      await life.present(visit.by, wordsOf(readForm(req, signedForm)))
      return `${SEALS}?done=shown`
    },
  )

  signing(
    { get: '/:id/sign', post: '/:id/apply' },
    async (visit, req, res, problem) => {
      const words = await life.applying(visit.by, idOf(req))
      const { representative } = visit.desk
      sign(visit, res, {
        title: representative ? { zh: '核对并制作印章', en: 'Check it, then have it made' } : { zh: '核对并提交申请', en: 'Check it, then apply' },
        lead: representative
          ? {
              zh: '您是法定代表人：签名就是批准，印章立即制作。',
              en: 'You are the legal representative: your signature approves it, and the seal is made at once.',
            }
          : { zh: '签名后交法定代表人批准。批准前印章不能使用。', en: 'It goes to the legal representative. Until approved it is no seal.' },
        action: sealPath(words.seal.row.id, 'apply'),
        text: words.text,
        button: representative ? { zh: '签名并制作', en: 'Sign and make' } : { zh: '签名并提交', en: 'Sign and send' },
        problem,
        summary: (await summaryOf(visit, words)).summary,
        others: actionForm(sealPath(words.seal.row.id, 'discard'), [{ label: { zh: '不要了，删除草稿', en: 'Discard this draft' }, look: 'quiet' }]),
        back: SEALS,
      })
    },
    async (visit, req) => {
      const { row } = await life.apply(visit.by, idOf(req), wordsOf(readForm(req, signedForm)))
      return `${sealPath(row.id)}?done=apply`
    },
  )

  signing(
    { get: '/:id/approve', post: '/:id/approve' },
    async (visit, req, res, problem) => {
      const words = await life.approving(visit.by, idOf(req))
      const { row } = words.seal
      const { summary, shields } = await summaryOf(visit, words)
      const missing = missingFor(row.wanted, shields, visit.facts.membership.id)
      const action = sealPath(row.id, 'refuse')
      sign(visit, res, {
        title: { zh: '批准制作印章', en: 'Approve the seal' },
        lead: { zh: '请看清图样和可用的盾。签名后立即制作并启用。', en: 'Look at the picture and the shields. It is made as soon as you sign.' },
        action: sealPath(row.id, 'approve'),
        text: words.text,
        button: { zh: '签名并批准', en: 'Sign and approve' },
        problem,
        warning:
          missing.length === 0
            ? undefined
            : { zh: `现在还不能批准：${missing.join('、')}要先登记盾。`, en: `Not yet: ${missing.join(', ')} must show their shield first.` },
        summary,
        others: html`<form class="give" method="post" action="${action}"><div class="field"><label for="reason">${both({ zh: '不批准的原因（可不填）', en: 'Why not (optional)' })}</label><input type="text" id="reason" name="reason" maxlength="200" autocomplete="off"></div>${submit({ label: { zh: '不批准，退回', en: 'Refuse it' }, look: 'secondary' })}</form>`,
        back: sealPath(row.id),
      })
    },
    async (visit, req) => {
      const { row } = await life.approve(visit.by, idOf(req), wordsOf(readForm(req, signedForm)))
      return `${sealPath(row.id)}?done=approve`
    },
  )

  for (const change of ['suspend', 'resume', 'revoke'] as const) {
    signing(
      { get: `/:id/${change}`, post: `/:id/${change}` },
      async (visit, req, res, problem) => {
        const words = await life.changing(visit.by, idOf(req), change)
        const { row } = words.seal
        const { title, lead, button } = CHANGES[change]
        const { summary } = await summaryOf(visit, words)
        sign(visit, res, { title, lead, action: sealPath(row.id, change), text: words.text, button, problem, summary, back: sealPath(row.id) })
      },
      async (visit, req) => {
        const { row } = await life.change(visit.by, idOf(req), change, wordsOf(readForm(req, signedForm)))
        return `${sealPath(row.id)}?done=${change}`
      },
    )
  }

  router.get(
    '/:id/remake',
    page(async (visit, req, res) => {
      const found = await life.remakePlan(visit.by, idOf(req))
      sendPage(res, frame(visit.desk, remakePage({ ...found, now: clock.now(), self: visit.facts.membership.id })))
    }),
  )
  /** The order comes in the address the first time, and with the signature after. */
  const orderOf = (req: Request) => {
    if (req.method === 'POST') {
      const { shield, until } = readForm(req, remakeForm)
      return { wanted: shield, validUntil: until }
    }
    const { shield, years } = readQuery(req, remakeQuery)
    return { wanted: shield, validUntil: inYears(years, clock.now()) }
  }
  signing(
    { get: '/:id/remake/sign', post: '/:id/remake' },
    async (visit, req, res, problem) => {
      const order = orderOf(req)
      const words = await life.remaking(visit.by, idOf(req), order)
      const { row } = words.seal
      sign(visit, res, {
        title: { zh: '重新制作印章', en: 'Remake the seal' },
        lead: { zh: '签名后旧版本停止盖章，新版本立即可用。', en: 'The old edition stops, and the new one works at once.' },
        action: sealPath(row.id, 'remake'),
        text: words.text,
        fields: [...order.wanted.map(thumbprint => ['shield', thumbprint] as const), ['until', order.validUntil]],
        button: { zh: '签名并重新制作', en: 'Sign and remake' },
        problem,
        summary: (await summaryOf(visit, { ...words, seal: { ...words.seal, row: { ...row, validUntil: order.validUntil } } }, order.wanted)).summary,
        back: sealPath(row.id, 'remake'),
      })
    },
    async (visit, req) => {
      const { row } = await life.remake(visit.by, idOf(req), orderOf(req), wordsOf(readForm(req, remakeForm)))
      return `${sealPath(row.id)}?done=remake`
    },
  )
  return router
}

import { Router } from 'express'
import { z } from 'zod'
import { sendPage } from '../../http/answers.ts'
import { jsonBody, readForm } from '../../http/forms.ts'
import { allowOnPage } from '../../http/headers.ts'
import type { RescueTicket } from '../../storage/stores-bids.ts'
import { secondOf } from '../../web/beijing.ts'
import { card, facts, linkButton, notice } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import { shieldCertificate } from '../custody.ts'
import { LIMITS } from '../limits.ts'
import { forShield } from '../parts.ts'
import { answers, holderIn } from './bidder-routes.ts'
import { base64 } from './envelope-routes.ts'
import { type BidPagesDeps, demandShield, staffed, textOf } from './ports.ts'
import { decryptForm } from './shield-page.ts'
import { centerPath, openingFacts, rescuePath } from './words.ts'

/** A rescue, for the center's custodians: each logs in as themselves and gives one share with their own shield. Who is custodian the envelope says, not this page. */
const STATES: Record<RescueTicket['state'], Words> = {
  gathering: { zh: '等保管人交出份额', en: 'Waiting for custodians' },
  performing: { zh: '份额已够，正在解密', en: 'Opening' },
  done: { zh: '已解密', en: 'Opened' },
  failed: { zh: '没有解密', en: 'Not opened' },
}

export function custodianRoutes(deps: BidPagesDeps): Router {
  const { openings, agentUrl } = deps
  const { page, act } = deps.visits
  const router = Router()
  const json = jsonBody(LIMITS.body)

  router.get(
    '/rescues/:ticket',
    page(async (visit, req, res) => {
      const ticket = await openings.rescue.ticket(textOf(req, 'ticket'))
      const opening = await staffed(deps, visit, ticket.openingId)
      const bid = await openings.ownBid(ticket.openingId, ticket.uscc)
      allowOnPage(res, { connect: [agentUrl] })
      const list = facts([
        ...openingFacts(opening, await deps.centerName(opening.center)),
        { name: { zh: '投标人', en: 'Bidder' }, value: `${bid.name} ${bid.uscc}` },
        { name: { zh: '申请', en: 'Asked' }, value: `${secondOf(ticket.askedAt)} ${ticket.askedBy}：${ticket.why}` },
        { name: { zh: '要几位保管人', en: 'Custodians needed' }, value: String(ticket.threshold) },
      ])
      const back = centerPath(opening.id)
      const state = notice(STATES[ticket.state], ticket.state === 'failed' ? 'bad' : ticket.state === 'done' ? 'good' : 'info')
      const body: Markup =
        ticket.state !== 'gathering'
          ? card(html`${list}<p class="card-end">${linkButton(back, { zh: '回到开标一览', en: 'Back to the board' })}</p>`)
          : decryptForm({
              use: 'send',
              custodian: true,
              parts: rescuePath(ticket.id, 'part'),
              action: rescuePath(ticket.id, 'give'),
              summary: list,
              button: { zh: '交出我的份额', en: 'Give my share' },
              agentUrl,
              whose: { zh: '要用公告里登记为保管人的盾。', en: 'It has to be a shield that was announced as a custodian’s.' },
              back,
            })
      sendPage(
        res,
        visit.frame({
          title: { zh: '应急解密', en: 'Rescue of a bid' },
          lead: {
            zh: '保管人各用自己的盾交出份额，一人一份；够数后由平台解密。',
            en: 'Each custodian gives one share with their own shield; with enough of them the platform opens.',
          },
          inside: true,
          scripts: ['shield-agent.js', 'progress.js'],
          body: html`<div data-progress="${rescuePath(ticket.id, 'state')}" data-stamp="${ticket.state}"></div>${state}${body}`,
        }),
      )
    }),
  )
  router.get(
    '/rescues/:ticket/state',
    act(async (visit, req, res) => {
      const ticket = await openings.rescue.ticket(textOf(req, 'ticket'))
      await staffed(deps, visit, ticket.openingId)
      res.json({ stamp: ticket.state })
    }),
  )
  router.post(
    '/rescues/:ticket/part',
    json,
    act(async (visit, req, res) => {
      const ticket = await openings.rescue.ticket(textOf(req, 'ticket'))
      await staffed(deps, visit, ticket.openingId)
      const { thumbprint } = shieldCertificate(readForm(req, z.strictObject({ certificate: base64 })).certificate)
      res.json({ parts: [forShield(await openings.rescue.part(ticket.id, thumbprint))] })
    }),
  )
  router.post(
    '/rescues/:ticket/give',
    json,
    act(async (visit, req, res) => {
      const ticket = await openings.rescue.ticket(textOf(req, 'ticket'))
      await staffed(deps, visit, ticket.openingId)
      demandShield(visit)
      const given = readForm(req, z.strictObject({ certificate: base64, answers }))
      const { thumbprint } = shieldCertificate(given.certificate)
      const { state } = await openings.rescue.give(ticket.id, thumbprint, holderIn(given.answers), visit.who)
      res.json({ next: rescuePath(ticket.id), state })
    }),
  )
  return router
}

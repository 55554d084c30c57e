import { Router } from 'express'
import { seeOther, sendPage } from '../../http/answers.ts'
import { formBody } from '../../http/forms.ts'
import { whereabouts } from '../../http/whereabouts.ts'
import { failures } from '../../kernel/failures.ts'
import { submit } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import { phoneAskBody } from '../../web/phone-ask.ts'
import { atOnceOrBehind, type BidPagesDeps, openingOf, textOf, useFor } from './ports.ts'
import { bidPath } from './words.ts'

/** Decrypting a bid at its opening by phone: a code is asked for, shown, and once the phone has answered the page opens the bid in its own session, as after a shield. */
export function phoneRoutes(deps: BidPagesDeps): Router {
  const { openings, byPhone } = deps
  const { page, act } = deps.visits
  const router = Router()

  router.post(
    '/:opening/phone',
    formBody(),
    act(async (visit, req, res) => {
      const opening = await openingOf(deps, textOf(req, 'opening'))
      seeOther(res, bidPath(opening.id, `phone/${(await byPhone.ask(visit, opening, whereabouts(req))).id}`))
    }),
  )
  router.get(
    '/:opening/phone/:ask',
    page(async (visit, req, res) => {
      const opening = await openingOf(deps, textOf(req, 'opening'))
      const { ask, state } = await byPhone.of(visit, opening, textOf(req, 'ask'))
      if (state === 'done') return seeOther(res, bidPath(opening.id))
      const path = bidPath(opening.id, `phone/${ask.id}`)
      const body = phoneAskBody({
        ...{ ...byPhone.shown(ask), ask, state, path, again: bidPath(opening.id, 'decrypt') },
        why: ask.failure === undefined ? undefined : failures[ask.failure],
        words: {
          approved: { zh: '手机已解出密钥，正在解密标书……', en: 'The phone has decrypted the key; opening the bid…' },
          done: { zh: '已交给平台解密。', en: 'The platform is opening it.' },
        },
        ...(state === 'approved' ? { after: takeForm(path) } : {}),
      })
      const title = { zh: '用手机银行解密', en: 'Decrypt with the bank’s app' }
      const lead = {
        zh: '手机银行解出这份标书的密钥，平台随即解密文件。',
        en: 'The app decrypts the key of the bid, and the platform then opens the file.',
      }
      const scripts = state === 'approved' ? ['auto-submit.js'] : ['ask.js']
      sendPage(res, visit.frame({ title, lead, inside: true, scripts, body }))
    }),
  )
  router.post(
    '/:opening/phone/:ask',
    formBody(),
    act(async (visit, req, res) => {
      const opening = await openingOf(deps, textOf(req, 'opening'))
      const { attempts } = await openings.ownBid(opening.id, visit.bidder.uscc)
      await useFor(deps, visit, 'bid_decrypt', opening, `decrypt:${opening.id}:${visit.bidder.uscc}:${attempts}`)
      const holder = await byPhone.take(visit, opening, textOf(req, 'ask'))
      await atOnceOrBehind(openings.decrypt({ openingId: opening.id, uscc: visit.bidder.uscc, by: 'phone', holder }, visit.who))
      seeOther(res, bidPath(opening.id))
    }),
  )
  return router
}

/** Sent by auto-submit.js as soon as it is there. */
const takeForm = (action: string): Markup =>
  html`<form id="auto-submit" class="actions" method="post" action="${action}">${submit({ label: { zh: '解密标书', en: 'Open the bid' } })}</form>`

import { type Response, Router } from 'express'
import { seeOther, sendPage } from '../../http/answers.ts'
import { formBody } from '../../http/forms.ts'
import { whereabouts } from '../../http/whereabouts.ts'
import { failures } from '../../kernel/failures.ts'
import type { Ask } from '../../storage/stores-authorization.ts'
import { submit } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import { phoneAskBody } from '../../web/phone-ask.ts'
import type { Words } from '../../web/words.ts'
import { type PhoneQuestion, subjectOf } from '../phone/question.ts'
import { atOnceOrBehind, type BidPagesDeps, openingOf, textOf, useFor } from './ports.ts'
import { bidPath } from './words.ts'

/** What the page asks a phone, each with a code, a page that waits, and what follows once the phone has answered. */
interface Asking {
  /** of its addresses: `/:opening/{step}` asks, `/:opening/{step}/:ask` waits */
  step: string
  question: Pick<PhoneQuestion, 'ask' | 'of'>
  title: Words
  lead: Words
  words: { approved: Words; done: Words }
  /** the page to go back to */
  again: string
  /** `send`: the page sends its form, in its own session, as after a shield. Otherwise the path to go on to. */
  goesOn: 'send' | ((ask: Ask) => string)
}

export function phoneRoutes(deps: BidPagesDeps): Router {
  const { openings, phone } = deps
  const { page, act } = deps.visits
  const router = Router()

  function serve({ step, question, title, lead, words, again, goesOn }: Asking): void {
    router.post(
      `/:opening/${step}`,
      formBody(),
      act(async (visit, req, res) => {
        const opening = await openingOf(deps, textOf(req, 'opening'))
        seeOther(res, bidPath(opening.id, `${step}/${(await question.ask(visit, opening, whereabouts(req))).id}`))
      }),
    )
    router.get(
      `/:opening/${step}/:ask`,
      page(async (visit, req, res) => {
        const opening = await openingOf(deps, textOf(req, 'opening'))
        const { ask, state } = await question.of(visit, opening, textOf(req, 'ask'))
        if (goesOn === 'send' && state === 'done') return seeOther(res, bidPath(opening.id))
        if (goesOn !== 'send' && (state === 'approved' || state === 'done')) return await goOn(ask, state, goesOn(ask), res)
        const path = bidPath(opening.id, `${step}/${ask.id}`)
        const sends = goesOn === 'send' && state === 'approved'
        const body = phoneAskBody({
          ...{ ...phone.shown(ask), ask, state, path, words, again: bidPath(opening.id, again) },
          why: ask.failure === undefined ? undefined : failures[ask.failure],
          ...(sends ? { after: takeForm(path) } : {}),
        })
        sendPage(res, visit.frame({ title, lead, inside: true, scripts: [sends ? 'auto-submit.js' : 'ask.js'], body }))
      }),
    )
  }
  async function goOn({ id }: Ask, state: 'approved' | 'done', path: string, res: Response): Promise<void> {
    // what was answered is kept longer than what waits to be used
    if (state === 'approved') await phone.settle(id)
    seeOther(res, path)
  }

  serve({
    ...{ step: 'phone', question: phone.decrypt, again: 'decrypt', goesOn: 'send' },
    title: { zh: '用手机银行解密', en: 'Decrypt with the bank’s app' },
    lead: {
      zh: '手机银行解出这份标书的密钥，平台随即解密文件。',
      en: 'The app decrypts the key of the bid, and the platform then opens the file.',
    },
    words: {
      approved: { zh: '手机已解出密钥，正在解密标书……', en: 'The phone has decrypted the key; opening the bid…' },
      done: { zh: '已交给平台解密。', en: 'The platform is opening it.' },
    },
  })
  serve({
    ...{ step: 'app', question: phone.certificate, again: '', goesOn: ask => `${bidPath(openingIn(ask))}?app=${ask.id}#bid-encrypt` },
    title: { zh: '取手机银行的加密证书', en: 'The certificate in the bank’s app' },
    lead: {
      zh: '手机银行签名交出它的加密证书；标书加密给它以后，开标时可以用这部手机解密。',
      en: 'The app signs and hands out its certificate. A bid encrypted to it can be decrypted with this phone at the opening.',
    },
    words: {
      approved: { zh: '手机已交出加密证书。', en: 'The phone has handed out its certificate.' },
      done: { zh: '手机已交出加密证书。', en: 'The phone has handed out its certificate.' },
    },
  })
  serve({
    ...{ step: 'key-test', question: phone.keyTest, again: 'test', goesOn: ask => `${bidPath(openingIn(ask))}?done=phone-tested` },
    title: { zh: '试手机银行的解密钥匙', en: 'Try the key in the bank’s app' },
    lead: {
      zh: '手机解一段临时生成的随机内容，证明它有这份标书所用证书的钥匙。标书的密钥不出手机，标书也不打开；文件能否完整解开，只有插盾自检能查。',
      en: 'The phone decrypts something random made for this test, which shows that it has the key of a certificate this bid is encrypted to. The key of the bid stays on the phone and the bid stays closed: that all of the file opens, only the test with a shield can show.',
    },
    words: {
      approved: { zh: '手机有解密钥匙。', en: 'The phone has the key.' },
      done: { zh: '手机有解密钥匙。', en: 'The phone has the key.' },
    },
  })
  router.post(
    '/:opening/phone/:ask',
    formBody(),
    act(async (visit, req, res) => {
      const opening = await openingOf(deps, textOf(req, 'opening'))
      const { attempts } = await openings.ownBid(opening.id, visit.bidder.uscc)
      await useFor(deps, visit, 'bid_decrypt', opening, `decrypt:${opening.id}:${visit.bidder.uscc}:${attempts}`)
      const holder = await phone.decrypt.take(visit, opening, textOf(req, 'ask'))
      await atOnceOrBehind(openings.decrypt({ openingId: opening.id, uscc: visit.bidder.uscc, by: 'phone', holder }, visit.who))
      seeOther(res, bidPath(opening.id))
    }),
  )
  return router
}

const openingIn = (ask: Ask): string => subjectOf(ask).openingId

/** Sent by auto-submit.js as soon as it is there. */
const takeForm = (action: string): Markup =>
  html`<form id="auto-submit" class="actions" method="post" action="${action}">${submit({ label: { zh: '解密标书', en: 'Open the bid' } })}</form>`

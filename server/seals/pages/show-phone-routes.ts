import { type Request, Router } from 'express'
import { seeOther, sendPage } from '../../http/answers.ts'
import { formBody } from '../../http/forms.ts'
import { whereabouts } from '../../http/whereabouts.ts'
import { failures } from '../../kernel/failures.ts'
import { phoneAskBody } from '../../web/phone-ask.ts'
import type { ShowingPhone } from '../life/show-phone.ts'
import type { AskShown } from '../phone.ts'
import type { SealPagesDeps } from './ports.ts'
import { SEALS } from './words.ts'

/** Showing a phone: the code, and back to the list once it has signed. */
export interface ShowPhoneDeps {
  showing: ShowingPhone
  shown(found: Pick<AskShown, 'ask' | 'state'>): AskShown
}

export const SHOW_PHONE = `${SEALS}/shield/phone`

export function showPhoneRoutes({ phone, frame, visits: { page, act } }: Pick<SealPagesDeps, 'phone' | 'frame' | 'visits'>): Router {
  const { showing, shown } = phone
  const router = Router()
  router.post(
    '/shield/phone',
    formBody(1024),
    act(async ({ by }, req, res) => seeOther(res, `${SHOW_PHONE}/${(await showing.ask(by, whereabouts(req))).id}`)),
  )
  router.get(
    '/shield/phone/:ask',
    page(async ({ by, desk }, req, res) => {
      const { ask, state, ...more } = shown(await showing.of(by, idOf(req)))
      if (state === 'approved' || state === 'done') return seeOther(res, `${SEALS}?done=shown`)
      const body = phoneAskBody({
        ...{ ...more, ask, state, path: `${SHOW_PHONE}/${ask.id}`, again: `${SEALS}/shield` },
        why: ask.failure === undefined ? undefined : failures[ask.failure],
        words: { approved: SHOWN, done: SHOWN },
      })
      const title = { zh: '登记手机', en: 'Show a phone' }
      const lead = { zh: '用手机银行签名一次，印章就可以认这部手机。', en: 'Sign once in the bank’s app, and seals can be made for this phone.' }
      sendPage(res, frame(desk, { title, lead, inside: true, scripts: ['ask.js'], body }))
    }),
  )
  return router
}

const SHOWN = { zh: '手机已登记。', en: 'The phone is known now.' }
const idOf = ({ params }: Request): string => (typeof params['ask'] === 'string' ? params['ask'] : '')

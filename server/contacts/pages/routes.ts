import { type Response, Router } from 'express'
import { z } from 'zod'
import { seeOther, sendPage } from '../../http/answers.ts'
import { formBody, readForm, readQuery } from '../../http/forms.ts'
import type { Visits } from '../../http/visits.ts'
import type { ContactAddress, ContactChannel } from '../../storage/stores-contacts.ts'
import type { Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import type { ContactPerson, Contacts } from '../contacts.ts'
import { contactBody } from './contact.ts'

/** A person's own contact details in the workbench, mounted at /workbench/contact within its door. Nobody sees or sets another's. */
export interface ContactVisit extends ContactPerson {
  frame(page: { title: Words; lead?: Words; body: Markup }): string
}

export interface ContactPagesDeps {
  contacts: Contacts
  /** what there is to tell already goes out to a new address */
  confirmed(address: ContactAddress): Promise<void>
  visits: Visits<ContactVisit>
  /** a refusal that the page itself tells: written down, its status set; what is a fault is thrown on */
  told(res: Response, thrown: unknown): Promise<{ words: Words }>
}

const DONE: Record<string, Words> = {
  sent: { zh: '验证码已发出。收到后填在下面。', en: 'The code is on its way. Enter it below.' },
  confirmed: { zh: '已确认。有通知时会发到这里。', en: 'Confirmed: notices go there from now on.' },
  removed: { zh: '已删除。不再向那里发送通知。', en: 'Removed: nothing is sent there any more.' },
}
const doneQuery = z.object({ done: z.enum(['sent', 'confirmed', 'removed']).optional().catch(undefined) })
const addressForm = z.object({ address: z.string().min(1).max(300) })
const codeForm = z.object({ code: z.string().min(1).max(40) })

export function createContactPages({ contacts, confirmed, visits, told }: ContactPagesDeps): Router {
  const { page, act } = visits
  const router = Router()
  const body = formBody(4 * 1024)

  async function show(visit: ContactVisit, res: Response, more: { problem?: Words; done?: Words | undefined } = {}): Promise<void> {
    const lead = { zh: '标书要处理时，怎么通知到您本人。', en: 'How you yourself are told when a bid needs you.' }
    const view = await contacts.view(visit.membershipId)
    sendPage(res, visit.frame({ title: { zh: '联系方式', en: 'How we reach you' }, lead, body: contactBody({ view, ...more }) }))
  }

  router.get(
    '/',
    page((visit, req, res) => {
      const { done } = readQuery(req, doneQuery)
      return show(visit, res, { done: done && DONE[done] })
    }),
  )

  for (const channel of ['sms', 'email'] satisfies ContactChannel[]) {
    const step = (name: string, perform: (visit: ContactVisit, req: { body?: unknown }) => Promise<string>) =>
      router.post(
        `/${channel}/${name}`,
        body,
        act(async (visit, req, res) => {
          let done: string
          try {
            done = await perform(visit, req)
          } catch (thrown) {
            return await show(visit, res, { problem: (await told(res, thrown)).words })
          }
          seeOther(res, `/workbench/contact?done=${done}`)
        }),
      )
    step('code', async (visit, req) => {
      await contacts.begin(visit, channel, readForm(req, addressForm).address)
      return 'sent'
    })
    step('confirm', async (visit, req) => {
      const address = await contacts.confirm(visit, channel, readForm(req, codeForm).code)
      await confirmed(address)
      return 'confirmed'
    })
    step('remove', async visit => {
      await contacts.remove(visit, channel)
      return 'removed'
    })
  }
  return router
}

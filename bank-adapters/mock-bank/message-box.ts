/** Owns what a province's gateway for text messages and e-mail would do with them: here they are shown on a page, and nothing leaves this machine. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import express, { type Request, Router } from 'express'
import { html } from 'hono/html'
import { z } from 'zod'
import type { Clock } from '../../server/kernel/clock.ts'
import { both, type Markup, page } from './frame.ts'
import { read, sendPage } from './http.ts'
import { refusals } from './refusal.ts'

const message = z.strictObject({
  id: z.string().min(1).max(100),
  channel: z.enum(['sms', 'email']),
  to: z.string().min(1).max(254),
  subject: z.string().max(400).optional(),
  text: z.string().min(1).max(10_000),
  language: z.string().max(20),
})
type Shown = z.infer<typeof message> & { at: Date }

/** the newest first */
const MOST = 50
/** seconds that a signature's time may be off */
const DRIFT = 300

/** @param secret `whsec_` and the key in base64, as Standard Webhooks has it */
export function createMessageBox({ secret, clock }: { secret: string; clock: Clock }): Router {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const shown: Shown[] = []
  const router = Router()

  function isSigned(req: Request, body: string): boolean {
    const [id = '', timestamp = '', signatures = ''] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map(name => req.get(name))
    const right = Buffer.from(`v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`)
    const fresh = Math.abs(clock.now().getTime() / 1000 - Number(timestamp)) <= DRIFT
    const given = signatures.split(' ').map(each => Buffer.from(each))
    return fresh && given.some(each => each.length === right.length && timingSafeEqual(each, right))
  }

  router.post('/', express.text({ type: 'application/json', limit: 64 * 1024 }), (req, res) => {
    const body = typeof req.body === 'string' ? req.body : ''
    if (!isSigned(req, body)) throw refusals.badRequest('The message is not signed as it should be.')
    const got = read(message, parsed(body))
    // the same again is the same message
    if (!shown.some(({ id }) => id === got.id)) shown.unshift({ ...got, at: clock.now() })
    shown.splice(MOST)
    res.status(204).end()
  })
  router.get('/', (_req, res) => sendPage(res, messagesPage(shown)))
  return router
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw refusals.badRequest('The message is no JSON.', cause)
  }
}

const time = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai', dateStyle: 'short', timeStyle: 'medium' })

function messagesPage(shown: readonly Shown[]): string {
  return page({
    zh: '演示短信和邮件',
    en: 'Demonstration messages',
    body: html`<p class="hint">${both('平台发给人的短信和邮件在这里显示，没有真的发出。', 'What the platform sends to people is shown here; nothing is really sent.')}</p>
${shown.length === 0 ? html`<p>${both('还没有。请在企业工作台“联系方式”设置手机或邮箱。', 'None yet. Set a number or an address in the company workbench, under Contact.')}</p>` : shown.map(messageSection)}
<p><a class="button" href="/messages">${both('刷新', 'Reload')}</a></p>`,
  })
}

const messageSection = ({ channel, to, subject, text, at }: Shown): Markup => html`<section class="message">
<p class="hint">${channel === 'sms' ? both('短信', 'Text message') : both('邮件', 'E-mail')} · ${to} · ${time.format(at)}</p>
${subject === undefined ? '' : html`<h2>${subject}</h2>`}
<p class="message-text">${text}</p>
</section>`

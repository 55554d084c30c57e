import { actionForm, both, card, loginPath } from '../../web/components.ts'
import { page } from '../../web/frame.ts'
import { html, type Markup, safeUrl } from '../../web/markup.ts'
import type { Reminder } from '../room.ts'

export interface ReminderView {
  loginId: string
  center: string
  enterprise: string
  reminders: readonly Reminder[]
  trace: string
}

/** Shown once on the way to a center, where the company has something to do that does not wait; it holds nobody up, and the center does not learn of it. */
export function reminderPage({ loginId, center, enterprise, reminders, trace }: ReminderView): string {
  return page({
    title: { zh: '继续之前，请看一下', en: 'Before you go on' },
    lead: {
      zh: `“${enterprise}”有事要在期限前处理。交易中心看不到这些内容。`,
      en: 'Your company has something to do in time. The trading center does not see this.',
    },
    journey: { center, step: 'done' },
    trace,
    body: html`${reminders.map(reminderCard)}
${actionForm(loginPath(loginId, 'reminded'), [{ label: { zh: '知道了，继续登录', en: 'Go on' } }])}`,
  })
}

function reminderCard({ title, what, until, path }: Reminder): Markup {
  const address = safeUrl(path) ?? ''
  return card(html`<p><strong>${title}</strong></p>
<p>${both(what)}</p>
<p>${both({ zh: `请在 ${until} 以前处理。`, en: 'Do it before then.' })}</p>
<p><a href="${address}" target="_blank" rel="noopener">${both({ zh: '在企业工作台处理（新窗口）', en: 'In the workbench, in another window' })}</a></p>`)
}

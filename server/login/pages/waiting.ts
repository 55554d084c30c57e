import type { RichAsk, RichProgress } from '../../kernel/rich-request.ts'
import { actionForm, both, card, linkButton, loginPath } from '../../web/components.ts'
import { page } from '../../web/frame.ts'
import { html, type Markup } from '../../web/markup.ts'
import { asked, who } from './authorize.ts'

export interface WaitingView {
  ask: RichAsk
  /** of each detail that others have to agree to */
  progress: readonly RichProgress[]
  /** changes with the progress; asked for by the page itself (browser/progress.js) */
  stamp: string
}

/** Signed, and others of the company have to agree first: who did, who still may, and that the login goes on by itself. */
export function waitingPage({ ask, progress, stamp }: WaitingView): string {
  const until = progress.map(each => each.until).toSorted()[0] ?? ''
  return page({
    title: { zh: '还需要其他人同意', en: 'Others have to agree first' },
    lead: {
      zh: '您已签名，已放入同事的待办。请提醒他们打开企业工作台处理；同意后这里会自动继续。',
      en: 'You have signed, and it waits in their workbench. Remind them; once they agree this goes on by itself.',
    },
    journey: { center: ask.center.name, step: 'done' },
    scripts: ['progress.js'],
    trace: ask.trace,
    body: html`<div id="progress" role="status" aria-live="polite" data-progress="${`/login/${encodeURIComponent(ask.login)}/progress`}" data-stamp="${stamp}">
${progress.map(line)}
</div>
<p class="quiet">${both({ zh: `不必一直等：关闭页面也可以。${day(until)} 前同意的，您再到交易中心办理同一业务时直接生效。`, en: 'No need to stay: what they agree to in time is there when you ask for the same again at the center.' })}</p>
${who(ask)}
${asked(ask)}
<div class="actions">
${linkButton(`/login/${encodeURIComponent(ask.login)}`, { zh: '再看一次', en: 'Look again' })}
${actionForm(loginPath(ask.login, 'cancel'), [{ label: { zh: '返回交易中心', en: 'Back to the trading center' }, look: 'quiet' }])}
</div>`,
  })
}

const line = ({ needed, agreed, open }: RichProgress): Markup =>
  card(html`<p class="progress-count"><strong class="number">${agreed.length}</strong> / <span class="number">${needed}</span> ${both({ zh: '人已同意', en: 'agreed' })}</p>
${agreed.length > 0 && html`<ol class="signatures">${agreed.map(({ name }) => html`<li><strong>${name}</strong></li>`)}</ol>`}
${open.length > 0 && html`<p class="quiet">${both({ zh: `还可以同意的人：${open.join('、')}`, en: 'may still agree' })}</p>`}`)

/** the day in China */
const day = (iso: string): string => new Intl.DateTimeFormat('zh-CN', { timeZone: 'Asia/Shanghai', dateStyle: 'long' }).format(new Date(iso))

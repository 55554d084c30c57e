import { both, copyable, linkButton } from '../components.ts'
import { page } from '../frame.ts'
import { html, type Markup } from '../markup.ts'
import { type Who, type Words, whoCanFix } from '../words.ts'

export interface ErrorView {
  code: string
  status: number
  zh: string
  en: string
  who: Who
  trace: string
  /** such as where the bank helps */
  help?: Words
  /** a way back in; dropped when it is no address a page may name */
  restart?: { href: string; label: Words }
}

/** What the person may do besides, by who can mend it. */
const next: Record<Who, Words> = {
  clerk: {
    zh: '照上面的提示做，多半就能解决。还不行，把追踪码告诉客服。',
    en: 'Doing what it says above usually settles it. If not, give support the trace code.',
  },
  bank: { zh: '联系您的开户银行，把追踪码一并告诉他们。', en: 'Contact your bank and give them the trace code.' },
  center: { zh: '联系交易中心，把追踪码一并告诉他们。', en: 'Contact the trading center and give them the trace code.' },
  operator: { zh: '稍后再试。还不行，把追踪码告诉平台客服。', en: 'Try again later. If it stays, give platform support the trace code.' },
}

/** Every refusal, as a person meets it: one sentence, who can mend it, what to do, and the code that finds it again. Draws nothing from the request. */
export function errorPage(view: ErrorView): string {
  return page({
    title: headline(view.status),
    narrow: true,
    body: html`<p class="error-sentence">${both(view)}</p>
<section class="card error-card">
  <h2>${both({ zh: '接下来', en: 'What to do next' })}</h2>
  <p class="error-who"><span class="badge badge-info">${both(whoCanFix[view.who])}</span></p>
  <p>${both(next[view.who])}</p>
  ${view.help !== undefined && html`<p class="error-help">${both(view.help)}</p>`}
  ${actions(view)}
</section>
<section class="error-trace" aria-labelledby="trace-title">
  <h2 id="trace-title">${both({ zh: '追踪码', en: 'Trace code' })}</h2>
  ${copyable(view.trace, 'large')}
  <p class="error-code">${both({ zh: '错误代码', en: 'Error' })} <code>${view.code}</code></p>
</section>`,
    scripts: ['copy.js'],
  })
}

function headline(status: number): Words {
  if (status === 404) return { zh: '没有找到这个页面', en: 'Page not found' }
  if (status === 429) return { zh: '请稍等一下', en: 'Please wait a moment' }
  if (status >= 500) return { zh: '这一步没有完成', en: 'This step did not finish' }
  return { zh: '这一步没有通过', en: 'This step was refused' }
}

function actions(view: ErrorView): Markup | undefined {
  const button = view.restart === undefined ? undefined : linkButton(view.restart.href, view.restart.label, 'primary')
  return button === undefined ? undefined : html`<div class="actions">${button}</div>`
}

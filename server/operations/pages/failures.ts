import { badge, both, facts } from '../../web/components.ts'
import { page } from '../../web/frame.ts'
import { html } from '../../web/markup.ts'
import { type Who, type Words, whoCanFix } from '../../web/words.ts'

/** One way to be refused, as the catalogue tells it. */
export interface FailureEntry {
  code: string
  status: number
  who: Who
  /** what the person reads */
  said: Words
  /** what whoever looks into it does */
  remedy: Words
}

/** Where the `type` of a problem leads: what one code means and how to mend it. */
export function failurePage(entry: FailureEntry): string {
  return page({
    title: { zh: `错误代码 ${entry.code}`, en: `Error ${entry.code}` },
    narrow: true,
    body: html`<section class="card" aria-labelledby="said"><h2 id="said">${both({ zh: '办事人看到的话', en: 'What the person reads' })}</h2><p>${both(entry.said)}</p></section>
<section class="card" aria-labelledby="mend"><h2 id="mend">${both({ zh: '怎么办', en: 'How to mend it' })}</h2><p>${both(entry.remedy)}</p>
<p>${badge(whoCanFix[entry.who], 'info')}</p></section>
${facts([{ name: { zh: 'HTTP 状态', en: 'HTTP status' }, value: String(entry.status) }])}
<p><a href="/errors">${both({ zh: '全部错误代码', en: 'All error codes' })}</a></p>`,
  })
}

export function failureListPage(entries: readonly FailureEntry[]): string {
  return page({
    title: { zh: '错误代码', en: 'Error codes' },
    lead: { zh: '代码不会变，说法会越来越好。', en: 'Codes stay; the words get better.' },
    body: html`<div class="table-scroll" tabindex="0" role="region" aria-label="错误代码 Error codes"><table class="step-table">
<thead><tr><th scope="col">${both({ zh: '代码', en: 'Code' })}</th><th scope="col" class="number">${both({ zh: '状态', en: 'Status' })}</th><th scope="col">${both({ zh: '谁来解决', en: 'Who can fix it' })}</th><th scope="col">${both({ zh: '怎么办', en: 'How to mend it' })}</th></tr></thead>
<tbody>${entries.map(
      entry => html`<tr>
  <th scope="row"><a href="/errors/${entry.code}"><code>${entry.code}</code></a></th>
  <td class="number">${entry.status}</td>
  <td>${both(whoCanFix[entry.who])}</td>
  <td>${both(entry.remedy)}</td>
</tr>`,
    )}</tbody></table></div>`,
  })
}

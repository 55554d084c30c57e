import { actionForm, both, loginPath } from '../../web/components.ts'
import { page } from '../../web/frame.ts'
import { html, type Markup } from '../../web/markup.ts'
import { type Role, roleNames, type Words } from '../../web/words.ts'

export interface CompanyView {
  loginId: string
  center: string
  /** the person's name, as the bank gave it */
  person: string
  companies: readonly { uscc: string; name: string; role: Role; by?: 'mandate' }[]
  /** the company chosen last time in this browser; marked, never taken by itself */
  remembered?: string | undefined
  trace: string
}

/** Step three, only for a person who may act for several companies. */
export function companyPage(view: CompanyView): string {
  const sorted = view.companies.toSorted((a, b) => Number(b.uscc === view.remembered) - Number(a.uscc === view.remembered))
  return page({
    title: { zh: '这次代表哪家企业？', en: 'Which company do you act for?' },
    lead: view.companies.some(({ by }) => by === 'mandate')
      ? {
          zh: `${view.person}，银行确认或企业授权您可以代表下面的企业。`,
          en: 'You may act for these companies, by your bank’s word or by a mandate.',
        }
      : { zh: `${view.person}，银行确认您可以代表下面的企业。`, en: 'Your bank confirmed that you may act for these companies.' },
    journey: { center: view.center, step: 'company' },
    trace: view.trace,
    body: html`<form method="post" action="${loginPath(view.loginId, 'company')}">
  <ul class="companies" aria-label="企业 Companies">${sorted.map(company => row(company, company.uscc === view.remembered))}</ul>
</form>
${actionForm(loginPath(view.loginId, 'restart'), [{ label: { zh: '换一家银行', en: 'Choose another bank' }, look: 'quiet' }])}`,
  })
}

const byMandate: Words = { zh: '凭授权', en: 'by mandate' }

function row(company: CompanyView['companies'][number], last: boolean): Markup {
  return html`<li><button type="submit" class="company" name="uscc" value="${company.uscc}">
    <span class="company-name">${company.name}</span>
    <span class="company-code"><span class="visually-hidden">统一社会信用代码 <span lang="en">Credit code</span> </span>${company.uscc}</span>
    <span class="company-tags"><span class="badge badge-plain">${both(company.by === 'mandate' ? byMandate : roleNames[company.role])}</span>${last && html`<span class="badge badge-info">${both({ zh: '上次选择', en: 'Last time' })}</span>`}</span>
  </button></li>`
}

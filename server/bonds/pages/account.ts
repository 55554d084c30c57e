import type { BondProject, BondSection } from '../../storage/stores-bonds.ts'
import { minuteOf } from '../../web/beijing.ts'
import { both, card, facts, submit } from '../../web/components.ts'
import { html } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import type { BondPage } from './ports.ts'
import { newPath, yuan } from './words.ts'

/** Where a company gets its sub-account for a section: one bank of its choice, none set before the others. */
export function accountPage({
  section,
  project,
  center,
  banks,
  error,
  values,
}: {
  section: BondSection
  project: BondProject
  center: string
  banks: readonly { id: string; name: Words }[]
  error?: Words
  values?: { bank: string; basic_account: string }
}): BondPage {
  const wrong = error !== undefined && html`<p class="field-error" id="basic-error">${both(error)}</p>`
  return {
    title: { zh: '缴纳投标保证金', en: 'Pay a bid bond' },
    lead: {
      zh: '选一家银行，取得本企业在这个标段的子账户。开标前，除本企业和这家银行外没有人知道。',
      en: 'Choose a bank and get your own sub-account for this section. Before the opening nobody but you and that bank knows.',
    },
    inside: true,
    body: html`${card(
      facts([
        { name: { zh: '交易中心', en: 'Center' }, value: center },
        { name: { zh: '项目', en: 'Project' }, value: `${project.code} ${project.title}` },
        { name: { zh: '标段', en: 'Section' }, value: section.name },
        { name: { zh: '金额', en: 'Amount' }, value: yuan(section.demandedFen) },
        { name: { zh: '到账截止', en: 'At the bank before' }, value: minuteOf(section.deadline) },
      ]),
    )}
${card(html`<form class="form" method="post" action="${newPath(section.id)}">
<fieldset><legend>${both({ zh: '收款银行', en: 'Bank' })}</legend>${banks.map(
  ({ id, name }, i) =>
    html`<label class="choice"><input type="radio" name="bank" value="${id}" required${(values?.bank ?? (banks.length === 1 ? banks[0]?.id : undefined)) === id && html` checked`}${i === 0 && html` autocomplete="off"`}><span class="choice-words">${both(name)}</span></label>`,
)}</fieldset>
<div class="field"><label for="basic">${both({ zh: '本企业基本账户账号', en: 'Your basic account' })}</label><input id="basic" name="basic_account" type="text" inputmode="numeric" maxlength="40" autocomplete="off" required value="${values?.basic_account ?? ''}" aria-describedby="basic-note${error !== undefined && ' basic-error'}"${error !== undefined && html` aria-invalid="true"`}>${wrong}<p class="field-note" id="basic-note">${both({ zh: '保证金要从基本账户转出，也只退回这个账户。只用来核对，不公开。', en: 'The bond has to come from it and goes back to it alone. It is used for nothing else and shown to nobody.' })}</p></div>
${submit({ label: { zh: '取得子账户', en: 'Get the sub-account' } })}</form>`)}`,
  }
}

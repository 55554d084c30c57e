import type { Act } from '../../kernel/acts.ts'
import { minuteOf } from '../../web/beijing.ts'
import { both, notice, submit } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import { type MandateTerms, MOST } from '../terms.ts'
import { type GiveErrors, type GiveField, type GiveValues, NEW_PERSON } from '../workbench-form.ts'
import { type Desk, workbenchPage } from './frame.ts'
import { actWords, yuanOf } from './words.ts'

/** One form for giving a mandate and for passing one on. What was typed stays; what is wrong is said beside its field. */
export interface GiveView {
  values: GiveValues
  errors: GiveErrors
  people: readonly { personId: string; name: string; role: Words }[]
  acts: readonly Act[]
  centers: readonly { id: string; name: string }[]
  upper?: MandateTerms | undefined
}

export function givePage(desk: Desk, view: GiveView): string {
  const { values, errors, upper } = view
  const wrong = Object.keys(errors).length
  return workbenchPage(desk, {
    title: upper === undefined ? { zh: '授权给他人', en: 'Give a mandate' } : { zh: '转授权', en: 'Pass the mandate on' },
    lead: {
      zh: '填好后先看授权书全文，再用盾签名。签名前不产生任何效力。',
      en: 'You read the whole document before you sign it. Until then nothing is given.',
    },
    place: 'mandates',
    inside: true,
    body: html`${
      wrong > 0 &&
      notice(
        errors.all ?? {
          zh: '有几处需要改正，请看红字。您填写的内容都还在。',
          en: 'Some fields need correcting, as said beside them. What you typed is still here.',
        },
        'bad',
      )
    }
${upper !== undefined && upperNotice(upper)}
<form class="give" method="post" action="/workbench/give">
<input type="hidden" name="from" value="${values.from}">
${personPart(view)}
${actsPart(view)}
${scopePart(view)}
${limitsPart(view)}
${rulesPart(view)}
<div class="give-end"><div class="actions">${submit({ label: { zh: '下一步：看授权书', en: 'Next: read the document' } })}</div></div>
</form>`,
  })
}

function upperNotice(upper: MandateTerms): Markup {
  const limit = upper.limitFen === undefined ? '' : `，单次不超过 ${yuanOf(upper.limitFen)}`
  return notice({
    zh: `转授的范围不能超过您得到的授权：到 ${minuteOf(upper.until)} 为止${limit}。`,
    en: `You can pass on no more than you were given: until ${minuteOf(upper.until)}, and within its scope and limits.`,
  })
}

function part(number: number, title: Words, content: Markup): Markup {
  return html`<fieldset class="card give-part"><legend><span class="give-number" aria-hidden="true">${number}</span> ${both(title)}</legend>${content}</fieldset>`
}

/** A label, its field and what is wrong with it, tied together for those who hear the page. */
function field(view: GiveView, name: GiveField, label: Words, input: (attributes: Markup) => Markup, note?: Words): Markup {
  const error = view.errors[name]
  const described = [...(error === undefined ? [] : [`${name}-error`]), ...(note === undefined ? [] : [`${name}-note`])].join(' ')
  const attributes = html` id="${name}" name="${name}"${described !== '' && html` aria-describedby="${described}"`}${error !== undefined && html` aria-invalid="true"`}`
  return html`<div class="field"><label for="${name}">${both(label)}</label>${input(attributes)}${errorOf(view, name)}${note !== undefined && html`<p class="field-note" id="${`${name}-note`}">${both(note)}</p>`}</div>`
}

const errorOf = ({ errors }: GiveView, name: GiveField): Markup | false => {
  const error = errors[name]
  return error !== undefined && html`<p class="field-error" id="${`${name}-error`}">${both(error)}</p>`
}

function personPart(view: GiveView): Markup {
  const { values, people } = view
  const typed = (name: 'name' | 'idNumber' | 'phone', kind: 'text' | 'tel', most: number) => (attributes: Markup) =>
    html`<input type="${kind}"${attributes} value="${values[name]}" maxlength="${most}" autocomplete="off">`
  return part(
    1,
    { zh: '授权给谁', en: 'To whom' },
    html`<div class="give-row">
${field(
  view,
  'person',
  { zh: '被授权人', en: 'Person' },
  attributes =>
    html`<select${attributes}><option value="">请选择 Choose</option>${people.map(
      ({ personId, name, role }) => html`<option value="${personId}"${personId === values.person && html` selected`}>${name}（${role.zh}）</option>`,
    )}<option value="${NEW_PERSON}"${values.person === NEW_PERSON && html` selected`}>其他人：填写姓名和身份证号 Somebody else</option></select>`,
)}
${field(view, 'phone', { zh: '手机（可不填）', en: 'Phone (optional)' }, typed('phone', 'tel', 20))}
</div>
<div class="give-row new-person">
${field(view, 'name', { zh: '姓名', en: 'Name' }, typed('name', 'text', 40))}
${field(view, 'idNumber', { zh: '身份证号', en: 'Id number' }, typed('idNumber', 'text', 18), { zh: '只保存摘要，不保存号码。本人通过银行登录后才能接受。', en: 'Only a digest is kept. The person accepts after logging in through a bank.' })}
</div>`,
  )
}

function choice(name: 'act' | 'center', value: string, checked: boolean, label: Markup): Markup {
  return html`<label class="choice"><input type="checkbox" name="${name}" value="${value}"${checked && html` checked`}><span class="choice-words">${label}</span></label>`
}

function actsPart(view: GiveView): Markup {
  return part(
    2,
    { zh: '可以办理什么', en: 'What they may do' },
    html`${errorOf(view, 'act')}<div class="choices">${view.acts.map(act => choice('act', act, view.values.act.includes(act), both(actWords(act))))}</div>`,
  )
}

function scopePart(view: GiveView): Markup {
  const { values, centers, upper } = view
  const lines = (name: 'projects' | 'sections' | 'seals') => (attributes: Markup) =>
    html`<textarea${attributes} rows="2" maxlength="4000" spellcheck="false">${values[name]}</textarea>`
  const more = values.sections !== '' || values.seals !== '' || view.errors.sections !== undefined || view.errors.seals !== undefined
  const any: Words =
    upper === undefined || upper.centers.length === 0
      ? { zh: '都不选，就是所有交易中心。', en: 'None chosen means every center.' }
      : { zh: '请在原授权的交易中心里选择。', en: 'Choose among the centers of the mandate it comes of.' }
  return part(
    3,
    { zh: '在哪里、哪些项目', en: 'Where, and for which projects' },
    html`<p class="give-sub">${both({ zh: '交易中心', en: 'Trading centers' })} <span class="quiet">${both(any)}</span></p>${errorOf(view, 'center')}
<div class="choices">${centers.map(({ id, name }) => choice('center', id, values.center.includes(id), html`${name}`))}</div>
${field(view, 'projects', { zh: '项目编号（可不填）', en: 'Project codes (optional)' }, lines('projects'), { zh: '一行一个。不填就是所有项目。', en: 'One a line. Empty means all.' })}
<details class="give-more"${more && html` open`}><summary>${both({ zh: '还要限定标段或印章', en: 'Limit sections or seals too' })}</summary><div class="give-row">
${field(view, 'sections', { zh: '标段编号', en: 'Section codes' }, lines('sections'), { zh: '不填就是所有标段。', en: 'Empty means all.' })}
${field(view, 'seals', { zh: '印章编号', en: 'Seal ids' }, lines('seals'), { zh: '只在授权用印时有效；不填就是所有印章。', en: 'Counts with the use of seals; empty means all.' })}
</div></details>`,
  )
}

function limitsPart(view: GiveView): Markup {
  const { values, upper } = view
  const money = (name: 'limit' | 'total') => (attributes: Markup) =>
    html`<span class="money"><input type="text"${attributes} value="${values[name]}" inputmode="decimal" maxlength="20" autocomplete="off"><span aria-hidden="true">元</span></span>`
  const terms: readonly (readonly [string, Words])[] = [
    ...(upper === undefined ? [] : ([['upper', { zh: '与原授权同时到期', en: 'As long as the original' }]] as const)),
    ['30', { zh: '30 天', en: '30 days' }],
    ['90', { zh: '90 天', en: '90 days' }],
    ['365', { zh: '1 年', en: '1 year' }],
    ['end', { zh: '到指定日子', en: 'Until a day' }],
  ]
  const day = (name: 'start' | 'end') => (attributes: Markup) => html`<input type="date"${attributes} value="${values[name]}">`
  return part(
    4,
    { zh: '金额和时间', en: 'Amounts and time' },
    html`<div class="give-row">
${field(view, 'limit', { zh: '单次金额上限（元）', en: 'Limit for each act (yuan)' }, money('limit'), { zh: '不填就是不限。', en: 'Empty means no limit.' })}
${field(view, 'total', { zh: '累计金额上限（元）', en: 'Limit in all (yuan)' }, money('total'), { zh: '授权期内加起来不超过它。', en: 'All acts together stay within it.' })}
</div>
<div class="give-row">
${field(view, 'start', { zh: '开始日期', en: 'Begins' }, day('start'))}
<div class="field terms-field"><span class="label" id="term-label">${both({ zh: '多长时间', en: 'For how long' })}</span><div class="terms" role="radiogroup" aria-labelledby="term-label">${terms.map(
      ([value, words]) =>
        html`<label class="term"><input type="radio" name="term" value="${value}"${values.term === value && html` checked`}><span>${both(words)}</span></label>`,
    )}</div></div>
</div>
<div class="until-day">${field(view, 'end', { zh: '到哪一天（含当天）', en: 'Last day' }, day('end'))}</div>`,
  )
}

function rulesPart(view: GiveView): Markup {
  const { values, upper } = view
  const options = (from: number, most: number, name: 'depth' | 'approvals', words: (n: number) => string) => (attributes: Markup) =>
    html`<select${attributes}>${Array.from({ length: most - from + 1 }, (_, i) => i + from).map(
      n => html`<option value="${n}"${values[name] === String(n) && html` selected`}>${words(n)}</option>`,
    )}</select>`
  const deepest = upper === undefined ? MOST.depth : upper.depth - 1
  return part(
    5,
    { zh: '转授权和审批', en: 'Passing on, and approvals' },
    html`<div class="give-row">
${field(
  view,
  'depth',
  { zh: '能否转授权', en: 'May it be passed on' },
  options(0, deepest, 'depth', n => (n === 0 ? '不可以 No' : `可以，${n} 层 ${n} ${n === 1 ? 'time' : 'times'}`)),
)}
${field(
  view,
  'approvals',
  { zh: '每次办理须经几人同意', en: 'Approvals for each act' },
  options(upper?.approvals ?? 0, MOST.approvals, 'approvals', n => (n === 0 ? '不需要 None' : `另外 ${n} 人 ${n} more`)),
  { zh: '登录不需要同意。', en: 'A login needs none.' },
)}
</div>`,
  )
}

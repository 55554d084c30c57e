import type { CompanyShield, SealKind } from '../../storage/stores-seals.ts'
import { SEAL_KINDS } from '../../storage/stores-seals.ts'
import { dayOf } from '../../web/beijing.ts'
import { badge, both, notice, submit } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import { kindOf } from '../life/kinds.ts'
import { type ApplyValues, YEARS } from './form.ts'
import type { Desk, SealPage } from './ports.ts'
import { SEALS } from './words.ts'

/** The application: what kind, how it looks (drawn here, or the picture the company has), how long, and whose shields may use it. The picture is drawn anew with every letter typed (browser/seal-apply.js). */
export interface ApplyView {
  values: ApplyValues
  problem?: Words | undefined
  /** that may be chosen: those of today, not ended */
  shields: readonly CompanyShield[]
  /** whose shields are chosen from the start */
  self: string
  representative: string | undefined
}

export function applyPage(desk: Desk, view: ApplyView): SealPage {
  return {
    title: { zh: '申请印章', en: 'Apply for a seal' },
    lead: desk.representative
      ? { zh: '填好后看图样、用盾签名一次，印章就做好了。', en: 'Choose, look at the picture, sign once with your shield: the seal is made.' }
      : { zh: '填好后用盾签名提交，由法定代表人批准。', en: 'Sign it with your shield; the legal representative approves it.' },
    inside: true,
    scripts: ['seal-apply.js'],
    body: html`${view.problem !== undefined && notice(view.problem, 'bad')}
<form class="give seal-form" method="post" action="/workbench/seals/apply" data-preview="/workbench/seals/preview">
<div class="seal-form-columns"><div class="give">
${part(1, { zh: '什么印章', en: 'Which seal' }, html`<div class="choices">${SEAL_KINDS.map(kind => kindChoice(kind, view.values.kind))}</div>`)}
${part(2, { zh: '图样', en: 'How it looks' }, lookPart(desk, view.values))}
${part(3, { zh: '谁的盾可以用', en: 'Whose shields' }, shieldsPart(view))}
${part(
  4,
  { zh: '用多久', en: 'For how long' },
  html`<div class="terms">${YEARS.map(
    years =>
      html`<label class="term"><input type="radio" name="years" value="${years}"${years === view.values.years && html` checked`}><span>${years} 年 <span lang="en">${years} years</span></span></label>`,
  )}</div>`,
)}
</div>
${preview()}</div>
<div class="give-end"><div class="actions">${submit({ label: { zh: '下一步：核对并签名', en: 'Next: check and sign' } })}</div></div>
</form>`,
  }
}

const part = (number: number, title: Words, content: Markup): Markup =>
  html`<fieldset class="card give-part"><legend><span class="give-number" aria-hidden="true">${number}</span> ${both(title)}</legend>${content}</fieldset>`

function kindChoice(kind: SealKind, chosen: SealKind): Markup {
  const { zh, en } = kindOf(kind)
  return html`<label class="choice"><input type="radio" name="kind" value="${kind}" data-shape="${kindOf(kind).shape}"${kind === chosen && html` checked`}><span class="choice-words">${both({ zh, en })}</span></label>`
}

function lookPart({ company }: Desk, values: ApplyValues): Markup {
  return html`<div class="seal-round"><p class="field"><span class="label">${both({ zh: '名称', en: 'Name' })}</span> <span class="seal-name">${company.name}</span></p>
<p class="field-note">${both({ zh: '用银行登记的企业名称，不能另填。', en: 'The company’s name as the bank has it; it is not typed.' })}</p></div>
<p class="field-note seal-chop">${both({ zh: '法定代表人章用法定代表人的姓名，个人名章用您本人的姓名，都以银行登记为准。', en: 'The legal representative’s name, or your own, as the bank has it.' })}</p>
<div class="give-row seal-round">
<div class="field"><label for="under">${both({ zh: '章内文字（可不填）', en: 'Words below (optional)' })}</label><input type="text" id="under" name="under" value="${values.under}" maxlength="12" autocomplete="off" aria-describedby="under-note"><p class="field-note" id="under-note">${both({ zh: '不填用通常的，如“合同专用章”。', en: 'Left empty: the usual words of its kind.' })}</p></div>
<div class="field"><label for="number">${both({ zh: '印章编码（可不填）', en: 'Number (optional)' })}</label><input type="text" id="number" name="number" value="${values.number}" maxlength="20" inputmode="numeric" autocomplete="off" aria-describedby="number-note"><p class="field-note" id="number-note">${both({ zh: '公安备案的 13 位数字。', en: 'The 13 digits registered with public security.' })}</p></div>
</div>
<div class="seal-chop"><p class="label">${both({ zh: '名章样式', en: 'Style of a chop' })}</p><div class="terms">
<label class="term"><input type="radio" name="style" value="raised"${values.style === 'raised' && html` checked`}><span>红字 朱文 <span lang="en">red characters</span></span></label>
<label class="term"><input type="radio" name="style" value="sunk"${values.style === 'sunk' && html` checked`}><span>白字 白文 <span lang="en">white characters</span></span></label>
</div></div>
<details class="give-more"><summary>${both({ zh: '用现有印章的图片', en: 'Use a picture of the seal you have' })}</summary>
<div class="field"><label for="seal-file">${both({ zh: 'PNG 图片', en: 'PNG picture' })}</label><input type="file" id="seal-file" accept="image/png" aria-describedby="seal-file-note"><p class="field-note" id="seal-file-note">${both({ zh: '白底或透明底，只有印章，不超过 2 MB。系统会重新描成清晰的线条，下一页可以看到。', en: 'White or transparent ground, the seal alone, at most 2 MB. It is redrawn in clean lines; the next page shows it.' })}</p></div>
<input type="hidden" name="upload" value=""></details>`
}

function shieldsPart({ shields, values, self, representative }: ApplyView): Markup {
  const chosen =
    values.shield.length > 0
      ? values.shield
      : shields.filter(({ membershipId }) => membershipId === self || membershipId === representative).map(({ thumbprint }) => thumbprint)
  if (shields.length === 0)
    return html`<p class="nothing">${both({ zh: '还没有盾以企业名义登录过。请先用盾登录一次。', en: 'No shield has logged in for the company yet: log in with one first.' })}</p>`
  return html`<div class="choices">${shields.map(shield => shieldChoice(shield, chosen.includes(shield.thumbprint), shield.membershipId === self || shield.membershipId === representative))}</div>
<p class="field-note">${both({ zh: '印章只认这里选的盾。“待登记”的盾，本人登录后在“登记我的盾”签名一次即可。个人名章只能选本人的盾。', en: 'The seal knows these shields alone. One that is “not shown yet” has to be shown by its owner once. A person’s chop takes that person’s shields alone.' })}</p>`
}

export function shieldChoice({ thumbprint, personName, notAfter, der, onPhone }: CompanyShield, checked: boolean, signsAnyway = false): Markup {
  return html`<label class="choice"><input type="checkbox" name="shield" value="${thumbprint}"${checked && html` checked`}><span class="choice-words"><strong>${personName}</strong>${onPhone === true && html` ${badge({ zh: '手机', en: 'Phone' }, 'info')}`}${der === undefined && !signsAnyway && html` <span class="badge badge-warn">待登记 <span lang="en">not shown yet</span></span>`}<br><span class="quiet">到 ${dayOf(notAfter)} · <span class="number">${thumbprint.slice(0, 8)}</span></span></span></label>`
}

const preview = (): Markup => {
  const address = `${SEALS}/preview`
  return html`<aside class="card seal-preview" aria-labelledby="seal-preview-title"><h2 id="seal-preview-title">${both({ zh: '图样', en: 'Preview' })}</h2>
<div class="seal-paper seal-paper-large"><img id="seal-preview" src="${address}" alt="印章图样预览 Preview of the seal"></div>
<p class="quiet" id="seal-preview-state" role="status" aria-live="polite">${both({ zh: '按实际大小比例绘制，没有字体，只有线条。', en: 'Drawn as outlines, true to its proportions.' })}</p></aside>`
}

import type { CompanyShield, SealEdition } from '../../storage/stores-seals.ts'
import { dayOf } from '../../web/beijing.ts'
import { both, card, notice, submit } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import { kindOf } from '../life/kinds.ts'
import { isDue, type RemakePlan } from '../life/remake.ts'
import type { SealView } from '../life/room.ts'
import { shieldChoice } from './apply.ts'
import { drawing } from './drawing.ts'
import { YEARS } from './form.ts'
import type { SealPage } from './ports.ts'
import { sealPath } from './words.ts'

export interface RemakeView {
  seal: SealView
  edition: SealEdition | undefined
  plan: RemakePlan
  shields: readonly CompanyShield[]
  now: Date
  /** who will sign, and so shows their shield */
  self: string
}

/** What a remake changes, said before anything is signed: which shields come, stay and go, what becomes of the old edition and of what it sealed. */
export function remakePage({ seal, plan, shields, edition, now, self }: RemakeView): SealPage {
  const { row } = seal
  const action = sealPath(row.id, 'remake/sign')
  const chosen = new Set([...plan.keep, ...plan.add].map(({ thumbprint }) => thumbprint))
  const live = shields.filter(({ notAfter }) => Date.parse(notAfter) > now.getTime())
  return {
    title: { zh: `重新制作${kindOf(row.kind).zh}`, en: 'Remake the seal' },
    lead: {
      zh: '图样和名称不变，换成现在的盾。签名后新版本立即可用。',
      en: 'The same picture and name, for today’s shields. The new edition works as soon as you sign.',
    },
    inside: true,
    body: html`${!isDue(plan) && notice({ zh: '名单里的盾都还是现在的盾，暂时不用重新制作。想换人时可以改下面的选择。', en: 'All shields on the list are today’s: no remake is needed. Change the choice below to let others use it.' })}
<div class="bench-columns mandate-columns">
${card(html`${drawing(seal, 'large')}<p class="quiet">${both({ zh: edition === undefined ? '' : `现在是第 ${edition.number} 版，重新制作后是第 ${edition.number + 1} 版。`, en: 'The edition number grows by one.' })}</p>`, { zh: '图样不变', en: 'The same picture' })}
${card(changes(plan), { zh: '这次改变什么', en: 'What changes' })}
</div>
<form class="give" method="get" action="${action}">
<fieldset class="card give-part"><legend>${both({ zh: '新版本认哪些盾', en: 'Shields of the new edition' })}</legend><div class="choices">${live.map(shield => shieldChoice(shield, chosen.has(shield.thumbprint), shield.membershipId === self))}</div></fieldset>
<fieldset class="card give-part"><legend>${both({ zh: '新版本用多久', en: 'How long it lasts' })}</legend><div class="terms">${YEARS.map(
      years =>
        html`<label class="term"><input type="radio" name="years" value="${years}"${years === '3' && html` checked`}><span>${years} 年 <span lang="en">${years} years</span></span></label>`,
    )}</div></fieldset>
<div class="give-end"><div class="actions">${submit({ label: { zh: '下一步：核对并签名', en: 'Next: check and sign' } })}</div></div>
</form>`,
  }
}

function changes({ add, keep, drop }: RemakePlan): Markup {
  return html`<ul class="renewal">
${add.map(shield => line('good', { zh: '加入', en: 'Added' }, shield))}
${keep.map(shield => line('plain', { zh: '保留', en: 'Stays' }, shield))}
${drop.map(({ holder, notAfter, thumbprint }) => line('warn', { zh: '移除', en: 'Goes' }, { personName: holder, notAfter, thumbprint }))}
<li>${both({ zh: '旧版本立即停止盖章；用它盖过的章，以后照样能验证。', en: 'The old edition stops sealing at once; what it sealed can be verified as before.' })}</li>
</ul>`
}

const line = (
  tone: string,
  words: Words,
  { personName, notAfter, thumbprint }: { personName: string; notAfter: string; thumbprint: string },
): Markup =>
  html`<li><span class="badge badge-${tone}">${words.zh} <span lang="en">${words.en}</span></span> <strong>${personName}</strong> <span class="quiet">到 ${dayOf(notAfter)} · <span class="number">${thumbprint.slice(0, 8)}</span></span></li>`

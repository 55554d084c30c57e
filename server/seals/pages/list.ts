import type { SealEdition } from '../../storage/stores-seals.ts'
import { dayOf } from '../../web/beijing.ts'
import { badge, both, card, linkButton, notice } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import { kindOf } from '../life/kinds.ts'
import { isDue, type RemakePlan } from '../life/remake.ts'
import type { SealView } from '../life/room.ts'
import { drawing } from './drawing.ts'
import type { Desk, SealPage } from './ports.ts'
import { daysLeft, SEALS, sealPath, stateBadge } from './words.ts'

export interface SealLine {
  seal: SealView
  edition: SealEdition | undefined
  /** of a seal that was made and lives */
  plan: RemakePlan | undefined
}

/** All seals of the company: what each looks like, whether it seals now, until when, with whose shields, and what is to be done. */
export function listPage(
  desk: Desk,
  { lines, now, more, done }: { lines: readonly SealLine[]; now: Date; more: boolean; done?: Words | undefined },
): SealPage {
  const waiting = lines.filter(({ seal }) => seal.state === 'applied').length
  const usable = lines.some(({ seal }) => seal.state === 'in-force')
  const due = lines.filter(({ plan }) => plan !== undefined && isDue(plan)).length
  return {
    title: { zh: '电子印章', en: 'Seals' },
    lead: {
      zh: '印章认的是具体的盾：换了新盾，要重新制作后才能盖章。',
      en: 'A seal is bound to exact shields: after a new shield it has to be remade.',
    },
    body: html`${done !== undefined && notice(done, 'good')}
${waiting > 0 && desk.representative && notice({ zh: `有 ${waiting} 枚印章等您批准。`, en: `${waiting} waiting for your approval.` }, 'warn')}
${due > 0 && notice({ zh: `有 ${due} 枚印章需要重新制作：名单里的盾换了或到期了。${desk.representative ? '' : '请法定代表人办理。'}`, en: `${due} to be remade${desk.representative ? '' : ' by the legal representative'}: a shield on the list was renewed or has ended.` }, 'warn')}
<div class="list-top seal-top"><p class="quiet">${both({ zh: more ? `最近的 ${lines.length} 枚` : `共 ${lines.length} 枚`, en: more ? `the newest ${lines.length}` : `${lines.length} in all` })}</p>
<div class="mandate-actions">${usable && linkButton(`${SEALS}/tasks/new`, { zh: '盖章', en: 'Seal documents' }, 'primary')}${linkButton(`${SEALS}/tasks`, { zh: '盖章任务', en: 'Tasks' })}${linkButton(`${SEALS}/shield`, { zh: '登记我的盾', en: 'Show my shield' })}${linkButton(`${SEALS}/apply`, { zh: '申请印章', en: 'Apply for a seal' }, usable ? 'secondary' : 'primary')}</div></div>
${
  lines.length === 0
    ? card(
        html`<p class="nothing">${both({ zh: '还没有电子印章。申请一枚公章，大约一分钟：选类型、看图样、用盾签名。', en: 'No seal yet. A company seal takes a minute: choose, look, sign with the shield.' })}</p>`,
      )
    : html`<ul class="seal-cards">${lines.map(line => sealCard(line, now))}</ul>`
}`,
  }
}

function sealCard({ seal, edition, plan }: SealLine, now: Date): Markup {
  const { row, state } = seal
  const address = sealPath(row.id)
  const left = daysLeft(row.validUntil, now)
  const { zh, en } = kindOf(row.kind)
  const people = [...new Set((edition?.certificates ?? []).map(({ holder }) => holder))]
  return html`<li class="card seal-card">
${drawing(seal, 'small')}
<div class="seal-card-words">
  <p class="seal-card-head"><a href="${address}"><strong>${both({ zh, en })}</strong></a> ${stateBadge(state)}</p>
  <p class="seal-card-name">${row.name}${row.under !== undefined && html` <span class="quiet">${row.under}</span>`}</p>
  <p class="quiet">${both({ zh: `有效期到 ${dayOf(row.validUntil)}`, en: left > 0 ? `${left} days left` : 'over' })}</p>
  ${people.length > 0 && html`<p class="quiet">${both({ zh: `可用的盾：${people.join('、')}`, en: `${edition?.certificates.length ?? 0} shields` })}</p>`}
  ${plan !== undefined && isDue(plan) && badge({ zh: '要重新制作', en: 'Remake it' }, 'warn')}
  ${plan !== undefined && !isDue(plan) && plan.ending[0] !== undefined && badge({ zh: `${plan.ending[0].holder}的盾还有 ${Math.max(0, plan.ending[0].days)} 天到期`, en: 'A shield ends soon' }, 'warn')}
</div></li>`
}

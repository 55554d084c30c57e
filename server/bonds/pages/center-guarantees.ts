import type { BondIdentity, BondSection } from '../../storage/stores-bonds.ts'
import type { Guarantee } from '../../storage/stores-guarantees.ts'
import { minuteOf } from '../../web/beijing.ts'
import { both, card, copyable, facts, submit } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import { leftOf } from '../guarantees/state/claims.ts'
import { grounds } from '../state/grounds.ts'
import { guaranteeBadge, wayWords } from './guarantee-words.ts'
import { centerPath, yuan } from './words.ts'

/** Guarantees of a section after its opening: what each says, a claim on a ground of the law, and its release. */
export interface CenterGuarantees {
  guarantees: readonly { guarantee: Guarantee; bidder?: BondIdentity }[]
  nameOf(issuer: string): Words
  /** of a claim: sent twice, it counts once */
  newClaim(): string
}

export function guaranteesCard(section: BondSection, { guarantees, nameOf, newClaim }: CenterGuarantees): Markup | false {
  const documents = guarantees.filter(({ guarantee }) => guarantee.document !== undefined)
  if (documents.length === 0) return false
  return card(
    html`<ul class="mandates">${documents.map(({ guarantee, bidder }) => {
      const live = guarantee.state === 'in-force' || guarantee.state === 'claimed'
      return html`<li class="mandate-line"><div class="mandate-head"><strong>${bidder?.name ?? '未解封 sealed'}</strong> <span>${both(wayWords[guarantee.way])}</span> ${guaranteeBadge(guarantee.state)}</div>
${factsOf(guarantee, nameOf)}${live && claimForm(section, guarantee, newClaim())}${guarantee.state === 'in-force' && letGoForm(section, guarantee)}</li>`
    })}</ul>`,
    { zh: '保函', en: 'Guarantees' },
  )
}

const factsOf = ({ issuer, document, verification, claims }: Guarantee, nameOf: CenterGuarantees['nameOf']): Markup =>
  facts([
    { name: { zh: '出具人', en: 'Issuer' }, value: both(nameOf(issuer)) },
    ...(document === undefined
      ? []
      : [
          { name: { zh: '编号', en: 'Number' }, value: document.number },
          { name: { zh: '金额', en: 'Amount' }, value: yuan(document.fen) },
          { name: { zh: '有效至', en: 'Valid until' }, value: minuteOf(document.validUntil) },
        ]),
    { name: { zh: '验真码', en: 'Verification code' }, value: copyable(verification, 'small') },
    ...claims.map(({ fen, paidFen, reason }) => ({
      name: { zh: '索赔 / 已赔付', en: 'Claimed / paid' },
      value: `${yuan(fen)} / ${yuan(paidFen)}${reason === undefined ? '' : `，拒付 refused：${reason}`}`,
    })),
  ])

function claimForm({ id }: BondSection, guarantee: Guarantee, claim: string): Markup {
  const field = (name: string) => `${name}-${guarantee.id}`
  const most = leftOf(guarantee)
  if (most <= 0n) return html``
  return html`<details><summary>${both({ zh: '索赔', en: 'Claim' })}</summary><form class="form" method="post" action="${centerPath(id, `guarantees/${encodeURIComponent(guarantee.id)}/claim`)}"><input type="hidden" name="claim" value="${claim}">
<fieldset><legend>${both({ zh: '法定事由', en: 'Ground of the law' })}</legend>${Object.entries(grounds).map(
    ([ground, { zh, en, article }]) =>
      html`<label class="choice"><input type="radio" name="ground" value="${ground}" required><span class="choice-words">${both({ zh: `${zh}（${article}）`, en })}</span></label>`,
  )}</fieldset>
<div class="field"><label for="${field('yuan')}">${both({ zh: '金额（元）', en: 'Amount in yuan' })}</label><input id="${field('yuan')}" name="yuan" type="text" inputmode="decimal" maxlength="13" required value="${String(most / 100n)}.${String(most % 100n).padStart(2, '0')}"></div>
${decisionField(field('decision'))}${submit({ label: { zh: '向出具人索赔', en: 'Claim from the issuer' } })}</form></details>`
}

const CAUSES = {
  lost: { zh: '未中标', en: 'another bid won' },
  'contract-winner': { zh: '中标人，合同已签订', en: 'the winner, the contract is signed' },
  contract: { zh: '其他投标人，合同已签订', en: 'another bidder, the contract is signed' },
  'validity-ended': { zh: '投标有效期届满', en: 'the validity of the bid ended' },
}

function letGoForm({ id }: BondSection, guarantee: Guarantee): Markup {
  const field = (name: string) => `${name}-${guarantee.id}`
  return html`<details><summary>${both({ zh: '解除', en: 'Release' })}</summary><form class="form" method="post" action="${centerPath(id, `guarantees/${encodeURIComponent(guarantee.id)}/let-go`)}">
<div class="field"><label for="${field('cause')}">${both({ zh: '原因', en: 'Cause' })}</label><select id="${field('cause')}" name="cause">${Object.entries(CAUSES).map(([cause, { zh, en }]) => html`<option value="${cause}">${zh} ${en}</option>`)}</select></div>
${decisionField(field('why'))}${submit({ label: { zh: '解除保函', en: 'Release it' }, look: 'secondary' })}</form></details>`
}

const decisionField = (id: string): Markup =>
  html`<div class="field"><label for="${id}">${both({ zh: '决定或通知的编号', en: 'Number of the decision or notice' })}</label><input id="${id}" name="decision" type="text" maxlength="100" autocomplete="off" required></div>`

import type { ListedCertificate, SealEdition, SealStep } from '../../storage/stores-seals.ts'
import { dayOf, minuteOf } from '../../web/beijing.ts'
import { actionForm, badge, both, card, facts, linkButton, notice, type Submit } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import { kindOf } from '../life/kinds.ts'
import type { CertificateUse } from '../life/ports.ts'
import { isDue, type RemakePlan } from '../life/remake.ts'
import type { SealView } from '../life/room.ts'
import { drawing } from './drawing.ts'
import { sealFacts } from './facts.ts'
import type { SealPage } from './ports.ts'
import { daysLeft, stateBadge, stateMeaning, stepNames, usesWords } from './words.ts'

export interface SealPageView {
  seal: SealView
  /** the newest first */
  editions: readonly SealEdition[]
  steps: readonly SealStep[]
  /** of the newest edition, as far as their certificates are at hand */
  uses: ReadonlyMap<string, readonly CertificateUse[]>
  plan: RemakePlan | undefined
  /** people who have yet to show a shield that was applied for */
  missing: readonly string[]
  links: readonly { path: string; label: Words; look: 'primary' | 'secondary' }[]
  forms: readonly { action: string; button: Submit }[]
  now: Date
  done?: Words | undefined
  problem?: Words | undefined
}

/** One seal: what it is, whether it seals now, for whom and what for, what can be done with it, and what happened to it. */
export function sealPage(view: SealPageView): SealPage {
  const { seal, editions, plan, missing, now } = view
  const { row, state } = seal
  const [edition] = editions
  const { zh, en } = kindOf(row.kind)
  return {
    title: { zh: `${zh}：${row.name}`, en },
    inside: true,
    body: html`${view.problem !== undefined && notice(view.problem, 'bad')}${view.done !== undefined && notice(view.done, 'good')}
${missing.length > 0 && notice({ zh: `还差 ${missing.join('、')} 登记盾：请本人登录企业工作台，在“登记我的盾”签名一次。`, en: `Still to show their shield: ${missing.join(', ')}.` }, 'warn')}
${plan !== undefined && isDue(plan) && notice({ zh: `要重新制作：${dueWords(plan)}`, en: 'The shields have changed: have it remade.' }, 'warn')}
<div class="mandate-top"><p class="mandate-state">${stateBadge(state)} <span class="quiet">${both(stateMeaning[state])}</span></p>
${(view.links.length > 0 || view.forms.length > 0) && html`<div class="mandate-actions">${view.links.map(({ path, label, look }) => linkButton(path, label, look))}${view.forms.map(({ action, button }) => actionForm(action, [button]))}</div>`}</div>
<div class="bench-columns mandate-columns">
<div class="mandate-side">${card(html`${drawing(seal, 'large')}`, { zh: '图样', en: 'Picture' })}
${card(facts([...sealFacts(row), ...(edition === undefined ? [] : [{ name: { zh: '印章标识', en: 'esID' }, value: html`<code class="seal-code">${edition.esId}</code>` }])]), { zh: '印章', en: 'The seal' })}</div>
<div class="mandate-side">
${edition !== undefined && card(certificates(edition, view.uses, now), { zh: '谁的盾可以用，能盖什么', en: 'Whose shields, and what for' })}
${card(history(view.steps), { zh: '经过', en: 'What happened with it' })}
${editions.length > 1 && card(olderEditions(editions.slice(1)), { zh: '以前的版本', en: 'Earlier editions' })}
</div></div>`,
  }
}

function dueWords({ add, drop }: RemakePlan): string {
  const [coming, going] = [add, drop].map(list => list.length)
  return [
    ...(coming === 0 ? [] : [`有 ${coming} 个新盾还不能用它盖章`]),
    ...(going === 0 ? [] : [`名单里有 ${going} 个盾已到期、被吊销或已换新`]),
  ].join('；')
}

function certificates(edition: SealEdition, uses: SealPageView['uses'], now: Date): Markup {
  return html`<ul class="shields">${edition.certificates.map(each => certificateLine(each, uses.get(each.thumbprint), now))}</ul>`
}

function certificateLine(
  { holder, notAfter, thumbprint, revokedAt }: ListedCertificate,
  uses: readonly CertificateUse[] | undefined,
  now: Date,
): Markup {
  const left = daysLeft(notAfter, now)
  const good = uses === undefined ? undefined : usesWords(uses)
  return html`<li class="shield-line"><div class="shield-who"><strong>${holder}</strong>${revokedAt !== undefined && badge({ zh: '已被吊销', en: 'Revoked' }, 'bad')}${left <= 30 && badge(left > 0 ? { zh: `还有 ${left} 天到期`, en: `${left} days left` } : { zh: '已到期', en: 'Ended' }, 'warn')}</div>
${good !== undefined && html`<p>${badge(good.words, good.tone)}</p>`}
<p class="quiet">${both({ zh: `证书到 ${dayOf(notAfter)}`, en: 'certificate ends' })} · <span class="number">${thumbprint.slice(0, 8)}</span></p></li>`
}

function history(steps: readonly SealStep[]): Markup {
  return html`<ol class="seal-steps">${steps.toReversed().map(
    ({ kind, at, personName, reason, text }) =>
      html`<li><p><strong>${both(stepNames[kind])}</strong> <span class="quiet">${personName === '' ? '系统' : personName} · <span class="number">${minuteOf(at)}</span></span></p>
${reason !== undefined && reason !== '' && html`<p class="quiet">${both({ zh: `原因：${reason}`, en: 'Reason' })}</p>`}
${text !== undefined && html`<details class="give-more"><summary>${both({ zh: '看所签的原文', en: 'The signed text' })}</summary><pre class="signed-text" tabindex="0">${text}</pre></details>`}</li>`,
  )}</ol>`
}

const olderEditions = (editions: readonly SealEdition[]): Markup =>
  html`<p class="quiet">${both({ zh: '已被新版本代替，不能再盖章；用它们盖过的章仍可验证。', en: 'They seal no more; what they sealed can still be verified.' })}</p>
<ul class="seal-editions">${editions.map(
    ({ number, madeAt, supersededAt }) =>
      html`<li>${both({ zh: `第 ${number} 版`, en: `Edition ${number}` })} <span class="quiet number">${dayOf(madeAt)}${supersededAt !== undefined && html` 至 ${dayOf(supersededAt)}`}</span></li>`,
  )}</ul>`

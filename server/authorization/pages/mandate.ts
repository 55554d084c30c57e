import { minuteOf } from '../../web/beijing.ts'
import { actionForm, both, card, facts, linkButton, notice, type Submit } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import type { MandateSignature } from '../mandate-pdf.ts'
import type { MandateView, SeenState } from '../mandates.ts'
import { type Desk, workbenchPage } from './frame.ts'
import { type EntryRow, entryTable, mandatePath, nothing } from './lists.ts'
import { termRows } from './terms.ts'
import { stateBadge, stateMeaning, stateNames, yuanOf } from './words.ts'

export interface MandatePageView {
  mandate: MandateView
  /** SM3 of the text */
  digest: string
  signatures: readonly MandateSignature[]
  entries: readonly EntryRow[]
  /** ways on: a link to a page, or a button that does it at once */
  links: readonly { path: string; label: Words; look: 'primary' | 'secondary' }[]
  forms: readonly { action: string; button: Submit }[]
  done?: Words | undefined
  problem?: Words | undefined
  /** the state of a mandate above it that keeps it from being used */
  above?: SeenState | undefined
  centerName: (id: string) => string
}

export function mandatePage(desk: Desk, view: MandatePageView): string {
  const { mandate, signatures, entries, digest } = view
  const { row, state, terms } = mandate
  const meaning = stateMeaning[state]
  return workbenchPage(desk, {
    title: { zh: `授权书：${terms?.grantee.name ?? '内容已损坏'}`, en: 'Mandate' },
    place: 'mandates',
    inside: true,
    body: html`${view.problem !== undefined && notice(view.problem, 'bad')}${view.done !== undefined && notice(view.done, 'good')}
${view.above !== undefined && notice({ zh: `它转自的授权${stateNames[view.above].zh}，所以现在不能使用。`, en: 'The mandate it was passed on from is not in force, so it cannot be used.' }, 'warn')}${state === 'tampered' && meaning !== undefined && notice(meaning, 'bad')}
<div class="mandate-top"><p class="mandate-state">${stateBadge(state)}${state !== 'tampered' && meaning !== undefined && html` <span class="quiet">${both(meaning)}</span>`}</p>
${
  (view.links.length > 0 || view.forms.length > 0) &&
  html`<div class="mandate-actions">${view.links.map(({ path, label, look }) => linkButton(path, label, look))}${view.forms.map(({ action, button }) => actionForm(action, [button]))}</div>`
}</div>
<div class="bench-columns mandate-columns">
${card(terms === undefined ? nothing({ zh: '内容与签名不符，不再显示。', en: 'It is not what was signed, so it is not shown.' }) : facts(termRows(terms, view.centerName)), { zh: '授权内容', en: 'What it says' })}
<div class="mandate-side">
${card(signed(signatures), { zh: '签名', en: 'Signatures' })}
${terms !== undefined && card(used(mandate), { zh: '用量', en: 'Used so far' })}
${
  terms !== undefined &&
  card(
    html`<p class="quiet">${both({ zh: '所签文本的 SM3 摘要', en: 'SM3 digest of the signed text' })}</p><p class="digest"><code>${digest}</code></p>
<details class="give-more"><summary>${both({ zh: '看所签的原文', en: 'The signed text' })}</summary><pre class="signed-text" tabindex="0">${row.text}</pre></details>
<p class="card-end">${linkButton(mandatePath(row.id, 'pdf'), { zh: '下载 PDF', en: 'Download PDF' })}</p>`,
    { zh: '核对', en: 'Check it' },
  )
}
</div>
</div>
${card(
  entries.length === 0
    ? nothing({ zh: '还没有。', en: 'Nothing yet.' })
    : entryTable(entries, view.centerName, { zh: '这份授权书的经过', en: 'What happened with it' }),
  { zh: '这份授权书的经过', en: 'What happened with it' },
)}`,
  })
}

function signed(signatures: readonly MandateSignature[]): Markup {
  if (signatures.length === 0) return nothing({ zh: '还没有人签名。', en: 'Nobody has signed yet.' })
  return html`<ol class="signatures">${signatures.map(
    ({ role, name, at, certificate }) =>
      html`<li><p><strong>${name}</strong> <span class="quiet">${role} · <span class="number">${minuteOf(at)}</span></span></p><p class="quiet certificate">${certificate}</p></li>`,
  )}</ol>`
}

function used({ row, terms }: MandateView): Markup {
  const total = terms?.totalFen
  const share = total === undefined || total === 0 ? 0 : Math.min(1000, Math.round((row.usedFen / total) * 1000))
  return html`<p><strong class="number">${yuanOf(row.usedFen)}</strong> <span class="quiet">${total === undefined ? '累计不限 no limit in all' : `共 ${yuanOf(total)}`}</span></p>
${total !== undefined && html`<svg class="used-bar" viewBox="0 0 1000 12" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect class="lane-ground" width="1000" height="12" rx="6"/><rect class="${share > 900 ? 'moment moment-soon' : 'moment moment-far'}" width="${share}" height="12" rx="6"/></svg>`}`
}

import { html, type Markup, safeUrl } from './markup.ts'
import type { Words } from './words.ts'

/** The pieces pages are put together from. Each is a pure function; looks stand in styles/components.css under the same names. */

/** A text in both languages: Chinese as the page's own, English quieter behind it. */
export function both(words: Words): Markup {
  // a Chinese font draws the curly apostrophe as wide as a character: `bank’ s`
  return html`<span>${words.zh}</span> <span lang="en">${words.en.replaceAll('’', "'")}</span>`
}

/** The page's one h1, with a sentence under it where there is one. */
export function heading(title: Words, lead?: Words): Markup {
  return html`<div class="heading"><h1>${both(title)}</h1>${lead !== undefined && html`<p class="lead">${both(lead)}</p>`}</div>`
}

export function card(content: Markup, title?: Words): Markup {
  return html`<section class="card">${title !== undefined && html`<h2>${both(title)}</h2>`}${content}</section>`
}

type Tone = 'info' | 'good' | 'warn' | 'bad'
const TONE_SIGN: Record<Tone, string> = { info: 'i', good: '✓', warn: '!', bad: '×' }

/** A boxed remark. Its tone has a sign of its own, since colour alone tells nothing to many. */
export function notice(words: Words, tone: Tone = 'info'): Markup {
  return html`<div class="notice notice-${tone}" role="${tone === 'bad' || tone === 'warn' ? 'alert' : 'status'}"><span class="notice-sign" aria-hidden="true">${TONE_SIGN[tone]}</span><p>${both(words)}</p></div>`
}

/** A short word on a tinted ground. */
export function badge(words: Words, tone: Tone | 'plain' = 'plain'): Markup {
  return html`<span class="badge badge-${tone}">${both(words)}</span>`
}

export interface Fact {
  name: Words
  value: string | Markup
  /** why it is here */
  why?: Words
}

/** Names and values, as a definition list. */
export function facts(list: readonly Fact[]): Markup {
  return html`<dl class="facts">${list.map(
    fact =>
      html`<div class="fact"><dt>${both(fact.name)}</dt><dd><span class="fact-value">${fact.value}</span>${fact.why !== undefined && html`<span class="fact-why">${both(fact.why)}</span>`}</dd></div>`,
  )}</dl>`
}

/** A bank's mark: its letter on its colour. No bank's own logo is used. */
export function bankMark(mark: { text: string; color: string }): Markup {
  const color = /^#[0-9a-f]{6}$/i.test(mark.color) ? mark.color : '#44546a'
  return html`<svg class="bank-mark" viewBox="0 0 48 48" width="48" height="48" aria-hidden="true" focusable="false"><rect width="48" height="48" rx="14" fill="${color}"/><text class="bank-mark-text" x="24" y="24" dy="0.36em" text-anchor="middle" fill="${inkOn(color)}">${mark.text}</text></svg>`
}

/** White or near-black, whichever reads better on the colour (WCAG 2.2 relative luminance). */
function inkOn(color: string): string {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map(at => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  const luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b
  return 1.05 / (luminance + 0.05) >= 3 ? '#ffffff' : '#14181f'
}

/** Where a login stands, as the person counts it. */
const LOGIN_STEPS = [
  { id: 'bank', zh: '选银行', en: 'Bank' },
  { id: 'identity', zh: '验证身份', en: 'Identity' },
  { id: 'company', zh: '选企业', en: 'Company' },
  { id: 'done', zh: '完成', en: 'Done' },
] as const
export type LoginStep = (typeof LOGIN_STEPS)[number]['id']

export function steps(current: LoginStep): Markup {
  const now = LOGIN_STEPS.findIndex(step => step.id === current)
  return html`<ol class="steps">${LOGIN_STEPS.map((step, i) => {
    const state = i < now ? 'past' : i === now ? 'now' : 'ahead'
    return html`<li class="step step-${state}"${i === now && html` aria-current="step"`}><span class="step-sign" aria-hidden="true">${i < now ? '✓' : i + 1}</span><span class="step-name">${both(step)}</span></li>`
  })}</ol>`
}

/** A code that is read out or copied; the button appears where scripts run (browser/copy.js). */
export function copyable(code: string, size: 'large' | 'small'): Markup {
  return html`<span class="code code-${size}"><code>${code}</code> <button type="button" class="copy" data-copy="${code}"><span>复制 <span lang="en">Copy</span></span></button></span>`
}

/** A link that looks like a button; nothing where the address is none a page may name. */
export function linkButton(href: string, label: Words, look: 'primary' | 'secondary' = 'secondary'): Markup | undefined {
  const address = safeUrl(href)
  return address === undefined ? undefined : html`<a class="button button-${look}" href="${address}">${both(label)}</a>`
}

export interface Submit {
  label: Words
  look?: 'primary' | 'secondary' | 'quiet'
  /** the field this button sends */
  name?: string
  value?: string
}

export function submit({ label, look = 'primary', name, value }: Submit): Markup {
  const field = name !== undefined && html` name="${name}" value="${value ?? ''}"`
  return html`<button type="submit" class="button button-${look}"${field}>${both(label)}</button>`
}

/** A form of buttons alone. @param action a path on this site */
export function actionForm(action: string, buttons: readonly Submit[]): Markup {
  return html`<form class="actions" method="post" action="${action}">${buttons.map(submit)}</form>`
}

/** The path of one of a login's steps. */
export const loginPath = (
  loginId: string,
  step: 'bank' | 'shield' | 'phone' | 'company' | 'consent' | 'reminded' | 'authorize' | 'restart' | 'cancel',
): string => `/login/${encodeURIComponent(loginId)}/${step}`

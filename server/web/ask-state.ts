import { both, submit } from './components.ts'
import { html, type Markup } from './markup.ts'
import type { Words } from './words.ts'

/** The live state of an ask, on the screen where it began and on the phone: one line of words that browser/ask.js keeps up to date, and what is shown in which state. */
export type AskScreenState = 'waiting' | 'opened' | 'approved' | 'done' | 'refused' | 'expired'

export interface AskLine {
  askId: string
  state: AskScreenState
  words: Readonly<Record<AskScreenState, Words>>
  /** why it ended without a yes */
  why?: Words | undefined
  /** seconds until it expires */
  seconds: number
  /** a path on this site: where this screen goes on once there is a yes */
  next?: string
}

const TONE = { waiting: 'info', opened: 'info', approved: 'good', done: 'good', refused: 'bad', expired: 'warn' } as const
const SIGN = { info: 'i', good: '✓', warn: '!', bad: '×' } as const

/** `why` is said after the words of `refused`. Every state's words stand on the page; the script only chooses. */
export function askLine({ askId, state, words, why, seconds, next }: AskLine): Markup {
  const states = ['waiting', 'opened', 'approved', 'done', 'refused', 'expired'] as const
  return html`<div id="ask" class="ask" role="status" aria-live="polite" data-state="${state}" data-ask-url="${`/asks/${encodeURIComponent(askId)}/state`}" data-seconds="${seconds}" data-next="${next ?? ''}">${states.map(
    each =>
      html`<div class="notice notice-${TONE[each]}" data-ask-show="${each}"${each !== state && html` hidden`}><span class="notice-sign" aria-hidden="true">${SIGN[TONE[each]]}</span><p>${both(words[each])}${
        each === 'refused' && html`<span class="ask-why" data-ask-why>${why !== undefined && both(why)}</span>`
      }</p></div>`,
  )}</div>`
}

/** Shown only while the ask stands in one of these states. */
export function inState(states: readonly AskScreenState[], now: AskScreenState, content: Markup): Markup {
  return html`<div class="ask-part" data-ask-show="${states.join(' ')}"${!states.includes(now) && html` hidden`}>${content}</div>`
}

/** The time that is left, counted down where scripts run. */
export function countdown(seconds: number): Markup {
  const left = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
  return html`<p class="ask-countdown">${both({ zh: '剩余时间', en: 'Time left' })} <span data-ask-countdown>${left}</span></p>`
}

/** A form of one hidden field and one button. @param action a path on this site */
export function fieldForm(action: string, field: { name: string; value: string }, label: Words, look: 'primary' | 'secondary' | 'quiet'): Markup {
  return html`<form class="actions" method="post" action="${action}"><input type="hidden" name="${field.name}" value="${field.value}">${submit({ label, look })}</form>`
}

import { both, linkButton } from '../../web/components.ts'
import { page } from '../../web/frame.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import type { Signer } from '../ports.ts'

/** The frame of every page for experts: who is there, and the way out. */
export function expertPage(
  by: Pick<Signer, 'personName' | 'trace'>,
  { title, lead, scripts, body }: { title: Words; lead?: Words; scripts?: readonly string[]; body: Markup },
): string {
  return page({
    title,
    ...(lead === undefined ? {} : { lead }),
    ...(scripts === undefined ? {} : { scripts }),
    trace: by.trace,
    above: html`<div class="desk">
  <section class="desk-who" aria-label="本人 Person">
    <p class="desk-company"><strong>${by.personName}</strong> <span class="desk-code">${both({ zh: '专家云签', en: 'Remote signing' })}</span></p>
    ${linkButton('/oidc/session/end?client_id=experts', { zh: '退出', en: 'Log out' }, 'secondary')}
  </section>
</div>`,
    body: html`<div class="bench">${body}</div>`,
  })
}

export const checkPath = (back: string): string => `/experts/check?back=${encodeURIComponent(back)}`
export const requestPath = (id: string, step?: 'begin' | 'decline'): string =>
  `/experts/requests/${encodeURIComponent(id)}${step === undefined ? '' : `/${step}`}`
export const signingPath = (id: string): string => `/experts/signings/${encodeURIComponent(id)}`

/** A field of one secret: the browser keeps it nowhere. */
export function secretField(field: { id: string; label: Words; note: Words; attributes: 'pin' | 'code' | 'new-pin' }): Markup {
  const { id, label, note, attributes } = field
  const input =
    attributes === 'code'
      ? html`<input type="text" id="${id}" name="${id}" inputmode="numeric" pattern="[0-9]{6}" maxlength="6" required autocomplete="one-time-code" aria-describedby="${`${id}-note`}">`
      : html`<input type="password" id="${id}" name="${id}" maxlength="64" required autocomplete="${attributes === 'new-pin' ? 'new-password' : 'off'}" aria-describedby="${`${id}-note`}">`
  return html`<div class="field">
    <label for="${id}">${both(label)}</label>
    ${input}
    <p class="field-note" id="${`${id}-note`}">${both(note)}</p>
  </div>`
}

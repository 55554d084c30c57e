import { both } from './components.ts'
import { html, type Markup } from './markup.ts'
import type { Words } from './words.ts'

/** The pieces of every page that a shield signs on. Elements and attributes are those that browser/shield-agent.js names at its top; the form around them, and what is signed, are the page's own. */

/** Live words about agent and shield. */
export const shieldStatus = (): Markup =>
  html`<div class="shield-status" id="shield-status" role="status" aria-live="polite" data-state="connecting">${both({ zh: '正在连接盾助手……', en: 'Connecting to the shield agent…' })}</div>`

/** The very words, to the letter. */
export const shieldText = (title: Words, text: string): Markup => html`<section class="shield-text" aria-labelledby="shield-text-title">
    <h2 id="shield-text-title">${both(title)}</h2>
    <pre tabindex="0">${text}</pre>
  </section>`

/** What comes back from the agent, the choice of a shield, its PIN, and the button. */
export const shieldInputs = (
  pinNote: Words,
  button: Words,
): Markup => html`<input type="hidden" name="certificate" value=""><input type="hidden" name="signature" value=""><input type="hidden" name="algorithm" value="">
  <div class="field">
    <label for="shield-select">${both({ zh: '用哪个盾', en: 'Shield' })}</label>
    <select id="shield-select" disabled></select>
  </div>
  <div class="field" data-shield-pin-field>
    <label for="shield-pin">${both({ zh: '盾的 PIN 码', en: 'Shield PIN' })}</label>
    <input type="password" id="shield-pin" autocomplete="off" maxlength="16" aria-describedby="pin-note">
    <p class="field-note" id="pin-note">${both(pinNote)}</p>
  </div>
  <div class="actions"><button type="submit" id="shield-sign" class="button button-primary" disabled>${both(button)}</button></div>`

export const pinStaysHere: Words = { zh: 'PIN 码只交给本机的盾助手，不会发到网上。', en: 'The PIN goes to the agent on this computer only.' }

/** Hidden until the script finds the state; its title can be opened by keyboard as any details element. */
export function faultTree(state: 'missing' | 'empty', title: Words, steps: readonly Words[]): Markup {
  return html`<details class="help" data-shield-help="${state}" hidden><summary>${both(title)}</summary><ol>${steps.map(step => html`<li>${both(step)}</li>`)}</ol></details>`
}

/** What to do where the agent or the shield is not found. @param whose which shield will do */
export const shieldHelp = (whose: Words): readonly Markup[] => [
  faultTree('missing', { zh: '盾助手没有连上，怎么办？', en: 'The shield agent is not running: what to do' }, [
    { zh: '从开始菜单启动“盾助手”，本页会自动继续。', en: 'Start the shield agent from the menu; this page goes on by itself.' },
    { zh: '杀毒软件或防火墙可能拦住了它，请放行本机的盾助手。', en: 'Antivirus or a firewall may block it: allow the agent on this computer.' },
  ]),
  faultTree('empty', { zh: '插了盾却找不到，怎么办？', en: 'The shield is in but not found: what to do' }, [
    { zh: '拔下等三秒再插；台式机请插后面的接口。', en: 'Unplug it, wait three seconds, plug it in again; on a desktop use a port at the back.' },
    whose,
  ]),
]

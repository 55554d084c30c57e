import { both } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'

/** A pad to write one's name on, by finger, pen or mouse: what browser/seal-hand.js names at its top. It shows where a name by hand is chosen instead of a seal. */
export const handPad = (): Markup => html`<div id="hand" class="hand" hidden>
  <p class="label" id="hand-label">${both({ zh: '在框里写您的名字', en: 'Write your name in the box' })}</p>
  <canvas id="hand-pad" class="hand-pad" width="800" height="360" role="img" aria-labelledby="hand-label"></canvas>
  <div class="actions"><button type="button" id="hand-clear" class="button button-secondary">${both({ zh: '重写', en: 'Clear' })}</button></div>
  <p id="hand-state" class="quiet" role="status" aria-live="polite"></p>
  <p class="field-note">${both({ zh: '手写签名由您自己的盾签名，只能签在 PDF 上。写不了的，请选印章或个人名章。', en: 'Signed by your own shield, on a PDF. Where you cannot write, take a seal or name chop.' })}</p>
</div>`

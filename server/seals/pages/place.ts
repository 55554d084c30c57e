import type { SealTaskDocument } from '../../storage/stores-seal-tasks.ts'
import { assetPath } from '../../web/assets.ts'
import { both } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import { pdfViewerFiles } from '../../web/pdf-viewer.ts'
import type { Words } from '../../web/words.ts'
import { hasPages } from '../paging.ts'

/** The page with the seal where it will stand, to be moved there: what browser/seal-place.js names at its top. What it shows comes from tasks/place-routes.ts. @param path of the task @param open whether anything still waits, and there is a seal for it */
export function sealPlace(path: string, documents: readonly SealTaskDocument[], open: boolean): Markup | undefined {
  const shown = documents
    .filter(({ format, state }) => hasPages(format) && (state === 'sealed' || open))
    .map(({ n, name, format, state }) => ({ n, name, format, which: state === 'sealed' ? 'sealed' : 'original' }))
  const [first] = shown
  if (first === undefined) return undefined
  const viewer = { script: assetPath('pdf.js'), worker: assetPath('pdf-worker.js'), files: pdfViewerFiles }
  return html`<section class="card seal-place" id="seal-place" data-task="${path}" data-documents="${JSON.stringify(shown)}" data-viewer="${JSON.stringify(viewer)}" aria-labelledby="seal-place-title" hidden>
<h2 id="seal-place-title">${both(open ? { zh: '看页面，放印章', en: 'The page, and the seal on it' } : { zh: '盖好的页面', en: 'The sealed page' })}</h2>
<div class="seal-place-bar">
  <div class="field seal-place-document"${shown.length < 2 && html` hidden`}><label for="place-document">${both({ zh: '文件', en: 'Document' })}</label>
  <select id="place-document">${shown.map(({ n, name }) => html`<option value="${n}">${n}. ${name}</option>`)}</select></div>
  <div class="seal-place-pages"><button type="button" class="button button-secondary" id="place-before" aria-label="上一页 Previous page">‹</button>
  <label for="place-page">${both({ zh: '第', en: 'Page' })}</label> <input type="number" id="place-page" min="1" value="1" inputmode="numeric"> <span id="place-count" class="quiet"></span>
  <button type="button" class="button button-secondary" id="place-after" aria-label="下一页 Next page">›</button></div>
</div>
<progress id="place-progress" class="seal-progress" aria-label="正在打开文件 Opening the document"></progress>
<div class="seal-sheet" id="seal-sheet"></div>
<p id="place-state" class="quiet" role="status" aria-live="polite"></p>
${open && placeTools()}
</section>`
}

function placeTools(): Markup {
  return html`<div id="place-tools" class="seal-place-tools" hidden>
<fieldset class="seal-place-kinds"><legend class="label">${both({ zh: '盖在哪里', en: 'Where' })}</legend>
${KINDS.map(({ value, words }) => html`<label class="choice"><input type="radio" name="place-kind" value="${value}"> ${both(words)}</label>`)}</fieldset>
<div class="seal-place-fields" data-place-kind="at">
  ${millimetres('place-x', { zh: '离左边（毫米）', en: 'From the left, mm' })}
  ${millimetres('place-y', { zh: '离上边（毫米）', en: 'From the top, mm' })}
</div>
<div class="seal-place-fields" data-place-kind="keyword">
  <div class="field"><label for="place-words">${both({ zh: '压在这些字上', en: 'On these words' })}</label><input type="text" id="place-words" maxlength="60" placeholder="投标人（盖章）"></div>
  <div class="field"><label for="place-nth">${both({ zh: '第几处（不填为每一处）', en: 'Which time (empty: each)' })}</label><input type="number" id="place-nth" min="1" max="10000"></div>
</div>
<div class="seal-place-fields" data-place-kind="edge">
  ${millimetres('place-edge', { zh: '离上边（毫米）', en: 'From the top, mm' })}
  <div class="field"><label for="place-side">${both({ zh: '哪一边', en: 'Side' })}</label><select id="place-side"><option value="right">右边 Right</option><option value="left">左边 Left</option></select></div>
</div>
<div class="actions seal-place-more">
  <button type="button" class="button button-secondary" id="place-add">${both({ zh: '本页再盖一处', en: 'One more on this page' })}</button>
  <button type="button" class="button button-quiet" id="place-drop">${both({ zh: '去掉这一处', en: 'Take this one away' })}</button>
</div>
<div class="field seal-place-date"><label for="place-date">${both({ zh: '日期', en: 'Date' })}</label><select id="place-date"><option value="">不加日期 None</option><option value="under">印章下方 Below the seal</option><option value="over">压在印章上 Across the seal</option></select></div>
<p class="field-note">${both({ zh: '拖动印章，或选中后用方向键移动（按住 Shift 一次 10 毫米）。所见即所签。', en: 'Drag the seal, or focus it and use the arrow keys (Shift: 10 mm). What you see is what is signed.' })}</p>
</div>`
}

const KINDS = [
  { value: 'at', words: { zh: '自己放', en: 'Where I put it' } },
  { value: 'keyword', words: { zh: '压在文字上', en: 'On words' } },
  { value: 'edge', words: { zh: '骑缝章', en: 'Across page edges' } },
  { value: 'none', words: { zh: '不显示', en: 'Not shown' } },
] as const

const millimetres = (id: string, label: Words): Markup =>
  html`<div class="field"><label for="${id}">${both(label)}</label><input type="number" id="${id}" min="0" max="10000" step="0.5" inputmode="decimal"></div>`

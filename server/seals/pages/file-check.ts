import type { SealTaskDocument } from '../../storage/stores-seal-tasks.ts'
import { badge, both, card } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'

/** Files that a center keeps, held against the person's own copy before they sign: what browser/seal-check.js names at its top. The files stay in the browser. */
export function fileCheck(documents: readonly SealTaskDocument[]): Markup | undefined {
  if (!documents.some(isElsewhere)) return undefined
  return card(
    html`<div class="seal-form"><p id="file-check-why">${both({
      zh: '这些文件太大或不便上传，由发起方保管，这里只有摘要。签名前，可以选您电脑上的文件核对：大小和 SM3 都一致才是同一个文件。文件不会上传。',
      en: 'Whoever asks keeps these files; here are only their digests. Before you sign, choose your own copies: the same file has the same size and SM3. Nothing is uploaded.',
    })}</p>
<div id="file-check" class="seal-form" hidden>
<div class="field"><label for="file-check-files">${both({ zh: '选我电脑上的文件', en: 'My own copies' })}</label>
<input type="file" id="file-check-files" multiple aria-describedby="file-check-why"></div>
<progress id="file-check-progress" class="seal-progress" value="0" max="1" aria-label="核对进度 Progress" hidden></progress>
<p id="file-check-state" role="status" aria-live="polite"></p>
<div class="actions"><button type="button" class="button button-quiet" id="file-check-clear" hidden>${both({ zh: '不再核对这些文件', en: 'Leave these files out' })}</button></div>
</div></div>`,
    { zh: '核对我的文件（可选）', en: 'Check my files (optional)' },
  )
}

export const isElsewhere = ({ format, state }: SealTaskDocument): boolean => format === 'cms' && state === 'waiting'

/** The line of one, and what came of looking. */
export function fileMarks(document: SealTaskDocument): Markup | undefined {
  if (!isElsewhere(document)) return undefined
  return html`<p class="quiet">${both({ zh: '原文由发起方保管。', en: 'The file is with whoever asks.' })}</p>
<p data-check="same" hidden>${badge({ zh: '与我的文件一致', en: 'The same as my file' }, 'good')}</p>
<p data-check="other" hidden>${badge({ zh: '与我的文件不一致', en: 'Not the same as my file' }, 'bad')}</p>`
}

import { both, card, notice, submit } from '../../web/components.ts'
import { page } from '../../web/frame.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'

/** The public page: is this document sealed, by whom, when, over what, and does it still hold? */
export function verifyPage({ trace, problem }: { trace: string; problem?: Words }): string {
  return page({
    title: { zh: '验章', en: 'Verify a sealed document' },
    lead: {
      zh: '看是谁盖的章、什么时候盖的、盖章后有没有改过。文件不会保存。',
      en: 'Who sealed it, when, and was it changed since? Nothing is stored.',
    },
    narrow: true,
    trace,
    scripts: ['verify-beside.js'],
    body: html`${problem !== undefined && notice(problem, 'bad')}${choosers()}`,
  })
}

/** A document that carries its seals, or a signature beside a file: what browser/verify-beside.js names at its top. */
export const choosers = (): Markup => html`${card(inside(), { zh: 'PDF、OFD、XML 文件', en: 'A sealed PDF, OFD or XML' })}
${card(beside(), { zh: '文件旁的签名（.p7s）', en: 'A signature beside a file (.p7s)' })}`

const inside = (): Markup => html`<form class="seal-form" method="post" action="/verify" enctype="multipart/form-data">
  <div class="field">
    <label for="document">${both({ zh: '要验的文件', en: 'The document' })}</label>
    <input type="file" id="document" name="document" required accept=".pdf,.ofd,.xml,application/pdf,application/ofd,text/xml" aria-describedby="document-note">
    <p class="field-note" id="document-note">${both({ zh: '也可以把文件拖到这里。最大 64 MB。', en: 'Or drop it here. At most 64 MB.' })}</p>
  </div>
  <div class="actions">${submit({ label: { zh: '验章', en: 'Verify' } })}</div>
</form>`

const beside = (): Markup => html`<form class="seal-form" id="beside-form" method="post" action="/verify" enctype="multipart/form-data">
  <p data-scripts hidden>${both({
    zh: '文件多大都可以，它留在您的电脑上：在这里算出摘要，只发送签名、文件大小和摘要。',
    en: 'The file may be of any size and stays on your computer: its digests are computed here, and only the signature, size and digests are sent.',
  })}</p>
  <noscript><p>${both({
    zh: '浏览器没有运行脚本：文件会整个发送，连签名最大 64 MB，不会保存。更大的文件请用命令来验：',
    en: 'Scripts do not run here: the file is sent whole, at most 64 MB with its signature, and not stored. Verify a larger one by the command:',
  })} <code class="digest">shield verify FILE --signature FILE.p7s</code></p></noscript>
  <div class="field">
    <label for="beside-signature">${both({ zh: '签名（.p7s）', en: 'The signature (.p7s)' })}</label>
    <input type="file" id="beside-signature" name="signature" required accept=".p7s,.p7b,.pem,.sig,application/pkcs7-signature">
  </div>
  <div class="field">
    <label for="beside-file">${both({ zh: '它旁边的文件', en: 'The file it stands beside' })}</label>
    <input type="file" id="beside-file" name="file" required>
  </div>
  <input type="hidden" name="size" disabled><input type="hidden" name="sm3" disabled><input type="hidden" name="sha256" disabled>
  <progress id="beside-progress" class="seal-progress" value="0" max="1" aria-label="读取进度 Progress" hidden></progress>
  <p id="beside-state" role="status" aria-live="polite"></p>
  <div class="actions">${submit({ label: { zh: '验签名', en: 'Verify the signature' } })}</div>
</form>`

import type { SealTask, SealTaskDocument } from '../../storage/stores-seal-tasks.ts'
import { badge, both, card, linkButton, notice, submit } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import { faultTree, pinStaysHere, shieldInputs, shieldStatus } from '../../web/shield-fields.ts'
import type { Words } from '../../web/words.ts'
import { HANDWRITTEN } from '../tasks/handwritten.ts'
import type { TaskStatus } from '../tasks/tasks.ts'
import { fileCheck, fileMarks, isElsewhere } from './file-check.ts'
import { handPad } from './hand.ts'
import { sealPlace } from './place.ts'

/** Documents that wait for a seal: what they are, which seal, and the shield. Elements and attributes are those that browser/shield-agent.js and browser/seal-list.js name at their top. */
export interface TaskView {
  task: SealTask
  status: TaskStatus
  documents: readonly SealTaskDocument[]
  seals: readonly { id: string; name: string }[]
  agentUrl: string
  /** certificates on the person's phones, of which one is in the seal's list or can be put there */
  phones: readonly { der: string; name: string }[]
  /** a phone has signed already: where the seals go on to be set */
  answered?: string | undefined
  done: boolean
}

export const taskPath = (id: string, rest = ''): string => `/workbench/seals/tasks/${encodeURIComponent(id)}${rest}`

export const taskTitle = ({ task, status }: TaskView): { title: Words; lead: Words } => ({
  title: { zh: status.state === 'done' ? '已盖章' : '请核对并盖章', en: status.state === 'done' ? 'Sealed' : 'Check, then seal' },
  lead: {
    zh: `${task.center.name}：${task.title}。共 ${status.count} 个文件，已盖 ${status.sealed} 个。`,
    en: `${status.count} documents, ${status.sealed} sealed.`,
  },
})

export function taskBody(view: TaskView): Markup {
  const { task, status, documents, done } = view
  const waiting = documents.filter(({ state }) => state === 'waiting')
  const open = status.state === 'open' && waiting.length > 0
  return html`${done && notice({ zh: '全部盖好了，可以下载。', en: 'All are sealed and can be fetched.' }, 'good')}
${status.state === 'expired' && notice({ zh: '这项任务已过期。没有盖的文件请重新发起。', en: 'Its time is over. What is not sealed has to be asked for again.' }, 'warn')}
${status.state === 'cancelled' && notice({ zh: '这项任务已取消。', en: 'This task was taken back.' }, 'warn')}
${view.answered !== undefined && open && html`${notice({ zh: '手机已经签名，还有章没有盖完。', en: 'A phone has signed, and not all seals are set yet.' }, 'info')}<div class="actions">${linkButton(view.answered, { zh: '继续盖章，不用再签名', en: 'Go on; nothing is signed again' }, 'primary')}</div>`}
<noscript>${notice({ zh: '盖章需要浏览器允许运行脚本。请打开后刷新。', en: 'Sealing needs scripts in your browser. Allow them and reload.' }, 'warn')}</noscript>
<div class="${open ? 'sign' : 'sign-over'}">
<div class="sign-what">
${sealPlace(taskPath(task.id), documents, open && view.seals.length > 0)}
${open && fileCheck(documents)}
${card(html`<ul class="seal-documents">${documents.map(documentLine)}</ul>`, { zh: `文件（${documents.length}）`, en: 'Documents' })}
<pre id="seal-list" class="shield-text" tabindex="0" aria-label="盖章清单 The list" hidden></pre>
</div>
${open && sealForm(view, waiting)}
</div>
${status.state === 'done' && task.returnTo !== undefined && html`<div class="actions">${linkButton(task.returnTo, { zh: '返回交易中心', en: 'Back to the trading center' }, 'primary')}</div>`}`
}

function documentLine(document: SealTaskDocument): Markup {
  const { taskId, n, name, format, size, digest, sha256, state, sealed } = document
  const elsewhere = format === 'cms'
  return html`<li data-document="${n}" data-state="${state}"${isElsewhere(document) && html` data-name="${name}" data-size="${size}" data-sm3="${digest}"`}>
<div class="mandate-head"><strong>${n}. ${name}</strong> ${state === 'sealed' ? badge({ zh: '已盖章', en: 'Sealed' }, 'good') : badge({ zh: '待盖章', en: 'Waiting' }, 'info')}</div>
<p class="quiet">${sized(size)} · SM3 <code class="digest">${digest}</code></p>
${sha256 !== undefined && html`<p class="quiet">SHA-256 <code class="digest">${sha256}</code></p>`}
${fileMarks(document)}
<p>${!elsewhere && linkButton(taskPath(taskId, `/documents/${n}/original`), { zh: '看原文', en: 'The original' })} ${sealed !== undefined && linkButton(taskPath(taskId, `/documents/${n}/sealed`), elsewhere ? { zh: '下载签名文件（.p7s）', en: 'The signature (.p7s)' } : { zh: '下载盖章文件', en: 'The sealed one' }, 'primary')}</p>
</li>`
}

function sealForm({ task, seals, agentUrl, phones }: TaskView, waiting: readonly SealTaskDocument[]): Markup {
  if (seals.length === 0)
    return card(
      html`<p>${both({ zh: '企业还没有可用的电子印章。', en: 'The company has no seal in force yet.' })}</p>${linkButton('/workbench/seals', { zh: '去制章', en: 'Have one made' }, 'primary')}`,
      { zh: '没有印章', en: 'No seal' },
    )
  const action = taskPath(task.id)
  const byHand = task.handwriting === true && waiting.every(({ format }) => format === 'pdf')
  return html`<div class="sign-how"><form id="shield-form" class="shield card" method="post" action="${action}" data-agent-url="${agentUrl}" data-text="" data-format="list" data-issuers="[]" data-task="${action}" data-waiting="${JSON.stringify(waiting.map(({ n }) => n))}">
  <h2>${both({ zh: '用盾盖章', en: 'Seal with the shield' })}</h2>
  <div class="field"><label for="seal">${both({ zh: '用哪枚印章', en: 'Seal' })}</label>
  <select id="seal" name="seal">${seals.map(({ id, name }) => html`<option value="${id}">${name}</option>`)}${byHand && html`<option value="${HANDWRITTEN}">手写签名（不用印章） By hand, no seal</option>`}</select></div>
  ${byHand && handPad()}
  ${shieldStatus()}
  <progress id="seal-progress" class="seal-progress" value="0" max="1" aria-label="盖章进度 Progress" hidden></progress>
  ${faultTree('missing', { zh: '盾助手没有连上，怎么办？', en: 'The shield agent is not running: what to do' }, [
    { zh: '从开始菜单启动“盾助手”，本页会自动继续。', en: 'Start the shield agent from the menu; this page goes on by itself.' },
  ])}
  ${shieldInputs(pinStaysHere, { zh: waiting.length === 1 ? '盖章' : `全部盖章（${waiting.length} 个）`, en: waiting.length === 1 ? 'Seal' : `Seal all ${waiting.length}` })}
  <p class="field-note">${both({ zh: '只输入一次 PIN。您签名的清单会列出每个文件的摘要，可以保存。', en: 'One PIN. The list you sign names every document by its digest, and is yours to keep.' })}</p>
</form>
${phoneForm(action, phones)}</div>`
}

/** Filled with life by browser/seal-phone.js, which names the elements at its top. */
function phoneForm(action: string, phones: TaskView['phones']): Markup {
  const title = { zh: '用手机银行盖章', en: 'Seal with the bank’s app' }
  if (phones.length === 0)
    return html`<details class="help"><summary>${both(title)}</summary><p>${both({ zh: '先用手机银行登录一次，再登记这部手机，然后为它重新制章。', en: 'Log in once with the bank’s app, show the phone, and have the seal remade for it.' })}</p>${linkButton('/workbench/seals/shield', { zh: '登记手机', en: 'Show a phone' })}</details>`
  return html`<form id="seal-phone" class="card seal-form" data-task="${action}">
  <h2>${both(title)}</h2>
  <div class="field"><label for="phone-certificate">${both({ zh: '用哪部手机', en: 'Phone' })}</label>
  <select id="phone-certificate">${phones.map(({ der, name }) => html`<option value="${der}">${name}</option>`)}</select>
  <p class="field-note">${both({ zh: '用上面选的印章，它要为这部手机制作过。', en: 'With the seal chosen above, which has to be made for this phone.' })}</p></div>
  ${phoneProgress}
  <div class="actions"><button type="submit" class="button button-secondary">${both({ zh: '用手机盖章', en: 'Seal with the phone' })}</button></div>
</form>`
}

/** Setting the seals that a phone has signed, begun by the script as soon as the page is there. */
export function sealingOn(path: string, waiting: readonly SealTaskDocument[]): Markup {
  const task = path.slice(0, path.indexOf('/phone/'))
  return html`<form id="seal-phone-set" class="card" data-path="${path}" data-task="${task}" data-waiting="${JSON.stringify(waiting.map(({ n }) => n))}">
  ${phoneProgress}
  <div class="actions"><button type="submit" class="button button-primary">${both({ zh: '继续盖章', en: 'Go on' })}</button></div>
</form>`
}

const phoneProgress = html`<p id="seal-phone-doing" role="status" aria-live="polite"></p>
  <progress id="seal-phone-progress" class="seal-progress" value="0" max="1" aria-label="盖章进度 Progress" hidden></progress>`

function sized(size: number): string {
  const [kilobytes, megabytes] = [size / 1024, size / 1024 / 1024]
  if (megabytes < 1) return `${Math.max(1, Math.round(kilobytes))} KB`
  return megabytes < 1024 ? `${megabytes.toFixed(1)} MB` : `${(megabytes / 1024).toFixed(1)} GB`
}

/** One-minute sealing: files, and where the seal goes. */
export function newTaskBody({ problem }: { problem?: Words | undefined }): Markup {
  return html`${problem !== undefined && notice(problem, 'bad')}
<form class="card seal-form" method="post" action="/workbench/seals/tasks/new" enctype="multipart/form-data">
  <div class="field"><label for="documents">${both({ zh: '要盖章的文件', en: 'Documents' })}</label>
  <input type="file" id="documents" name="documents" multiple required accept=".pdf,.ofd,.xml,application/pdf,application/ofd,text/xml" aria-describedby="documents-note">
  <p class="field-note" id="documents-note">${both({ zh: 'PDF、OFD 或 XML，可以一次选多个，合计不超过 128 MB。', en: 'PDF, OFD or XML; several at once, at most 128 MB together.' })}</p></div>
  <fieldset class="field"><legend class="label">${both({ zh: '盖在哪里', en: 'Where' })}</legend>
  ${PLACES.map(({ value, words }, i) => html`<label class="choice"><input type="radio" name="where" value="${value}"${i === 0 && html` checked`}> ${both(words)}</label>`)}
  </fieldset>
  <div class="field"><label for="words">${both({ zh: '文字（按文字定位时填写）', en: 'Words to find' })}</label>
  <input type="text" id="words" name="words" maxlength="60" placeholder="投标人（盖章）"></div>
  <div class="field"><label for="page">${both({ zh: '第几页（按页定位时填写）', en: 'Page' })}</label>
  <input type="number" id="page" name="page" min="1" max="5000" value="1"></div>
  <div class="actions">${submit({ label: { zh: '下一步', en: 'Next' } })}</div>
</form>`
}

const PLACES = [
  { value: 'corner', words: { zh: '某一页的右下角', en: 'the lower right of a page' } },
  { value: 'words', words: { zh: '压在文件里的某几个字上', en: 'on words of the document' } },
  { value: 'edge', words: { zh: '骑缝章（每页右边一条，合起来是一个章）', en: 'across the right edge of all pages' } },
  { value: 'none', words: { zh: '不显示印章，只签名', en: 'nowhere: signed without a picture' } },
] as const

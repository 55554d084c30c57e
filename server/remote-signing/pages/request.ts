import type { RemoteRequest } from '../../storage/stores-remote-signing.ts'
import { minuteOf } from '../../web/beijing.ts'
import { actionForm, both, card, facts, linkButton, notice } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import type { Signer } from '../ports.ts'
import { checkPath, expertPage, requestPath } from './frame.ts'

export interface RequestView {
  request: RemoteRequest
  state: RemoteRequest['state'] | 'expired'
  /** what is missing before it can be signed */
  missing?: 'key' | 'check' | undefined
  problem?: Words | undefined
}

const STATES: Record<RequestView['state'], Words> = {
  open: { zh: '等您签名', en: 'Waiting for you' },
  signed: { zh: '已签名', en: 'Signed' },
  declined: { zh: '您已拒签', en: 'Declined' },
  cancelled: { zh: '对方已撤回', en: 'Taken back' },
  expired: { zh: '已过期', en: 'Over' },
}

/** What a center asks to sign: each document to be read, by its digest; and the way to sign. */
export function requestPage(by: Signer, view: RequestView): string {
  const { request, state, problem } = view
  return expertPage(by, {
    title: state === 'open' ? { zh: '请您签名', en: 'Your signature is asked' } : STATES[state],
    lead: {
      zh: '请先打开每个文件核对。您确认的是下面这些文件的摘要，一个字节也不能变。',
      en: 'Open and check each document first. You approve these digests: not a byte may change.',
    },
    body: html`${problem !== undefined && notice(problem, 'bad')}
${state === 'signed' && notice({ zh: '已签名，已交给发起的交易中心。', en: 'Signed and handed to the trading center.' }, 'good')}
${card(
  facts([
    { name: { zh: '谁在请求', en: 'Who asks' }, value: request.center.name },
    { name: { zh: '事项', en: 'Matter' }, value: request.title },
    { name: { zh: '状态', en: 'State' }, value: both(STATES[state]) },
    { name: { zh: '期限', en: 'Until' }, value: minuteOf(request.expiresAt) },
  ]),
)}
${card(documentList(request), { zh: `文件 ${request.documents.length} 个`, en: 'Documents' })}
${state === 'open' && wayOn(view)}
<div class="actions actions-quiet"><a class="button button-quiet" href="/experts">${both({ zh: '返回', en: 'Back' })}</a></div>`,
  })
}

const documentList = (request: Pick<RemoteRequest, 'id' | 'documents'>): Markup =>
  html`<ol class="expert-documents">${request.documents.map(({ n, name, size, digest, signed }) => {
    const address = `${requestPath(request.id)}/documents/${n}`
    return html`<li><a href="${address}">${name}</a> <span class="quiet">${size} B</span>
<p class="digest">SM3 <code>${digest}</code></p>${signed !== undefined && linkButton(`${address}?which=signed`, { zh: '下载签名结果', en: 'The signed one' })}</li>`
  })}</ol>`

function wayOn({ request, missing }: RequestView): Markup {
  const decline = actionForm(requestPath(request.id, 'decline'), [{ label: { zh: '拒签', en: 'Decline' }, look: 'secondary' }])
  if (missing === 'key')
    return html`${notice({ zh: '您还没有可用的云签密钥。', en: 'You have no remote key that can be used.' }, 'warn')}
<div class="actions">${linkButton('/experts/key/new', { zh: '启用云签', en: 'Activate remote signing' }, 'primary')}</div>${decline}`
  if (missing === 'check')
    return html`${notice({ zh: '签名前需要银行核验本人。', en: 'Your bank has to check the person before you sign.' }, 'warn')}
<div class="actions">${linkButton(checkPath(requestPath(request.id)), { zh: '去银行核验本人', en: 'To the bank' }, 'primary')}</div>${decline}`
  return html`${actionForm(requestPath(request.id, 'begin'), [{ label: { zh: '我已核对，用云签签名', en: 'Checked: sign with my remote key' } }])}${decline}`
}

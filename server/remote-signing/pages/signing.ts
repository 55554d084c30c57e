import type { Ask } from '../../storage/stores-authorization.ts'
import type { RemoteSigning } from '../../storage/stores-remote-signing.ts'
import { askScan } from '../../web/ask-scan.ts'
import { type AskScreenState, askLine, countdown, inState } from '../../web/ask-state.ts'
import { both, card, notice, submit } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import type { Signer } from '../ports.ts'
import { expertPage, requestPath, secretField, signingPath } from './frame.ts'

export interface SigningView {
  signing: RemoteSigning
  /** of a phone that is asked */
  ask?: { ask: Ask; state: AskScreenState; address: string; why?: Words | undefined } | undefined
  /** until the approval is over */
  seconds: number
  triesLeft: number
  problem?: Words | undefined
}

/** The list in its very words; the phone's part where a phone approves; the PIN. */
export function signingPage(by: Signer, view: SigningView): string {
  const { signing, ask, problem, seconds, triesLeft } = view
  const activating = signing.purpose === 'activate'
  const address = signing.requestId === undefined ? '/experts' : requestPath(signing.requestId)
  return expertPage(by, {
    title: activating ? { zh: '确认启用', en: 'Confirm the activation' } : { zh: '核对清单并签名', en: 'Check the list and sign' },
    lead: activating
      ? { zh: '两个因素都核对一次，证书就签发。', en: 'Show both factors once and the certificate is issued.' }
      : { zh: '确认只对这份清单有效，只能用一次。', en: 'Your approval is for this list alone, and once.' },
    ...(ask === undefined ? {} : { scripts: ['ask.js'] }),
    body: html`${problem !== undefined && notice(problem, 'bad')}
${problem !== undefined && triesLeft > 0 && html`<p class="field-note">${both({ zh: `还可以试 ${triesLeft} 次。`, en: `${triesLeft} tries left.` })}</p>`}
${card(html`<pre id="signing-text" class="ask-text" tabindex="0">${signing.text}</pre>`, activating ? { zh: '启用的内容', en: 'What is activated' } : { zh: '签名清单', en: 'The list' })}
${ask === undefined ? html`${pinForm(signing)}${countdown(seconds)}` : phonePart(view, ask)}
<div class="actions actions-quiet"><a class="button button-quiet" href="${address}">${both({ zh: '返回，先不签', en: 'Back, sign nothing' })}</a></div>`,
  })
}

function pinForm({ id, factor, purpose }: RemoteSigning): Markup {
  const label = purpose === 'activate' ? { zh: '启用', en: 'Activate' } : { zh: '签名', en: 'Sign' }
  const action = signingPath(id)
  return html`<form id="pin-form" class="card expert-form" method="post" action="${action}">
  ${secretField({ id: 'pin', label: { zh: '签名 PIN', en: 'Signing PIN' }, note: { zh: '不是盾的 PIN，也不是银行密码。错满六次会锁定。', en: 'Not the shield’s PIN nor the bank’s password. Six wrong ones lock the key.' }, attributes: 'pin' })}
  ${factor === 'totp' && secretField({ id: 'code', label: { zh: '动态口令', en: 'One-time code' }, note: { zh: '身份验证器应用里现在显示的六位数字，用过的不能再用。', en: 'The six digits your authenticator app shows now; each counts once.' }, attributes: 'code' })}
  <div class="actions">${submit({ label })}</div>
</form>`
}

function phonePart({ signing, seconds }: SigningView, { ask, state, address: phone, why }: NonNullable<SigningView['ask']>): Markup {
  const address = signingPath(signing.id)
  return html`${askLine({
    askId: ask.id,
    state,
    why,
    seconds,
    words: {
      waiting: { zh: '请用手机扫描二维码，在手机银行里核对同一份清单。', en: 'Scan the code and check the same list in the bank’s app.' },
      opened: { zh: '手机已打开。请在手机上输入下面的数字，核对后确认。', en: 'Open on a phone. Give it the number below, check, and confirm.' },
      approved: { zh: '手机已确认。请输入签名 PIN。', en: 'Confirmed on the phone. Enter your signing PIN.' },
      done: { zh: '这次确认已用过。', en: 'This approval was used.' },
      refused: { zh: '没有确认，没有签名。', en: 'Not confirmed, nothing was signed.' },
      expired: { zh: '已过期，请返回重新开始。', en: 'Expired; go back and begin again.' },
    },
  })}
${inState(['waiting', 'opened'], state, askScan({ ask, state, address: phone, seconds }))}
<noscript><div class="actions"><a class="button button-secondary" href="${address}">${both({ zh: '看看手机是否已确认', en: 'See whether the phone has confirmed' })}</a></div></noscript>
${inState(['approved'], state, pinForm(signing))}`
}

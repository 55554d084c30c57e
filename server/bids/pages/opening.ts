import type { FailureCode } from '../../kernel/errors.ts'
import { failures } from '../../kernel/failures.ts'
import type { Certificate } from '../../pki/certificate.ts'
import type { Bid, Opening } from '../../storage/stores-bids.ts'
import { dayOf, secondOf } from '../../web/beijing.ts'
import { bidForm } from '../../web/bid-form.ts'
import { actionForm, both, card, type Fact, facts, linkButton, notice } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import type { RenewalAdvice } from '../renewal-advice.ts'
import type { Trouble } from '../watch-rules.ts'
import type { BidPage } from './ports.ts'
import { bidBadge, bidPath, countdown, failureNotice, openingBadge, openingFacts, troubleNotice } from './words.ts'

export interface OpeningView {
  opening: Opening
  center: string
  bid: Bid | undefined
  troubles: readonly (Trouble & Words)[]
  advice: RenewalAdvice | undefined
  warned: readonly { at: string; words: Words }[]
  agentUrl: string
  /** what a bank's app handed out for this bid */
  app?: Certificate | undefined
  now: Date
  done?: Words | undefined
  /** changes when the page should be looked at anew */
  stamp: string
}

/** One opening for one bidder: what is announced, the own bid and what is to be done about it, the upload before the deadline, decrypting after it. */
export function openingPage(view: OpeningView): BidPage {
  const { opening, bid, now, done, troubles } = view
  const ahead = opening.state === 'announced' && now < new Date(opening.opensAt)
  const held = bid === undefined || bid.state === 'withdrawn' ? undefined : bid
  return {
    title: { zh: opening.title, en: opening.drill ? 'Rehearsal of an opening' : 'Opening of bids' },
    inside: true,
    scripts: ['bid-clock.js', 'progress.js', ...(ahead ? ['bid-upload.js'] : []), ...(ahead && view.app !== undefined ? ['bid-app.js'] : [])],
    body: html`<div data-progress="${bidPath(opening.id, 'state')}" data-stamp="${view.stamp}"></div>
${done !== undefined && notice(done, 'good')}
${opening.drill && notice({ zh: '这是一次演练，步骤和正式开标相同，文件不会当作投标。', en: 'A rehearsal: the same steps, and nothing counts as a bid.' }, 'info')}
${troubles.map(troubleNotice)}
${clockOf(view, ahead)}
${card(html`<p>${openingBadge(opening)}</p>${facts(openingFacts(opening, view.center))}`, { zh: '公告', en: 'Announced' })}
${held !== undefined && bidCard(held, view, ahead)}
${ahead && bidForm({ facts: bidPath(opening.id, 'facts'), next: `${bidPath(opening.id)}?done=registered`, agentUrl: view.agentUrl, replaces: held !== undefined, app: appOf(view) })}
${ahead && view.app === undefined && appCard(view)}
${ahead && uploadCard(view)}`,
  }
}

function clockOf({ opening, now }: OpeningView, ahead: boolean): Markup {
  if (ahead) return countdown({ zh: '距投标截止和开标', en: 'Until deadline and opening' }, opening.opensAt, now)
  if (opening.state === 'open') return countdown({ zh: '距解密截止', en: 'Until decrypting ends' }, opening.decryptBy, now)
  if (opening.state === 'announced')
    return notice(
      { zh: '开标时间已到，等交易中心宣布开标。本页会自动更新。', en: 'The time has come; the center opens in a moment, and this page shows it.' },
      'info',
    )
  return notice(
    opening.state === 'cancelled'
      ? { zh: '这场开标已取消。', en: 'The opening was cancelled.' }
      : { zh: '开标已结束。', en: 'The opening is closed.' },
    'info',
  )
}

function bidCard(bid: Bid, { opening, now, advice, warned, troubles }: OpeningView, ahead: boolean): Markup {
  const inTime = opening.state === 'open' && now < new Date(opening.decryptBy)
  const mayDecrypt = inTime && (bid.state === 'waiting' || bid.state === 'failed')
  return card(
    html`<div class="bid-card"><p>${bidBadge(bid.state)}</p>
${failureNotice(bid)}
${bid.state === 'rescued' && notice({ zh: `由 ${bid.rescued?.custodians.length ?? 0} 位保管人和平台应急解密。`, en: 'Opened by custodians and the platform.' }, 'info')}
${facts(bidFacts(bid))}
${advice !== undefined && ahead && !troubles.some(({ severity }) => severity === 'stop') && html`<p class="quiet">${both(advice)}</p>`}
<div class="actions">${mayDecrypt && linkButton(bidPath(opening.id, 'decrypt'), { zh: '用盾解密', en: 'Decrypt with the shield' }, 'primary')}${ahead && linkButton(bidPath(opening.id, 'test'), { zh: '解密自检', en: 'Self-test' }, bid.selfTest?.ok === true || bid.phoneTest !== undefined ? 'secondary' : 'primary')}</div>
${ahead && html`<details class="help bid-aside"><summary>${both({ zh: '撤回投标', en: 'Withdraw the bid' })}</summary><p>${both({ zh: '撤回后这份标书不再开标；截止前可以重新上传。', en: 'It will not be opened. Until the deadline you can upload another.' })}</p>${actionForm(bidPath(opening.id, 'withdraw'), [{ label: { zh: '确认撤回', en: 'Withdraw' }, look: 'secondary' }])}</details>`}
${ahead && goneForm(bid, opening.id)}
${warned.length > 0 && html`<details class="help"><summary>${both({ zh: `已发出的提醒（${warned.length}）`, en: 'Warnings so far' })}</summary><ul>${warned.map(({ at, words }) => html`<li>${secondOf(at)} ${both(words)}</li>`)}</ul></details>`}</div>`,
    { zh: '我的标书', en: 'My bid' },
  )
}

/** The company's own word; who says it stands in the evidence. */
const goneForm = ({ certificates }: Bid, opening: string): Markup =>
  html`<details class="help bid-aside"><summary>${both({ zh: '盾或手机丢了、坏了、换了', en: 'A shield or phone is lost, broken or replaced' })}</summary>
<p>${both({ zh: '说明以后，本企业的人会收到怎么办的提醒。找到了，用它做一次解密自检就撤销。', en: 'The company’s people are told what to do. Where it is found, a passed self-test with it takes this back.' })}</p>
<form class="seal-form" method="post" action="${bidPath(opening, 'gone')}">
<div class="field"><label for="gone-which">${both({ zh: '哪一个', en: 'Which' })}</label><select id="gone-which" name="thumbprint">${certificates.map(each => html`<option value="${each.thumbprint}">${recipientOf(each)}</option>`)}</select></div>
<div class="field"><label for="gone-how">${both({ zh: '怎么了', en: 'What happened' })}</label><select id="gone-how" name="how"><option value="lost">丢了或坏了 lost or broken</option><option value="replaced">已换成别的盾 replaced by another</option></select></div>
<div class="actions"><button type="submit" class="button button-secondary">${both({ zh: '说明情况', en: 'Say so' })}</button></div></form></details>`

function bidFacts({ receivedAt, file, certificates, signTest, selfTest, phoneTest, content }: Bid): Fact[] {
  const tested = selfTest === undefined ? '还没有做 not yet' : `${secondOf(selfTest.at)} ${selfTest.ok ? '通过 passed' : '没有通过 failed'}`
  return [
    { name: { zh: '收到时间', en: 'Received' }, value: secondOf(receivedAt) },
    { name: { zh: '大小', en: 'Size' }, value: `${file.size.toLocaleString('en')} 字节 octets` },
    { name: { zh: '信封摘要 SM3', en: 'SM3 of the envelope' }, value: html`<code class="bid-digest">${file.sm3}</code>` },
    { name: { zh: '加密给', en: 'Encrypted to' }, value: certificates.map(recipientOf).join('；') },
    ...(signTest === undefined ? [] : [{ name: { zh: '签名自检', en: 'Signature tested' }, value: signedWords(signTest) }]),
    { name: { zh: '解密自检', en: 'Decryption tested' }, value: tested },
    ...(phoneTest === undefined
      ? []
      : [{ name: { zh: '手机的解密钥匙', en: 'The phone’s key' }, value: `${secondOf(phoneTest.at)} 在手机上 on the phone` }]),
    ...(content === undefined
      ? []
      : [{ name: { zh: '解密出的文件', en: 'Opened file' }, value: `${content.name}（${content.size.toLocaleString('en')}）` }]),
  ]
}

function signedWords({ at, ok, code }: NonNullable<Bid['signTest']>): string {
  const known = Object.keys(failures).find((name): name is FailureCode => name === code)
  const why = known === undefined ? '' : `：${failures[known].zh} ${failures[known].en}`
  return `${secondOf(at)} ${ok ? '通过 passed' : `没有通过 failed${why}`}`
}

const appOf = ({ app }: OpeningView) => app && { certificate: app.der.toString('base64'), until: dayOf(app.notAfter) }

function appCard({ opening }: OpeningView): Markup {
  return card(
    html`<p>${both({ zh: '标书可以同时加密给手机银行：开标时盾不在手边，就用手机解密。先取手机银行的加密证书，再选标书文件。', en: 'A bid can be encrypted to the bank’s app as well: with no shield at hand at the opening, the phone decrypts it. Get the app’s certificate first, then choose the file.' })}</p>
${actionForm(bidPath(opening.id, 'app'), [{ label: { zh: '取手机银行的加密证书', en: 'Get the app’s certificate' }, look: 'secondary' }])}`,
    { zh: '也用手机解密', en: 'Decrypt with the phone as well' },
  )
}

/** Of a certificate from a file nobody says whether a shield or an app has its key. */
const recipientOf = ({ onPhone, notAfter, thumbprint }: Bid['certificates'][number]): string =>
  onPhone === true ? `手机银行 app，证书到 ${dayOf(notAfter)}` : `加密证书 certificate ${thumbprint.slice(0, 8)}，到 ${dayOf(notAfter)}`

/** Filled in by browser/bid-upload.js, which names the elements at its top. */
function uploadCard({ opening, agentUrl }: OpeningView): Markup {
  return card(
    html`<noscript>${notice({ zh: '上传需要浏览器允许运行脚本。请打开后刷新。', en: 'Uploading needs scripts in your browser. Allow them and reload.' }, 'warn')}</noscript>
<form id="bid-upload" class="seal-form" data-at="${bidPath(opening.id, 'envelopes')}" data-facts="${bidPath(opening.id, 'facts')}" ${opening.drill && html`data-drill="${bidPath(opening.id, 'drill')}"`} data-done="${bidPath(opening.id)}?done=registered" data-agent-url="${agentUrl}">
  <div class="field"><label for="bid-file">${both({ zh: '加密后的投标文件（信封）', en: 'The encrypted bid (envelope)' })}</label>
  <input type="file" id="bid-file" aria-describedby="bid-file-note"><p class="field-note" id="bid-file-note">${both({ zh: '由 shield bid encrypt 或投标软件生成。大文件分段上传，断开后选同一个文件继续。', en: 'Made by shield bid encrypt or bidding software. Large files go up in pieces; after a break choose the same file to go on.' })}</p></div>
  <div class="field"><label for="bid-shield">${both({ zh: '加密用的是哪个盾', en: 'The shield it is encrypted to' })}</label>
  <select id="bid-shield" disabled></select></div>
  <div class="field"><label for="bid-certificates">${both({ zh: '或者选加密证书文件（盾不在手边时）', en: 'Or the encryption certificates (where the shield is elsewhere)' })}</label>
  <input type="file" id="bid-certificates" multiple accept=".pem,.cer,.crt,.der"></div>
  <p id="bid-doing" role="status" aria-live="polite"></p>
  <progress id="bid-progress" class="seal-progress" aria-labelledby="bid-doing" hidden></progress>
  <div class="actions"><button type="submit" id="bid-send" class="button button-primary">${both({ zh: '上传并递交', en: 'Upload and hand in' })}</button>${opening.drill && html`<button type="button" id="bid-drill" class="button button-secondary" disabled>${both({ zh: '生成演练标书', en: 'Make a rehearsal bid' })}</button>`}</div>
</form>`,
    { zh: '上传别处加密好的标书', en: 'Upload a bid that was encrypted elsewhere' },
  )
}

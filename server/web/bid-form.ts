import { both, notice } from './components.ts'
import { html, type Markup } from './markup.ts'
import { pinStaysHere, shieldHelp, shieldInputs, shieldStatus } from './shield-fields.ts'
import type { Words } from './words.ts'

/** Where a bidder hands its bid in, encrypted in the browser. Elements and attributes are those that browser/shield-agent.js and browser/bid-encrypt.js name at their top. */
export interface BidForm {
  /** path of the opening's facts; the upload's addresses stand beside it (browser/bid/upload.js) */
  facts: string
  /** path to go on to when the bid is registered */
  next: string
  agentUrl: string
  /** a bid was handed in before, and this one takes its place */
  replaces?: boolean
  /** a bank's app that handed out its certificate for encryption: DER in base64, and the day it ends */
  app?: { certificate: string; until: string } | undefined
}

const STEPS: readonly (readonly [name: string, words: Words])[] = [
  ['shield', { zh: '用手里的盾试解密', en: 'The shield in hand is tried on it' }],
  ['encrypt', { zh: '在本机加密、核对并上传', en: 'It is encrypted and checked here, and sent' }],
  ['register', { zh: '平台登记，并核对收到的文件', en: 'The platform registers it; what it received is compared' }],
]

/** The page's scripts must hold shield-agent.js, and the route must admit `agentUrl` to connect-src. */
export function bidForm({ facts, next, agentUrl, replaces = false, app }: BidForm): Markup {
  return html`<noscript>${notice({ zh: '加密标书需要浏览器允许运行脚本。请打开后刷新。', en: 'Encrypting needs scripts in your browser. Allow them and reload.' }, 'warn')}</noscript>
<section id="bid-encrypt" data-facts="${facts}" data-next="${next}"${app !== undefined && html` data-app="${app.certificate}"`} aria-labelledby="bid-encrypt-title">
<form id="shield-form" class="shield card" method="post" data-agent-url="${agentUrl}" data-text="" data-format="bid" data-issuers="[]">
  <h2 id="bid-encrypt-title">${both({ zh: '加密并提交标书', en: 'Encrypt and hand in the bid' })}</h2>
  <p>${both({ zh: '文件在这台电脑上加密后才上传，开标前平台和交易中心都打不开。', en: 'The file is encrypted on this computer before it leaves it. Before the opening neither the platform nor the center can open it.' })}</p>
  ${replaces && notice({ zh: '再次提交会替换已递交的标书。', en: 'Another bid takes the place of the one that was handed in.' }, 'warn')}
  <div class="field"><label for="bid-plain">${both({ zh: '标书文件', en: 'File of the bid' })}</label><input type="file" id="bid-plain" required aria-describedby="bid-plain-note"><p class="field-note" id="bid-plain-note">${both({ zh: '一个文件，任何格式；有多个文件时请先打成一个压缩包。提交后还可以换，以最后登记的为准。', en: 'One file of any format; put several into one archive first. It can be replaced until the deadline: the last one registered counts.' })}</p></div>
  ${app !== undefined && alsoToApp(app)}
  ${shieldStatus()}
  ${shieldHelp({ zh: '请用开标时也会带来的那个盾。', en: 'Use the shield that will be at hand at the opening.' })}
  ${shieldInputs(pinStaysHere, { zh: '加密并提交', en: 'Encrypt and hand in' })}
  ${app !== undefined && toAppAlone()}
  <div id="bid-encrypt-work" hidden>
    <progress id="bid-encrypt-progress" class="bid-progress" value="0" max="100" aria-label="提交进度 Progress"></progress>
    <p class="quiet" id="bid-encrypt-amount"></p>
    <button type="button" id="bid-encrypt-cancel" class="button button-quiet">${both({ zh: '取消', en: 'Cancel' })}</button>
  </div>
  <ol class="bid-steps">${STEPS.map(([name, words]) => html`<li data-bid-step="${name}">${both(words)}</li>`)}</ol>
</form>
</section>`
}

const alsoToApp = ({ until }: { until: string }): Markup =>
  html`${notice({ zh: `已取得手机银行的加密证书，有效期到 ${until}。`, en: 'The app has handed out its certificate.' }, 'good')}
  <label class="choice"><input type="checkbox" id="bid-also-app" checked><span class="choice-words">${both({ zh: '同时加密给手机银行：开标时盾和这部手机，哪个在手边就用哪个', en: 'Encrypt to the app as well: at the opening either the shield or this phone will do' })}</span></label>`

/** Without any shield. What that leaves out is said where it is chosen. */
const toAppAlone = (): Markup =>
  html`<details class="help bid-aside"><summary>${both({ zh: '手边没有盾', en: 'No shield at hand' })}</summary>
  <p>${both({ zh: '可以只加密给这部手机。手机丢失、换机或停用手机银行后，这份标书就只能靠应急解密；没有设应急解密的，谁也打不开。提交后请用手机试一次解密钥匙。', en: 'It can be encrypted to this phone alone. Where the phone is lost or replaced, or the app given up, only the rescue is left, and where there is none, nothing. Try the key on the phone once it is handed in.' })}</p>
  <p role="status" aria-live="polite" id="bid-app-status"></p>
  <div class="actions"><button type="button" id="bid-app-alone" class="button button-secondary">${both({ zh: '只加密给手机银行并提交', en: 'Encrypt to the app alone and hand in' })}</button></div></details>`

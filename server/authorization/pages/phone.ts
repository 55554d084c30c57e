import { failures } from '../../kernel/failures.ts'
import type { Ask } from '../../storage/stores-authorization.ts'
import { askLine, countdown, inState } from '../../web/ask-state.ts'
import { actionForm, both, facts, linkButton, notice, submit } from '../../web/components.ts'
import { page } from '../../web/frame.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'

/** The phone's pages: what is asked and the number, then the way to the bank's app, then what became of it. */
export interface AskedView {
  ask: Ask
  /** until it expires */
  seconds: number
}

const TITLES: Record<Ask['kind'], Words> = {
  login: { zh: '在电脑上登录？', en: 'Log in on the computer?' },
  ciba: { zh: '交易中心请您确认', en: 'A trading center asks you to confirm' },
  approval: { zh: '同事请您同意', en: 'A colleague asks for your agreement' },
  'remote-signing': { zh: '确认云签？', en: 'Sign with your remote key?' },
  'seal-list': { zh: '用手机盖章？', en: 'Seal with this phone?' },
  'seal-shield': { zh: '登记这部手机？', en: 'Show this phone?' },
  'bid-decrypt': { zh: '用手机解密标书？', en: 'Decrypt the bid with this phone?' },
  'bid-certificate': { zh: '标书加密给这部手机？', en: 'Encrypt the bid to this phone?' },
  'bid-key-test': { zh: '试这部手机的解密钥匙？', en: 'Try the key on this phone?' },
}

const path = (ask: Pick<Ask, 'id'>, step: 'number' | 'refuse' | 'answer'): string => `/phone/${encodeURIComponent(ask.id)}/${step}`

/** Who asks, what, from where. */
function asked(ask: Ask): Markup {
  return facts([
    { name: { zh: '谁在请求', en: 'Who asks' }, value: ask.center.name },
    ...ask.rows.slice(0, 20).map(({ name, value }) => ({ name, value })),
    { name: { zh: '从哪里发起', en: 'Where it began' }, value: ask.from },
  ])
}

/** One that the phone has in hand is not `waiting`; what ends it on the other screen is said here. */
const line = ({ ask, seconds }: AskedView): Markup =>
  askLine({
    askId: ask.id,
    state: 'opened',
    seconds,
    next: `/phone/${encodeURIComponent(ask.id)}`,
    words: {
      waiting: { zh: '请核对下面的内容。', en: 'Check what it says below.' },
      opened: { zh: '请先核对，再确认。不是您本人发起的，请拒绝。', en: 'Check before you confirm. Refuse it if it was not you who began it.' },
      approved: { zh: '已确认。', en: 'Confirmed.' },
      done: { zh: '已完成。', en: 'Done.' },
      refused: { zh: '这个请求已结束，没有办理。', en: 'This request has ended; nothing was done.' },
      expired: EXPIRED[ask.kind],
    },
  })

const refuse = (ask: Ask): Markup => actionForm(path(ask, 'refuse'), [{ label: { zh: '不是我，拒绝', en: 'Not me: refuse' }, look: 'secondary' }])

/** Step one: the number that the other screen shows. */
export function askedPage(view: AskedView): string {
  const { ask } = view
  const action = path(ask, 'number')
  return page({
    title: TITLES[ask.kind],
    narrow: true,
    scripts: ['ask.js'],
    trace: ask.trace,
    body: html`${line(view)}
${inState(
  ['opened'],
  'opened',
  html`<section class="card">${asked(ask)}</section>
<form class="ask-number-form" method="post" action="${action}">
  <div class="field">
    <label for="number">${both({ zh: '电脑屏幕上的两位数字', en: 'The two digits on the computer’s screen' })}</label>
    <input type="text" id="number" class="ask-number-input" name="number" inputmode="numeric" pattern="[0-9]{2}" maxlength="2" required autocomplete="off" aria-describedby="number-note">
    <p class="field-note" id="number-note">${both({ zh: '只看您面前的屏幕。别人发来的数字，不要输入。填错一次就会停止。', en: 'Read it off the screen before you, never from a message. One wrong number stops this.' })}</p>
  </div>
  <div class="actions">${submit({ label: { zh: '数字一致，继续', en: 'It matches: continue' } })}</div>
</form>
${refuse(ask)}${countdown(view.seconds)}`,
)}`,
  })
}

/** Step two: the bank's app signs the very words shown here. */
export function confirmedPage(view: AskedView & { apps: readonly { name: Words; address: string }[] }): string {
  const { ask, apps } = view
  return page({
    title: TITLES[ask.kind],
    narrow: true,
    scripts: ['ask.js'],
    trace: ask.trace,
    body: html`${line(view)}
${inState(
  ['opened'],
  'opened',
  html`<section class="card">${asked(ask)}</section>
${
  ask.text !== undefined &&
  html`<section class="shield-text" aria-labelledby="ask-text-title">
  <h2 id="ask-text-title">${both({ zh: '您将签名的内容', en: 'What you will sign' })}</h2>
  <pre tabindex="0">${ask.text}</pre>
</section>`
}
${apps.length === 0 && notice({ zh: '没有可用的手机银行。请回到电脑上用盾办理。', en: 'No bank app can sign this. Use the shield at the computer.' }, 'warn')}
<div class="actions">${apps.map(
    ({ name, address }, i) =>
      linkButton(address, { zh: `打开${name.zh}手机银行签名`, en: `Sign in ${name.en}’s app` }, i === 0 ? 'primary' : 'secondary') ?? '',
  )}</div>
${refuse(ask)}${countdown(view.seconds)}`,
)}`,
  })
}

/** The answer as it came from the bank's app, on its way to us with this phone's cookie. */
export function bouncePage(id: string, fields: Readonly<Record<string, string>>): string {
  const action = path({ id }, 'answer')
  return page({
    title: { zh: '正在提交签名', en: 'Handing in your signature' },
    narrow: true,
    scripts: ['auto-submit.js'],
    body: html`<form id="auto-submit" class="actions" method="post" action="${action}">
  ${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
  ${submit({ label: { zh: '没有自动跳转？点这里继续', en: 'Not moving? Continue here' } })}
</form>`,
  })
}

/** What this phone's answer came to. */
export function endedPage({ ask, state, back }: { ask: Ask; state: string; back: string | undefined }): string {
  const yes = state === 'approved' || state === 'done'
  const own = ask.failure === undefined || ask.failure === 'ask_refused'
  const title = yes ? { zh: '已确认', en: 'Confirmed' } : own ? { zh: '已拒绝', en: 'Refused' } : { zh: '没有办理', en: 'Not done' }
  const words = yes
    ? DONE[ask.kind]
    : own
      ? {
          zh: '您已拒绝，什么也没有办理。如果不是您本人发起的，请提醒同事当心。',
          en: 'You refused and nothing was done. If you did not begin it, warn your colleagues.',
        }
      : failures[ask.failure ?? 'ask_refused']
  return page({
    title,
    narrow: true,
    trace: ask.trace,
    body: html`${notice({ zh: words.zh, en: words.en }, yes ? 'good' : 'warn')}
${back !== undefined && html`<div class="actions">${linkButton(back, { zh: '在这部手机上发起的：回去继续', en: 'Begun on this phone: go back and continue' }, 'primary')}</div>`}
<section class="card">${asked(ask)}</section>`,
  })
}

const ANEW: Words = { zh: '这个请求已过期。请发起人重新发起。', en: 'This request has expired. Whoever asked has to ask again.' }
const AGAIN: Words = { zh: '这个请求已过期。请回到刚才的页面重新开始。', en: 'This request has expired. Start again on the page where it began.' }
const EXPIRED: Record<Ask['kind'], Words> = {
  login: { zh: '这个请求已过期。请回到电脑上获取新的二维码。', en: 'This request has expired. Get a new code at the computer.' },
  ciba: ANEW,
  approval: ANEW,
  'remote-signing': AGAIN,
  'seal-list': AGAIN,
  'seal-shield': AGAIN,
  'bid-decrypt': AGAIN,
  'bid-certificate': AGAIN,
  'bid-key-test': AGAIN,
}

const DONE: Record<Ask['kind'], Words> = {
  login: {
    zh: '请看电脑，登录会自动继续。这部手机可以放下了。',
    en: 'Look at the computer: the login goes on there by itself. You may put this phone away.',
  },
  ciba: { zh: '交易中心会收到您的确认。可以关闭这个页面。', en: 'The trading center is told. You may close this page.' },
  approval: { zh: '您已同意。可以关闭这个页面。', en: 'You agreed. You may close this page.' },
  'remote-signing': {
    zh: '已确认。请回到刚才的页面输入签名 PIN。',
    en: 'Confirmed. Go back to the page where it began and enter your signing PIN.',
  },
  'seal-list': {
    zh: '清单已签名。刚才的页面会接着把章盖上，请不要关闭它。',
    en: 'The list is signed. The page where it began now sets the seals: keep it open.',
  },
  'seal-shield': { zh: '手机已登记。刚才的页面会自动继续。', en: 'The phone is known now. The page where it began goes on by itself.' },
  'bid-decrypt': {
    zh: '密钥已解出。刚才的页面会接着解密标书，请不要关闭它。',
    en: 'The key is decrypted. The page where it began now opens the bid: keep it open.',
  },
  'bid-certificate': {
    zh: '加密证书已交给刚才的页面，请回到那里选标书文件。',
    en: 'The page where it began has the certificate: go back there and choose the file of the bid.',
  },
  'bid-key-test': { zh: '这部手机有解密钥匙。刚才的页面会自动继续。', en: 'This phone has the key. The page where it began goes on by itself.' },
}

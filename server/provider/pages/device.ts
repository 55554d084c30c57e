import { both, card, type Fact, facts, notice } from '../../web/components.ts'
import { page } from '../../web/frame.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'

interface DeviceForm {
  /** where it goes, and the secret that ties it to this browser */
  action: string
  xsrf: string
  trace: string
}

export interface DeviceInputView extends DeviceForm {
  code?: string
  problem?: Words
  /** the code came in the address: the page sends itself on */
  sendsItself?: boolean
}

const hidden = ({ xsrf }: DeviceForm): Markup => html`<input type="hidden" name="xsrf" value="${xsrf}">`

/** Where the code that a device shows is entered, on a phone as a rule (RFC 8628 3.3). */
export function deviceInputPage(view: DeviceInputView): string {
  const { action } = view
  return page({
    title: { zh: '输入设备上的代码', en: 'Enter the code on the device' },
    lead: {
      zh: '在大厅终端、评标机等设备上登录时，设备会显示 8 个字母。',
      en: 'A terminal that you log in to shows eight letters.',
    },
    narrow: true,
    trace: view.trace,
    ...(view.sendsItself === true ? { scripts: ['auto-submit.js'] } : {}),
    body: html`${view.problem !== undefined && notice(view.problem, 'bad')}
<form class="device" method="post" action="${action}"${view.sendsItself === true && html` id="auto-submit"`}>
  ${hidden(view)}
  <div class="field">
    <label for="user-code">${both({ zh: '代码', en: 'Code' })}</label>
    <input type="text" id="user-code" class="device-code" name="user_code" value="${view.code ?? ''}" required maxlength="20" placeholder="BCDF-GHJK" autocomplete="off" autocapitalize="characters" spellcheck="false" aria-describedby="code-note">
    <p class="field-note" id="code-note">${both({ zh: '不分大小写，横线可以不输。', en: 'Upper or lower case, with or without the dash.' })}</p>
  </div>
  <div class="actions"><button type="submit" class="button button-primary">${both({ zh: '下一步', en: 'Next' })}</button></div>
</form>`,
  })
}

export interface DeviceConfirmView extends DeviceForm {
  code: string
  center: string
  /** what the device says it is; may be empty */
  device: string
  address: string
  at: Date
  asks: readonly { name: Words; why: Words }[]
}

/** Before anything is granted: is it this person's device? Somebody else's code entered here would log that somebody in (RFC 8628 5.4). */
export function deviceConfirmPage(view: DeviceConfirmView): string {
  const { action } = view
  const rows: Fact[] = [
    { name: { zh: '交易中心', en: 'Trading center' }, value: view.center },
    {
      name: { zh: '设备', en: 'Device' },
      value: view.device === '' ? html`${both({ zh: '没有说明', en: 'It does not say' })}` : view.device,
      why: { zh: `从网络地址 ${view.address} 发起`, en: `Asked from network address ${view.address}` },
    },
    { name: { zh: '发起时间', en: 'Asked at' }, value: beijing(view.at) },
    {
      name: { zh: '登录后对方会收到', en: 'It will be told' },
      value: html`<span class="device-asks">${both({ zh: view.asks.map(ask => ask.name.zh).join('、'), en: view.asks.map(ask => ask.name.en).join(', ') })}</span>`,
    },
  ]
  return page({
    title: { zh: '是您在登录这台设备吗？', en: 'Is this device yours?' },
    lead: { zh: '先看设备上的代码，和这里的一样才继续。', en: 'Go on only if the device shows this very code.' },
    narrow: true,
    trace: view.trace,
    body: html`<p class="device-shown"><span class="visually-hidden">${both({ zh: '代码', en: 'Code' })}</span><code>${view.code}</code></p>
${card(facts(rows))}
${notice({ zh: '代码是别人发给您的？请选“不是我”。继续后，登录进去的会是对方的设备。', en: 'Did somebody send you this code? Then it is not yours: going on would log their device in as you.' }, 'warn')}
<form method="post" action="${action}">
  ${hidden(view)}<input type="hidden" name="user_code" value="${view.code}"><input type="hidden" name="confirm" value="yes">
  <div class="actions">
    <button type="submit" class="button button-primary">${both({ zh: '是我，继续登录', en: 'Mine, go on' })}</button>
    <button type="submit" class="button button-secondary" name="abort" value="yes">${both({ zh: '不是我', en: 'Not me' })}</button>
  </div>
</form>`,
  })
}

export function deviceDonePage(view: { center: string; trace: string }): string {
  return page({
    title: { zh: '设备已登录', en: 'The device is logged in' },
    lead: { zh: `请回到设备上继续。${view.center}几秒内就会显示。`, en: 'Go on at the device; it takes a few seconds to notice.' },
    narrow: true,
    trace: view.trace,
    body: html`<ul class="ticks">
  <li>${both({ zh: '这个页面可以关闭了', en: 'You can close this page' })}</li>
  <li>${both({ zh: '离开设备前，请在设备上退出登录', en: 'Log out at the device before you leave it' })}</li>
</ul>`,
  })
}

export function deviceStoppedPage(view: { byPerson: boolean; trace: string }): string {
  return page({
    title: { zh: '设备没有登录', en: 'The device was not logged in' },
    lead: view.byPerson
      ? { zh: '您说不是本人操作，这个代码已作废。', en: 'You said it was not you. The code is void.' }
      : { zh: '登录没有完成，这个代码已作废。', en: 'The login was not finished. The code is void.' },
    narrow: true,
    trace: view.trace,
    body: notice(
      view.byPerson
        ? {
            zh: '如果有人让您输入这个代码，请不要再理会，并告诉交易中心。',
            en: 'If somebody asked you to enter it, do not go along, and tell the trading center.',
          }
        : { zh: '需要时，请在设备上重新获取代码。', en: 'Get a new code on the device when you wish.' },
      view.byPerson ? 'warn' : 'info',
    ),
  })
}

const clockFace = new Intl.DateTimeFormat('zh-CN', { timeZone: 'Asia/Shanghai', dateStyle: 'long', timeStyle: 'short' })
const beijing = (at: Date): string => clockFace.format(at)

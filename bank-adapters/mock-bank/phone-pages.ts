/** Owns the pages of the bank's mobile app, made for a phone's width: which shields are on this phone and how one gets there, and what is signed. */
import { html } from 'hono/html'
import type { BankProfile } from './bank-profile.ts'
import { both, type Markup, page } from './frame.ts'
import type { FetchedRequest } from './phone-request.ts'
import type { IssuedShield } from './shields.ts'

/** What the app was asked to sign. */
export interface AppTask {
  /** as it came, in base64url; empty where the app fetched it */
  text: string
  /** where the app fetched it, and what it was; empty for a text */
  request: string
  fetched?: FetchedRequest
  words: string
  /** where certificate and signature go */
  return: string
}
interface Notice {
  zh: string
  en: string
}

const notice = (words: Notice | undefined): Markup | string =>
  words === undefined ? '' : html`<p class="notice" role="alert">${both(words.zh, words.en)}</p>`
const hidden = (task: AppTask | undefined): Markup | string =>
  task === undefined
    ? ''
    : html`<input type="hidden" name="text" value="${task.text}"><input type="hidden" name="request" value="${task.request}"><input type="hidden" name="return" value="${task.return}">`
const holder = ({ company, person }: IssuedShield): string => `${person.name} ${company.name}`

/** The app's first page: shields on this phone, and enrolment; with a task, enrolment leads on to it. */
export function appHomePage(view: {
  bank: BankProfile
  shields: readonly IssuedShield[]
  people: readonly { login: string; name: string }[]
  demo: { password: string }
  task?: AppTask
  notice?: Notice
}): string {
  const { bank, shields, people, demo, task } = view
  return page({
    zh: '手机银行',
    en: 'Mobile banking',
    bank,
    body: html`${notice(view.notice)}
<section>
<h2>${both('这部手机上的盾', 'Shields on this phone')}</h2>
${
  shields.length === 0
    ? html`<p>${both('还没有。请先绑定这部手机。', 'None yet. Enrol this phone first.')}</p>`
    : html`<ul>${shields.map(shield => html`<li>${holder(shield)} <a href="/${bank.id}/app/certificates/${shield.serial}">${both('加密证书', 'encryption certificate')}</a></li>`)}</ul>`
}
</section>
<section>
<h2>${both('绑定这部手机', 'Enrol this phone')}</h2>
<form id="enrol-form" method="post" action="/${bank.id}/app/enrol">
  ${hidden(task)}
  <label for="login">${both('登录名（可输入姓名查找）', 'User name; type to search')}</label>
  <input id="login" name="login" list="people" required maxlength="60" autocomplete="off" autocapitalize="none" spellcheck="false">
  <datalist id="people">${people.map(({ login, name }) => html`<option value="${login}">${name}</option>`)}</datalist>
  <label for="password">${both('密码', 'Password')}</label>
  <input id="password" name="password" type="password" required maxlength="60" autocomplete="off">
  <p class="hint">${both(`演示密码：${demo.password}`, 'the demonstration password')}</p>
  <label for="seat">${both('企业代码（有多家企业时填写）', 'Company code, where you act for several')}</label>
  <input id="seat" name="seat" maxlength="18" autocomplete="off" autocapitalize="characters" spellcheck="false">
  <button>${both('绑定', 'Enrol')}</button>
</form>
</section>`,
  })
}

/** What will be signed, in full, and the PIN. */
export function appSignPage(view: {
  bank: BankProfile
  shields: readonly IssuedShield[]
  task: AppTask
  demo: { pin: string }
  notice?: Notice | undefined
}): string {
  const { bank, shields, task, demo } = view
  const { zh, en, what, button } = asksFor(task)
  return page({
    zh,
    en,
    bank,
    body: html`${notice(view.notice)}
<section>
<p class="label" id="what">${what}</p>
<pre id="app-text" aria-labelledby="what" tabindex="0">${task.words}</pre>
${shields.length === 0 ? html`<p class="notice">${both('要用的盾不在这部手机上。请返回，选这部手机上的盾。', 'The shield asked for is not on this phone. Go back and choose one that is.')}</p>` : ''}
<form id="app-form" method="post" action="/${bank.id}/app/sign">
  ${hidden(task)}
  <label for="serial">${both('用哪个盾', 'Shield')}</label>
  <select id="serial" name="serial">${shields.map(shield => html`<option value="${shield.serial}">${holder(shield)}</option>`)}</select>
  <label for="pin">${both('手机银行 PIN 码', 'PIN of the app')}</label>
  <input id="pin" name="pin" type="password" inputmode="numeric" required maxlength="16" autocomplete="off">
  <p class="hint">${both(`演示 PIN：${demo.pin}`, 'the demonstration PIN')}</p>
  <button>${button}</button>
</form>
</section>
<form method="post" action="${task.return}"><input type="hidden" name="cancelled" value="yes"><button class="quiet">${both('取消，返回', 'Cancel and go back')}</button></form>`,
  })
}

function asksFor({ fetched }: AppTask): { zh: string; en: string; what: Markup; button: Markup } {
  switch (fetched?.kind) {
    case undefined:
      return { zh: '确认签名', en: 'Confirm and sign', what: both('将要签名的内容', 'What you sign'), button: both('签名', 'Sign') }
    case 'sign-list':
      return {
        zh: '核对清单并签名',
        en: 'Check the list and sign',
        what: both(`清单和其中 ${fetched.lines} 个文件，一次签名`, `The list and the ${fetched.lines} documents on it, signed at once`),
        button: both('签名', 'Sign'),
      }
    case 'decrypt':
      return {
        zh: '确认解密标书',
        en: 'Confirm and decrypt',
        what: both('将要解密的标书', 'The bid that you decrypt'),
        button: both('解密', 'Decrypt'),
      }
    case 'encryption-certificate':
      return {
        zh: '交出加密证书',
        en: 'Hand out the certificate',
        what: both('将要签名的内容，签名时再加一行：这张加密证书的摘要', 'What you sign, with one line more: the digest of the certificate'),
        button: both('签名并交出', 'Sign and hand it out'),
      }
    case 'key-test':
      return {
        zh: '试解密钥匙',
        en: 'Try the key',
        what: both('将要签名的内容。只试钥匙，标书不会打开', 'What you sign. The key is tried; the bid stays closed'),
        button: both('试一下', 'Try'),
      }
  }
}

/** Owns the pages a person meets on the way of a sign-in or sign-out at a bank of the mock; bank-pages.ts has the bank's own desk. */
import { html } from 'hono/html'
import type { BankProfile } from './bank-profile.ts'
import { both, type Markup, page } from './frame.ts'

export interface Notice {
  zh: string
  en: string
}

const notice = (words: Notice | undefined): Markup | string =>
  words === undefined ? '' : html`<p class="notice" role="alert">${both(words.zh, words.en)}</p>`

/** Who is it, and how do they prove it? `text` is what a shield would sign. */
export function signInPage(view: {
  bank: BankProfile
  action: string
  people: readonly { login: string; name: string }[]
  demo: { password: string; pin: string }
  text: string
  agentUrl: string
  /** the one who asked will take nothing less */
  shieldOnly: boolean
  notice?: Notice | undefined
}): string {
  const { bank, action, people, demo, text } = view
  return page({
    zh: '登录银行',
    en: 'Sign in to the bank',
    bank,
    script: 'shield.js',
    body: html`${notice(view.notice)}
${view.shieldOnly && html`<p>${both('对方要求用盾登录。', 'The other side asks for a sign-in with the shield.')}</p>`}
<section>
<h2>${both('用盾登录', 'With the shield')}</h2>
<form id="shield-form" method="post" action="${action}/shield" data-agent-url="${view.agentUrl}" data-bank="${bank.name.zh}">
  <p id="shield-status" role="status">${both('正在寻找盾助手……(需要 JavaScript)', 'Looking for the shield agent… (needs JavaScript)')}</p>
  <label for="shield-select">${both('选择盾', 'Shield')}</label>
  <select id="shield-select" disabled></select>
  <div id="shield-pin-row">
    <label for="shield-pin">${both('PIN 码', 'PIN')}</label>
    <input id="shield-pin" type="password" autocomplete="off" maxlength="16" disabled>
    <p class="hint">${both(`演示 PIN：${demo.pin}`, 'the demonstration PIN')}</p>
  </div>
  <p class="label" id="what">${both('将要签名的内容', 'What you sign')}</p>
  <pre id="shield-text" aria-labelledby="what" tabindex="0">${text}</pre>
  <input type="hidden" name="certificate"><input type="hidden" name="signature">
  <button id="shield-sign" disabled>${both('签名并登录', 'Sign and log in')}</button>
</form>
</section>
${!view.shieldOnly && passwordForm(action, people, demo)}
<form method="post" action="${action}/cancel"><button class="quiet">${both('取消，返回', 'Cancel and go back')}</button></form>`,
  })
}

const passwordForm = (action: string, people: readonly { login: string; name: string }[], demo: { password: string }): Markup => html`<section>
<h2>${both('用密码和短信登录', 'With password and text message')}</h2>
<form id="password-form" method="post" action="${action}/password">
  <label for="login">${both('登录名（可输入姓名查找）', 'User name; type to search')}</label>
  <input id="login" name="login" list="people" required maxlength="60" autocomplete="off" autocapitalize="none" spellcheck="false">
  <datalist id="people">${people.map(({ login, name }) => html`<option value="${login}">${name}</option>`)}</datalist>
  <label for="password">${both('密码', 'Password')}</label>
  <input id="password" name="password" type="password" required maxlength="60" autocomplete="off">
  <p class="hint">${both(`演示密码：${demo.password}`, 'the demonstration password')}</p>
  <button>${both('下一步', 'Next')}</button>
</form>
</section>`

/** The text message, which in a demonstration arrives on the page itself. */
export function smsPage(view: {
  bank: BankProfile
  action: string
  person: { name: string; phone: string }
  code: string
  notice?: Notice | undefined
}): string {
  const { bank, action, person, code } = view
  return page({
    zh: '输入短信验证码',
    en: 'Enter the code we sent',
    bank,
    body: html`${notice(view.notice)}
<section>
<p>${both(`${person.name}，验证码已发到 ${person.phone}。`, `A code went to ${person.phone}.`)}</p>
<p class="sms">${both('演示短信', 'Demonstration message')} <strong id="sms-code">${code}</strong></p>
<form id="sms-form" method="post" action="${action}/sms">
  <label for="code">${both('短信验证码', 'Code')}</label>
  <input id="code" name="code" inputmode="numeric" required maxlength="6" autocomplete="one-time-code">
  <button>${both('登录', 'Log in')}</button>
</form>
</section>
<form method="post" action="${action}/cancel"><button class="quiet">${both('取消，返回', 'Cancel and go back')}</button></form>`,
  })
}

/** The look at the person, which in a demonstration is a button. */
export function facePage(view: { bank: BankProfile; action: string; person: { name: string } }): string {
  const { bank, action, person } = view
  return page({
    zh: '本人核验',
    en: 'Person check',
    bank,
    body: html`<section>
<p>${both(`对方要求核验本人：${person.name}。`, 'The other side asks the bank to look at the person.')}</p>
<p class="hint">${both('演示：银行在这里做人脸核验，这里按一下按钮代替。', 'A bank compares the face here; in this demonstration a button stands for it.')}</p>
<form id="face-form" method="post" action="${action}/face"><button>${both('完成人脸核验(演示)', 'Complete the check (mock)')}</button></form>
</section>
<form method="post" action="${action}/cancel"><button class="quiet">${both('取消，返回', 'Cancel and go back')}</button></form>`,
  })
}

/** Goes on by itself; a page and not a redirect, because of form-action (http.ts). */
export function goOnPage(view: { bank: BankProfile; next: string; cancelled?: boolean }): string {
  const words = view.cancelled === true ? { zh: '已取消', en: 'Cancelled' } : { zh: '登录成功', en: 'Signed in' }
  return page({
    ...words,
    bank: view.bank,
    next: view.next,
    body: html`<p>${both('正在返回……', 'Taking you back…')}</p><p><a id="go-on" class="button" href="${view.next}">${both('没有自动返回时点这里', 'Go back now')}</a></p>`,
  })
}

/** Posts the fields there by itself; with a button where scripts are off. */
export function postPage(view: { bank: BankProfile; url: string; fields: Readonly<Record<string, string>> }): string {
  return page({
    zh: '正在返回',
    en: 'Taking you back',
    bank: view.bank,
    script: 'submit.js',
    body: html`<form id="post-form" method="post" action="${view.url}">
  ${Object.entries(view.fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
  <button>${both('继续', 'Continue')}</button>
</form>`,
  })
}

/** Asks before signing out; submits by itself where the one who asks has shown who it is. */
export function signOutPage(view: { bank: BankProfile; action: string; secret: string; byItself: boolean }): string {
  return page({
    zh: '退出银行',
    en: 'Sign out of the bank',
    bank: view.bank,
    ...(view.byItself ? { script: 'submit.js' } : {}),
    body: html`<p>${both('要结束您在银行的登录吗?', 'End your session at the bank?')}</p>
<form id="sign-out-form" method="post" action="${view.action}">
  <input type="hidden" name="xsrf" value="${view.secret}"><input type="hidden" name="logout" value="yes">
  <button>${both('退出', 'Sign out')}</button>
</form>`,
  })
}

export function signedOutPage(bank: BankProfile): string {
  return page({
    zh: '已退出银行',
    en: 'Signed out',
    bank,
    body: html`<p>${both('您在银行的登录已结束，可以关闭这个页面。', 'Your session at the bank has ended; you may close this page.')}</p>`,
  })
}

export function errorPage({ zh, en, bank }: Notice & { bank?: BankProfile }): string {
  return page({
    zh: '没有完成',
    en: 'Not done',
    ...(bank === undefined ? {} : { bank }),
    body: html`<p class="notice" role="alert">${both(zh, en)}</p>`,
  })
}

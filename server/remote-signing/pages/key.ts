import { both, card, linkButton, notice, submit } from '../../web/components.ts'
import { html } from '../../web/markup.ts'
import { qrCode } from '../../web/qr.ts'
import type { Words } from '../../web/words.ts'
import type { Signer } from '../ports.ts'
import { checkPath, expertPage, secretField } from './frame.ts'

/** Choosing the signing PIN; without a person check in time, the way to the bank. */
export const newKeyPage = (by: Signer, { checked, problem }: { checked: boolean; problem?: Words | undefined }): string =>
  expertPage(by, {
    title: { zh: '启用云签', en: 'Activate remote signing' },
    lead: {
      zh: '密钥在这里生成，用您的签名 PIN 加密保存。PIN 只有您知道，忘了就只能启用新的。',
      en: 'The key is made here and kept under your signing PIN. Only you know it; if you forget it, activate a new key.',
    },
    body: html`${problem !== undefined && notice(problem, 'bad')}
${
  checked
    ? card(html`<form class="expert-form" method="post" action="/experts/key">
  ${secretField({ id: 'pin', label: { zh: '签名 PIN', en: 'Signing PIN' }, note: { zh: '8 位以上，同时有字母和数字。不要用银行的密码或盾的 PIN。', en: 'Eight or more, letters and digits; not your bank’s password nor the shield’s PIN.' }, attributes: 'new-pin' })}
  ${secretField({ id: 'again', label: { zh: '再输入一次', en: 'Once more' }, note: { zh: '两次要一样。', en: 'The same again.' }, attributes: 'new-pin' })}
  <div class="actions">${submit({ label: { zh: '生成密钥', en: 'Make the key' } })}</div>
</form>`)
    : html`${notice({ zh: '请先到银行做本人核验：用盾登录，再由银行核验本人。十分钟内回来继续。', en: 'First have your bank check the person behind the shield; come back within ten minutes.' }, 'warn')}
<div class="actions">${linkButton(checkPath('/experts/key/new'), { zh: '去银行核验本人', en: 'To the bank' }, 'primary')}</div>`
}`,
  })

/** Shown once: the secret of the codes, for the app on the phone. */
export const enrolPage = (by: Signer, { address, secret, next }: { address: string; secret: string; next: string }): string =>
  expertPage(by, {
    title: { zh: '绑定动态口令', en: 'Set up one-time codes' },
    lead: {
      zh: '您的银行没有可用于云签的手机银行，请用动态口令应用。这个二维码只显示这一次。',
      en: 'Your bank has no app for this, so use an authenticator app. This code is shown only now.',
    },
    body: html`${card(html`<p>${both({ zh: '在手机的身份验证器应用里扫描二维码，或手工输入密钥。', en: 'Scan it with the authenticator app on your phone, or type the secret in.' })}</p>
<div class="ask-scan">${qrCode(address, '动态口令二维码 QR code of the one-time codes')}</div>
<p>${both({ zh: '密钥', en: 'Secret' })} <code id="totp-secret">${secret.replaceAll(/(.{4})(?=.)/g, '$1 ')}</code></p>`)}
<div class="actions">${linkButton(next, { zh: '已绑定，继续', en: 'Done, continue' }, 'primary')}</div>`,
  })

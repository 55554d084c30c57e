import { submit } from '../../web/components.ts'
import { page } from '../../web/frame.ts'
import { html, safeUrl } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'

export interface PostFormView {
  /** the bank's address; the route must admit its origin to form-action */
  url: string
  fields: Readonly<Record<string, string>>
  bank: { name: Words }
  trace?: string | undefined
}

/**
 * Hands the browser on to a bank that wants a form posted (SAML's POST binding). Sends itself where scripts run; the button is for where they do not.
 * @throws TypeError when the address is none a page may post to
 */
export function postFormPage(view: PostFormView): string {
  const action = safeUrl(view.url)
  if (action === undefined) throw new TypeError('a form goes to http or https only')
  return page({
    title: { zh: `正在前往${view.bank.name.zh}`, en: `Taking you to ${view.bank.name.en}` },
    lead: { zh: '请在银行页面完成验证，之后会自动回到这里。', en: 'Prove who you are at the bank; you are brought back here afterwards.' },
    narrow: true,
    scripts: ['auto-submit.js'],
    ...(view.trace === undefined ? {} : { trace: view.trace }),
    body: html`<form id="auto-submit" class="actions" method="post" action="${action}">
  ${Object.entries(view.fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
  ${submit({ label: { zh: '没有自动跳转？点这里继续', en: 'Not moving? Continue here' } })}
</form>`,
  })
}

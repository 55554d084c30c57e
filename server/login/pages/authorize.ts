import { ACTS } from '../../kernel/acts.ts'
import type { FailureCode } from '../../kernel/errors.ts'
import { failures } from '../../kernel/failures.ts'
import type { RequestedDetail, RichAsk } from '../../kernel/rich-request.ts'
import { actionForm, both, card, type Fact, facts, loginPath, notice } from '../../web/components.ts'
import { page } from '../../web/frame.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import { shieldForm } from './shield-form.ts'

export interface AuthorizeView {
  ask: RichAsk
  /** what is signed, to the letter */
  text: string
  agentUrl: string
  /** issuers whose shields are offered; empty for any */
  issuers: readonly string[]
  /** the bank that proved the person, for help with its shield */
  bank: { name: Words; help: Words } | undefined
}

/** What the center asks the person to do for the company, each in words and numbers, and the shield's signature over exactly that. */
export function authorizePage({ ask, text, agentUrl, issuers, bank }: AuthorizeView): string {
  const form = {
    action: loginPath(ask.login, 'authorize'),
    bank: bank ?? { name: { zh: '开户银行', en: 'your bank' }, help: { zh: '请联系开户银行网点。', en: 'Ask your bank’s branch.' } },
    agentUrl,
    text,
    issuers,
    format: 'p7' as const,
    folded: true,
    title: { zh: '签名的原文', en: 'The exact text that is signed' },
    button: { zh: '用盾签名并同意', en: 'Agree and sign with the shield' },
  }
  return page({
    title: { zh: '请核对并签名', en: 'Check, then sign' },
    lead: {
      zh: `${ask.center.name}请您代表企业办理下面的事项。核对无误后，用您的盾签名。`,
      en: 'The trading center asks you to do this for the company. Check it, then sign with your shield.',
    },
    journey: { center: ask.center.name, step: 'done' },
    scripts: ['shield-agent.js'],
    trace: ask.trace,
    body: html`${who(ask)}
${asked(ask)}
${shieldForm(form)}
${actionForm(loginPath(ask.login, 'cancel'), [{ label: { zh: '不同意，返回交易中心', en: 'Refuse and go back to the center' }, look: 'quiet' }])}`,
  })
}

/** The company’s power does not reach so far, or others did not agree: what was asked, why not, and where to go on. */
export function deniedPage({ ask, code }: { ask: RichAsk; code: FailureCode }): string {
  const failure = failures[code]
  return page({
    title: { zh: '这项业务现在不能办理', en: 'This cannot be done now' },
    lead: { zh: failure.zh, en: failure.en },
    journey: { center: ask.center.name, step: 'done' },
    trace: ask.trace,
    body: html`${notice({ zh: `没有办理任何事项。原因代码：${code}`, en: `Nothing was done. Code: ${code}` }, 'warn')}
${who(ask)}
${asked(ask)}
<div class="actions">
${actionForm(loginPath(ask.login, 'cancel'), [{ label: { zh: '返回交易中心', en: 'Back to the trading center' }, look: 'primary' }])}
${actionForm(loginPath(ask.login, 'restart'), [{ label: { zh: '换一个身份登录', en: 'Log in as somebody else' }, look: 'quiet' }])}
</div>`,
  })
}

export const who = ({ company, person }: RichAsk): Markup =>
  card(
    facts([
      { name: { zh: '企业', en: 'Company' }, value: html`${company.name}<br><span class="quiet">${company.uscc}</span>` },
      { name: { zh: '办理人', en: 'Person' }, value: person.name },
    ]),
  )

export const asked = ({ details }: RichAsk): Markup =>
  html`${details.map(({ act, rows, documents }, i) => {
    const { zh, en } = ACTS[act.act]
    const content = html`${facts(rows.map(({ name, value }): Fact => ({ name, value })))}${documents.length > listedIn(rows) && documentList(documents)}`
    return card(content, { zh: `${details.length > 1 ? `${i + 1}. ` : ''}${zh}`, en: `${en.charAt(0).toUpperCase()}${en.slice(1)}` })
  })}`

/** documents that stand among the rows one by one need no list of their own */
const listedIn = (rows: RequestedDetail['rows']): number => rows.filter(({ name }) => /^Document \d/.test(name.en)).length

const documentList = (documents: RequestedDetail['documents']): Markup =>
  html`<details class="help"><summary>${both({ zh: `全部${documents.length}份文件`, en: `All ${documents.length} documents` })}</summary><ol class="document-list">${documents.map(
    ({ name, digest, bytes }) =>
      html`<li><span>${name}</span> <span class="quiet">${bytes} ${both({ zh: '字节', en: 'bytes' })}</span><br><code>${digest}</code></li>`,
  )}</ol></details>`

import { actionForm, badge, bankMark, both, loginPath, notice } from '../../web/components.ts'
import { page } from '../../web/frame.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'

/** A bank as the chooser shows it. */
interface ChooserBank {
  id: string
  name: Words
  mark: { text: string; color: string }
  /** pinyin, abbreviations, old names */
  search: readonly string[]
  /** at the bank's own pages, or with the shield on ours */
  method: 'redirect' | 'shield'
  /** false while the bank does not answer: it may still be tried */
  up: boolean
}

export interface ChooserView {
  loginId: string
  /** the trading center's name */
  center: string
  banks: readonly ChooserBank[]
  /** id of the bank used last in this browser; put on top */
  remembered?: string | undefined
  notice?: Words | undefined
  trace: string
}

const methodWords: Record<ChooserBank['method'], Words> = {
  redirect: { zh: '去银行页面验证', en: 'On the bank’s own page' },
  shield: { zh: '在本页用盾签名', en: 'Here, with your shield' },
}

/** Step one: which bank. Works as plain buttons; browser/chooser.js adds the search. */
export function chooserPage(view: ChooserView): string {
  const remembered = view.banks.find(bank => bank.id === view.remembered)
  return page({
    title: { zh: '选择您的开户银行', en: 'Choose your bank' },
    lead: { zh: '企业在哪家银行领的盾，就选哪家。', en: 'Pick the bank that gave your company its shield.' },
    journey: { center: view.center, step: 'bank' },
    scripts: ['chooser.js'],
    trace: view.trace,
    body: html`${view.notice !== undefined && notice(view.notice, 'warn')}
<form method="post" action="${loginPath(view.loginId, 'bank')}">
  ${remembered !== undefined && again(remembered)}
  <div class="bank-search">
    <label for="bank-search">${both({ zh: '查找银行', en: 'Find a bank' })}</label>
    <input type="search" id="bank-search" autocomplete="off" spellcheck="false" placeholder="名称、拼音或简称" aria-describedby="bank-found">
    <p id="bank-found" class="bank-found" role="status"></p>
  </div>
  <ul class="banks" aria-label="已接入的银行 Connected banks">${view.banks.map(row)}</ul>
</form>
${actionForm(loginPath(view.loginId, 'cancel'), [{ label: { zh: '取消登录，返回交易中心', en: 'Cancel and go back' }, look: 'quiet' }])}`,
  })
}

function again(bank: ChooserBank): Markup {
  return html`<div class="bank-again">
    <button type="submit" class="button button-primary button-wide" name="bank" value="${bank.id}">${bankMark(bank.mark)}<span class="button-words">${both({ zh: `继续使用 ${bank.name.zh}`, en: `Continue with ${bank.name.en}` })}</span></button>
    ${!bank.up && downNote()}
    <p class="or">${both({ zh: '或选择其他银行', en: 'or another bank' })}</p>
  </div>`
}

function row(bank: ChooserBank): Markup {
  const words = [bank.name.zh, bank.name.en, bank.id, ...bank.search].map(word => word.replaceAll('|', ' ')).join('|')
  return html`<li data-search="${words}"><button type="submit" class="bank" name="bank" value="${bank.id}">
    ${bankMark(bank.mark)}
    <span class="bank-words"><span class="bank-name">${both(bank.name)}</span> <span class="bank-method">${both(methodWords[bank.method])}</span></span>
    ${!bank.up && badge({ zh: '暂时连不上', en: 'Not answering' }, 'warn')}
  </button></li>`
}

function downNote(): Markup {
  return notice(
    { zh: '这家银行暂时连不上。可以再试一次，或改用其他银行。', en: 'This bank is not answering for the moment. Try it, or use another.' },
    'warn',
  )
}

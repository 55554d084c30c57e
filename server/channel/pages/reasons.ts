import type { FailureCode } from '../../kernel/errors.ts'
import { failures } from '../../kernel/failures.ts'
import { both } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'

/** Why a message to a bank did not go through, for a person who mends it. Owns the words where the failure's own are for somebody else. */
const FOR_OPERATORS: Partial<Record<string, Words>> = {
  bank_unreachable: {
    zh: '银行没有答复。请问清银行的线路和服务，恢复以后重新发送。',
    en: 'The bank did not answer. Ask about its line and service, and send again once it is back.',
  },
  channel_refused_by_bank: {
    zh: '银行收到以后拒绝了。请把银行答复的代码告诉银行，改好密钥、登记或对方的设置以后重新发送；不用再发的，写明理由了结。',
    en: 'The bank refused it. Tell the bank the code that it answered, have the key, registration or setting mended, and send again; settle it with the reason where it needs no sending.',
  },
  channel_key_unknown: {
    zh: '平台没有登记这家银行的地址或密钥。请在配置文件里补上，重启以后重新发送。',
    en: 'No address or key of this bank is registered here. Add it to the configuration file, start again, and send again.',
  },
}

/** @param failure a code, and behind it what the bank said */
export function reasonOf(failure: string): { value: Markup; why?: Words } {
  const [code = '', ...said] = failure.split(' ')
  const words = FOR_OPERATORS[code] ?? (isCode(code) ? failures[code] : undefined)
  const answered = said.length === 0 ? undefined : { zh: `银行答复 ${said.join(' ')}`, en: 'the bank’s answer' }
  return {
    value: html`<code>${code}</code>${answered !== undefined && html` ${both(answered)}`}`,
    ...(words === undefined ? {} : { why: { zh: words.zh, en: words.en } }),
  }
}
const isCode = (code: string): code is FailureCode => Object.hasOwn(failures, code)

import { oneLine } from '../kernel/one-line.ts'
import { minuteOf } from '../web/beijing.ts'
import type { Words } from '../web/words.ts'
import type { DecryptNotice } from './decrypt-notices.ts'
import { BIDS, bidPath } from './pages/words.ts'
import type { BidNotice } from './watch.ts'
import { briefOf } from './watch-words.ts'

/**
 * A notice about a bid as a person gets it on a phone or by e-mail. Owns that no more is said than the project's name, its times, what happened, what to do and where to look: no amount, no company, nothing of
 * anybody else's bid. Names come from a center and stay on one line.
 */
const MOST_SMS = 200
/** what a reminder of the calendar adds */
const THEN = { zh: '开标后请及时解密。', en: ' Decrypt it as soon as it is opened.' }

/** What the watch found before the opening. */
export function personNoticeOf(notice: BidNotice, publicUrl: string) {
  const { key, envelope, cause, opening, zh, en } = notice
  const title = titleOf(opening)
  const at = minuteOf(opening.opensAt)
  const { what, todo } = briefOf(notice)
  const then = notice.stage === 'found' ? { zh: '', en: '' } : THEN
  const email = {
    subject: `${title}：${what.zh}`,
    text: emailOf(title, { zh: `投标截止和开标时间：${at}（北京时间）`, en: `Deadline and opening: ${at} (Beijing time)` }, [
      { zh: `${zh}${then.zh}`, en: `${en}${then.en}` },
      `${publicUrl}${bidPath(opening.id)}`,
    ]),
  }
  const sms = smsOf(title, place => `》${at}开标：${what.zh}。${todo.zh}${then.zh}${place}`, publicUrl)
  return { key, about: `${envelope} ${cause}`, usefulUntil: opening.opensAt, sms, email }
}

const DECRYPT: Record<DecryptNotice['stage'], { what: Words; todo: Words }> = {
  begun: {
    what: { zh: '已开标，请解密标书', en: 'It is open: decrypt your bid' },
    todo: {
      zh: '请现在用加密标书的盾或手机银行解密；解不开的，马上联系交易中心。',
      en: 'Decrypt it now with the shield or the bank’s app it is encrypted to; where it does not open, call the center at once.',
    },
  },
  ending: {
    what: { zh: '解密时间快到，标书还没有解密', en: 'Time is nearly over, and the bid is not decrypted yet' },
    todo: {
      zh: '请马上解密，过时按逾期处理；解不开的，马上联系交易中心。',
      en: 'Decrypt it at once: afterwards it counts as late. Where it does not open, call the center now.',
    },
  },
}

/** What is to be done at the opening itself. */
export function decryptNoticeOf({ key, opening, stage }: DecryptNotice, publicUrl: string) {
  const title = titleOf(opening)
  const until = minuteOf(opening.decryptBy)
  const { what, todo } = DECRYPT[stage]
  const email = {
    subject: `${title}：${what.zh}`,
    text: emailOf(title, { zh: `解密截止时间：${until}（北京时间）`, en: `To be decrypted by: ${until} (Beijing time)` }, [
      { zh: `${what.zh}。${todo.zh}`, en: `${what.en}. ${todo.en}` },
      `${publicUrl}${bidPath(opening.id)}`,
    ]),
  }
  const sms = smsOf(title, place => `》${what.zh}，${until}截止。${todo.zh}${place}`, publicUrl)
  return { key, about: key, usefulUntil: opening.decryptBy, sms, email }
}

const titleOf = ({ title, drill }: { title: string; drill: boolean }): string => `${drill ? '（演练）' : ''}${oneLine(title)}`

const emailOf = (title: string, time: Words, [news, address]: [Words, string]): string =>
  `《${title}》\n${time.zh}\n\n${news.zh}\n\n请登录企业工作台办理：${address}\n
${title}\n${time.en}\n\n${news.en}\n\nGo to the company workbench: ${address}\n\n不想再收到，请在企业工作台“联系方式”删除本邮箱。 To stop these messages, remove this address in the workbench.\n`

/** What happened and what to do are never cut; a long name is. */
function smsOf(title: string, rest: (place: string) => string, publicUrl: string): string {
  const [near, far] = [rest('登录企业工作台“投标”办理。'), rest(`登录 ${publicUrl}${BIDS} 办理。`)]
  const end = far.length <= MOST_SMS - NAMED ? far : near
  const room = MOST_SMS - BEGIN.length - end.length
  const name =
    title.length <= room
      ? title
      : `${title
          .slice(0, room - 1)
          .toWellFormed()
          .replace(/\uFFFD$/, '')}…`
  return `${BEGIN}${name}${end}`
}
const BEGIN = '共享盾提醒：《'
/** characters for the name that are worth more than the address */
const NAMED = 40

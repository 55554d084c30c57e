import { oneLine } from '../kernel/one-line.ts'
import { minuteOf } from '../web/beijing.ts'
import { BIDS, bidPath } from './pages/words.ts'
import type { BidNotice } from './watch.ts'
import { briefOf } from './watch-words.ts'

/**
 * A notice of the watch as a person gets it on a phone or by e-mail. Owns that no more is said than the project's name, its opening time, what happened, what to do and where to look: no amount, no company, nothing of
 * anybody else's bid. Names come from a center and stay on one line.
 */
const MOST_SMS = 200
/** what a reminder of the calendar adds */
const THEN = { zh: '开标后请及时解密。', en: ' Decrypt it as soon as it is opened.' }

export function personNoticeOf(notice: BidNotice, publicUrl: string) {
  const { key, envelope, cause, opening, zh, en } = notice
  const title = `${opening.drill ? '（演练）' : ''}${oneLine(opening.title)}`
  const at = minuteOf(opening.opensAt)
  const brief = briefOf(notice)
  const then = notice.stage === 'found' ? { zh: '', en: '' } : THEN
  const email = {
    subject: `${title}：${brief.what.zh}`,
    text: `《${title}》\n投标截止和开标时间：${at}（北京时间）\n\n${zh}${then.zh}\n\n请登录企业工作台办理：${publicUrl}${bidPath(opening.id)}\n
${title}\nDeadline and opening: ${at} (Beijing time)\n\n${en}${then.en}\n\nGo to the company workbench: ${publicUrl}${bidPath(opening.id)}\n\n不想再收到，请在企业工作台“联系方式”删除本邮箱。 To stop these messages, remove this address in the workbench.\n`,
  }
  return { key, about: `${envelope} ${cause}`, usefulUntil: opening.opensAt, sms: smsOf(title, at, brief, then.zh, publicUrl), email }
}

/** What happened and what to do are never cut; a long name is. */
function smsOf(title: string, at: string, { what, todo }: ReturnType<typeof briefOf>, then: string, publicUrl: string): string {
  const rest = (place: string) => `》${at}开标：${what.zh}。${todo.zh}${then}${place}`
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

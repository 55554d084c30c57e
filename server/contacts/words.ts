import type { ContactChannel } from '../storage/stores-contacts.ts'
import type { Words } from '../web/words.ts'

/** Words of the room. A notice's own come from whoever tells it. */
export const CHANNELS: Record<ContactChannel, Words> = { sms: { zh: '短信', en: 'Text message' }, email: { zh: '电子邮件', en: 'E-mail' } }

const ABOUT_CODE = '共享盾：您在企业工作台设置联系方式，'
/** The message that confirms an address. Who did not ask for it is told what to do: nothing. */
export function codeWords(channel: ContactChannel, code: string): { text: string; subject?: string } {
  const zh = `${ABOUT_CODE}验证码 ${code}，10 分钟内有效。不要告诉任何人。不是您本人操作的，不用理会。`
  if (channel === 'sms') return { text: zh }
  const en = `Shared shield: the code for your contact details in the company workbench is ${code}, good for 10 minutes. Tell nobody. If you did not ask for it, do nothing.`
  return { subject: '共享盾联系方式验证码 Your code', text: `${zh}\n\n${en}\n` }
}

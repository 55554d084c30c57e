import { ACTS } from '../kernel/acts.ts'
import { oneLine } from '../kernel/one-line.ts'
import type { RichAsk, RichChallenge } from '../kernel/rich-request.ts'

/**
 * The words that a person's shield signs when a center asks for more than a login: center, company, person, every detail, and what binds them to this login and these minutes. The same ask and
 * challenge always make the same text, so what comes back signed is compared letter by letter. It fits what a shield agent shows: the provider bounds the rows.
 */
export function richText({ login, center, company, person, details }: RichAsk, { nonce, at, until }: RichChallenge): string {
  return [
    '共享盾授权确认',
    `交易中心:${oneLine(center.name)}(${center.id})`,
    `企业:${oneLine(company.name)}(${company.uscc})`,
    `办理人:${oneLine(person.name)}`,
    ...details.flatMap(({ asked, act, rows }, i) => [
      `第${i + 1}项:${ACTS[act.act].zh}[${asked.type}]`,
      // the provider took only values of one line; a line break here would be somebody else's doing
      ...rows.map(({ name, value }) => `${name.zh}:${value.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')}`),
    ]),
    `登录编号:${login}`,
    `随机数:${nonce}`,
    `时间:${at}`,
    `有效期至:${until}`,
  ].join('\n')
}

import { oneLine } from '../kernel/one-line.ts'
import type { Membership } from '../storage/stores-parties.ts'
import { describeScopes } from './claims.ts'

export interface CibaWords {
  center: { id: string; name: string }
  membership: Membership
  /** the center's binding message, as it was checked */
  message?: string
  scopes: readonly string[]
  platform: string
  subject: string
  /** ISO 8601 */
  expiresAt: string
}

/** The words that a person signs on the phone to let themselves in at a center: everything they agree to, a line each, tied to this one request by its number. */
export function cibaText({ center, membership: { enterprise, person }, message, scopes, platform, subject, expiresAt }: CibaWords): string {
  const told = describeScopes(scopes).map(({ name }) => name.zh)
  return [
    '共享盾手机登录确认',
    `登录:${oneLine(center.name)}(${oneLine(center.id)})`,
    ...(message === undefined ? [] : [`提示语:${oneLine(message)}`]),
    `企业:${oneLine(enterprise.name)}(${enterprise.uscc})`,
    `办理人:${oneLine(person.name)}`,
    `提供信息:${told.join('、')}`,
    `平台:${platform}`,
    `有效至:${expiresAt}`,
    `编号:${subject}`,
  ].join('\n')
}

/** The same in rows for the page; the binding message first, for it is what the person compares with the counter or the screen before them. */
export function cibaRows({ membership: { enterprise }, message, scopes }: CibaWords): { name: { zh: string; en: string }; value: string }[] {
  const told = describeScopes(scopes).map(({ name }) => name.zh)
  return [
    ...(message === undefined ? [] : [{ name: { zh: '提示语', en: 'Message' }, value: message }]),
    { name: { zh: '企业', en: 'Company' }, value: `${enterprise.name} ${enterprise.uscc}` },
    { name: { zh: '对方会收到', en: 'It will be told' }, value: told.join('、') },
  ]
}

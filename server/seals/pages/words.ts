import type { SealStepKind } from '../../storage/stores-seals.ts'
import { badge } from '../../web/components.ts'
import type { Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import type { PlainChange } from '../life/change.ts'
import type { CertificateUse } from '../life/ports.ts'
import type { SeenState } from '../life/room.ts'

/** The words that more than one of the seal pages says, and how they write days. */
const STATES = {
  drafted: { words: { zh: '草稿', en: 'Draft' }, tone: 'plain' },
  applied: { words: { zh: '等待批准', en: 'Waiting for approval' }, tone: 'info' },
  approved: { words: { zh: '正在制作', en: 'Being made' }, tone: 'info' },
  refused: { words: { zh: '已退回', en: 'Refused' }, tone: 'plain' },
  made: { words: { zh: '未到启用时间', en: 'Not yet in force' }, tone: 'info' },
  'in-force': { words: { zh: '可以使用', en: 'In force' }, tone: 'good' },
  suspended: { words: { zh: '已停用', en: 'Suspended' }, tone: 'warn' },
  revoked: { words: { zh: '已作废', en: 'Revoked' }, tone: 'plain' },
  expired: { words: { zh: '已到期', en: 'Expired' }, tone: 'plain' },
  frozen: { words: { zh: '已冻结', en: 'Frozen' }, tone: 'warn' },
  tampered: { words: { zh: '已损坏，不予认可', en: 'Damaged, not valid' }, tone: 'bad' },
} as const satisfies Record<SeenState, { words: Words; tone: string }>
export const stateBadge = (state: SeenState): Markup => badge(STATES[state].words, STATES[state].tone)

/** What a state means for the reader. */
export const stateMeaning: Record<SeenState, Words> = {
  drafted: { zh: '还没有签名提交，别人看不到。', en: 'Not signed yet; nobody else sees it.' },
  applied: { zh: '法定代表人签名批准后，印章立即制作。', en: 'It is made as soon as the legal representative signs.' },
  approved: { zh: '已经批准，系统正在制作，请稍后刷新。', en: 'Approved and being made. Reload in a moment.' },
  refused: { zh: '法定代表人没有批准。可以修改后重新申请。', en: 'It was not approved. Apply again with changes.' },
  made: { zh: '已经制作好，到启用时间自动生效。', en: 'It is made, and comes into force by itself.' },
  'in-force': { zh: '名单里的盾可以用它盖章。', en: 'The shields on its list can seal with it.' },
  suspended: { zh: '停用期间不能盖章。已经盖过的章不受影响。', en: 'It seals nothing until resumed. What it sealed before stays good.' },
  revoked: { zh: '永久作废，不能恢复。作废前盖的章仍可验证。', en: 'Over for good. What it sealed before can still be verified.' },
  expired: { zh: '有效期已过，不能盖章。重新制作后可以继续使用。', en: 'Its time is over. Have it remade to go on.' },
  frozen: { zh: '法定代表人已经变更，这枚名章不能再用。', en: 'The company has a new legal representative, so this chop is not used any more.' },
  tampered: {
    zh: '数据库里的内容与登记时不一致，系统不会用它盖章。请作废，并联系平台客服核查。',
    en: 'What is stored is not what was registered, so it never seals. Revoke it, and ask support to look into it.',
  },
}

export const stepNames: Record<SealStepKind, Words> = {
  drafted: { zh: '填写申请', en: 'Application written' },
  applied: { zh: '签名申请', en: 'Applied' },
  approved: { zh: '批准', en: 'Approved' },
  refused: { zh: '退回', en: 'Refused' },
  made: { zh: '制作完成', en: 'Made' },
  'in-force': { zh: '启用', en: 'In force' },
  suspended: { zh: '停用', en: 'Suspended' },
  resumed: { zh: '恢复', en: 'Resumed' },
  remade: { zh: '重新制作', en: 'Remade' },
  revoked: { zh: '作废', en: 'Revoked' },
  expired: { zh: '到期', en: 'Expired' },
}

export const CHANGES: Record<PlainChange, { label: Words; title: Words; lead: Words; button: Words; done: Words }> = {
  suspend: {
    label: { zh: '停用', en: 'Suspend' },
    title: { zh: '停用印章', en: 'Suspend the seal' },
    lead: { zh: '停用后立即不能盖章，可以随时恢复。', en: 'It stops sealing at once, and can be resumed at any time.' },
    button: { zh: '签名并停用', en: 'Sign and suspend' },
    done: { zh: '已停用。现在谁都不能用它盖章。', en: 'Suspended. Nobody can seal with it now.' },
  },
  resume: {
    label: { zh: '恢复', en: 'Resume' },
    title: { zh: '恢复印章', en: 'Resume the seal' },
    lead: { zh: '恢复后，名单里的盾又可以用它盖章。', en: 'The shields on its list can seal with it again.' },
    button: { zh: '签名并恢复', en: 'Sign and resume' },
    done: { zh: '已恢复，可以盖章。', en: 'Resumed; it seals again.' },
  },
  revoke: {
    label: { zh: '作废', en: 'Revoke' },
    title: { zh: '作废印章', en: 'Revoke the seal' },
    lead: { zh: '作废后不能恢复；需要时只能重新申请一枚。', en: 'There is no way back: a new seal has to be applied for.' },
    button: { zh: '签名并作废', en: 'Sign and revoke' },
    done: { zh: '已作废。作废前盖的章仍可验证。', en: 'Revoked. What it sealed before can still be verified.' },
  },
}

/** What a certificate is good for, as its CA stands on the trust list. */
export function usesWords(uses: readonly CertificateUse[]): { words: Words; tone: 'good' | 'info' | 'warn' } {
  if (uses.includes('government-seal'))
    return { words: { zh: '企业和政务文件都可以盖', en: 'Good for business and government documents' }, tone: 'good' }
  if (uses.includes('seal'))
    return { words: { zh: '可以盖企业文件；没有查到政务资质', en: 'Good for business documents; not known for government ones' }, tone: 'info' }
  return { words: { zh: '发证机构没有盖章资质', en: 'Its CA is not qualified for seals' }, tone: 'warn' }
}

export const daysLeft = (until: string, now: Date): number => Math.ceil((Date.parse(until) - now.getTime()) / 86_400_000)

export const SEALS = '/workbench/seals'
export type SealStepPath = 'sign' | 'apply' | 'discard' | 'approve' | 'refuse' | PlainChange | 'remake' | 'remake/sign' | 'picture.svg'
export const sealPath = (id: string, step?: SealStepPath): string => `${SEALS}/${encodeURIComponent(id)}${step === undefined ? '' : `/${step}`}`

import { ACTS, type Act } from '../../kernel/acts.ts'
import type { CompanyEntry, EntryKind } from '../../storage/stores-authorization.ts'
import { badge } from '../../web/components.ts'
import type { Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import type { SeenState } from '../mandates.ts'
import type { ChangeKind } from '../terms.ts'

/** The words of the company workbench that more than one page says, and how it writes times and amounts. */
export const stateNames = {
  drafted: { zh: '草稿', en: 'Draft' },
  offered: { zh: '等待接受', en: 'Waiting for acceptance' },
  active: { zh: '有效', en: 'In force' },
  suspended: { zh: '已暂停', en: 'Suspended' },
  expired: { zh: '已到期', en: 'Expired' },
  frozen: { zh: '已冻结', en: 'Frozen' },
  revoked: { zh: '已撤回', en: 'Revoked' },
  declined: { zh: '已谢绝', en: 'Declined' },
  tampered: { zh: '已损坏，不予认可', en: 'Damaged, not valid' },
} as const satisfies Record<SeenState, Words>
export const STATES = Object.keys(stateNames).filter((name): name is SeenState => name in stateNames)

const TONES = {
  drafted: 'plain',
  offered: 'info',
  active: 'good',
  suspended: 'warn',
  expired: 'plain',
  frozen: 'warn',
  revoked: 'plain',
  declined: 'plain',
  tampered: 'bad',
} as const satisfies Record<SeenState, string>
export const stateBadge = (state: SeenState): Markup => badge(stateNames[state], TONES[state])

/** What a state means for the reader, where the badge alone would leave a question. */
export const stateMeaning: Partial<Record<SeenState, Words>> = {
  drafted: { zh: '还没有签名，不产生任何权力。', en: 'Not signed yet: it gives no power.' },
  offered: { zh: '授权人已签名，被授权人签名接受后生效。', en: 'Signed by the giver; in force once the person named signs to accept.' },
  suspended: { zh: '暂停期间不能使用，恢复后继续有效。', en: 'It cannot be used until it is resumed.' },
  expired: { zh: '有效期已过，不能再使用。需要时请重新授权。', en: 'Its time is over. Give a new one where needed.' },
  frozen: { zh: '法定代表人已经变更，原来的授权不能使用。', en: 'The company has a new legal representative; what the old one gave cannot be used.' },
  tampered: {
    zh: '数据库中的内容与签名不符，系统不会认可它。可以撤回；请联系平台客服核查。',
    en: 'What is stored is not what was signed, so it never counts. It can be revoked; ask support to look into it.',
  },
}

export const changeNames = {
  suspend: { zh: '暂停授权', en: 'Suspend' },
  resume: { zh: '恢复授权', en: 'Resume' },
  revoke: { zh: '撤回授权', en: 'Revoke' },
} as const satisfies Record<ChangeKind, Words>

const KINDS = {
  used: { zh: '使用授权', en: 'Used' },
  drafted: { zh: '起草授权书', en: 'Drafted a mandate' },
  offered: { zh: '签发授权书', en: 'Signed a mandate' },
  accepted: { zh: '接受授权', en: 'Accepted a mandate' },
  declined: { zh: '谢绝授权', en: 'Declined a mandate' },
  suspended: { zh: '暂停授权', en: 'Suspended a mandate' },
  resumed: { zh: '恢复授权', en: 'Resumed a mandate' },
  revoked: { zh: '撤回授权', en: 'Revoked a mandate' },
  expired: { zh: '授权到期', en: 'A mandate ended' },
  approved: { zh: '同意他人办理', en: 'Approved an act' },
  'representative-changed': { zh: '法定代表人变更', en: 'New legal representative' },
  'seal-applied': { zh: '申请印章', en: 'Applied for a seal' },
  'seal-approved': { zh: '批准制作印章', en: 'Approved a seal' },
  'seal-refused': { zh: '退回印章申请', en: 'Refused a seal' },
  'seal-made': { zh: '印章已制作', en: 'A seal was made' },
  'seal-in-force': { zh: '印章启用', en: 'A seal is in force' },
  'seal-suspended': { zh: '停用印章', en: 'Suspended a seal' },
  'seal-resumed': { zh: '恢复印章', en: 'Resumed a seal' },
  'seal-remade': { zh: '重新制作印章', en: 'Had a seal remade' },
  'seal-revoked': { zh: '作废印章', en: 'Revoked a seal' },
  'seal-expired': { zh: '印章到期', en: 'A seal ended' },
  'seal-certificate-revoked': { zh: '印章名单里的证书被吊销', en: 'A certificate of a seal was revoked' },
} as const satisfies Record<EntryKind, Words>

export const actWords = (act: Act): Words => ({ zh: ACTS[act].zh, en: ACTS[act].en })

/** What one line of the company's record says was done. */
export const entryWords = ({ kind, act }: Pick<CompanyEntry, 'kind' | 'act'>): Words =>
  kind === 'used' && act !== undefined ? actWords(act) : KINDS[kind]

/** On whose authority. */
export const powerNames = {
  'legal-representative': { zh: '法定代表人本人', en: 'Legal representative' },
  'bank-named': { zh: '银行登记的经办人', en: 'Operator named by the bank' },
  mandate: { zh: '授权书', en: 'Mandate' },
} as const satisfies Record<NonNullable<CompanyEntry['power']>, Words>

/** @param fen whole */
export const yuanOf = (fen: number): string => {
  const [whole = '', cents = ''] = [String(Math.floor(fen / 100)), String(fen % 100).padStart(2, '0')]
  return `${whole.replaceAll(/\B(?=(\d{3})+$)/g, ',')}${cents === '00' ? '' : `.${cents}`} 元`
}

/** Where a number or an identifier is shown to recognise it, its first characters do. */
export const shortId = (id: string): string => id.slice(0, 8)

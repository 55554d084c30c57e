import { ACT_NAMES, ACTS, type Act } from '../kernel/acts.ts'
import { BrokerError } from '../kernel/errors.ts'
import { oneLine } from '../kernel/one-line.ts'
import { readUscc, type Uscc } from '../kernel/uscc.ts'

/**
 * What a mandate says, and the document that says it. The document is the mandate: it is shown, signed to the letter, and read back from the signed bytes whenever the mandate is used. One term has one way
 * to be written, so a text that reads back as other words than it was made from is no mandate.
 */
export interface MandateTerms {
  id: string
  company: { uscc: Uscc; name: string }
  /** who gives it: the legal representative, or somebody who passes on a mandate of their own */
  giver: { membershipId: string; name: string; capacity: 'legal-representative' | 'delegate' }
  grantee: Grantee
  acts: readonly Act[]
  /** ids of seals; empty: any seal of the company. Only with `seal_use`. */
  seals: readonly string[]
  /** client ids, codes; empty: all */
  centers: readonly string[]
  projects: readonly string[]
  sections: readonly string[]
  /** whole fen: for each act, and for all acts of the mandate's life together; absent: no limit */
  limitFen?: number
  totalFen?: number
  /** ISO 8601 with milliseconds: from inclusive, until exclusive */
  from: string
  until: string
  /** how many more times it may be passed on */
  depth: number
  /** how many other persons must agree to each act that is not a login */
  approvals: number
  /** the mandates it is passed on from, the first one first */
  chain: readonly string[]
  madeAt: string
}

/** The person named. At least one of `personId` (known here already) and `digest` (SM3 of the id number, which is never kept). */
export interface Grantee {
  name: string
  personId?: string
  digest?: string
  /** as the document shows them */
  idMasked?: string
  phoneMasked?: string
}

export const MOST = { listed: 50, depth: 3, approvals: 5, fen: 1_000_000_000_000, days: 5 * 366 } as const

const ANY = '不限'
const NONE = '无'
const yuan = (fen: number): string => `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, '0')}元`
const list = (values: readonly string[]): string => (values.length === 0 ? ANY : values.join('、'))

/** The document, a term a line. */
export function mandateText(terms: MandateTerms): string {
  const { company, giver, grantee } = terms
  return [
    '法人授权书',
    `编号:${terms.id}`,
    `企业:${oneLine(company.name)}`,
    `统一社会信用代码:${company.uscc}`,
    `授权人:${oneLine(giver.name)}`,
    `授权人身份:${giver.capacity === 'legal-representative' ? '法定代表人' : '转授权人'}`,
    `授权人编号:${giver.membershipId}`,
    `被授权人:${oneLine(grantee.name)}`,
    `被授权人编号:${grantee.personId ?? NONE}`,
    `证件号码:${grantee.idMasked ?? '以银行核验为准'}`,
    `证件摘要:${grantee.digest ?? NONE}`,
    `手机:${grantee.phoneMasked ?? NONE}`,
    `授权事项:${terms.acts.map(act => `${ACTS[act].zh}[${act}]`).join('、')}`,
    `印章:${list(terms.seals)}`,
    `交易中心:${list(terms.centers)}`,
    `项目:${list(terms.projects)}`,
    `标段:${list(terms.sections)}`,
    `单次金额上限:${terms.limitFen === undefined ? ANY : yuan(terms.limitFen)}`,
    `累计金额上限:${terms.totalFen === undefined ? ANY : yuan(terms.totalFen)}`,
    `有效期自:${terms.from}`,
    `有效期至:${terms.until}`,
    `可转授权层数:${terms.depth}`,
    `每次须经同意人数:${terms.approvals}`,
    `转自授权书:${terms.chain.length === 0 ? NONE : terms.chain.join('、')}`,
    `订立时间:${terms.madeAt}`,
  ].join('\n')
}

/**
 * Reads a document back.
 * @throws BrokerError mandate_tampered: not a document that `mandateText` writes
 */
export function readMandateText(text: string): MandateTerms {
  const terms = parse(text)
  if (terms === undefined || !isWellFormed(terms) || mandateText(terms) !== text)
    throw new BrokerError('mandate_tampered', 'the text is not that of a mandate', { received: `${text.length} characters` })
  return terms
}

const LABELS = [
  '编号',
  '企业',
  '统一社会信用代码',
  '授权人',
  '授权人身份',
  '授权人编号',
  '被授权人',
  '被授权人编号',
  '证件号码',
  '证件摘要',
  '手机',
  '授权事项',
  '印章',
  '交易中心',
  '项目',
  '标段',
  '单次金额上限',
  '累计金额上限',
  '有效期自',
  '有效期至',
  '可转授权层数',
  '每次须经同意人数',
  '转自授权书',
  '订立时间',
] as const

function parse(text: string): MandateTerms | undefined {
  const [title, ...lines] = text.split('\n')
  if (text.length > 20_000 || title !== '法人授权书' || lines.length !== LABELS.length) return undefined
  const value = (label: (typeof LABELS)[number]): string => {
    const line = lines[LABELS.indexOf(label)] ?? ''
    return line.startsWith(`${label}:`) ? line.slice(label.length + 1) : ''
  }
  const many = (label: (typeof LABELS)[number]): string[] => (value(label) === ANY || value(label) === NONE ? [] : value(label).split('、'))
  const optional = (text: string, none: string): string | undefined => (text === none ? undefined : text)
  const fen = (label: (typeof LABELS)[number]): number | undefined => {
    const [, whole, cents] = /^(\d{1,12})\.(\d\d)元$/.exec(value(label)) ?? []
    return whole === undefined || cents === undefined ? undefined : Number(whole) * 100 + Number(cents)
  }
  const acts = value('授权事项')
    .split('、')
    .map(part => /\[(\w+)\]$/.exec(part)?.[1])
  const [limitFen, totalFen] = [fen('单次金额上限'), fen('累计金额上限')]
  const [personId, digest] = [optional(value('被授权人编号'), NONE), optional(value('证件摘要'), NONE)]
  const [idMasked, phoneMasked] = [optional(value('证件号码'), '以银行核验为准'), optional(value('手机'), NONE)]
  return {
    id: value('编号'),
    company: { uscc: usccOf(value('统一社会信用代码')), name: value('企业') },
    giver: {
      membershipId: value('授权人编号'),
      name: value('授权人'),
      capacity: value('授权人身份') === '法定代表人' ? 'legal-representative' : 'delegate',
    },
    grantee: {
      name: value('被授权人'),
      ...(personId === undefined ? {} : { personId }),
      ...(digest === undefined ? {} : { digest }),
      ...(idMasked === undefined ? {} : { idMasked }),
      ...(phoneMasked === undefined ? {} : { phoneMasked }),
    },
    acts: ACT_NAMES.filter(act => acts.includes(act)),
    seals: many('印章'),
    centers: many('交易中心'),
    projects: many('项目'),
    sections: many('标段'),
    ...(limitFen === undefined ? {} : { limitFen }),
    ...(totalFen === undefined ? {} : { totalFen }),
    from: value('有效期自'),
    until: value('有效期至'),
    depth: Number(value('可转授权层数')),
    approvals: Number(value('每次须经同意人数')),
    chain: many('转自授权书'),
    madeAt: value('订立时间'),
  }
}

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const isWellFormed = ({ id, giver, grantee, acts, from, until, madeAt, depth, approvals }: MandateTerms): boolean =>
  [id, giver.membershipId, giver.name, grantee.name].every(each => each !== '') &&
  [from, until, madeAt].every(each => MOMENT.test(each) && Number.isFinite(Date.parse(each))) &&
  acts.length > 0 &&
  depth >= 0 &&
  depth <= MOST.depth &&
  approvals >= 0 &&
  approvals <= MOST.approvals &&
  (grantee.digest === undefined || /^[0-9a-f]{64}$/.test(grantee.digest))

function usccOf(text: string): Uscc {
  try {
    return readUscc(text)
  } catch (cause) {
    throw new BrokerError('mandate_tampered', 'the mandate names no company', { cause })
  }
}

/** The words that the person named signs to accept: bound to the mandate by the digest of its text. */
export const acceptanceText = (terms: MandateTerms, digest: string, at: string): string =>
  [
    '接受法人授权确认',
    `授权书编号:${terms.id}`,
    `授权书摘要:${digest}`,
    `企业:${oneLine(terms.company.name)}(${terms.company.uscc})`,
    `被授权人:${oneLine(terms.grantee.name)}`,
    `声明:本人已阅读授权书，接受授权，并在授权范围内办理`,
    `时间:${at}`,
  ].join('\n')

/** The words with which a mandate is suspended, resumed or revoked. */
export const changeText = (change: keyof typeof CHANGES, terms: Pick<MandateTerms, 'id' | 'company' | 'grantee'>, by: string, at: string): string =>
  [
    CHANGES[change],
    `授权书编号:${terms.id}`,
    `企业:${oneLine(terms.company.name)}(${terms.company.uscc})`,
    `被授权人:${oneLine(terms.grantee.name)}`,
    `办理人:${oneLine(by)}`,
    `时间:${at}`,
  ].join('\n')
const CHANGES = { revoke: '撤回法人授权', suspend: '暂停法人授权', resume: '恢复法人授权' } as const
export type ChangeKind = keyof typeof CHANGES

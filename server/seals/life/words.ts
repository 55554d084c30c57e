import { oneLine } from '../../kernel/one-line.ts'
import type { CompanyShield, SealRow } from '../../storage/stores-seals.ts'
import { kindOf } from './kinds.ts'

/**
 * The very words that are signed in the life of a seal. Each begins with what it does and ends with the time; an application, an approval and a remake name all that the seal will be, so that none of it can be
 * another one later.
 */
export type SignedAct = 'apply' | 'apply-and-approve' | 'approve' | 'remake' | 'suspend' | 'resume' | 'revoke'

const TITLES: Record<SignedAct, string> = {
  apply: '电子印章申请',
  'apply-and-approve': '电子印章申请并批准',
  approve: '批准制作电子印章',
  remake: '重新制作电子印章',
  suspend: '停用电子印章',
  resume: '恢复电子印章',
  revoke: '作废电子印章',
}

export interface Company {
  uscc: string
  name: string
}

/** @param seal as it shall be @param certificates all of its list @param by who signs @param at ISO 8601 with milliseconds */
export function sealText(act: SignedAct, seal: SealRow, company: Company, certificates: readonly CompanyShield[], by: string, at: string): string {
  const head = [TITLES[act], `印章标识:${esIdOf(seal.id, seal.edition + 1)}`, ...whose(seal, company)]
  const what = [
    `印章编码:${seal.number ?? NONE}`,
    `图样摘要:${seal.pngDigest}`,
    `矢量图样摘要:${seal.pictureDigest}`,
    `可用证书:${certificates.length}张`,
    ...certificates
      .toSorted((a, b) => (a.thumbprint < b.thumbprint ? -1 : 1))
      .map((each, i) => `证书${i + 1}:${oneLine(each.personName)}，到期${each.notAfter.slice(0, 10)}，摘要${each.thumbprint}`),
    `有效期自:${seal.validFrom}`,
    `有效期至:${seal.validUntil}`,
  ]
  return [...head, ...what, `办理人:${oneLine(by)}`, `时间:${at}`].join('\n')
}

export const changeText = (act: 'suspend' | 'resume' | 'revoke', seal: SealRow, company: Company, by: string, at: string): string =>
  [TITLES[act], `印章标识:${esIdOf(seal.id, seal.edition)}`, ...whose(seal, company), `办理人:${oneLine(by)}`, `时间:${at}`].join('\n')

/** With which a shield is shown, so that seals may be made for it. */
export const presentText = (company: Company, by: string, at: string): string =>
  [
    '登记盖章用盾',
    `企业:${oneLine(company.name)}(${company.uscc})`,
    `本人:${oneLine(by)}`,
    '声明:本人使用此盾，同意将其证书用于申请和制作本企业的电子印章',
    `时间:${at}`,
  ].join('\n')

const NONE = '无'
const whose = (seal: SealRow, company: Company): string[] => [
  `企业:${oneLine(company.name)}(${company.uscc})`,
  `印章类型:${kindOf(seal.kind).zh}[${seal.kind}]`,
  `印章名称:${oneLine(seal.name)}`,
  `章内文字:${seal.under === undefined ? NONE : oneLine(seal.under)}`,
]

/** The esID of an edition: the seal's own id and the edition's number, so that a document names exactly one making. */
export const esIdOf = (id: string, edition: number): string => `${id}.${edition}`

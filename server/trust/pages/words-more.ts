import type { RevocationPurpose, RevocationRule } from '../../pki/revocation-rule.ts'
import type { SourceState } from '../../pki/revocation-sources.ts'
import type { Words } from '../../web/words.ts'

/** What the operator's pages call the fields of a row, the rules of revocation and spans of time; states, uses and holders stand in words.ts. */
export const fieldNames: Readonly<Record<string, Words>> = {
  name: { zh: '名称', en: 'name' },
  banks: { zh: '银行', en: 'banks' },
  region: { zh: '地区', en: 'region' },
  certificates: { zh: '证书', en: 'certificates' },
  scope: { zh: '认可范围', en: 'scope' },
  qualification: { zh: '电子政务资质', en: 'qualification' },
  subjectProfile: { zh: '企业信息的写法', en: 'subject profile' },
  hosts: { zh: '吊销来源', en: 'revocation hosts' },
  revocation: { zh: '吊销规则', en: 'revocation rules' },
  filing: { zh: '备案', en: 'filing' },
  fees: { zh: '收费', en: 'fees' },
  joins: { zh: '加入日期', en: 'joining date' },
  leaves: { zh: '退出日期', en: 'leaving date' },
  algorithmSwitch: { zh: '算法切换', en: 'algorithm switch' },
  distrusted: { zh: '撤销信任', en: 'distrust' },
}

export const purposeNames = {
  login: { zh: '登录', en: 'Login' },
  seal: { zh: '签章', en: 'Seal' },
  encryption: { zh: '加密', en: 'Encryption' },
  authority: { zh: '下级机构证书', en: 'CA certificates below it' },
} as const satisfies Record<RevocationPurpose, Words>

const silenceNames = {
  always: { zh: '必须证明未被吊销；查不到就拒绝', en: 'must be shown not to be revoked; silence refuses' },
  'when-named': { zh: '证书写明来源的必须查到；没有写明的放行', en: 'where the certificate names a source it must answer; without one it passes' },
  'known-only': {
    zh: '只拒绝已知被吊销的；查不到也放行（风险由运营者承担）',
    en: 'only a known revocation refuses; silence passes, at the operator’s risk',
  },
} as const satisfies Record<RevocationRule['when'], Words>

export const conditionNames = {
  fresh: { zh: '在有效期内', en: 'Current' },
  'last-known-good': { zh: '已过期，按规则暂用', en: 'Ended, serving by rule' },
  ended: { zh: '已过期，不可用', en: 'Ended, not usable' },
  nothing: { zh: '从未取到', en: 'Nothing yet' },
} as const satisfies Record<SourceState['condition'], Words>
export const conditionTones = { fresh: 'good', 'last-known-good': 'warn', ended: 'bad', nothing: 'bad' } as const

export const kindNames = {
  crl: { zh: '吊销列表', en: 'CRL' },
  delta: { zh: '增量吊销列表', en: 'Delta CRL' },
  ocsp: { zh: '在线查询', en: 'OCSP' },
} as const satisfies Record<SourceState['kind'], Words>

const UNITS: readonly (readonly [number, string, string, string])[] = [
  [86_400, '天', 'day', 'days'],
  [3600, '小时', 'hour', 'hours'],
  [60, '分钟', 'minute', 'minutes'],
  [1, '秒', 'second', 'seconds'],
]

/** A span of time in its largest whole unit. @param seconds not negative */
export function span(seconds: number): Words {
  const [size, zh, one, many] = UNITS.find(([each]) => seconds >= each) ?? [1, '秒', 'second', 'seconds']
  const count = Math.floor(seconds / size)
  return { zh: `${count} ${zh}`, en: `${count} ${count === 1 ? one : many}` }
}

/** A rule for certificates of a CA, in one sentence. */
export function ruleInWords({ when, sources, lastKnownGood, recheckAfter, ocsp }: RevocationRule): Words {
  const silence = silenceNames[when]
  const order = sources.map(source => kindNames[source])
  const [again, spare] = [span(recheckAfter), span(lastKnownGood)]
  const nonce = sources.includes('ocsp') && ocsp.nonce === 'optional'
  return {
    zh: [
      silence.zh,
      `依次查${order.map(each => each.zh).join('、')}`,
      `每 ${again.zh}重新查`,
      lastKnownGood === 0 ? '过期的列表一律不用' : `来源不答时，过期列表最多再用 ${spare.zh}`,
      ...(nonce ? ['在线查询可以是预先签好的答复'] : []),
    ].join('；'),
    en: [
      silence.en,
      `asks ${order.map(each => each.en).join(', then ')}`,
      `looks again every ${again.en}`,
      lastKnownGood === 0 ? 'an ended list never serves' : `an ended list serves for ${spare.en} more while its source is silent`,
      ...(nonce ? ['OCSP answers may be signed ahead of time'] : []),
    ].join('; '),
  }
}

import type { ProvenLogin } from '../storage/stores-parties.ts'

/**
 * What a center learns about a person, one row a claim: the scope that asks for it, what it means, why a center may want it, and where it is read.
 * Claims mean the same whichever bank proved them. A row is stable: its name and meaning never change, new rows may come (docs/claims.md).
 */
export type Proven = ProvenLogin
interface Words {
  zh: string
  en: string
}
/** what a person calls things that claims only number */
interface Names {
  bankName(id: string): string
}
type Scope = 'openid' | 'enterprise' | 'person' | 'authority' | 'certificate'
interface ClaimRow {
  scope: Scope
  name: Words
  why: Words
  read(proven: Proven): unknown
  /** as a person reads it on the consent page; absent where it says nothing to a person */
  show?(proven: Proven, names: Names): string | undefined
}

const roles = { 'legal-representative': '法定代表人 legal representative', operator: '经办人 operator' } as const
const strengths = { 'bank-session': '银行会话 bank session', shield: '盾 shield', 'shield-person': '盾及本人核验 shield and person check' } as const

const powers = {
  'legal-representative': '法定代表人 legal representative',
  'bank-named': '银行登记的经办人 named by the bank',
  mandate: '法人授权书 mandate',
} as const

const powerOf = ({ proof, membership }: Proven): keyof typeof powers =>
  proof.mandate !== undefined ? 'mandate' : membership.role === 'legal-representative' ? 'legal-representative' : 'bank-named'

/**
 * OpenID Connect Authority claims extension (eKYC & IDA working group, draft of November 2024): `applies_to`, `permission` and `granted_by` are its names. `mandate` is ours: its id, as in
 * authorization_details. What the power reaches to is not told here: that is decided for each act.
 */
function authorityOf(proven: Proven): Record<string, unknown> {
  const { proof, membership } = proven
  const { uscc, name } = membership.enterprise
  const power = powerOf(proven)
  return {
    applies_to: { organization_name: name, registration_number: uscc, registered_jurisdiction: 'CN' },
    permission: [{ role: power === 'mandate' ? 'mandate-holder' : membership.role }],
    granted_by: {
      method: power === 'legal-representative' ? 'appointed' : 'delegated',
      granting_body: power === 'bank-named' ? proof.bank : name,
      ...(proof.mandate === undefined ? {} : { mandate: proof.mandate }),
    },
  }
}

export const claims = {
  sub: {
    scope: 'openid',
    name: { zh: '主体编号', en: 'Subject' },
    why: { zh: '同一人代表同一企业，每次登录不变', en: 'Stays the same for one person acting for one company' },
    read: ({ membership }) => membership.id,
  },
  bank: {
    scope: 'openid',
    name: { zh: '验证银行', en: 'Bank' },
    why: { zh: '由哪家银行核验了身份', en: 'Which bank proved the identity' },
    read: ({ proof }) => proof.bank,
    show: ({ proof }, { bankName }) => bankName(proof.bank),
  },
  acr: {
    scope: 'openid',
    name: { zh: '核验强度', en: 'Strength of proof' },
    why: { zh: '判断这次登录够不够办理该业务', en: 'Tells whether this login is strong enough for the business at hand' },
    read: ({ proof }) => proof.assurance,
    show: ({ proof }) => strengths[proof.assurance],
  },
  amr: {
    scope: 'openid',
    name: { zh: '核验方式', en: 'Methods' },
    why: { zh: '用了哪些核验手段', en: 'By which means the person was proven (RFC 8176)' },
    read: ({ proof }) => proof.methods,
  },
  auth_time: {
    scope: 'openid',
    name: { zh: '核验时间', en: 'Time of proof' },
    why: { zh: '判断登录是否够新', en: 'Tells whether the login is recent enough' },
    read: ({ proof }) => Math.floor(Date.parse(proof.authenticatedAt) / 1000),
  },
  uscc: {
    scope: 'enterprise',
    name: { zh: '统一社会信用代码', en: 'Unified social credit code' },
    why: { zh: '在各交易中心唯一认定企业', en: 'Names the company, the same at every center' },
    read: ({ membership }) => membership.enterprise.uscc,
    show: ({ membership }) => membership.enterprise.uscc,
  },
  enterprise_name: {
    scope: 'enterprise',
    name: { zh: '企业名称', en: 'Company name' },
    why: { zh: '显示企业名称', en: 'To show the company by name' },
    read: ({ membership }) => membership.enterprise.name,
    show: ({ membership }) => membership.enterprise.name,
  },
  person_name: {
    scope: 'person',
    name: { zh: '姓名', en: 'Person' },
    why: { zh: '记录由谁办理', en: 'To record who acted' },
    read: ({ membership }) => membership.person.name,
    show: ({ membership }) => membership.person.name,
  },
  person_role: {
    scope: 'person',
    name: { zh: '身份', en: 'Role' },
    why: { zh: '区分法定代表人与经办人', en: 'Tells the legal representative from an operator' },
    read: ({ membership }) => membership.role,
    show: ({ membership }) => roles[membership.role],
  },
  authority: {
    scope: 'authority',
    name: { zh: '代表权限', en: 'Authority' },
    why: {
      zh: '说明凭什么代表企业：法定代表人、银行登记或授权书',
      en: 'Tells by what the person acts for the company: as its legal representative, by the bank’s word, or by a mandate',
    },
    read: authorityOf,
    show: proven => powers[powerOf(proven)],
  },
  certificate: {
    scope: 'certificate',
    name: { zh: '盾证书', en: 'Shield certificate' },
    why: { zh: '核对标书上的签章是否出自同一只盾', en: 'To match the seal on a tender with this shield' },
    read: ({ proof: { certificate } }) =>
      certificate && {
        issuer: certificate.issuer,
        serial: certificate.serial,
        not_after: certificate.notAfter,
        thumbprint_sm3: certificate.thumbprint,
      },
    show: ({ proof: { certificate } }) => certificate && `${certificate.serial} · ${certificate.issuer}`,
  },
} as const satisfies Record<string, ClaimRow>

/** All claims of one login; the library then keeps those that the granted scopes name. */
export function readClaims(proven: Proven): { sub: string; [claim: string]: unknown } {
  const all = Object.entries(claims).map(([name, row]) => [name, row.read(proven)] as const)
  return { ...Object.fromEntries(all.filter(([, value]) => value !== undefined)), sub: claims.sub.read(proven) }
}

const named = (scopes: readonly string[]) =>
  Object.entries(claims)
    .filter(([, row]) => scopes.includes(row.scope))
    .map(([name]) => name)

/** scope to claims, as the library's configuration wants it; `profile` is the usual name for company and person together */
export const scopeClaims = {
  openid: named(['openid']),
  enterprise: named(['enterprise']),
  person: named(['person']),
  authority: named(['authority']),
  certificate: named(['certificate']),
  profile: named(['enterprise', 'person']),
}

/** What a center that asks for these scopes will be told, before it is known of whom: one row a claim that says something to a person. */
export function describeScopes(scopes: readonly string[]): { name: Words; why: Words }[] {
  const wanted = new Set(scopes.flatMap(scope => Object.entries(scopeClaims).find(([name]) => name === scope)?.[1] ?? []))
  const told = Object.entries<ClaimRow>(claims).flatMap(([name, row]) =>
    wanted.has(name) && row.show !== undefined ? [{ name: row.name, why: row.why }] : [],
  )
  return scopes.includes('offline_access') ? [...told, OFFLINE] : told
}
const OFFLINE = {
  name: { zh: '您不在场时继续查看以上信息', en: 'The same while you are away' },
  why: { zh: '登录结束后，中心仍可更新这些信息，最长 14 天', en: 'The center may refresh it for up to 14 days after the login' },
}

/** What the consent page shows for the scopes that a center asks for: name, this person's value, why it is asked. */
export function describeClaims(scopes: readonly string[], proven: Proven, names: Names): { name: Words; value: string; why: Words }[] {
  const wanted = new Set(scopes.flatMap(scope => Object.entries(scopeClaims).find(([name]) => name === scope)?.[1] ?? []))
  return Object.entries<ClaimRow>(claims).flatMap(([name, row]) => {
    const value = wanted.has(name) ? row.show?.(proven, names) : undefined
    return value === undefined ? [] : [{ name: row.name, value, why: row.why }]
  })
}

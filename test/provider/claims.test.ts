import { readFile } from 'node:fs/promises'
import { expect } from 'chai'
import { claims, describeClaims, scopeClaims } from '../../server/provider/claims.ts'
import { USCC } from './house.ts'

const proven = {
  membership: {
    id: 'm-1',
    enterprise: { id: 'e-1', uscc: USCC, name: '厦门示范建设有限公司' },
    person: { id: 'p-1', name: '王小明' },
    role: 'legal-representative' as const,
    suspended: false,
    byBank: true,
  },
  proof: {
    id: 'proof-1',
    membershipId: 'm-1',
    bank: 'icbc',
    subject: 's-1',
    assurance: 'bank-session' as const,
    methods: ['sms'],
    authenticatedAt: '2026-11-20T08:00:00.000Z',
    trace: 'AAAA-BBBB',
  },
}

const names = { bankName: (id: string) => (id === 'icbc' ? '工商银行 ICBC' : id) }

describe('claims', () => {
  it('are documented, every one, with the scope that gives it', async () => {
    const text = await readFile(new URL('../../docs/claims.md', import.meta.url), 'utf8')
    for (const [name, { scope }] of Object.entries(claims)) expect(text, name).to.match(new RegExp(`\\| \`${name}\` \\| \`${scope}\` \\|`))
    for (const scope of [...Object.keys(scopeClaims), 'offline_access']) expect(text).to.include(`| \`${scope}\` |`)
  })

  it('tell by what the person acts for the company, in the names of the Authority extension', () => {
    const read = (membership: Partial<typeof proven.membership> | { role: 'operator' }, proof: { mandate?: string } = {}) =>
      claims.authority.read({ membership: { ...proven.membership, ...membership }, proof: { ...proven.proof, ...proof } })
    expect(read({})).to.deep.equal({
      applies_to: { organization_name: '厦门示范建设有限公司', registration_number: USCC, registered_jurisdiction: 'CN' },
      permission: [{ role: 'legal-representative' }],
      granted_by: { method: 'appointed', granting_body: '厦门示范建设有限公司' },
    })
    expect(read({ role: 'operator' })).to.deep.include({
      permission: [{ role: 'operator' }],
      granted_by: { method: 'delegated', granting_body: 'icbc' },
    })
    expect(read({ role: 'operator' }, { mandate: 'mandate-1' })).to.deep.include({
      permission: [{ role: 'mandate-holder' }],
      granted_by: { method: 'delegated', granting_body: '厦门示范建设有限公司', mandate: 'mandate-1' },
    })
  })

  it('are explained to the person by name, value and reason, in both languages, and only those asked for', () => {
    const shown = describeClaims(['openid', 'enterprise'], proven, names)
    expect(shown.map(({ name }) => name.zh)).to.deep.equal(['验证银行', '核验强度', '统一社会信用代码', '企业名称'])
    expect(shown.find(({ name }) => name.zh === '统一社会信用代码')?.value).to.equal(USCC)
    expect(shown.find(({ name }) => name.zh === '验证银行')?.value).to.equal('工商银行 ICBC')
    for (const { name, why } of shown) expect([name.en, why.zh, why.en].every(words => words.length > 2)).to.equal(true)
    // no shield, no certificate to speak of
    expect(describeClaims(['certificate'], proven, names)).to.deep.equal([])
    expect(describeClaims(['profile'], proven, names)).to.have.length(4)
  })
})

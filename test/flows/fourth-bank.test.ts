import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { type BankProfile, threeBanks } from '../../bank-adapters/mock-bank/bank-profile.ts'
import { logIn } from '../../server/sandbox/walk.ts'
import { goodShields } from './common.ts'
import { expectShieldClaims } from './expectations.ts'
import { openSandbox, type TestSandbox } from './sandbox.ts'

/** What plays the bank on the other side of the wire; the broker never sees it. */
const played: BankProfile = {
  id: 'harbour',
  name: { zh: '海港银行(演示)', en: 'Harbour Bank (mock)' },
  protocol: 'oidc',
  naming: 'gbt20518',
  olderShields: false,
  color: '#31456a',
}

/** All that the broker is told: one file, as an operator writes it. */
const dataFile = (url: string, anchors: string) => `
id: harbour
protocol: oidc
name: { zh: 海港银行, en: Harbour Bank }
mark: { text: 港, color: '#31456a' }
search: [haigang, harbour]
anchors: ${anchors}
subjectProfile: gbt20518
hosts: [${new URL(url).host}]
help: { zh: 请到海港银行网点办理。, en: Visit a branch of Harbour Bank. }
issuer: ${url}
clientId: shared-shield
claims:
  name: name
  idDigest: harbour_id_digest
  seats: harbour_companies
  uscc: harbour_uscc
  enterprise: harbour_company
  role: harbour_duty
  certificate: harbour_cert
assurance: { 'harbour:password': bank-session, 'harbour:shield': shield }
roles: { 法人: legal-representative, 经办: operator }
`

describe('a fourth bank, added by one data file', function () {
  this.timeout(60_000)
  let sandbox: TestSandbox
  before(async () => {
    sandbox = await openSandbox({
      bankOptions: { banks: [...threeBanks, played] },
      async settings({ config, urls }) {
        const file = join(config.dataDir, 'harbour.yaml')
        await writeFile(file, dataFile(`${urls.bank}/harbour`, join(config.dataDir, 'mock-bank', 'harbour', 'anchors.pem')))
        return { bankFiles: [file] }
      },
    })
  })
  after(() => sandbox.close())

  it('stands in the list beside the three', async () => {
    const { body } = await sandbox.walker().browser.get(`${sandbox.plan.urls.center}/login`)
    for (const name of ['建设银行', '工商银行', '农业银行', '海港银行']) expect(body).to.contain(name)
  })

  it('logs people in with the same claims', async () => {
    const [shield] = goodShields(sandbox, 'harbour')
    if (shield === undefined) throw new Error('no shield')
    const claims = await logIn(sandbox.walker(), { bank: 'harbour', shield })
    expect(claims['bank']).to.equal('harbour')
    expectShieldClaims(claims, shield)
  })

  it('knows the person whom another bank knows already as the same', async () => {
    const here = goodShields(sandbox, 'harbour')
    const there = goodShields(sandbox, 'ccb').find(one =>
      here.some(({ person, company }) => person === one.person && company.uscc === one.company.uscc),
    )
    const shield = here.find(({ person, company }) => person === there?.person && company.uscc === there.company.uscc)
    if (there === undefined || shield === undefined) throw new Error('nobody banks at both')
    const before = await logIn(sandbox.walker(), { bank: 'ccb', shield: there })
    const after = await logIn(sandbox.walker(), { bank: 'harbour', shield })
    expect(after['sub']).to.equal(before['sub'])
  })

  it('is named nowhere in the code', async () => {
    for (const folder of ['server', 'bank-adapters']) {
      const root = join(import.meta.dirname, '../..', folder)
      for (const name of await readdir(root, { recursive: true })) {
        if (name.endsWith('.ts')) expect((await readFile(join(root, name), 'utf8')).includes('harbour'), name).to.equal(false)
      }
    }
  })
})

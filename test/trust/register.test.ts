import { expect } from 'chai'
import { days, minutes } from '../../server/kernel/clock.ts'
import { weigh } from '../../server/trust/change.ts'
import { bankChanges, type ConfiguredBank } from '../../server/trust/configured-banks.ts'
import { readEntry, type TrustedCa } from '../../server/trust/entry.ts'
import { makeRoot, makeUnder } from '../pki/hierarchy.ts'
import { ca, caRow, list, national, nationalRow, openStage, otherCa, put, refusal, type Stage, shield } from './stage.ts'

describe('changing the trust list', () => {
  let stage: Stage
  beforeEach(async () => {
    stage = await openStage()
  })
  afterEach(() => stage.close())
  const wish = (...rows: Parameters<typeof put>) => ({ by: 'Li Na', why: 'they join', changes: put(...rows) })

  it('takes two persons to trust a CA, and tells the audit record who they were and why', async () => {
    const { register } = stage
    expect(await refusal(register.change(wish(nationalRow())))).to.equal('trust_needs_approval')
    const proposal = await register.propose(wish(nationalRow(), caRow()))
    expect(proposal.lines[1]).to.equal('+ province-ca (省级认证中心): 1 certificates, login/seal/encryption')
    expect(register.current().version).to.equal(0)
    expect(await refusal(register.approve({ id: proposal.id, by: 'Li Na' }))).to.equal('trust_proposal_own')
    expect(await refusal(register.approve({ id: proposal.id, by: ' LI  na ' }))).to.equal('trust_proposal_own')
    expect(await register.approve({ id: proposal.id, by: 'Wang Wei' })).to.deep.equal({ version: 1 })
    expect(register.current().cas.map(row => row.id)).to.deep.equal(['national', 'province-ca'])
    const [version] = await register.versions(10)
    expect(version).to.deep.include({ number: 1, by: 'Li Na', approvedBy: 'Wang Wei', why: 'they join', proposal: proposal.id })
    expect(await stage.audited('trust.changed')).to.have.length(1)
    expect((await stage.audited('trust.changed'))[0]).to.deep.include({ version: 1, by: 'Li Na', approvedBy: 'Wang Wei', why: 'they join' })
    expect((await stage.audited('trust.refused')).map(facts => facts['failure'])).to.deep.equal([
      'trust_needs_approval',
      'trust_proposal_own',
      'trust_proposal_own',
    ])
  })

  it('lets one person narrow trust at once, and describe a CA, and nothing more', async () => {
    await list(stage, nationalRow(), caRow())
    const { register } = stage
    const change = (row: ReturnType<typeof caRow>) => refusal(register.change(wish(row)))
    expect(await change(caRow({ distrusted: { since: '2027-01-01T00:00:00.000Z', why: 'its key was stolen' } }))).to.equal('accepted')
    expect(await change(caRow())).to.equal('trust_needs_approval')
    expect(await refusal(register.change({ by: 'Li Na', why: 'gone', changes: [{ kind: 'remove', id: 'province-ca' }] }))).to.equal(
      'trust_needs_approval',
    )
    expect(await refusal(register.change({ by: 'Li Na', why: 'gone', changes: [{ kind: 'remove', id: 'national' }] }))).to.equal('accepted')
    expect(register.current().ca('national')).to.equal(undefined)
  })

  const wider: [string, Partial<TrustedCa>][] = [
    ['another certificate', { certificates: caRow({}, otherCa).certificates }],
    ['an intermediate as an anchor', { certificates: caRow().certificates.map(each => ({ ...each, role: 'anchor' })) }],
    ['another bank', { banks: ['ccb'] }],
    ['a qualification', { qualification: { state: 'qualified', number: 'A-1', from: '2026-01-01T00:00:00.000Z' } }],
    ['an earlier beginning', { joins: '2025-01-01T00:00:00.000Z' }],
    ['another host', { hosts: ['crl.example.cn'] }],
    ['another profile', { subjectProfile: 'gbt20518' }],
    [
      'another revocation rule',
      {
        revocation: {
          login: {
            when: 'known-only',
            sources: ['crl'],
            lastKnownGood: 0,
            recheckAfter: 600,
            ocsp: { method: 'post', nonce: 'required' },
          },
        },
      },
    ],
  ]
  for (const [what, row] of wider) {
    it(`counts ${what} as wider`, () => expect(weigh(caRow(), { kind: 'put', ca: { ...caRow(), ...row } })).to.equal('widens'))
  }
  it('counts a smaller scope and an earlier end as narrower, a fee as description, and the same row as nothing', () => {
    const row = caRow({ leaves: '2030-01-01T00:00:00.000Z' })
    const to = (more: Partial<typeof row>) => weigh(row, { kind: 'put', ca: { ...row, ...more } })
    expect(to({ scope: { uses: ['login'], holders: ['enterprise'] } })).to.equal('narrows')
    expect(to({ leaves: '2029-01-01T00:00:00.000Z' })).to.equal('narrows')
    expect(to({ leaves: '2031-01-01T00:00:00.000Z' })).to.equal('widens')
    const { leaves: _leaves, ...forEver } = row
    expect(weigh(row, { kind: 'put', ca: forEver })).to.equal('widens')
    expect(to({ fees: { certificateFen: 10_000 }, filing: { state: 'filed', number: '备-1' } })).to.equal('describes')
    expect(to({})).to.equal('nothing')
  })

  it('lets a proposal end after a week, when it is rejected, and when its rows changed meanwhile', async () => {
    const { register } = stage
    const old = await register.propose(wish(nationalRow()))
    stage.clock.advance(days(7))
    expect(await refusal(register.approve({ id: old.id, by: 'Wang Wei' }))).to.equal('trust_proposal_over')
    const rejected = await register.propose(wish(nationalRow()))
    expect(rejected.id).not.to.equal(old.id)
    await register.reject({ id: rejected.id, by: 'Wang Wei' })
    expect(await refusal(register.approve({ id: rejected.id, by: 'Wang Wei' }))).to.equal('trust_proposal_over')
    const overtaken = await register.propose(wish(caRow()))
    await list(stage, caRow({ region: '浙江' }))
    expect(await refusal(register.approve({ id: overtaken.id, by: 'Wang Wei' }))).to.equal('trust_proposal_over')
    expect(await refusal(register.approve({ id: 'none', by: 'Wang Wei' }))).to.equal('trust_not_found')
    expect(await register.proposals({ state: 'open' }, 10)).to.deep.equal((await register.proposals({}, 10)).filter(each => each.id === overtaken.id))
  })

  it('answers the same proposal made twice with the one that is open', async () => {
    const first = await stage.register.propose(wish(caRow()))
    expect((await stage.register.propose(wish(caRow()))).id).to.equal(first.id)
  })

  it('refuses a person called configuration, nobody, a reason that says nothing, and a proposal of nothing', async () => {
    const { register } = stage
    const refused = (more: object) => refusal(register.propose({ ...wish(nationalRow()), ...more }))
    expect(await refused({ by: 'Configuration' })).to.equal('trust_entry_invalid')
    expect(await refused({ by: ' ' })).to.equal('trust_entry_invalid')
    expect(await refused({ why: '' })).to.equal('trust_entry_invalid')
    expect(await refused({ changes: [{ kind: 'remove', id: 'unheard-of' }] })).to.equal('trust_entry_invalid')
    expect(await refused({ changes: 'x' })).to.equal('trust_entry_invalid')
    expect(await refused({ changes: put(caRow(), caRow()) })).to.equal('trust_entry_invalid')
  })

  it('applies one approval of ten at the same moment', async () => {
    const { register } = stage
    const { id } = await register.propose(wish(nationalRow()))
    const all = await Promise.all(Array.from({ length: 10 }, (_, i) => refusal(register.approve({ id, by: `Person ${i}` }))))
    expect(all.filter(each => each === 'accepted')).to.have.length(1)
    expect(new Set(all)).to.deep.equal(new Set(['accepted', 'trust_proposal_over']))
    expect(register.current().version).to.equal(1)
  })

  it('keeps every change of many made at the same moment', async () => {
    await list(stage, nationalRow(), caRow())
    const other = await stage.another()
    const rows = Array.from({ length: 8 }, (_, i) => (i % 2 ? other : stage.register).change(wish(nationalRow({ region: `第 ${i} 区` }))))
    await Promise.all(rows)
    expect((await stage.register.versions(20)).map(row => row.number)).to.deep.equal([9, 8, 7, 6, 5, 4, 3, 2, 1])
    expect(await stage.audited('trust.changed')).to.have.length.at.least(9)
  })

  it('takes effect on another process, which tells its listeners once', async () => {
    const other = await stage.another()
    const heard: number[] = []
    const known = new Promise<void>(resolve => {
      const leave = other.onChange(snapshot => {
        heard.push(snapshot.version)
        leave()
        resolve()
      })
    })
    await list(stage, nationalRow(), caRow())
    await known
    expect(other.current().ca('province-ca')?.region).to.equal('江苏')
    expect(heard).to.deep.equal([1])
  })

  it('takes effect on a process that missed the word, by looking for itself', async () => {
    const deaf = { ...stage.stores, signals: { send: () => undefined, listen: () => () => undefined } }
    const other = await stage.another({ stores: deaf, pollMs: 20 })
    const known = new Promise(resolve => other.onChange(resolve))
    await list(stage, nationalRow())
    await known
    expect(other.current().version).to.equal(1)
  })

  it('writes into the audit record what a process that died in between had left', async () => {
    const head = await stage.stores.trust.head()
    await stage.stores.trust.decide(head, { version: { at: stage.clock.now().toISOString(), by: 'Li Na', why: 'died', summary: '', rows: [] } })
    expect(await stage.audited('trust.changed')).to.have.length(0)
    await stage.another()
    await stage.another()
    expect((await stage.audited('trust.changed')).map(facts => facts['why'])).to.deep.equal(['died'])
  })

  it('goes on with the version at hand while the database is away', async () => {
    await list(stage, nationalRow(), caRow())
    const away = { ...stage.stores.trust, head: () => Promise.reject(new Error('away')) }
    const other = await stage.another({ stores: { ...stage.stores, trust: away }, pollMs: 5 })
    expect(await refusal(other.refresh())).to.equal('Error: away')
    expect((await other.verdictOf(shield, { at: stage.clock.now(), use: 'login' })).ok).to.equal(true)
  })
})

describe('an entry of the trust list', () => {
  const given = () => JSON.parse(JSON.stringify(caRow()))
  for (const [what, more] of [
    ['an id that is none', { id: 'Province CA' }],
    ['a field nobody knows', { trusted: true }],
    ['no certificate', { certificates: [] }],
    ['a certificate that is none', { certificates: [{ role: 'anchor', der: 'MIIB' }] }],
    ['a certificate of a holder', { certificates: [{ role: 'anchor', der: shield.der.toString('base64') }] }],
    ['one certificate twice', { certificates: [...caRow().certificates, ...caRow().certificates] }],
    ['an end before its beginning', { leaves: '2020-01-01T00:00:00.000Z' }],
    ['a name that shows as another', { name: { zh: '省\u202e级', en: 'x' } }],
    ['a host with a path', { hosts: ['crl.example.cn/x'] }],
    ['a fee in parts of a fen', { fees: { certificateFen: 0.5 } }],
  ] as const) {
    it(`is refused with ${what}`, async () => {
      expect(await refusal(Promise.resolve().then(() => readEntry({ ...given(), ...more })))).to.equal('trust_entry_invalid')
    })
  }
  it('takes certificates as PEM', () => {
    const pem = `-----BEGIN CERTIFICATE-----\n${ca.certificate.der.toString('base64')}\n-----END CERTIFICATE-----`
    expect(readEntry({ ...given(), certificates: [{ role: 'intermediate', der: pem }] })).to.deep.equal(caRow())
  })
})

describe('the banks of the configuration', () => {
  const root = makeRoot('Bank root')
  const issuing = makeUnder(root, 'Bank CA', { profile: 'ca' })
  const bank = (more: Partial<ConfiguredBank> = {}): ConfiguredBank => ({
    id: 'ccb',
    name: { zh: '建设银行', en: 'CCB' },
    certificates: [root.certificate, issuing.certificate],
    subjectProfile: 'cfca-cn',
    hosts: ['crl.ccb.example'],
    ...more,
  })
  const stages: Stage[] = []
  const open = async (approval: 'two-persons' | 'at-once') => {
    const stage = await openStage({ approval })
    stages.push(stage)
    return stage
  }
  afterEach(() => Promise.all(stages.splice(0).map(stage => stage.close())))
  const adopt = (stage: Stage, banks: ConfiguredBank[], keep: 'all' | 'file') =>
    stage.register.adopt('bank files', snapshot => bankChanges(snapshot, banks, keep))
  const names = (certificates: readonly { thumbprint: string }[]) => certificates.map(each => each.thumbprint).sort()

  it('are version 1 at the first start, by the configuration, on whichever process is first', async () => {
    const stage = await open('two-persons')
    const other = await stage.another()
    const done = await Promise.all([stage.register, other].map(register => register.adopt('bank files', s => bankChanges(s, [bank()], 'file'))))
    expect(done.sort()).to.deep.equal(['applied', 'nothing'])
    expect((await stage.register.versions(5)).map(({ number, by }) => ({ number, by }))).to.deep.equal([{ number: 1, by: 'configuration' }])
    expect(names(stage.register.anchorsOf('ccb'))).to.deep.equal(names([root.certificate, issuing.certificate]))
    expect(stage.register.anchorsOf('ccb')).to.equal(stage.register.anchorsOf('ccb'))
    expect(stage.register.anchorsOf('abc')).to.deep.equal([])
    expect(stage.register.allowsHost('crl.ccb.example', issuing.certificate)).to.equal(true)
    expect(stage.register.allowsHost('crl.ccb.example', national.certificate)).to.equal(false)
  })

  it('of production are not trusted when the file changes later, but proposed once for a person to approve', async () => {
    const stage = await open('two-persons')
    const planted = makeRoot('Planted')
    await adopt(stage, [bank()], 'file')
    const changed = bank({ certificates: [root.certificate, planted.certificate] })
    expect(await adopt(stage, [changed], 'file')).to.equal('proposed')
    expect(await adopt(stage, [changed], 'file')).to.equal('proposed')
    expect(names(stage.register.anchorsOf('ccb'))).to.deep.equal(names([root.certificate, issuing.certificate]))
    const [proposal, second] = await stage.register.proposals({ state: 'open' }, 10)
    expect([proposal?.by, second]).to.deep.equal(['configuration', undefined])
    await stage.register.approve({ id: proposal?.id ?? '', by: 'Wang Wei' })
    expect(names(stage.register.anchorsOf('ccb'))).to.deep.equal(names([root.certificate, planted.certificate]))
  })

  it('that a person turned down are not proposed again at every start', async () => {
    const stage = await open('two-persons')
    await adopt(stage, [bank()], 'file')
    const changed = bank({ certificates: [root.certificate] })
    await adopt(stage, [changed], 'file')
    const [proposal] = await stage.register.proposals({ state: 'open' }, 10)
    await stage.register.reject({ id: proposal?.id ?? '', by: 'Wang Wei' })
    expect(await adopt(stage, [changed], 'file')).to.equal('nothing')
    expect(await stage.register.proposals({ state: 'open' }, 10)).to.deep.equal([])
  })

  it('of the sandbox count at once, and nothing is deleted', async () => {
    const stage = await open('at-once')
    const fresh = makeRoot('Fresh')
    await adopt(stage, [bank()], 'all')
    expect(await adopt(stage, [bank({ certificates: [fresh.certificate] })], 'all')).to.equal('applied')
    expect(names(stage.register.anchorsOf('ccb'))).to.deep.equal(names([root.certificate, issuing.certificate, fresh.certificate]))
    expect(await adopt(stage, [bank({ certificates: [fresh.certificate] })], 'all')).to.equal('nothing')
  })

  it('keep what operators said of their rows', async () => {
    const stage = await open('at-once')
    await adopt(stage, [bank()], 'all')
    const row = stage.register.current().ca('bank-ccb')
    if (row === undefined) throw new Error('no row')
    await stage.register.change({ by: 'Li Na', why: 'it leaves', changes: [{ kind: 'put', ca: { ...row, leaves: '2028-01-01T00:00:00.000Z' } }] })
    await adopt(stage, [bank({ certificates: [national.certificate] })], 'all')
    expect(stage.register.current().ca('bank-ccb')?.leaves).to.equal('2028-01-01T00:00:00.000Z')
    stage.clock.set('2027-12-31T23:59:59.999Z')
    const before = stage.register.trustOf('ccb')
    expect(stage.register.anchorsOf('ccb')).to.have.length(3)
    stage.clock.advance(minutes(1))
    expect(stage.register.anchorsOf('ccb')).to.deep.equal([])
    expect(stage.register.trustOf('ccb').version).not.to.equal(before.version)
  })
})

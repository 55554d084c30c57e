import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { systemClock } from '../../server/kernel/clock.ts'
import { pem } from '../../server/pki/certificate.ts'
import { issueCrl } from '../../server/pki/issue-revocation.ts'
import { createDesk, type TrustDesk } from '../../server/trust/desk.ts'
import { type ImportOptions, type ImportTarget, importTrust } from '../../server/trust/import.ts'
import { exportList, listChanges } from '../../server/trust/listing.ts'
import { at, from, makeRoot, makeUnder } from '../pki/hierarchy.ts'
import { needsShared } from '../pki/outside.ts'
import { ca, caRow, company, list, national, nationalRow, openStage, otherCa, refusal, type Stage, shieldName, shieldOf, uscc } from './stage.ts'

describe('importing into the trust list', () => {
  let stage: Stage
  let desk: TrustDesk
  let folder: string
  beforeEach(async () => {
    stage = await openStage()
    desk = createDesk({ register: stage.register, store: stage.stores.knownCertificates, audit: { append: async () => undefined } })
    folder = mkdtempSync(join(tmpdir(), 'shield-import-'))
  })
  afterEach(async () => {
    rmSync(folder, { recursive: true })
    await stage.close()
  })

  const write = (files: Record<string, string | Buffer>) => {
    for (const [file, bytes] of Object.entries(files)) {
      mkdirSync(join(folder, file, '..'), { recursive: true })
      writeFileSync(join(folder, file), bytes)
    }
    return folder
  }
  const target = (more: Partial<ImportTarget> = {}): ImportTarget => ({
    batch: 50,
    snapshot: async () => stage.register.current(),
    wish: desk.wish,
    intake: { take: desk.take, progress: desk.progress },
    ...more,
  })
  const run = (path: string, options: Partial<ImportOptions> = {}, more: Partial<ImportTarget> = {}) =>
    importTrust(path, target(more), { by: 'Li Na', why: 'import', again: false, progress: () => undefined, ...options }, systemClock)
  const base64 = (certificate: { der: Buffer }) => certificate.der.toString('base64')

  it('proposes a folder’s CAs for two persons, checks its lists, takes its holders in, and tells which files are none', async () => {
    const crl = { issuer: ca, entries: [], number: 1, thisUpdate: from, nextUpdate: at }
    write({
      'roots/national.pem': pem(national.certificate.der),
      'ca/province.crt': ca.certificate.der,
      'ca/other.b64': base64(otherCa.certificate),
      'holders/one.pem': pem(shieldOf(ca).der),
      'crl/good.crl': issueCrl(crl),
      'crl/forged.crl': issueCrl({ ...crl, issuer: { ...otherCa, certificate: ca.certificate } }),
      'notes.txt': 'what is this?',
    })
    const report = await run(folder)
    expect(report.cas).to.include({ found: 3, outcome: 'proposed' })
    expect(report.holders).to.include({ seen: 2, added: 1, unlisted: 1, bad: 1 })
    expect(report.problems.map(({ place }) => place)).to.deep.equal(['notes.txt'])
    expect(Object.fromEntries(report.crls.map(({ place, signature }) => [place, signature]))).to.deep.equal({
      'crl/forged.crl': 'bad',
      'crl/good.crl': 'good',
    })
    expect(stage.register.current().version).to.equal(0)
    const id = report.cas.outcome === 'proposed' ? report.cas.proposal : ''
    await stage.register.approve({ id, by: 'Wang Wei' })
    const { cas } = stage.register.current()
    expect(cas.flatMap(row => row.certificates.map(({ role }) => role)).sort()).to.deep.equal(['anchor', 'intermediate', 'intermediate'])
    expect(cas.find(row => row.certificates[0]?.role === 'anchor')?.scope.uses).to.deep.equal([])
    // the holder's CA is on the list now
    expect((await run(folder, { again: true })).holders).to.include({ known: 1, unlisted: 0 })
    expect((await stage.stores.knownCertificates.find(shieldOf(ca).thumbprint)) === undefined).to.equal(true)
  })

  it('trusts no self-signed certificate as an anchor outside of a folder named roots', async () => {
    write({ 'ca/national.pem': pem(national.certificate.der) })
    await run(folder)
    const [proposal] = await stage.register.proposals({ state: 'open' }, 1)
    const [change] = proposal?.changes ?? []
    expect(change?.kind === 'put' && change.ca.certificates.map(({ role }) => role)).to.deep.equal(['intermediate'])
  })

  it('adds a new certificate of a listed CA to its row, and changes nothing on a second run', async () => {
    await list(stage, nationalRow(), caRow())
    const renewed = makeUnder(national, 'Province CA', { profile: 'ca', keys: ca })
    write({ 'new.pem': pem(renewed.certificate.der) })
    expect((await run(folder)).cas.changed).to.deep.equal(['province-ca'])
    const [proposal] = await stage.register.proposals({ state: 'open' }, 1)
    await stage.register.approve({ id: proposal?.id ?? '', by: 'Wang Wei' })
    expect(stage.register.current().ca('province-ca')?.certificates).to.have.length(2)
    expect((await run(folder)).cas.outcome).to.equal('nothing')
  })

  it('gives a new CA only what the importer says', async () => {
    write({ 'ca.pem': pem(ca.certificate.der) })
    await run(folder, { uses: ['seal'], holders: ['person'], joins: '2027-01-01T00:00:00.000Z' })
    const [proposal] = await stage.register.proposals({ state: 'open' }, 1)
    const [change] = proposal?.changes ?? []
    const row = change?.kind === 'put' ? change.ca : undefined
    expect(row).to.deep.include({
      scope: { uses: ['seal'], holders: ['person'] },
      joins: '2027-01-01T00:00:00.000Z',
      qualification: { state: 'none' },
    })
  })

  describe('a CSV of holders', () => {
    const shields = Array.from({ length: 230 }, (_, i) => makeUnder(ca, '', { subject: shieldName(i + 1), keys: ca }).certificate)
    beforeEach(() => list(stage, nationalRow(), caRow()).then(() => undefined))
    const csv = (lines: string[], header = 'certificate') => join(write({ 'holders.csv': [header, ...lines, ''].join('\n') }), 'holders.csv')

    it('finds each one’s CA and company, under keys that answer at once', async () => {
      expect((await run(csv(shields.map(base64)))).holders).to.deep.equal({ seen: 230, added: 230, known: 0, unlisted: 0, bad: 0, skipped: 0 })
      const found = await stage.stores.knownCertificates.find(shields[7]?.thumbprint ?? '')
      expect(found).to.include({ uscc, caId: 'province-ca', serial: shields[7]?.serial, algorithm: 'SM2' })
      expect(found?.subjectName).to.include(company)
      expect(await stage.stores.knownCertificates.byUscc(uscc, 1000)).to.have.length(230)
      expect(await stage.stores.knownCertificates.counts()).to.deep.equal({ all: 230, byCa: { 'province-ca': 230 } })
    })

    it('tells by line what is wrong, and takes the others in', async () => {
      const [one, two, three] = shields
      if (one === undefined || two === undefined || three === undefined) throw new Error('no certificates')
      const sameSerial = makeUnder(ca, 'same serial', { serial: Buffer.from(one.serial, 'hex') }).certificate
      const forged = shieldOf({ ...otherCa, certificate: ca.certificate })
      const broken = Buffer.from(two.der)
      broken[broken.length - 5] = (broken[broken.length - 5] ?? 0) ^ 1
      const rows: [string, string?, string?][] = [
        [base64(one)],
        [`"${pem(two.der)}"`, 'province-ca', uscc],
        ['MIIBnonsense'],
        [base64(one)],
        [base64(forged)],
        [broken.toString('base64')],
        [base64(ca.certificate)],
        [base64(three), 'unheard-of'],
        [base64(three), 'national'],
        [base64(three), '', '91350200556207664B'],
        [base64(three), '', 'not a code'],
        ['../outside.pem'],
        ['link.pem'],
        ['beside.pem'],
        [''],
        [base64(sameSerial)],
      ]
      const file = csv(
        rows.map(row => [row[0], row[1] ?? '', row[2] ?? ''].join(',')),
        'Certificate,CA,uscc',
      )
      writeFileSync(join(folder, 'beside.pem'), pem(three.der))
      symlinkSync('/etc/hostname', join(folder, 'link.pem'))
      const report = await run(file)
      expect(report.holders).to.include({ added: 3, bad: 13 })
      // the PEM of line 3 has as many lines as it has, so that those after it stand further down
      const pemLines = pem(two.der).split('\n').length - 1
      const line = (row: number) => `line ${row < 3 ? row + 1 : row + 1 + pemLines}`
      const places = new Map(report.problems.map(({ place, facts }) => [place, facts]))
      const saying: [number, string][] = [
        [3, 'neither a certificate nor a file'],
        [4, 'the same certificate as line 2'],
        [5, 'certificate_untrusted'],
        [6, 'certificate_untrusted'],
        [7, 'certificate_wrong_use'],
        [8, 'trust_not_found'],
        [9, 'certificate_untrusted'],
        [10, 'bank_identity_mismatch'],
        [11, 'uscc_invalid'],
        [12, 'neither a certificate nor a file'],
        [13, 'outside of the folder'],
        [15, 'no certificate'],
        [16, 'serial number'],
      ]
      for (const [row, words] of saying) expect(places.get(line(row)), `row ${row}`).to.include(words)
    })

    it('goes on where it was cut off, and reads all of it anew when told', async () => {
      const file = csv([...shields.map(base64), 'MIIBnonsense'])
      let calls = 0
      const failing = {
        progress: desk.progress,
        take: (...given: Parameters<TrustDesk['take']>) => (++calls === 3 ? Promise.reject(new Error('the power went')) : desk.take(...given)),
      }
      expect(await refusal(run(file, {}, { intake: failing }))).to.include('the power went')
      expect((await stage.stores.knownCertificates.counts()).all).to.equal(100)
      const second = await run(file)
      expect(second.holders).to.deep.equal({ seen: 231, added: 130, known: 0, unlisted: 0, bad: 1, skipped: 100 })
      expect((await run(file)).holders).to.include({ added: 0, skipped: 231 })
      expect((await run(file, { again: true })).holders).to.include({ added: 0, known: 230, bad: 1, skipped: 0 })
    })

    it('refuses one without its column', async () => {
      expect(await refusal(run(csv(shields.slice(0, 1).map(base64), 'cert')))).to.equal('bad_request')
    })

    it('takes in what is of a CA that is not on the list, and says so', async () => {
      const foreign = shieldOf(makeUnder(makeRoot('Foreign'), 'Foreign CA', { profile: 'ca' }))
      expect((await run(csv([base64(foreign)]))).holders).to.include({ added: 1, unlisted: 1 })
      expect((await stage.stores.knownCertificates.find(foreign.thumbprint))?.caId).to.equal(undefined)
    })

    it('reports how far it is', async () => {
      const said: string[] = []
      await run(csv(shields.map(base64)), { every: 100, progress: text => said.push(text) })
      expect(said.map(text => text.split(' ')[0])).to.deep.equal(['100', '200'])
    })
  })

  it('takes back what export wrote, to the letter', async () => {
    const rich = caRow({
      leaves: '2035-01-01T00:00:00.000Z',
      qualification: { state: 'qualified', number: '资质-1', from: '2026-01-01T00:00:00.000Z' },
      fees: { certificateFen: 20_000, note: '含税' },
      filing: { state: 'filed', number: '备-1' },
      hosts: ['crl.example.cn'],
    })
    await list(stage, nationalRow(), rich)
    const text = exportList(stage.register.current())
    const fresh = write({ 'list.json': text })
    await stage.close()
    stage = await openStage({ approval: 'at-once' })
    desk = createDesk({ register: stage.register, store: stage.stores.knownCertificates, audit: { append: async () => undefined } })
    expect((await run(join(fresh, 'list.json'))).cas).to.deep.equal({
      found: 2,
      changed: ['national', 'province-ca'],
      outcome: 'applied',
      version: 1,
    })
    expect(exportList(stage.register.current())).to.equal(text)
    expect((await run(join(fresh, 'list.json'))).cas.outcome).to.equal('applied')
    expect(stage.register.current().version).to.equal(1)
    for (const wrong of ['', '{}', '[]', '{"format":"shared-shield trust list 1","cas":[{}]}'])
      expect(await refusal(Promise.resolve().then(() => listChanges(wrong)))).to.equal('trust_entry_invalid')
  })

  it('makes a list of the real roots and CAs by which every real certificate answers as it should', async function () {
    this.timeout(60_000)
    const real = needsShared(this, 'trust')
    await stage.close()
    stage = await openStage({ approval: 'at-once' })
    desk = createDesk({ register: stage.register, store: stage.stores.knownCertificates, audit: { append: async () => undefined } })
    const report = await run(real)
    expect(report.cas).to.include({ found: 91, outcome: 'applied' })
    expect(report.crls.map(({ signature }) => signature)).to.deep.equal(['good', 'good', 'good'])
    expect(report.holders).to.include({ added: 2, unlisted: 0, bad: 0 })
    const snapshot = stage.register.current()
    expect(snapshot.roots).to.have.length(3)
    const ask = (certificate: Buffer, use: 'authority' | 'seal' | 'encryption' | 'government-seal', day: string) =>
      stage.register.verdictOf(certificate, { at: new Date(day), use })
    const operating = snapshot.intermediates.filter(each => each.subject.text !== each.issuer.text && each.issuer.text.includes('NRCAC'))
    expect(operating).to.have.length(86)
    for (const each of operating) expect((await ask(each.der, 'authority', '2026-06-01')).ok, each.subject.text).to.equal(true)
    const { readFileSync } = await import('node:fs')
    const pair = ['sign', 'encrypt'].map(half => readFileSync(join(real, `bank/boc-ebssec-${half}.pem`)))
    const [sign, encrypt] = pair
    if (sign === undefined || encrypt === undefined) throw new Error('no pair')
    const good = await ask(sign, 'seal', '2026-06-01')
    expect(good).to.deep.include({ ok: true, uses: ['login', 'seal'] })
    expect(good.path.length).to.equal(4)
    expect(good.ca?.id).to.equal('cfca-sm2-oca1')
    expect(await ask(encrypt, 'encryption', '2026-06-01')).to.deep.include({ ok: true, uses: ['encryption'] })
    const code = async (bytes: Buffer, use: 'seal' | 'encryption' | 'government-seal', day = '2026-06-01') => {
      const verdict = await ask(bytes, use, day)
      return verdict.ok ? 'good' : verdict.code
    }
    expect(await code(encrypt, 'seal')).to.equal('certificate_wrong_use')
    expect(await code(sign, 'encryption')).to.equal('certificate_wrong_use')
    expect(await code(sign, 'seal', '2026-07-01')).to.equal('certificate_expired')
    expect(await code(sign, 'government-seal')).to.equal('trust_unqualified')
  })
})

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { pem } from '../../server/pki/certificate.ts'
import { issueCrl } from '../../server/pki/issue-revocation.ts'
import { checkTrustFolder, formatTrustReport } from '../../server/pki/trust-check.ts'
import { at, from, makeRoot, makeUnder } from './hierarchy.ts'
import { needsShared } from './outside.ts'

describe('checking a folder of trust data', () => {
  const root = makeRoot()
  const ca = makeUnder(root, 'CA', { profile: 'ca' })
  const files: Record<string, string | Buffer> = {
    'roots/root.pem': pem(root.certificate.der),
    'ca/ca.crt': ca.certificate.der,
    'ca/alone.pem': pem(makeRoot('Alone').certificate.der),
    'bank/good.pem': pem(makeUnder(ca, 'good').certificate.der),
    'bank/old.pem': pem(makeUnder(ca, 'old', { notAfter: new Date('2027-01-01') }).certificate.der),
    'bank/foreign.pem': pem(makeUnder(makeRoot('Foreign'), 'foreign').certificate.der),
    'notes.txt': 'what is this?',
  }
  const gone = makeUnder(ca, 'gone')
  files['bank/gone.pem'] = pem(gone.certificate.der)
  const entries = [{ serial: gone.certificate.serial, at: from }]
  files['crl/ca.crl'] = issueCrl({ issuer: ca, entries, number: 1, thisUpdate: new Date('2027-01-01'), nextUpdate: new Date('2027-02-01') })
  let folder = ''

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'shield-trust-'))
    for (const [file, bytes] of Object.entries(files)) {
      mkdirSync(join(folder, file, '..'), { recursive: true })
      writeFileSync(join(folder, file), bytes)
    }
  })
  after(() => rmSync(folder, { recursive: true }))

  it('says of every certificate whether it is accepted, expired, revoked or refused, and why', async () => {
    const rows = await checkTrustFolder(folder, { at })
    expect(Object.fromEntries(rows.map(row => [row.file, row.code ?? row.verdict]))).to.deep.equal({
      'roots/root.pem': 'accepted',
      'ca/ca.crt': 'accepted',
      'ca/alone.pem': 'certificate_untrusted',
      'bank/good.pem': 'accepted',
      'bank/old.pem': 'certificate_expired',
      'bank/gone.pem': 'certificate_revoked',
      'bank/foreign.pem': 'certificate_untrusted',
      'notes.txt': 'certificate_malformed',
    })
    const row = (file: string) => rows.find(each => each.file === file)
    expect(row('bank/good.pem')?.path.map(subject => subject.split(',')[0])).to.deep.equal(['CN=good', 'CN=CA', 'CN=Root'])
    expect(row('bank/good.pem')?.note).to.include('stale CRL of 2027-01-01')
    expect(row('bank/old.pem')).to.include({ verdict: 'expired', note: 'by path, expired on 2027-01-01' })
    expect(row('bank/old.pem')?.path.length).to.equal(3)
    expect(row('bank/gone.pem')?.verdict).to.equal('revoked')
    expect(formatTrustReport(rows)).to.include('8 in all: 3 accepted, 1 expired, 1 revoked, 3 refused')
  })

  it('trusts no self-signed certificate outside a folder named roots', async () => {
    const rows = await checkTrustFolder(join(folder, 'ca'), { at })
    expect(rows.map(row => row.verdict)).to.deep.equal(['refused', 'refused'])
  })

  it('accepts all 86 operating CAs and the real bank’s pair by path', async function () {
    const real = needsShared(this, 'trust')
    const rows = await checkTrustFolder(real, { at: new Date('2026-06-01') })
    const accepted = (part: string) => rows.filter(row => row.file.startsWith(part) && row.verdict === 'accepted')
    expect(accepted('ca').length).to.equal(86)
    expect(accepted('roots').length).to.equal(3)
    expect(accepted('bank/boc').map(row => row.path.length)).to.deep.equal([4, 4])
    const later = await checkTrustFolder(real, { at: new Date('2026-07-01') })
    const pair = later.filter(row => row.file.startsWith('bank/boc'))
    expect(pair.map(row => row.note)).to.deep.equal(['by path, expired on 2026-06-19', 'by path, expired on 2026-06-19'])
  })
})

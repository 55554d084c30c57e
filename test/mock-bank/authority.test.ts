import { execFileSync } from 'node:child_process'
import { randomBytes, verify } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { type BankProfile, threeBanks } from '../../bank-adapters/mock-bank/bank-profile.ts'
import { signWithShield } from '../../bank-adapters/mock-bank/headless.ts'
import { createMockBank, type MockBank } from '../../bank-adapters/mock-bank/mock-bank.ts'
import type { IssuedShield } from '../../bank-adapters/mock-bank/shields.ts'
import { openShieldFile, readShieldFile } from '../../bank-adapters/shield-agent/shield-file.ts'
import { days, fixedClock, hours } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { type Certificate, readCertificate, readPemBundle } from '../../server/pki/certificate.ts'
import { readCrl } from '../../server/pki/crl.ts'
import { readOcspResponse } from '../../server/pki/ocsp.ts'
import { certificateId, writeOcspRequest } from '../../server/pki/ocsp-id.ts'
import { verifyChain } from '../../server/pki/path.ts'
import { decryptSm2, encryptSm2, verifySm2 } from '../../server/pki/sm2.ts'
import { readSubject } from '../../server/pki/subject-profiles.ts'

describe('mock bank: certificate authority', () => {
  const clock = fixedClock('2026-11-20T08:00:00.500Z')
  let dataDir: string
  let bank: MockBank
  const open = (url?: string) =>
    createMockBank({
      dataDir,
      clock,
      log: silentLog,
      brokerUrl: 'http://localhost:9',
      agentUrl: 'ws://127.0.0.1:7130',
      port: 0,
      ...(url === undefined ? {} : { url }),
    })
  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'mock-bank-'))
    bank = await open()
  })
  after(async () => {
    await bank.close()
    await rm(dataDir, { recursive: true, force: true })
  })
  beforeEach(() => clock.set('2026-11-20T08:00:00.500Z'))

  async function anchors(id: string): Promise<{ roots: Certificate[]; intermediates: Certificate[] }> {
    const all = readPemBundle(await readFile(bank.anchorsFile(id)))
    return { roots: all.filter(one => one.selfIssued), intermediates: all.filter(one => !one.selfIssued) }
  }
  const first = (id: string, kind: IssuedShield['kind'] = 'SM2-dual'): IssuedShield => {
    const found = bank.shields(id).find(shield => shield.kind === kind && shield.state === 'good')
    if (found === undefined) throw new Error(`no ${kind} at ${id}`)
    return found
  }
  async function fetchBytes(url: string | undefined, init?: RequestInit): Promise<Buffer> {
    const answer = await fetch(String(url), init)
    expect(answer.status).to.equal(200)
    return Buffer.from(await answer.arrayBuffer())
  }
  async function ocsp(certificate: Certificate, issuer: Certificate) {
    const nonce = randomBytes(16)
    const body = new Uint8Array(writeOcspRequest(certificateId(issuer, certificate.serial), nonce))
    const response = readOcspResponse(
      await fetchBytes(certificate.ocspUrls[0], { method: 'POST', headers: { 'content-type': 'application/ocsp-request' }, body }),
    )
    return response.verdict(certificate, issuer, clock.now(), nonce).status
  }
  async function issuerOf(id: string, certificate: Certificate): Promise<Certificate> {
    const { roots, intermediates } = await anchors(id)
    const found = [...intermediates, ...roots].find(({ subject }) => subject.key === certificate.issuer.key)
    if (found === undefined) throw new Error('no issuer')
    return found
  }

  for (const { id, naming } of threeBanks) {
    it(`gives every shield of ${id} a path to its root, not revoked by its CRLs, and a subject that its profile reads back`, async () => {
      const { roots, intermediates } = await anchors(id)
      for (const shield of bank.shields(id).filter(({ state }) => state === 'good')) {
        const leaf = readCertificate(shield.certificate)
        const issuer = await issuerOf(id, leaf)
        const crls = await Promise.all([leaf, issuer].map(async one => readCrl(await fetchBytes(one.crlUrls[0]))))
        const result = verifyChain({ leaf, roots, intermediates, at: clock.now(), crls, requireRevocation: true, keyUsage: ['digitalSignature'] })
        expect(result.ok, JSON.stringify(result)).to.equal(true)
        const subject = readSubject(naming, leaf)
        expect(subject).to.include({ uscc: shield.company.uscc, enterprise: shield.company.name })
        if (naming === 'gbt20518') expect(subject.person).to.deep.equal({ name: shield.person.name, code: shield.person.idDigest })
      }
    })
  }

  it('seals a dual shield that signs with one key and decrypts with the other, serials side by side', async () => {
    const shield = first('abc')
    const file = readShieldFile(await readFile(shield.path, 'utf8'))
    const [sign, encrypt] = [readCertificate(file.signCertificate), readCertificate(file.encryptCertificate ?? '')]
    expect(BigInt(`0x${encrypt.serial}`) - BigInt(`0x${sign.serial}`)).to.equal(1n)
    expect(encrypt.subject.key).to.equal(sign.subject.key)
    expect([...(sign.keyUsage ?? [])]).to.have.members(['digitalSignature', 'nonRepudiation'])
    expect([...(encrypt.keyUsage ?? [])]).to.have.members(['keyEncipherment', 'dataEncipherment', 'keyAgreement'])
    const { signature } = await signWithShield(shield, '文字')
    expect(verifySm2(sign.publicKey, Buffer.from('文字'), Buffer.from(signature, 'base64'))).to.equal(true)
    const keys = openShieldFile(file, shield.pin)
    if (keys.encrypt === undefined) throw new Error('no encryption key')
    expect(decryptSm2(keys.encrypt, encryptSm2(encrypt.publicKey, Buffer.from('secret'))).toString()).to.equal('secret')
  })

  for (const id of ['ccb', 'abc']) {
    it(`still has older RSA shields at ${id}, which sign`, async () => {
      const shield = first(id, 'RSA-single')
      const { signature } = await signWithShield(shield, 'text')
      expect(verify('sha256', Buffer.from('text'), readCertificate(shield.certificate).publicKey, Buffer.from(signature, 'base64'))).to.equal(true)
    })
  }

  it('revokes at once, both certificates of the shield, in the CRL and by OCSP', async () => {
    const shield = first('icbc')
    const leaf = readCertificate(shield.certificate)
    const issuer = await issuerOf('icbc', leaf)
    const encrypt = readCertificate(readShieldFile(await readFile(shield.path, 'utf8')).encryptCertificate ?? '')
    const before = readCrl(await fetchBytes(leaf.crlUrls[0]))
    expect(before.entry(leaf.serial)).to.equal(undefined)
    expect(await ocsp(leaf, issuer)).to.equal('good')
    const answer = await fetch(`${bank.url}/icbc/api/shields/${shield.serial}/revoke`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"reason":"superseded"}',
    })
    expect(await answer.json()).to.include({ state: 'revoked' })
    const after = readCrl(await fetchBytes(leaf.crlUrls[0]))
    expect(after.signedBy(issuer)).to.equal(true)
    expect(after.entry(leaf.serial)).to.deep.include({ reason: 4 })
    expect(after.entry(encrypt.serial)).not.to.equal(undefined)
    expect(Number(`0x${after.number}`)).to.be.greaterThan(Number(`0x${before.number}`))
    expect(after.nextUpdate?.getTime()).to.equal(after.thisUpdate.getTime() + hours(24))
    expect(await ocsp(leaf, issuer)).to.equal('revoked')
    expect(await ocsp(encrypt, issuer)).to.equal('revoked')
  })

  it('says by OCSP that it does not know a serial it never issued, and answers nonsense with an error', async () => {
    const leaf = readCertificate(first('ccb').certificate)
    const issuer = await issuerOf('ccb', leaf)
    const nonce = randomBytes(16)
    const request = writeOcspRequest(certificateId(issuer, 'aa'.repeat(16)), nonce)
    const url = leaf.ocspUrls[0] ?? ''
    const byGet = await fetchBytes(`${url}/${encodeURIComponent(request.toString('base64'))}`)
    expect(byGet.includes(nonce)).to.equal(true)
    const nonsense = await fetchBytes(url, { method: 'POST', headers: { 'content-type': 'application/ocsp-request' }, body: 'nonsense' })
    expect(nonsense.toString('hex')).to.equal('30030a0101')
  })

  it('makes a new CRL before the old one ends', async () => {
    const url = readCertificate(first('ccb').certificate).crlUrls[0]
    const before = readCrl(await fetchBytes(url))
    clock.advance(hours(23))
    const after = readCrl(await fetchBytes(url))
    expect(after.nextUpdate?.getTime()).to.be.greaterThan(before.nextUpdate?.getTime() ?? 0)
  })

  it('renews a shield in place: new key, same holder, the old certificate revoked', async () => {
    const old = first('ccb')
    const renewed = await bank.renew('ccb', old.serial)
    const [was, is] = [readCertificate(old.certificate), readCertificate(renewed.certificate)]
    expect(is.serial).not.to.equal(was.serial)
    expect(is.spki.equals(was.spki)).to.equal(false)
    expect(readSubject('cfca-cn', is)).to.deep.equal(readSubject('cfca-cn', was))
    expect(renewed.path).to.equal(old.path)
    expect(readShieldFile(await readFile(old.path, 'utf8')).signCertificate).to.equal(renewed.certificate.toString('base64'))
    expect(bank.shields('ccb').find(({ serial }) => serial === old.serial)?.state).to.equal('revoked')
  })

  it('renews into a second shield and leaves the old one good, where that is asked for', async () => {
    const old = first('abc')
    const answer = await fetch(`${bank.url}/abc/api/shields/${old.serial}/renew`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"keepOld":true}',
    })
    const { serial } = await answer.json()
    const renewed = bank.shields('abc').find(one => one.serial === serial)
    expect(renewed?.path).not.to.equal(old.path)
    expect(bank.shields('abc').find(one => one.serial === old.serial)?.state).to.equal('good')
    expect(readSubject('gbt20518', readCertificate(renewed?.certificate ?? Buffer.of()))).to.deep.equal(
      readSubject('gbt20518', readCertificate(old.certificate)),
    )
  })

  it('issues what a test asks for: expired, or with a wrong check character', async () => {
    const { person, role, company } = first('abc')
    const expired = await bank.issue('abc', {
      person,
      role,
      company,
      notBefore: new Date(clock.now().getTime() - days(30)),
      notAfter: new Date(clock.now().getTime() - days(1)),
    })
    expect(bank.shields('abc').find(({ serial }) => serial === expired.serial)?.state).to.equal('expired')
    const wrong = await bank.issue('abc', {
      person,
      role,
      company: { ...company, uscc: `${company.uscc.slice(0, 17)}${company.uscc.endsWith('0') ? '1' : '0'}` },
    })
    expect(() => readSubject('gbt20518', readCertificate(wrong.certificate))).to.throw('uscc_invalid')
  })

  it('refuses a change asked for by a page of another site', async () => {
    const { serial } = first('icbc')
    for (const path of [`shields/${serial}/revoke`, `api/shields/${serial}/revoke`]) {
      const answer = await fetch(`${bank.url}/icbc/${path}`, { method: 'POST', headers: { origin: 'https://elsewhere.example' } })
      expect(answer.status).to.equal(403)
    }
    expect(bank.shields('icbc').find(one => one.serial === serial)?.state).to.equal('good')
  })

  it('is the same bank after a restart at the same address, and a new one at another', async () => {
    const before = bank.shields('icbc')
    const again = await open(bank.url)
    expect(again.shields('icbc')).to.deep.equal(before)
    await again.close()
    const elsewhereDir = await mkdtemp(join(tmpdir(), 'mock-bank-'))
    const mock = await createMockBank({
      dataDir: elsewhereDir,
      clock,
      log: silentLog,
      brokerUrl: 'http://localhost:9',
      agentUrl: 'ws://127.0.0.1:7130',
      url: 'http://localhost:1',
    })
    const moved = await createMockBank({
      dataDir: elsewhereDir,
      clock,
      log: silentLog,
      brokerUrl: 'http://localhost:9',
      agentUrl: 'ws://127.0.0.1:7130',
      url: 'http://localhost:2',
    })
    expect(moved.shields('ccb').map(({ serial }) => serial)).not.to.include(mock.shields('ccb')[0]?.serial)
    expect(readCertificate(moved.shields('ccb')[0]?.certificate ?? Buffer.of()).crlUrls).to.deep.equal(['http://localhost:2/ccb/ca/sm2.crl'])
    // nothing half made is left lying about
    expect(await readdir(join(elsewhereDir, 'mock-bank'))).to.have.members(['ccb', 'icbc', 'abc'])
    await Promise.all([mock.close(), moved.close()])
    await rm(elsewhereDir, { recursive: true, force: true })
  })

  it('plays a fourth bank from one more piece of data', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mock-bank-'))
    const fourth: BankProfile = {
      id: 'boc',
      name: { zh: '第四银行(演示)', en: 'Fourth (mock)' },
      protocol: 'saml',
      naming: 'cfca-cn-swapped',
      olderShields: false,
      color: '#7a1f5c',
    }
    const mock = await createMockBank({
      dataDir: folder,
      clock,
      log: silentLog,
      brokerUrl: 'http://localhost:9',
      agentUrl: 'ws://127.0.0.1:7130',
      port: 0,
      banks: [...threeBanks, fourth],
    })
    expect(mock.shields('boc').length).to.be.at.least(24)
    expect(readSubject('cfca-cn-swapped', readCertificate(mock.shields('boc')[0]?.certificate ?? Buffer.of())).uscc).to.equal(
      mock.shields('boc')[0]?.company.uscc,
    )
    expect(await (await fetch(`${mock.url}/boc/saml/metadata`)).text()).to.include(`${mock.url}/boc/saml/sso`)
    await mock.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('is read the same way by OpenSSL', async function () {
    try {
      execFileSync('openssl', ['version'])
    } catch {
      this.skip()
    }
    const folder = join(dataDir, 'mock-bank', 'ccb')
    const leaf = join(folder, 'leaf.der')
    await writeFile(leaf, first('ccb', 'RSA-single').certificate)
    const pemOf = execFileSync('openssl', ['x509', '-inform', 'DER', '-in', leaf]).toString()
    await writeFile(`${leaf}.pem`, pemOf)
    const at = ['-attime', String(Math.floor(clock.now().getTime() / 1000))]
    const verified = execFileSync('openssl', [
      'verify',
      ...at,
      '-CAfile',
      join(folder, 'rsa-root.pem'),
      '-untrusted',
      join(folder, 'rsa.pem'),
      `${leaf}.pem`,
    ]).toString()
    expect(verified).to.include('OK')
    await writeFile(join(folder, 'rsa.crl'), await fetchBytes(`${bank.url}/ccb/ca/rsa.crl`))
    const crl = execFileSync(
      'openssl',
      ['crl', '-inform', 'DER', '-in', join(folder, 'rsa.crl'), '-CAfile', join(folder, 'rsa.pem'), '-noout', '-text'],
      { stdio: 'pipe' },
    ).toString()
    expect(crl).to.include('X509v3 CRL Number')
    const sm2 = execFileSync('openssl', ['x509', '-in', join(folder, 'sm2.pem'), '-noout', '-text']).toString()
    expect(sm2).to.include('SM2-with-SM3').and.include('CA:TRUE, pathlen:0')
  })
})

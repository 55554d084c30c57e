import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { expect } from 'chai'
import { pem } from '../../server/pki/certificate.ts'
import { issueCrl } from '../../server/pki/issue-revocation.ts'
import { at, makeRoot, makeUnder } from '../pki/hierarchy.ts'
import { needsShared } from '../pki/outside.ts'
import { type Desk, newDesk, shield } from './terminal.ts'

const USCC = '91350200556207664B'
const root = makeRoot('Root')
const ca = makeUnder(root, 'CA', { profile: 'ca' })
const sign = makeUnder(ca, `RA@示例公司@N${USCC}@1`, { crlUrl: 'http://crl.test/1.crl' })
const encrypt = makeUnder(ca, `RA@示例公司@N${USCC}@1`, { profile: 'encrypt' })
const TIME = ['--at', at.toISOString()]

describe('shield cert', () => {
  let desk: Desk
  let trust: string
  beforeEach(() => {
    desk = newDesk()
    desk.put('trust/roots/root.pem', pem(root.certificate.der))
    desk.put('trust/ca.crt', ca.certificate.der)
    desk.put('trust/README', 'nothing to see')
    desk.put('sign.pem', pem(sign.certificate.der))
    desk.put('encrypt.cer', encrypt.certificate.der)
    trust = desk.at('trust')
  })
  afterEach(() => desk.clear())

  const crl = (serials: readonly string[] = []) =>
    desk.put(
      'list.crl',
      issueCrl({
        issuer: ca,
        number: 1,
        thisUpdate: new Date(at.getTime() - 1000),
        nextUpdate: new Date(at.getTime() + 1000),
        entries: serials.map(serial => ({ serial, at: new Date(at.getTime() - 5000) })),
      }),
    )

  describe('show', () => {
    it('tells a person who, by whom, until when and for what', async () => {
      const { exit, out } = await shield('cert', 'show', desk.at('sign.pem'), '--profile', 'cfca-cn')
      expect(exit).to.equal(0)
      for (const part of [
        `示例公司  ${USCC}`,
        'CN=CA',
        '2026-01-01T00:00:00.000Z to 2036-01-01T00:00:00.000Z',
        'SM2, 256 bits',
        'SM2 with SM3',
        'digitalSignature, nonRepudiation',
        'signing certificate',
        'http://crl.test/1.crl',
      ])
        expect(out).to.include(part)
    })

    it('tells a program the same, with three thumbprints', async () => {
      const { out } = await shield('cert', 'show', desk.at('encrypt.cer'), '--json')
      const told = JSON.parse(out)
      expect(told).to.deep.include({ role: 'encrypt', serial: encrypt.certificate.serial, policies: [], key: { kind: 'SM2', detail: '256 bits' } })
      const digest = (name: string) => createHash(name).update(encrypt.certificate.der).digest('hex')
      expect(told.thumbprints).to.deep.equal({ sm3: digest('sm3'), sha256: digest('sha256'), sha1: digest('sha1') })
      expect(told.company).to.deep.include({ profile: 'cfca-cn', name: '示例公司', uscc: USCC })
    })

    it('shows every certificate of a bundle', async () => {
      const bundle = desk.put('bundle.pem', pem(sign.certificate.der) + pem(ca.certificate.der))
      const told = JSON.parse((await shield('cert', 'show', bundle, '--json')).out)
      expect(told.map((each: { role: string }) => each.role)).to.deep.equal(['sign', 'ca'])
    })

    it('lets no name write on the terminal', async () => {
      const hostile = makeUnder(ca, 'x\u001b[2Jy\u202e')
      const { out } = await shield('cert', 'show', desk.put('hostile.der', hostile.certificate.der))
      for (const character of ['\u001b', '\u202e']) expect(out).not.to.include(character)
    })

    it('says that a file is missing, no certificate, or a profile unknown', async () => {
      expect(await shield('cert', 'show', desk.at('nowhere'))).to.include({ exit: 3 })
      expect(await shield('cert', 'show', desk.put('junk', 'junk!'))).to.include({ exit: 3 })
      expect(await shield('cert', 'show', desk.at('sign.pem'), '--profile', 'none')).to.include({ exit: 2 })
    })

    it('shows the real certificates of a bank', async function () {
      const folder = needsShared(this, 'trust', 'bank')
      const { exit, out } = await shield('cert', 'show', join(folder, 'boc-ebssec-encrypt.pem'))
      expect(exit).to.equal(0)
      expect(out).to.include('encryption certificate').and.include('CFCA SM2 OCA1')
    })
  })

  describe('verify', () => {
    const verify = (file: string, ...more: string[]) => shield('cert', 'verify', file, '--trust', trust, ...TIME, ...more)

    it('explains a good path step by step, with exit 0', async () => {
      const { exit, out } = await verify(desk.at('sign.pem'), '--use', 'sign')
      expect(exit).to.equal(0)
      expect(out).to.include('GOOD at 2027-06-01').and.include('6.1.3 (a)(2)')
      const told = JSON.parse((await verify(desk.at('sign.pem'), '--json')).out)
      expect(told).to.include({ ok: true })
      expect(told.path).to.have.length(3)
    })

    it('refuses each certificate for the other’s use, with exit 1', async () => {
      const codeOf = async (file: string, use: string) => JSON.parse((await verify(desk.at(file), '--use', use, '--json')).out).code
      expect(await codeOf('encrypt.cer', 'sign')).to.equal('certificate_wrong_use')
      expect(await codeOf('sign.pem', 'encrypt')).to.equal('certificate_wrong_use')
      expect(await verify(desk.at('encrypt.cer'), '--use', 'encrypt')).to.include({ exit: 0 })
      expect(await verify(desk.at('trust/ca.crt'), '--use', 'sign')).to.include({ exit: 1 })
    })

    it('needs fresh word on revocation for a login, and nothing more', async () => {
      const without = await verify(desk.at('sign.pem'), '--use', 'login', '--json')
      expect(without.exit).to.equal(1)
      expect(JSON.parse(without.out)).to.include({ code: 'revocation_unknown' })
      expect(await verify(desk.at('sign.pem'), '--use', 'login', '--crl', crl())).to.include({ exit: 0 })
    })

    it('finds a revoked certificate on a list given or in the folder', async () => {
      const list = crl([sign.certificate.serial])
      const { exit, out } = await verify(desk.at('sign.pem'), '--crl', list)
      expect(exit).to.equal(1)
      expect(out).to.include('certificate_revoked').and.include('吊销')
      desk.put(
        'trust/ca.crl',
        issueCrl({ issuer: ca, number: 2, thisUpdate: at, nextUpdate: at, entries: [{ serial: sign.certificate.serial, at }] }),
      )
      expect(await verify(desk.at('sign.pem'))).to.include({ exit: 1 })
    })

    it('goes by the time it is told', async () => {
      const late = await shield('cert', 'verify', desk.at('sign.pem'), '--trust', trust, '--at', '2050-01-01T00:00:00Z', '--json')
      expect(late.exit).to.equal(1)
      expect(JSON.parse(late.out).ok).to.equal(false)
      expect(await shield('cert', 'verify', desk.at('sign.pem'), '--trust', trust, '--at', 'noon')).to.include({ exit: 3 })
    })

    it('trusts no self-signed certificate outside the folder of roots', async () => {
      const other = makeRoot('Other')
      desk.put('trust/other.pem', pem(other.certificate.der))
      const leaf = desk.put('leaf.pem', pem(makeUnder(other, 'leaf').certificate.der))
      const { exit, out } = await verify(leaf, '--json')
      expect(exit).to.equal(1)
      expect(JSON.parse(out)).to.include({ code: 'certificate_untrusted' })
      desk.put('flat/other.pem', pem(other.certificate.der))
      expect(await shield('cert', 'verify', leaf, '--trust', desk.at('flat'), ...TIME)).to.include({ exit: 0 })
    })

    it('takes CA certificates that came along with the file, as candidates only', async () => {
      desk.put('alone/roots/root.pem', pem(root.certificate.der))
      const bundle = desk.put('bundle.pem', pem(sign.certificate.der) + pem(ca.certificate.der))
      expect(await shield('cert', 'verify', bundle, '--trust', desk.at('alone'), ...TIME)).to.include({ exit: 0 })
      expect(await shield('cert', 'verify', desk.at('sign.pem'), '--trust', desk.at('alone'), ...TIME)).to.include({ exit: 1 })
    })

    it('says what it needs', async () => {
      expect(await shield('cert', 'verify', desk.at('sign.pem'))).to.include({ exit: 2 })
      expect(await verify(desk.at('sign.pem'), '--use', 'fun')).to.include({ exit: 2 })
      expect(await shield('cert', 'verify', desk.at('sign.pem'), '--trust', desk.at('nowhere'))).to.include({ exit: 3 })
      desk.put('empty/x.txt', 'x')
      expect(await shield('cert', 'verify', desk.at('sign.pem'), '--trust', desk.at('empty'))).to.include({ exit: 3 })
    })

    it('verifies the real certificates of a bank', async function () {
      const folder = needsShared(this, 'trust', 'bank')
      const file = join(folder, 'boc-ebssec-sign.pem')
      const real = await shield('cert', 'verify', file, '--trust', folder, '--at', '2025-01-01T00:00:00Z', '--use', 'sign')
      expect(real.out).to.include('GOOD')
      expect(real.exit).to.equal(0)
    })
  })
})

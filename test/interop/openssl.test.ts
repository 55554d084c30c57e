import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { pem, readCertificate } from '../../server/pki/certificate.ts'
import { readCrl } from '../../server/pki/crl.ts'
import { issueCrl } from '../../server/pki/issue-revocation.ts'
import { isSelfSigned, isSignedBy } from '../../server/pki/signed-by.ts'
import { generateSm2, signSm2, verifySm2 } from '../../server/pki/sm2.ts'
import { at, makeRoot, makeUnder, to } from '../pki/hierarchy.ts'
import { needsOpenssl, withFolder } from './openssl-run.ts'
import { opensslInOurs, oursInOpenssl } from './sm2.ts'

const KEYS = 25
const ID = 'distid:1234567812345678'
const SECONDS = String(at.getTime() / 1000)

describe('SM2 and openssl', () => {
  before(function () {
    needsOpenssl(this)
  })

  it(`agree on ${KEYS} of our keys`, () =>
    expect(oursInOpenssl(KEYS)).to.deep.equal({ keys: KEYS, signatures: KEYS, certificates: KEYS, forgeries: 0 }))

  it(`agree on ${KEYS} keys of openssl`, async () =>
    expect(await opensslInOurs(KEYS)).to.deep.equal({ keys: KEYS, signatures: KEYS, certificates: KEYS, forgeries: 0 }))

  it('agree that another signer’s id is another signature', () => {
    const { publicKey, privateKey } = generateSm2()
    const message = randomBytes(40)
    const other = signSm2(privateKey, message, { id: 'ALICE123@YAHOO.COM' })
    const files = { p: publicKey.export({ type: 'spki', format: 'pem' }), s: other, m: message }
    const check = (id: string) => withFolder(files, run => run('dgst', '-sm3', '-verify', 'p', '-signature', 's', '-sigopt', id, 'm').status)
    expect(check('distid:ALICE123@YAHOO.COM')).to.equal(0)
    expect(check(ID)).to.equal(1)
    expect(verifySm2(publicKey, message, other)).to.equal(false)
  })

  it('agree that a certificate or CRL with one octet changed is not signed', () => {
    const root = makeRoot('Root')
    const leaf = makeUnder(root, 'Leaf')
    for (const change of [0, 1]) {
      const der = Buffer.from(leaf.certificate.der)
      const index = der.indexOf(Buffer.from('Leaf'))
      der[index] = (der[index] ?? 0) ^ change
      const theirs = withFolder(
        { r: pem(root.certificate.der), l: pem(der) },
        run => run('verify', '-vfyopt', ID, '-CAfile', 'r', '-attime', SECONDS, 'l').status,
      )
      expect(theirs === 0).to.equal(change === 0)
      expect(isSignedBy(readCertificate(der), root.certificate)).to.equal(change === 0)
    }
  })
})

describe('RSA and ECDSA and openssl', () => {
  before(function () {
    needsOpenssl(this)
  })

  for (const algorithm of ['RSA', 'ECDSA'] as const) {
    it(`agree on a path and a CRL: ${algorithm}`, () => {
      const root = makeRoot('Root', {}, algorithm)
      const ca = makeUnder(root, 'CA', { profile: 'ca' }, algorithm)
      const [good, revoked] = [makeUnder(ca, 'good', {}, algorithm), makeUnder(ca, 'revoked', {}, algorithm)]
      const entries = [{ serial: revoked.certificate.serial, at }]
      const crl = issueCrl({ issuer: ca, number: 1, thisUpdate: new Date(at.getTime() - 1000), nextUpdate: to, entries })
      expect(readCrl(crl).signedBy(ca.certificate)).to.equal(true)
      const files = {
        'root.pem': pem(root.certificate.der),
        'ca.pem': pem(ca.certificate.der),
        'crl.pem': pem(crl, 'X509 CRL'),
        'good.pem': pem(good.certificate.der),
        'revoked.pem': pem(revoked.certificate.der),
      }
      const out = withFolder(
        files,
        run =>
          run(
            'verify',
            '-crl_check',
            '-CAfile',
            'root.pem',
            '-untrusted',
            'ca.pem',
            '-CRLfile',
            'crl.pem',
            '-attime',
            SECONDS,
            'good.pem',
            'revoked.pem',
          ).out,
      )
      expect(out).to.include('good.pem: OK').and.include('certificate revoked')
    })
  }

  it('openssl’s own certificates are read: names, keys and signatures', () => {
    for (const [options, kind] of [
      [['-newkey', 'rsa:2048', '-sha384'], 'RSA'],
      [['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384', '-sha384'], 'ECDSA'],
    ] as const) {
      const certificate = withFolder({}, run => {
        run('req', '-x509', '-nodes', '-keyout', 'k', '-utf8', '-subj', '/C=CN/O=示例公司/CN=测试', '-days', '10', '-out', 'c', ...options)
        return readCertificate(run('version').file('c'))
      })
      expect(certificate.keyName).to.equal(kind)
      expect(isSelfSigned(certificate)).to.equal(true)
      expect(certificate.subject.text).to.equal('CN=测试,O=示例公司,C=CN')
    }
  })
})

it('the script of a thousand keys runs, with two', function () {
  needsOpenssl(this)
  const done = spawnSync(process.execPath, ['test/interop/run.ts', '2'], { encoding: 'utf8' })
  expect(done.stdout).to.include('ours in openssl: 2 of 2 signatures, 2 of 2 certificates, 0 forgeries')
  expect(done.status).to.equal(0)
})

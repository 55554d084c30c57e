import { expect } from 'chai'
import { pem } from '../../server/pki/certificate.ts'
import { verifyTimestamp } from '../../server/pki/timestamp.ts'
import { digestOf, type TimestampDigest } from '../../server/pki/timestamp-algorithms.ts'
import { newNonce, readTimestampRequest, writeTimestampRequest } from '../../server/pki/timestamp-request.ts'
import { readTimestampResponse } from '../../server/pki/timestamp-response.ts'
import { needsOpenssl, withFolder } from '../interop/openssl-run.ts'
import { at, makeRoot, makeUnder } from './hierarchy.ts'
import { authorityOf, timeStamping } from './timestamp-stage.ts'

const data = Buffer.from('投标文件')
const root = makeRoot('RSA Time Root', {}, 'RSA')
const tsa = makeUnder(root, 'RSA TSA', { extensions: [timeStamping] }, 'RSA')
const SECONDS = String(at.getTime() / 1000)

const config = (essDigest: string) => `[tsa]
default_tsa = t
[t]
serial = serial
crypto_device = builtin
signer_cert = tsa.pem
certs = root.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
other_policies = 1.2.3.4.5
digests = sha256, sha384, sha512, sm3
accuracy = secs:1, millisecs:500, microsecs:100
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = ${essDigest}
`
const files = (more: Record<string, Uint8Array | string>) => ({
  'root.pem': pem(root.certificate.der),
  'tsa.pem': pem(tsa.certificate.der),
  'tsa.key': tsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  serial: '01\n',
  data,
  ...more,
})
const reply = (given: Record<string, Uint8Array | string>): Buffer =>
  withFolder(files(given), run => run('ts', '-reply', '-config', 'c.cnf', '-section', 't', '-queryfile', 'q', '-out', 'a').file('a'))

describe('time stamps and openssl', () => {
  before(function () {
    needsOpenssl(this)
  })

  for (const digest of ['sha256', 'sha512', 'sm3'] as const satisfies readonly TimestampDigest[]) {
    it(`reads our request over ${digest} and verifies the answer of our authority`, async () => {
      const request = writeTimestampRequest({ imprint: { digest, hash: digestOf(digest, data) }, nonce: newNonce() })
      const shown = withFolder({ q: request }, run => run('ts', '-query', '-in', 'q', '-text'))
      expect(shown.out).to.include(`Hash Algorithm: ${digest}`).and.include('Nonce: 0x')
      const answer = await authorityOf(tsa).answer(request)
      const verified = withFolder(files({ q: request, a: answer }), run =>
        run('ts', '-verify', '-in', 'a', '-queryfile', 'q', '-CAfile', 'root.pem', '-attime', SECONDS),
      )
      expect(verified.out).to.include('Verification: OK')
      const other = withFolder(files({ a: answer, other: 'other' }), run =>
        run('ts', '-verify', '-in', 'a', '-data', 'other', '-CAfile', 'root.pem', '-attime', SECONDS),
      )
      expect(other.status).to.not.equal(0)
    })
  }

  for (const ess of ['sha1', 'sha256', 'sha512']) {
    it(`makes answers with a certificate named by ${ess} that we verify`, () => {
      const request = writeTimestampRequest({ imprint: { digest: 'sha256', hash: digestOf('sha256', data) }, policy: '1.2.3.4.5', nonce: newNonce() })
      const nonce = readTimestampRequest(request).nonce ?? ''
      const made = reply({ 'c.cnf': config(ess), q: request })
      const answer = readTimestampResponse(made)
      expect(answer.state).to.equal('granted')
      if (answer.state !== 'granted') return
      const question = {
        token: answer.token,
        of: { data },
        roots: [root.certificate],
        nonce,
        policies: ['1.2.3.4.5'],
        at: new Date('2035-01-01T00:00:00Z'),
      }
      const verdict = verifyTimestamp(question)
      expect(verdict).to.include({ ok: true })
      if (verdict.ok) expect(verdict.info).to.include({ accuracyMs: 1501, ordering: true, policy: '1.2.3.4.5' })
      expect(verifyTimestamp({ ...question, of: { data: Buffer.from('other') } })).to.include({ code: 'timestamp_invalid' })
    })
  }

  it('refuses in a way that we read', () => {
    const request = writeTimestampRequest({ imprint: { digest: 'sha256', hash: digestOf('sha256', data) }, policy: '1.2.9.9' })
    expect(readTimestampResponse(reply({ 'c.cnf': config('sha256'), q: request }))).to.include({ state: 'refused', failure: 'unacceptedPolicy' })
  })
})

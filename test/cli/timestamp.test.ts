import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { systemClock } from '../../server/kernel/clock.ts'
import { pem } from '../../server/pki/certificate.ts'
import { writePrivateKey } from '../../server/pki/pkcs8.ts'
import { writePfx } from '../../server/pki/pkcs12-write.ts'
import { digestOf } from '../../server/pki/timestamp-algorithms.ts'
import { readTimestampRequest } from '../../server/pki/timestamp-request.ts'
import { makeRoot } from '../pki/hierarchy.ts'
import { authorityOf, POLICY, root, tsa } from '../pki/timestamp-stage.ts'
import { type Desk, newDesk, shield } from './terminal.ts'

const content = Buffer.from('投标文件')

describe('shield timestamp', () => {
  let desk: Desk
  let file: string
  let trust: string[]
  beforeEach(() => {
    desk = newDesk()
    file = desk.put('bid.txt', content)
    desk.put('trust/root.pem', pem(root.certificate.der))
    trust = ['--trust', desk.at('trust')]
  })
  afterEach(() => desk.clear())

  const verify = (stamp: string, ...more: string[]) => shield('timestamp', 'verify', stamp, ...trust, ...more)

  it('writes a request, whose answer it verifies', async () => {
    const made = await shield('timestamp', 'request', file, '--out', desk.at('q'), '--digest', 'sha256', '--policy', POLICY, '--json')
    expect(made.exit).to.equal(0)
    const request = readFileSync(desk.at('q'))
    expect(readTimestampRequest(request)).to.deep.include({ imprint: { digest: 'sha256', hash: digestOf('sha256', content) }, policy: POLICY })
    expect(JSON.parse(made.out)).to.include({ nonce: readTimestampRequest(request).nonce })

    const answer = desk.put('a', await authorityOf(tsa.SM2, { clock: systemClock }).answer(request))
    const good = await verify(answer, '--content', file, '--request', desk.at('q'))
    expect(good.exit).to.equal(0)
    expect(good.out).to.include('GOOD').and.include(POLICY).and.include('CN=TSA SM2').and.include('± 1 s')
  })

  it('stamps with a key at hand: of a PFX and of a private key beside its certificate', async () => {
    const pfx = desk.put('tsa.pfx', await writePfx({ keys: [tsa.SM2], chain: [root.certificate], password: '口令' }))
    const password = desk.put('password', '口令\n')
    const stamped = await shield('timestamp', 'stamp', file, '--key', pfx, '--passphrase-file', password, '--policy', POLICY, '--out', desk.at('s1'))
    expect(stamped.err).to.equal('')
    expect(stamped.exit).to.equal(0)
    expect(await verify(desk.at('s1'), '--content', file)).to.include({ exit: 0 })

    const key = desk.put('tsa.key', await writePrivateKey(tsa.RSA.privateKey))
    const cert = desk.put('tsa.pem', pem(tsa.RSA.certificate.der))
    expect(await shield('timestamp', 'stamp', file, '--key', key, '--cert', cert, '--policy', POLICY, '--out', desk.at('s2'))).to.include({ exit: 0 })
    expect(await verify(desk.at('s2'), '--content', file)).to.include({ exit: 0 })
  })

  it('refuses, with exit 1 and the reason in two languages', async () => {
    const key = desk.put('tsa.key', await writePrivateKey(tsa.SM2.privateKey))
    const cert = desk.put('tsa.pem', pem(tsa.SM2.certificate.der))
    await shield('timestamp', 'stamp', file, '--key', key, '--cert', cert, '--policy', POLICY, '--out', desk.at('s'))
    const other = await verify(desk.at('s'), '--content', desk.put('other', 'other'))
    expect(other.exit).to.equal(1)
    expect(other.out).to.include('timestamp_invalid').and.include('时间戳验证不通过')

    await shield('timestamp', 'request', file, '--out', desk.at('q'))
    expect(await verify(desk.at('s'), '--request', desk.at('q'))).to.include({ exit: 1 })

    desk.put('elsewhere/root.pem', pem(makeRoot('Other').certificate.der))
    const untrusted = await shield('timestamp', 'verify', desk.at('s'), '--content', file, '--trust', desk.at('elsewhere'), '--json')
    expect(JSON.parse(untrusted.out)).to.include({ ok: false, code: 'certificate_untrusted' })
    expect(JSON.parse((await verify(desk.at('s'), '--content', file, '--at', '2026-01-02T00:00:00Z', '--json')).out)).to.include({
      code: 'timestamp_invalid',
    })
    expect(JSON.parse((await verify(desk.put('junk', Buffer.of(0x30, 0)), '--content', file, '--json')).out)).to.include({
      code: 'timestamp_malformed',
    })
  })

  it('tells that the authority had refused', async () => {
    const refused = desk.put('a', await authorityOf(tsa.SM2).answer(Buffer.from('junk')))
    const { exit, out } = await verify(refused, '--content', file)
    expect(exit).to.equal(1)
    expect(out).to.include('badDataFormat')
  })

  it('overwrites nothing unless told, and says what it needs', async () => {
    const out = desk.put('taken', 'mine')
    expect(await shield('timestamp', 'request', file, '--out', out)).to.include({ exit: 3 })
    expect(readFileSync(out, 'utf8')).to.equal('mine')
    expect(await shield('timestamp', 'request', file, '--out', out, '--force')).to.include({ exit: 0 })
    for (const words of [
      ['request', file],
      ['stamp', file, '--out', desk.at('x')],
      ['stamp', file, '--out', desk.at('x'), '--url', 'https://tsa.test/', '--key', 'k'],
      ['stamp', file, '--out', desk.at('x'), '--url', 'https://tsa.test/'],
      ['verify', file, ...trust],
      ['verify', file, '--content', file],
    ])
      expect((await shield('timestamp', ...words)).exit, words.join(' ')).to.equal(2)
    expect(await shield('timestamp', 'request', file, '--out', desk.at('x'), '--digest', 'md5')).to.include({ exit: 3 })
    expect(await shield('timestamp', 'request', file, '--out', desk.at('x'), '--policy', 'none')).to.include({ exit: 3 })
  })

  describe('at an authority', () => {
    let server: Server
    let url: string
    before(done => {
      const authority = authorityOf(tsa.SM2, { clock: systemClock })
      server = createServer(async (request, response) => {
        const chunks: Buffer[] = []
        for await (const chunk of request) chunks.push(chunk)
        response.setHeader('content-type', 'application/timestamp-reply')
        response.end(await authority.answer(Buffer.concat(chunks)))
      })
      server.listen(0, '127.0.0.1', () => {
        url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/tsa`
        done()
      })
    })
    after(() => {
      server.close()
      server.closeAllConnections()
    })

    it('gets a stamp that holds', async () => {
      const stamped = await shield('timestamp', 'stamp', file, '--url', url, ...trust, '--out', desk.at('s'))
      expect(stamped.exit).to.equal(0)
      expect(stamped.out).to.include('CN=TSA SM2')
      expect(await verify(desk.at('s'), '--content', file)).to.include({ exit: 0 })
    })

    it('writes nothing where the stamp is refused', async () => {
      expect(await shield('timestamp', 'stamp', file, '--url', url, ...trust, '--policy', '1.2.3', '--out', desk.at('s'))).to.include({ exit: 3 })
      expect(() => readFileSync(desk.at('s'))).to.throw(/ENOENT/)
      expect(await shield('timestamp', 'stamp', file, '--url', 'http://127.0.0.1:1/', ...trust, '--out', desk.at('s'))).to.include({ exit: 3 })
    })
  })
})

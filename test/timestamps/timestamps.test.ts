import { createHash, randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import express from 'express'
import type { AuditEvent } from '../../server/audit/events.ts'
import { requestContext } from '../../server/http/context.ts'
import { errorHandler } from '../../server/http/respond.ts'
import { days, fixedClock, systemClock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { createSealing } from '../../server/kernel/sealing.ts'
import { readPemBundle } from '../../server/pki/certificate.ts'
import { verifyChain } from '../../server/pki/path.ts'
import { verifyTimestamp } from '../../server/pki/timestamp.ts'
import { createTimestampClient } from '../../server/pki/timestamp-client.ts'
import { createTimestamps } from '../../server/timestamps/timestamps.ts'
import { memoryKeys } from '../suites/adapter-stage.ts'

describe('our time-stamp authorities', () => {
  const events: AuditEvent[] = []
  const store = memoryKeys()
  const sealing = createSealing(randomBytes(32))
  const open = () =>
    createTimestamps({
      store,
      sealing,
      clock: systemClock,
      trail: { append: async (...more) => void events.push(...more) },
    })
  let server: Server
  let url: string
  before(async () => {
    const app = express()
    app.use(requestContext({ clock: systemClock, log: silentLog }))
    app.use('/tsa', open().router)
    app.use(errorHandler({ page: view => view.zh, publicUrl: 'https://shield.test' }))
    server = createServer(app).listen(0, '127.0.0.1')
    await new Promise(resolve => server.once('listening', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/tsa`
  })
  after(() => server.close())
  const roots = async () => {
    const all = readPemBundle(Buffer.from(await (await fetch(`${url}/certificates.pem`)).arrayBuffer()))
    return all.filter(each => each.selfIssued)
  }

  for (const [family, path, digest] of [
    ['SM2', '', 'sm3'],
    ['RSA', '/rsa', 'sha256'],
  ] as const) {
    it(`stamps with ${family}, and the stamp verifies under the published root`, async () => {
      const trust = async () => ({ roots: await roots() })
      const client = createTimestampClient({ url: url + path, fetch, clock: systemClock, trust, digest })
      const content = Buffer.from('中标通知书')
      const stamped = await client.stamp(content)
      expect(Math.abs(stamped.info.genTime.getTime() - Date.now())).to.be.lessThan(60_000)
      expect(stamped.info.imprint.hash.equals(createHash(digest).update(content).digest())).to.equal(true)
      expect(events.at(-1)).to.deep.include({ code: 'timestamp.given' })
    })
  }

  it('are the same on every process and after a restart', async () => {
    const again = open()
    const [first, second] = await Promise.all([open().authority('sm2'), again.authority('sm2')])
    expect(first.certificate.thumbprint).to.equal(second.certificate.thumbprint)
    expect((await roots()).map(each => each.thumbprint)).to.include(first.root.thumbprint)
    expect(verifyChain({ leaf: first.certificate, roots: [first.root], intermediates: [], at: systemClock.now(), purpose: 'timestamp' }).ok).to.equal(
      true,
    )
  })

  it('are followed by new ones, and what the old ones stamped still verifies', async () => {
    const clock = fixedClock('2027-01-01T00:00:00Z')
    const ours = createTimestamps({ store: memoryKeys(), sealing, clock, trail: { append: async () => undefined } })
    const data = Buffer.from('中标通知书')
    const token = await ours.stamp('sm2', data, 'K7QM-3F9T')
    const before = await ours.authority('sm2')
    clock.advance(days(2 * 365))
    expect((await ours.authorities()).map(({ certificate }) => certificate.keyName)).to.deep.equal(['SM2', 'SM2', 'RSA'])
    expect((await ours.authority('sm2')).certificate.thumbprint).to.equal(before.certificate.thumbprint)
    clock.advance(days(31))
    expect((await ours.authority('sm2')).certificate.thumbprint).not.to.equal(before.certificate.thumbprint)
    const roots = (await ours.authorities()).map(({ root }) => root)
    expect(verifyTimestamp({ token, of: { data }, roots, at: clock.now() }).ok).to.equal(true)
  })

  it('answer what is no request with a refusal of the protocol, and what is no message at all in words', async () => {
    const post = (body: Uint8Array | string, type = 'application/timestamp-query') =>
      fetch(url, { method: 'POST', body: Buffer.from(body), headers: { 'content-type': type } })
    const junk = await post(randomBytes(100))
    expect(junk.status).to.equal(200)
    expect(junk.headers.get('content-type')).to.equal('application/timestamp-reply')
    expect(events.at(-1)).to.deep.include({ code: 'timestamp.refused' })
    expect((await post('{}', 'application/json')).status).to.equal(400)
    expect((await post(randomBytes(20_000))).status).to.equal(413)
  })
})

import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { threeBanks } from '../../bank-adapters/mock-bank/bank-profile.ts'
import { createMockBank } from '../../bank-adapters/mock-bank/mock-bank.ts'
import { systemClock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { freePort } from '../../server/listen.ts'
import { pem } from '../../server/pki/certificate.ts'
import { ownKey } from '../bank-adapters/channel/parties.ts'

const TRIES = 10

describe('a notice of the mock bank that is not answered', function () {
  this.timeout(60_000)

  it('is sent again in the same bytes, its confidential part too, and after the bank was started anew', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'shield-bank-sender-'))
    const keys = [ownKey('shared-shield'), ownKey('shared-shield', { use: 'encrypt' })].map(({ key }) => ({
      use: key.use,
      certificate: pem(key.certificate.der),
    }))
    const came: { id: unknown; nonce: unknown; key: unknown; body: string }[] = []
    const platform = createServer(async (req, res) => {
      if (req.url === '/channel/keys') return void res.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }))
      const pieces: Buffer[] = []
      for await (const piece of req) pieces.push(Buffer.from(piece))
      const { 'x-msg-id': id, 'x-msg-nonce': nonce, 'x-msg-encryption-key': key } = req.headers
      came.push({ id, nonce, key, body: Buffer.concat(pieces).toString('utf8') })
      req.socket.destroy()
    })
    await new Promise<void>(resolve => platform.listen(0, '127.0.0.1', resolve))
    const brokerUrl = `http://127.0.0.1:${(platform.address() as AddressInfo).port}`
    const banks = threeBanks.filter(({ id }) => id === 'abc')
    // of one address: for another it makes everything anew
    const port = await freePort()
    const open = () => createMockBank({ dataDir, port, brokerUrl, agentUrl: 'ws://127.0.0.1:1', banks, clock: systemClock, log: silentLog })
    try {
      const first = await open()
      const { bonds, sender } = first.channel('abc')
      bonds.pay({ account: '622848990102942975', payer: { account: '990000000000001', name: '演示企业' }, fen: 1 })
      // a connection that was cut may be found so by the next request, which is then none
      for (let tries = 0; came.length < 2 && tries < TRIES; tries++) await sender.flush()
      await first.close()
      const second = await open()
      for (let tries = 0; came.length < 3 && tries < TRIES; tries++) await second.channel('abc').sender.flush()
      await second.close()
    } finally {
      platform.closeAllConnections()
      platform.close()
      await rm(dataDir, { recursive: true, force: true })
    }
    expect(came.length).to.be.at.least(3)
    expect(came[0]?.body).to.include('"confidential"')
    expect(new Set(came.map(({ nonce }) => nonce)).size).to.equal(came.length)
    expect(new Set(came.map(({ id, key, body }) => `${id} ${key} ${body}`)).size).to.equal(1)
  })
})

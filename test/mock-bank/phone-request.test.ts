import { createServer, type Server } from 'node:http'
import { expect } from 'chai'
import { fetchLines, fetchRequest } from '../../bank-adapters/mock-bank/phone-request.ts'
import { Refusal } from '../../bank-adapters/mock-bank/refusal.ts'

/** What the app makes of a request that it fetches; the broker is played, and plays tricks. */
describe('mock bank: what the app fetches', () => {
  let server: Server
  let broker: string
  const served = new Map<string, unknown>()
  before(async () => {
    server = createServer((req, res) => res.end(JSON.stringify(served.get(req.url ?? ''))))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    broker = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  })
  after(() => server.close())

  const path = '/phone/abc/request/def'
  const digest = (n: number) => n.toString(16).padStart(64, '0')
  const list = (count: number) => Array.from({ length: count }, (_, i) => `${i + 1}. 文件 原文SM3:${digest(i)} 摘要:${digest(i + 1)}`).join('\n')
  const request = (count: number, more: object = {}) => ({ kind: 'sign-list', text: list(count), certificate: 'AAAA', lines: count, ...more })
  const signedInfo = (n: number) =>
    Buffer.from(`<SignedInfo><DigestValue>${Buffer.from(digest(n), 'hex').toString('base64')}</DigestValue></SignedInfo>`).toString('base64')
  async function refused(of: Promise<unknown>): Promise<number | undefined> {
    try {
      await of
    } catch (thrown) {
      return thrown instanceof Refusal ? thrown.status : undefined
    }
    return undefined
  }

  it('asks nobody but its configured client', async () => {
    for (const address of ['https://evil.example/phone/abc/request/def', `${broker}/login/x`, `${broker}${path}?to=evil`, ''])
      expect(await refused(fetchRequest(address, broker)), address).to.equal(403)
  })

  it('shows no list of more than 500 lines, of another length than it says, or with what cannot be read', async () => {
    for (const bad of [request(501), request(2, { lines: 3 }), { ...request(1), text: `${list(1)}\u202e` }, { ...request(1), text: 'no line' }, {}]) {
      served.set(path, bad)
      expect(await refused(fetchRequest(`${broker}${path}`, broker))).to.equal(400)
    }
    served.set(path, request(500))
    expect((await fetchRequest(`${broker}${path}`, broker)).kind).to.equal('sign-list')
  })

  it('signs no bytes but those of the digests that the person read, in their order', async () => {
    served.set(path, request(2))
    const asked = await fetchRequest(`${broker}${path}`, broker)
    if (asked.kind !== 'sign-list') throw new Error('another request')
    const lines = async (...found: string[]) => {
      served.set(`${path}/lines/1`, { lines: found })
      return await fetchLines(`${broker}${path}`, asked)
    }
    expect(await lines(signedInfo(1), signedInfo(2))).to.have.length(2)
    for (const bad of [
      [signedInfo(2), signedInfo(1)],
      [signedInfo(1), signedInfo(3)],
      [signedInfo(1), signedInfo(2), signedInfo(2)],
      ['AAAA', 'AAAA'],
    ])
      expect(await refused(lines(...bad))).to.equal(400)
  })
})

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { seeOther } from '../../server/http/answers.ts'

describe('the way on', () => {
  it('arrives as it was written, with only what a header cannot hold encoded', async () => {
    const ways: [string, string][] = [
      ['https://center.example/a%20b?x=%E4%B8%AD', 'https://center.example/a%20b?x=%E4%B8%AD'],
      ['https://center.example/中心?x=%20', 'https://center.example/%E4%B8%AD%E5%BF%83?x=%20'],
      ['/a\r\nSet-Cookie: b=c', '/a%0D%0ASet-Cookie:%20b=c'],
      ['/\ud800', '/%EF%BF%BD'],
    ]
    const server = createServer((req, res) => seeOther(res, ways[Number(req.url?.slice(1))]?.[0] ?? '')).listen(0, '127.0.0.1')
    await new Promise(resolve => server.once('listening', resolve))
    try {
      for (const [i, [, wanted]] of ways.entries()) {
        const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/${i}`, { redirect: 'manual' })
        expect([answer.status, answer.headers.get('location'), answer.headers.get('set-cookie')]).to.deep.equal([303, wanted, null])
      }
    } finally {
      server.close()
    }
  })
})

import { expect } from 'chai'
import request from 'supertest'
import type { AuditEvent } from '../../../server/audit/events.ts'
import { fixedClock } from '../../../server/kernel/clock.ts'
import type { SealFormat } from '../../../server/seals/contract.ts'
import type { SealReport } from '../../../server/seals/report.ts'
import { verifyApi, verifyPages } from '../../../server/seals/verify/routes.ts'
import { createVerification } from '../../../server/seals/verify/verification.ts'
import { testApp } from '../../http/app.ts'

/** The way in and out; what is checked belongs to the formats, and a page is looked at in test/browser. The format here is a text that says what its report shall be. */
describe('verifying for anybody', () => {
  let events: AuditEvent[]
  let hold: Promise<void> | undefined
  const seal: SealReport = {
    id: 'one',
    kind: 'ses',
    seal: { id: 'E1', name: '<演示>公司公章', version: 4, type: 1, validFrom: '', validUntil: '', picture: { type: 'png', width: 40, height: 40 } },
    claimedAt: '2026-11-28T08:00:00.000Z',
    covers: { whole: true, parts: [] },
    intact: 'yes',
    trusted: 'yes',
    valid: 'yes',
    checks: [{ code: 'digest', of: 'intact', ok: 'yes', zh: '摘要一致', en: 'the digest agrees', facts: '<b>' }],
  }
  const format: SealFormat = {
    name: 'xml',
    recognises: head => Buffer.from(head).toString('utf8').startsWith('test:'),
    prepare: async () => Buffer.alloc(0),
    build: async () => Buffer.alloc(0),
    async verify(document) {
      await hold
      const asked = Buffer.from(document).toString('utf8').slice(5)
      const answers = asked === '' ? {} : { intact: asked as 'no' }
      return { format: 'xml', seals: asked === 'unsigned' ? [] : [{ ...seal, ...answers }], findings: [] }
    },
  }
  const nobody = { value: () => Promise.reject(new Error('not asked')) }
  function app() {
    events = []
    const deps = {
      verification: createVerification({ formats: [format], judge: nobody, clock: fixedClock('2026-12-01T00:00:00Z') }),
      trail: { append: async (...more: AuditEvent[]) => void events.push(...more) },
    }
    return testApp(routes => {
      routes.use('/api/seals\\:verify', verifyApi(deps))
      routes.use('/verify', verifyPages(deps))
    })
  }
  const post = (body: string) => request(app()).post('/api/seals:verify').set('content-type', 'application/octet-stream').send(Buffer.from(body))

  it('answers a report with the digest of what was verified, and one audit event', async () => {
    const { body } = await post('test:').expect(200)
    expect(body).to.deep.include({ format: 'xml', seals: [seal], document: { digest: body.document.digest, size: 5 } })
    expect(body.document.digest).to.match(/^[0-9a-f]{64}$/)
    expect(events.map(({ code, facts }) => [code, facts['seals'], facts['intact']])).to.deep.equal([['seal.verified', 1, 1]])
  })

  it('refuses what is of no known format, and nothing at all', async () => {
    expect((await post('hello').expect(422)).body.code).to.equal('seal_document_unusable')
    expect((await request(app()).post('/api/seals:verify').expect(400)).body.code).to.equal('bad_request')
  })

  it('refuses a document over 64 MiB before reading it', async () => {
    const { body } = await request(app())
      .post('/api/seals:verify')
      .set('content-length', String(70 * 1024 * 1024))
      .set('content-type', 'application/octet-stream')
      .catch(thrown => thrown.response)
    expect(body.code).to.equal('too_large')
  })

  it('looks at four at a time and tells the fifth to come again', async () => {
    const { promise, resolve: go } = Promise.withResolvers<void>()
    hold = promise
    const busy = app()
    const send = () => request(busy).post('/api/seals:verify').set('content-type', 'application/octet-stream').send(Buffer.from('test:'))
    const all = Array.from({ length: 6 }, () => send().then(({ status }) => status))
    const first = await Promise.race(all)
    expect(first).to.equal(429)
    go()
    expect((await Promise.all(all)).toSorted()).to.deep.equal([200, 200, 200, 200, 429, 429])
    hold = undefined
    expect((await send()).status).to.equal(200)
  })

  for (const [asked, words] of [
    ['', '印章真实有效'],
    ['no', '请勿采信'],
    ['unknown', '不能确定文件有没有改过'],
    ['unsigned', '没有电子印章或签名'],
  ] as const) {
    it(`says in one sentence what a document is worth: ${words}`, async () => {
      const { text } = await request(app())
        .post('/verify')
        .attach('document', Buffer.from(`test:${asked}`), '标书<x>.xml')
        .expect(200)
      expect(text).to.include(words).and.to.include('标书&lt;x&gt;.xml').and.not.include('<x>')
      if (asked !== 'unsigned') expect(text).to.include('&lt;演示&gt;公司公章').and.not.include('<b>')
    })
  }

  it('keeps the person on the page with the reason when the file is no document', async () => {
    const { text } = await request(app()).post('/verify').attach('document', Buffer.from('hello'), 'a.pdf').expect(422)
    expect(text).to.include('这个文件不能盖章或验章').and.to.include('type="file"')
    expect(events.map(({ code }) => code)).to.deep.equal(['request.refused'])
  })
})

import { expect } from 'chai'
import request from 'supertest'
import { readUpload, type Uploaded } from '../../server/http/upload.ts'
import { testApp } from './app.ts'

describe('an upload', () => {
  const limits = { files: 2, file: 1000, all: 1500 }
  let got: Uploaded | undefined
  const app = testApp(routes => {
    routes.post('/up', async (req, res) => {
      got = await readUpload(req, limits)
      res.json({ ok: true })
    })
  })
  const up = () => request(app).post('/up')
  beforeEach(() => {
    got = undefined
  })

  it('brings files and fields as they were sent, without folders in a name', async () => {
    await up()
      .field('title', '投标')
      .attach('document', Buffer.from('one'), 'C:\\标书\\文件.pdf')
      .attach('document', Buffer.alloc(1000, 7), '../b.ofd')
      .expect(200)
    expect(got?.fields['title']).to.equal('投标')
    expect(got?.files.map(({ name, bytes }) => [name, bytes.length])).to.deep.equal([
      ['文件.pdf', 3],
      ['b.ofd', 1000],
    ])
  })

  for (const [what, send, code] of [
    ['a file that is too large', () => up().attach('d', Buffer.alloc(1001), 'a'), 'too_large'],
    ['files that are too large together', () => up().attach('d', Buffer.alloc(900), 'a').attach('d', Buffer.alloc(900), 'b'), 'too_large'],
    [
      'too many files',
      () => up().attach('d', Buffer.from('1'), 'a').attach('d', Buffer.from('2'), 'b').attach('d', Buffer.from('3'), 'c'),
      'too_large',
    ],
    ['a field that comes twice', () => up().field('a', '1').field('a', '2'), 'bad_request'],
    ['a field without end', () => up().field('a', 'x'.repeat(70_000)), 'bad_request'],
    ['another kind of body', () => up().send({ a: 1 }), 'bad_request'],
    ['no boundary', () => up().set('content-type', 'multipart/form-data').send('--x\r\n'), 'bad_request'],
    [
      'a form that ends in the middle',
      () =>
        up().set('content-type', 'multipart/form-data; boundary=x').send('--x\r\nContent-Disposition: form-data; name="d"; filename="a"\r\n\r\nhalf'),
      'bad_request',
    ],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const { body, text } = await send()
      expect(`${JSON.stringify(body)} ${text}`).to.include(code)
      expect(got).to.equal(undefined)
    })
  }

  it('takes a field named like an object’s own for a field', async () => {
    await up().field('__proto__', 'x').field('constructor', 'y').expect(200)
    expect(Object.entries(got?.fields ?? {})).to.deep.equal([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ])
  })
})

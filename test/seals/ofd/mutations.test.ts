import { expect } from 'chai'
import type { Context } from 'mocha'
import { ofd } from '../../../server/seals/ofd/ofd.ts'
import { evidence } from './evidence.ts'
import { complaints, isSilent, made, page, picture, sample, seals, text, verify } from './stage.ts'
import { rezip, unzip } from './zip.ts'

/** Every change of a part of a sealed package: none may leave a reader of the report without a word of it. */
const packages: [string, (test: Context) => Promise<Buffer>][] = [
  ['our own document', () => seals(rich(), { places: [{ kind: 'at', page: 1, x: 60, y: 60 }] })],
  ['our own document, sealed twice', async () => seals(await seals(rich()), { id: 'two', picture })],
  ['our own document, with evidence', async () => ofd.addEvidence?.(await seals(rich()), evidence) ?? expect.fail()],
  ['v4signed', async test => sample(test, 'v4signed')],
  ['SESV4SignDoc', async test => sample(test, 'SESV4SignDoc')],
  ['h', async test => sample(test, 'h')],
]

const rich = () =>
  made({
    pages: [page(text('甲')), page(text('乙'))],
    common: '<ofd:PublicRes>PublicRes.xml</ofd:PublicRes>',
    document: '<ofd:Annotations>Annots/Annotations.xml</ofd:Annotations><ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>',
    parts: {
      'Doc_0/PublicRes.xml':
        '<ofd:Res xmlns:ofd="http://www.ofdspec.org/2016" BaseLoc="Res"><ofd:MultiMedias><ofd:MultiMedia ID="5"><ofd:MediaFile>a.png</ofd:MediaFile></ofd:MultiMedia></ofd:MultiMedias></ofd:Res>',
      'Doc_0/Res/a.png': 'picture',
      'Doc_0/Annots/Annotations.xml': '<ofd:Annotations xmlns:ofd="http://www.ofdspec.org/2016"/>',
    },
  })

const LIST = /Signatures\.xml$/

describe('OFD mutations', () => {
  for (const [title, make] of packages) {
    describe(title, () => {
      let parts: Map<string, Buffer>
      let silent: string[]
      before(async function () {
        const document = await make(this)
        parts = unzip(document)
        silent = complaints(await verify(document))
        expect(silent.filter(code => !['references', 'list-changed'].includes(code))).to.deep.equal([])
      })
      const judged = async (changed: ReadonlyMap<string, Buffer>) => {
        const report = await verify(rezip(changed))
        return { report, more: complaints(report).filter(code => !silent.includes(code)) }
      }
      const noticed = async (changed: ReadonlyMap<string, Buffer>, what: string) => {
        const { report, more } = await judged(changed).catch((thrown: Error) => ({ report: undefined, more: [thrown.message] }))
        expect(more, what).not.to.deep.equal([])
        expect(report !== undefined && isSilent(report), what).to.equal(false)
      }

      it('a byte of any part changed, at its beginning, middle and end', async () => {
        for (const [name, bytes] of parts) {
          if (LIST.test(name)) continue
          for (const at of [0, bytes.length >> 1, bytes.length - 1]) {
            const changed = Buffer.from(bytes)
            changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
            await noticed(new Map(parts).set(name, changed), `${name} at ${at}`)
          }
        }
      })

      it('any part removed', async () => {
        for (const name of parts.keys()) {
          const changed = new Map(parts)
          changed.delete(name)
          const { report } = await judged(changed).catch(() => ({ report: undefined }))
          // what came after the last seal may go again: that leaves what was sealed
          if (name.endsWith('/Evidence.p7c')) continue
          expect(report !== undefined && isSilent(report), name).to.equal(false)
        }
      })

      it('any part emptied, or longer by a blank', async () => {
        for (const [name, bytes] of parts) {
          await noticed(new Map(parts).set(name, Buffer.alloc(0)), name)
          // a list is XML to which no seal need be bound, and a blank behind it says nothing
          if (!LIST.test(name)) await noticed(new Map(parts).set(name, Buffer.concat([bytes, Buffer.from('\n')])), name)
        }
      })

      it('any part renamed', async () => {
        for (const [name, bytes] of parts) {
          const changed = new Map(parts)
          changed.delete(name)
          await noticed(changed.set(`${name}x`, bytes), name)
        }
      })

      it('any two parts swapped', async () => {
        const names = [...parts.keys()]
        for (const [i, one] of names.entries()) {
          const other = names[(i + 1) % names.length] ?? ''
          const [a, b] = [parts.get(one), parts.get(other)]
          if (a === undefined || b === undefined || a.equals(b)) continue
          await noticed(new Map(parts).set(one, b).set(other, a), `${one} and ${other}`)
        }
      })

      it('a part added anywhere', async () => {
        for (const name of [
          'more.txt',
          'Doc_0/more.xml',
          'Doc_0/Res/more.png',
          'Doc_0/Signs/Sign_0/more.dat',
          'Doc_0/Signs/Sign_9/Signature.xml',
          'Doc_1/Document.xml',
        ]) {
          const report = await verify(rezip(new Map(parts).set(name, Buffer.from('more'))))
          const told = [...report.findings, ...report.seals.flatMap(({ checks }) => checks)].some(
            ({ ok, facts }) => ok === 'no' && facts?.includes(`/${name}`),
          )
          expect(told, name).to.equal(true)
        }
      })
    })
  }

  it('any byte of a list that no seal protects: told, or it was a number that means nothing', async () => {
    const sealed = await seals(rich())
    const [parts, before] = [unzip(sealed), await verify(sealed)]
    const name = 'Doc_0/Signs/Signatures.xml'
    const bytes = parts.get(name) ?? Buffer.alloc(0)
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes)
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
      const report = await verify(rezip(new Map(parts).set(name, changed)))
      if (complaints(report).length === 0) expect(report, `${at}: ${changed.toString()}`).to.deep.equal(before)
    }
  })

  it('a part that the document names and that was not there when it was sealed', async () => {
    const sealed = unzip(await seals(rich()))
    const report = await verify(
      rezip(sealed.set('Doc_0/Attachs/Attachments.xml', Buffer.from('<ofd:Attachments xmlns:ofd="http://www.ofdspec.org/2016"/>'))),
    )
    expect(report.findings).to.have.length(1)
    expect(report.findings[0]).to.include({ code: 'unprotected', ok: 'no', facts: 'attachment: /Doc_0/Attachs/Attachments.xml' })
  })

  it('a signature carried over from another document', async () => {
    const [from, to] = [unzip(await seals(made({ pages: [page(text('一百元'))] }))), unzip(await seals(made({ pages: [page(text('九百元'))] })))]
    for (const [name, bytes] of from) if (name.includes('/Sign_0/')) to.set(name, bytes)
    const report = await verify(rezip(to))
    expect(report.seals[0]?.intact).to.equal('no')
    expect(complaints(report)).to.include('reference-changed')
    const unsigned = unzip(made({ pages: [page(text('九百元'))] }))
    for (const [name, bytes] of from) if (name.includes('/Signs/') || name === 'OFD.xml') unsigned.set(name, bytes)
    expect(complaints(await verify(rezip(unsigned)))).to.include('reference-changed')
  })
})

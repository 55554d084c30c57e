import { expect } from 'chai'
import { VerifyAnswer } from '../../../server/seals/api/open-verifying.ts'
import type { SealReport } from '../../../server/seals/report.ts'
import { complaints, isSilent, sample, seals, verify } from './stage.ts'
import { rezip, unzip } from './zip.ts'

const answer = (seal: SealReport | undefined, code: string) => seal?.checks.find(check => check.code === code)

describe('OFD samples of others', () => {
  for (const [name, held] of [
    ['v4signed', '13/13'],
    ['SESV4SignDoc', '5/5'],
  ] as const) {
    it(`${name}: all ${held} references hold, and nothing is left out`, async function () {
      const document = sample(this, name)
      const report = await verify(document)
      expect(complaints(report)).to.deep.equal([])
      expect(VerifyAnswer.shape.seals.parse(report.seals)).to.deep.equal(report.seals)
      const [seal] = report.seals
      expect(answer(seal, 'references')?.facts).to.equal(held)
      expect([seal?.kind, seal?.intact, seal?.covers.whole, seal?.pages?.join()]).to.deep.equal(['ses', 'yes', true, '1'])
    })
  }

  it('h: both values hold; the second seal changed the list that the first protects, and nothing else: told in its own words', async function () {
    const document = sample(this, 'h')
    const report = await verify(document)
    expect(VerifyAnswer.shape.seals.parse(report.seals)).to.deep.equal(report.seals)
    const [first, second] = report.seals
    expect(answer(first, 'references')).to.include({ ok: 'unknown', facts: '8/9' })
    expect(answer(first, 'list-changed')).to.include({ of: 'note', ok: 'unknown', facts: '/Doc_0/Signs/Signatures.xml' })
    expect([first?.intact, first?.pages?.join()]).to.deep.equal(['unknown', '1,2,3,4,5'])
    expect([second?.intact, answer(second, 'references')?.facts]).to.deep.equal(['yes', '11/11'])
    expect(report.findings).to.deep.equal([])
  })

  for (const [sentence, change] of [
    ['another type', (list: string) => list.replace('Type="Seal"', 'Type="Sign"')],
    ['another place', (list: string) => list.replace('/Doc_0/Signs/Sign_0/', '/Doc_0/Signs/../Signs/Sign_0/')],
    ['a word more', (list: string) => list.replace('</ofd:Signatures>', '<ofd:More/></ofd:Signatures>')],
    ['another order', (list: string) => list.replace(/(<ofd:Signature ID="s001"[^>]*>)(.*?)(<ofd:Signature ID="s007"[^>]*>)/, '$3$2$1')],
  ] as const) {
    it(`h: a list with ${sentence} did not only grow`, async function () {
      const document = sample(this, 'h')
      const parts = unzip(document)
      const list = parts.get('Doc_0/Signs/Signatures.xml')?.toString() ?? ''
      expect(change(list)).not.to.equal(list)
      const report = await verify(rezip(parts.set('Doc_0/Signs/Signatures.xml', Buffer.from(change(list)))))
      const first = report.seals.find(({ id }) => id.endsWith('Sign_0/Signature.xml'))
      expect(first?.intact).to.equal('no')
      expect(answer(first, 'list-rewritten')?.ok).to.equal('no')
    })
  }

  it('helloworld: unsigned; sealed once and twice it holds', async function () {
    const document = sample(this, 'helloworld')
    expect(await verify(document)).to.deep.equal({ format: 'ofd', seals: [], findings: [] })
    const once = await seals(document, { places: [{ kind: 'keyword', words: 'OFD Reader&Writer' }] })
    expect(isSilent(await verify(once))).to.equal(true)
    const twice = await seals(once, { id: 'two', places: [{ kind: 'at', page: 1, x: 105, y: 200 }] })
    const report = await verify(twice)
    expect(isSilent(report), complaints(report).join()).to.equal(true)
    expect(report.seals.map(({ covers }) => covers.parts.length)).to.deep.equal([7, 10])
  })

  it('v4signed, h and SESV4SignDoc sealed once more: the earlier seals hold, or are told to have a longer list', async function () {
    for (const name of ['v4signed', 'h', 'SESV4SignDoc']) {
      const document = sample(this, name)
      const before = await verify(document)
      const report = await verify(await seals(document, { places: [{ kind: 'at', page: 1, x: 60, y: 100 }] }))
      expect(report.seals.map(({ intact }) => intact)).to.deep.equal([...before.seals.map(({ intact }) => intact), 'yes'], name)
      expect(report.findings).to.deep.equal([], name)
    }
  })
})

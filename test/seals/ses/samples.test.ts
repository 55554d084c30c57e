import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Context } from 'mocha'
import type { JudgedValue } from '../../../server/seals/contract.ts'
import { readSesSignature } from '../../../server/seals/ses/signature.ts'
import { judgeBareSeal } from '../../../server/seals/values/seal-judge.ts'
import { needsShared } from '../../pki/outside.ts'
import { unzip } from '../ofd/zip.ts'
import { answerIn, answers, at, depsIn, judged } from './stage.ts'

const sample = (test: Context, ...parts: string[]): string => join(needsShared(test, 'samples'), ...parts)

const judge = (file: Uint8Array, now: Date) => judgeBareSeal(file, depsIn({ now, roots: [] }))

/** The seal of one package, held against the Signature.xml that it protects. */
async function sealIn(path: string, sign: string): Promise<{ verdict: JudgedValue; beside: Buffer | undefined }> {
  const parts = unzip(readFileSync(path))
  const folder = `Doc_0/Signs/${sign}`
  const about = parts.get(`${folder}/Signature.xml`)
  const value = parts.get(`${folder}/SignedValue.dat`)
  if (about === undefined || value === undefined) throw new Error('no signature in it')
  const content = { digestOf: (digest: string) => createHash(digest).update(about).digest(), property: `/${folder}/Signature.xml` }
  // nobody here trusts those CAs: what is looked at is what the seal itself shows
  return { verdict: await judged(value, { now: at, roots: [] }, content), beside: parts.get(`${folder}/Seal.esl`) }
}

describe('real seals', () => {
  it('of version 1 and 4 are read, their makers signed them, and they were in force', async function () {
    for (const [file, version, name, type] of [
      ['UserV1.esl', 1, 'OFDRW测试用印章', 1],
      ['UserV4.esl', 4, 'OFD R&W 测试用印章', 3],
    ] as const) {
      const { seal, checks } = await judge(readFileSync(sample(this, 'seal', file)), new Date('2021-01-01T00:00:00Z'))
      expect(seal).to.deep.include({ version, name, type })
      const good = checks.filter(({ ok }) => ok === 'yes').map(({ code }) => code)
      expect(good).to.deep.equal(['format', 'maker-signature', 'maker-usage', 'maker-period', 'seal-created', 'seal-period'])
      expect((await judge(readFileSync(sample(this, 'seal', file)), at)).checks.find(({ code }) => code === 'seal-period')?.ok).to.equal('no')
    }
  })

  it('lose their maker’s signature with any bit of what the maker signed', async function () {
    for (const file of ['UserV1.esl', 'UserV4.esl']) {
      const der = readFileSync(sample(this, 'seal', file))
      for (const place of [20, 70, 700, 9000]) {
        const changed = Buffer.from(der)
        changed.writeUInt8(changed.readUInt8(place) ^ 1, place)
        const holds = await judge(changed, at).then(
          ({ checks }) => checks.some(({ code, ok }) => code === 'maker-signature' && ok === 'yes'),
          () => false,
        )
        expect(holds, `${file} ${place}`).to.equal(false)
      }
    }
  })

  it('a bare signature is right, its seal too', async function () {
    const value = readFileSync(sample(this, 'seal', 'SignedValueV4.dat'))
    const { dataHash } = readSesSignature(value)
    const verdict = await judged(value, { roots: [] }, { digestOf: () => dataHash })
    for (const code of ['format', 'signature', 'signer-list', 'maker-signature', 'maker-period', 'seal-period', 'signer-period', 'digest'])
      expect(answerIn(verdict, code), code).to.equal('yes')
    expect(answers(verdict)).to.equal('yes no unknown')
  })

  const packages: [file: string, sign: string, at: string, inForce: boolean][] = [
    ['v4signed.ofd', 'Sign_0', '2020-10-10T07:11:20.000Z', true],
    ['SESV4SignDoc.ofd', 'Sign_0', '2026-08-04T02:08:09.000Z', false],
    ['h.ofd', 'Sign_0', '2020-07-16T08:04:27.000Z', true],
    ['h.ofd', 'Sign_1', '2020-07-16T08:05:36.000Z', true],
  ]
  for (const [file, sign, claimedAt, inForce] of packages)
    it(`in ${file}, ${sign}: both signatures, the list and the digest hold; in force then: ${inForce}`, async function () {
      const { verdict, beside } = await sealIn(sample(this, 'ofd', file), sign)
      expect(verdict.claimedAt).to.equal(claimedAt)
      for (const code of ['format', 'signature', 'signer-list', 'maker-signature', 'maker-period', 'digest', 'property'])
        expect(answerIn(verdict, code), code).to.equal('yes')
      expect(answerIn(verdict, 'signer-chain')).to.equal('no')
      expect([answerIn(verdict, 'seal-period'), answerIn(verdict, 'signer-period')]).to.deep.equal(inForce ? ['yes', 'yes'] : ['no', 'no'])
      if (beside !== undefined) expect(verdict.embeddedSeal).to.deep.equal(beside)
    })
})

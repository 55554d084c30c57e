import { expect } from 'chai'
import { children, type Der, onlyElement } from '../../../server/pki/der.ts'
import { sequence } from '../../../server/pki/der-write.ts'
import type { JudgedValue } from '../../../server/seals/contract.ts'
import { createCmsValue } from '../../../server/seals/values/cms-value.ts'
import { createSesValue } from '../../../server/seals/values/ses-value.ts'
import { answers, at, judgeIn, question, sealWith, second, set, setSeal, shield, signed } from './stage.ts'

/** Every byte with one bit changed, a low one or a high one in turn; at every twenty-fifth also another value, left out, twice. */
function* mutations(whole: Buffer, step = 1): Generator<{ at: number; bytes: Buffer }> {
  for (let i = 0; i < whole.length; i += step) {
    for (const mask of i % 25 === 0 ? [0x01, 0x80, 0xff] : [i % 2 === 0 ? 0x01 : 0x80]) {
      const bytes = Buffer.from(whole)
      bytes.writeUInt8(bytes.readUInt8(i) ^ mask, i)
      yield { at: i, bytes }
    }
    if (i % 25 !== 0) continue
    yield { at: i, bytes: Buffer.concat([whole.subarray(0, i), whole.subarray(i + 1)]) }
    yield { at: i, bytes: Buffer.concat([whole.subarray(0, i + 1), whole.subarray(i)]) }
  }
}

const judge = judgeIn()
const accepted = (verdict: JudgedValue): boolean => answers(verdict) === 'yes yes yes'

/** Where in the whole a part of it lies, views into the same memory. */
const spanOf = (whole: Buffer, part: Buffer): [number, number] => {
  const start = part.byteOffset - whole.byteOffset
  return [start, start + part.length]
}

describe('a changed value', () => {
  it('of a seal is never accepted: no byte of it is free, and none of what was signed is intact', async function () {
    this.timeout(60_000)
    const whole = setSeal()
    expect(accepted(await judge.value(whole, question))).to.equal(true)
    const [, certificate] = children(onlyElement(whole))
    const [from, to] = certificate === undefined ? [0, 0] : spanOf(whole, certificate.raw)
    let tried = 0
    const through: number[] = []
    for (const { at: place, bytes } of mutations(whole)) {
      if (bytes.equals(whole)) continue
      tried += 1
      const verdict = await judge.value(bytes, question)
      // the certificate stands outside of what is signed: there the list tells
      const bad = place >= from && place < to ? accepted(verdict) : answers(verdict).startsWith('yes')
      if (bad) through.push(place)
    }
    expect(through).to.deep.equal([])
    expect(tried).to.be.above(2500)
  })

  it('of a stamped seal never shows another time', async () => {
    const whole = setSeal({}, at)
    const stamp = children(onlyElement(whole)).at(-1)
    if (stamp === undefined) throw new Error('no stamp')
    const [from] = spanOf(whole, stamp.raw)
    for (const { at: place, bytes } of mutations(whole, 11)) {
      if (place < from) continue
      const verdict = await judge.value(bytes, question)
      expect(verdict.provenAt ?? at.toISOString(), `byte ${place}`).to.equal(at.toISOString())
    }
  })

  it('of a signed message is accepted only where nobody signed the byte, and says the same then', async function () {
    this.timeout(60_000)
    const value = createCmsValue({ certificate: shield.certificate, signingTime: true })
    const whole = set(value, shield, { ...signed, property: '' })
    const asked = { digestOf: question.digestOf }
    const own = await judge.value(whole, asked)
    const free = new Set<number>()
    for (const { at: place, bytes } of mutations(whole, 3)) {
      const verdict = await judge.value(bytes, asked)
      if (!accepted(verdict)) continue
      expect([verdict.signer, verdict.claimedAt], `byte ${place}`).to.deep.equal([own.signer, own.claimedAt])
      if (!bytes.equals(whole)) free.add(place)
    }
    // the versions and digest names around the signature, which RFC 5652 leaves unsigned and nothing is read from
    expect(free.size).to.be.below(40)
  })

  it('never takes a part of another: seal, hash, signer, signature', async () => {
    const other = set(createSesValue({ seal: sealWith({ esId: 'DEMO-0002' }), certificate: second.certificate }), second, {
      ...signed,
      digest: Buffer.alloc(32, 7),
      property: '/Doc_0/Signs/Sign_1/Signature.xml',
      at: new Date(at.getTime() - 5000),
    })
    const [one, two] = [setSeal(), other].map(flat)
    if (one === undefined || two === undefined) throw new Error('no value')
    for (let mask = 1; mask < 2 ** one.length - 1; mask += 1) {
      const mixed = one.map((part, i) => (mask & (1 << i) ? (two[i] ?? part) : part))
      // whole: the other value about its own place, or this one; the version is the same in both
      const bytes = unflat(mixed)
      if (bytes.equals(unflat(one)) || bytes.equals(other)) continue
      expect(accepted(await judge.value(bytes, question)), `parts ${mask.toString(2)}`).to.equal(false)
    }
  })
})

const raw = ({ raw: bytes }: Der): Buffer => bytes
/** The parts of toSign, then certificate, algorithm and signature. */
const flat = (value: Buffer): Buffer[] => {
  const [toSign, ...rest] = children(onlyElement(value))
  return [...(toSign === undefined ? [] : children(toSign).map(raw)), ...rest.map(raw)]
}
const unflat = (parts: readonly Buffer[]): Buffer => sequence(sequence(...parts.slice(0, -3)), ...parts.slice(-3))

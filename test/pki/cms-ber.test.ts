import { randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { expect } from 'chai'
import fc from 'fast-check'
import { BrokerError } from '../../server/kernel/errors.ts'
import { signAttachedCms } from '../../server/pki/cms-sign-stream.ts'
import { judgeCmsStream } from '../../server/pki/cms-verify-stream.ts'
import { elementAt, TAG } from '../../server/pki/der.ts'
import { DerStream } from '../../server/pki/der-stream.ts'
import { toDefinite } from '../../server/pki/der-stream-definite.ts'
import { headerOf } from '../../server/pki/der-stream-write.ts'
import { integer, octets, sequence, utf8, write } from '../../server/pki/der-write.ts'
import { codeOf, codeOfAsync, makeRoot, makeUnder } from './hierarchy.ts'

/** The same element as BER may have it: indefinite lengths, lengths longer than needed, strings in pieces; what is inside a string is left alone. */
function asBer(der: Buffer, choose: () => number): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; at < der.length; ) {
    const { tag, content, raw } = elementAt(der, at)
    at += raw.length
    const form = choose() % 3
    if ((tag & 0x20) !== 0) {
      const inside = asBer(content, choose)
      parts.push(
        form === 0
          ? Buffer.concat([Buffer.of(tag, 0x80), inside, Buffer.of(0, 0)])
          : Buffer.concat([form === 1 ? headerOf(tag, inside.length) : long(tag, inside.length), inside]),
      )
    } else if (tag === TAG.octets && form === 0) {
      const middle = content.length >> 1
      const pieces = Buffer.concat([octets(content.subarray(0, middle)), octets(content.subarray(middle))])
      parts.push(choose() % 2 === 0 ? Buffer.concat([Buffer.of(0x24, 0x80), pieces, Buffer.of(0, 0)]) : write(0x24, pieces))
    } else parts.push(form === 1 ? raw : Buffer.concat([long(tag, content.length), content]))
  }
  return Buffer.concat(parts)
}
const long = (tag: number, length: number) => {
  const octetsOfLength = Buffer.alloc(4)
  octetsOfLength.writeUInt32BE(length)
  return Buffer.concat([Buffer.of(tag, 0x84), octetsOfLength])
}

const ca = makeRoot('CA')
const signer = makeUnder(ca, 'signer')
const streamOf = (bytes: Uint8Array, size = 3) =>
  new DerStream(
    (async function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
    })(),
  )

describe('BER', () => {
  it('becomes the DER it says, and DER stays itself', () => {
    const der = signer.certificate.der
    expect(toDefinite(der).equals(der)).to.equal(true)
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat(99)), choices => {
        const ber = asBer(der, () => choices.next().value)
        return toDefinite(ber).equals(der)
      }),
      { numRuns: 200 },
    )
  })

  it('of a whole message verifies like its DER, however it is cut', async () => {
    const content = randomBytes(5000)
    const der = await buffer(signAttachedCms({ content, size: content.length, signers: [signer] }))
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat(99)), fc.integer({ min: 1, max: 700 }), async (choices, size) => {
        const ber = asBer(der, () => choices.next().value)
        const cut = async function* () {
          for (let at = 0; at < ber.length; at += size) yield ber.subarray(at, at + size)
        }
        const { signers, size: read } = await judgeCmsStream({ cms: cut })
        return signers.every(each => each.ok) && read === content.length
      }),
      { numRuns: 100 },
    )
  })

  it('is refused when it is none: never anything but the one code', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes =>
        ['accepted', 'message_malformed'].includes(codeOf(() => toDefinite(Buffer.from(bytes)))),
      ),
      { numRuns: 3000 },
    )
    const deep = Buffer.concat(Array.from({ length: 200 }, () => Buffer.of(0x30, 0x80)))
    const crowd = write(TAG.sequence, Buffer.alloc(400_000, Buffer.of(5, 0)))
    const mixed = write(0x24, utf8('piece'))
    for (const bytes of [deep, crowd, mixed, Buffer.from('0480', 'hex'), Buffer.from('3085', 'hex')]) {
      expect(codeOf(() => toDefinite(bytes))).to.equal('message_malformed')
    }
  })
})

describe('a stream of elements', () => {
  it('hands out what is there, and says where it ends', async () => {
    const inner = sequence(integer(1), utf8('二'))
    const stream = streamOf(Buffer.concat([Buffer.of(0x30, 0x80), inner, octets(randomBytes(50)), Buffer.of(0, 0)]))
    await stream.enter(TAG.sequence)
    expect((await stream.element(100, TAG.sequence)).equals(inner)).to.equal(true)
    let length = 0
    for await (const piece of stream.octets(TAG.octets)) length += piece.length
    expect(length).to.equal(50)
    expect(await stream.peek()).to.equal(undefined)
    await stream.leave()
    await stream.end()
  })

  it('refuses an element larger than allowed before it is read, definite or not', async () => {
    let served = 0
    const endless = async function* (head: Buffer) {
      yield head
      for (; ; served += 1) yield octets(Buffer.alloc(1000))
    }
    for (const head of [Buffer.from('30847fffffff', 'hex'), Buffer.of(0x30, 0x80)]) {
      served = 0
      expect(await codeOfAsync(() => new DerStream(endless(head)).element(10_000))).to.equal('message_malformed')
      expect(served).to.be.below(20)
    }
    served = 0
    expect(await codeOfAsync(() => new DerStream(endless(Buffer.of(0x30, 0x80))).skip(10_000))).to.equal('message_malformed')
    expect(served).to.be.below(20)
  })

  it('never takes an element beyond the one it is in', async () => {
    const stream = streamOf(Buffer.from('3004' + '0403' + '010203' + '0500', 'hex'))
    await stream.enter(TAG.sequence)
    const read = async () => {
      for await (const piece of stream.octets(TAG.octets)) void piece
    }
    expect(await codeOfAsync(read)).to.equal('message_malformed')
  })

  it('answers any octets with the one code', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async bytes => {
        try {
          const stream = streamOf(bytes, 7)
          await stream.enter()
          await stream.elements(1000, 10)
          await stream.leave()
          return true
        } catch (thrown) {
          return thrown instanceof BrokerError && thrown.code === 'message_malformed'
        }
      }),
      { numRuns: 2000 },
    )
  })
})

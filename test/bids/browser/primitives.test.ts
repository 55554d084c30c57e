import { createCipheriv, createHash, createHmac } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { derive as deriveNatively, digest as digestNatively } from '../../../server/bids/envelope/format.ts'
import { canonicalJson as canonicalNatively } from '../../../server/bids/envelope/header.ts'
import { combineShares } from '../../../server/kernel/shamir.ts'
import { decryptSm2, exportPublic, generateSm2 } from '../../../server/pki/sm2.ts'
import { canonicalJson } from '../../../server/web/browser/bid/header.js'
import { derive, digest, HmacSm3 } from '../../../server/web/browser/bid/mac.js'
import { base64url, fromBase64, fromHex, hex } from '../../../server/web/browser/bid/octets.js'
import { selfTest } from '../../../server/web/browser/bid/self-test.js'
import { splitSecret } from '../../../server/web/browser/bid/shamir.js'
import { encryptSm2, onCurve } from '../../../server/web/browser/bid/sm2.js'
import { Sm3 } from '../../../server/web/browser/bid/sm3.js'
import { Sm4Ctr } from '../../../server/web/browser/bid/sm4.js'
import { failureOf } from './stage.ts'

const octets = (max: number, min = 0) => fc.uint8Array({ minLength: min, maxLength: max }).map(bytes => Uint8Array.from(bytes))
const native = (bytes: Uint8Array) => createHash('sm3').update(bytes).digest('hex')

describe('the browser’s SM3', () => {
  it('gives the answers of GB/T 32905-2016, A.1 and A.2', () => {
    expect(hex(new Sm3().update(Buffer.from('abc')).digest())).to.equal('66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0')
    expect(hex(new Sm3().update(Buffer.from('abcd'.repeat(16))).digest())).to.equal(
      'debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732',
    )
  })
  it('is OpenSSL’s for every length around its block, in one piece and in two', () => {
    const bytes = Uint8Array.from({ length: 200 }, (_, i) => (i * 7) % 256)
    for (let length = 0; length <= bytes.length; length++) {
      const part = bytes.subarray(0, length)
      expect(hex(new Sm3().update(part).digest()), String(length)).to.equal(native(part))
      const cut = Math.floor(length / 3)
      expect(hex(new Sm3().update(part.subarray(0, cut)).update(part.subarray(cut)).digest()), String(length)).to.equal(native(part))
    }
  })
  it('is OpenSSL’s for whatever pieces it comes in', () =>
    fc.assert(
      fc.property(fc.array(octets(300), { maxLength: 8 }), pieces => {
        const hash = pieces.reduce((sum, piece) => sum.update(piece), new Sm3())
        expect(hex(hash.digest())).to.equal(native(Buffer.concat(pieces)))
        // a digest taken on the way, and a copy, change nothing
        expect(hex(hash.copy().update(Uint8Array.of(1)).digest())).to.equal(native(Buffer.concat([...pieces, Buffer.of(1)])))
        expect(hex(hash.digest())).to.equal(native(Buffer.concat(pieces)))
      }),
    ))
  it('counts more than 512 MiB of octets in its length', function () {
    this.timeout(120_000)
    // the length in bits does not fit 32 of them
    const piece = new Uint8Array(64 * 1024 * 1024 + 1)
    const [ours, theirs] = [new Sm3(), createHash('sm3')]
    for (let i = 0; i < 8; i++) {
      ours.update(piece)
      theirs.update(piece)
    }
    expect(hex(ours.digest())).to.equal(theirs.digest('hex'))
  })
})

describe('the browser’s SM4', () => {
  it('gives the answer of GB/T 32907-2016, A.1', () => {
    const key = fromHex('0123456789abcdeffedcba9876543210')
    expect(hex(new Sm4Ctr(key).block([0x01234567, 0x89abcdef, 0xfedcba98, 0x76543210]))).to.equal('681edf34d206965e86b3e94f536e4246')
  })
  it('counts as OpenSSL does, for every length and record number', () =>
    fc.assert(
      fc.property(octets(16, 16), fc.nat({ max: 0xffffffff }), octets(100), (key, number, plain) => {
        const counter = Buffer.alloc(16)
        counter.writeUInt32BE(number)
        const bytes = Uint8Array.from(plain)
        new Sm4Ctr(key).apply(bytes, number)
        expect(hex(bytes)).to.equal(createCipheriv('sm4-ctr', key, counter).update(plain).toString('hex'))
      }),
    ))
})

describe('the browser’s keyed digests', () => {
  it('HMAC is OpenSSL’s, for keys shorter and longer than a block', () =>
    fc.assert(
      fc.property(octets(150), octets(200), (key, text) => {
        expect(hex(new HmacSm3(key).of(text.subarray(0, 9), text.subarray(9)))).to.equal(createHmac('sm3', key).update(text).digest('hex'))
      }),
    ))
  it('HKDF and the digests with a purpose are the platform’s', () =>
    fc.assert(
      fc.property(
        octets(64, 1),
        octets(64),
        fc.constantFrom('content', 'rescue'),
        fc.integer({ min: 1, max: 200 }),
        (secret, salt, purpose, length) => {
          expect(hex(derive(secret, salt, purpose, length))).to.equal(deriveNatively(secret, salt, purpose, length).toString('hex'))
          expect(hex(digest(purpose, secret, salt))).to.equal(digestNatively(purpose, secret, salt).toString('hex'))
        },
      ),
    ))
})

describe('the browser’s SM2', () => {
  it('encrypts as GB/T 32918.5-2017, C.2 does, and says so before each bid', () => expect(selfTest).not.to.throw())
  it('encrypts what the platform decrypts, never twice the same way', () => {
    const keys = generateSm2()
    const point = Uint8Array.from(exportPublic(keys.publicKey).subarray(-64))
    for (const length of [1, 31, 32, 33, 66, 300]) {
      const plain = Uint8Array.from({ length }, (_, i) => i % 256)
      const cipher = encryptSm2(point, plain)
      expect(decryptSm2(keys.privateKey, cipher).equals(plain), String(length)).to.equal(true)
      expect(hex(encryptSm2(point, plain))).not.to.equal(hex(cipher))
    }
  })
  it('draws another number for one that is none', () => {
    const point = Uint8Array.from(exportPublic(generateSm2().publicKey).subarray(-64))
    const draws = [new Uint8Array(32), new Uint8Array(32).fill(0xff), new Uint8Array(32).fill(1)]
    encryptSm2(point, Uint8Array.of(1), () => draws.shift() ?? new Uint8Array(32))
    expect(draws).to.have.length(0)
  })
  it('takes no point beside the curve', () => {
    const point = Uint8Array.from(exportPublic(generateSm2().publicKey).subarray(-64))
    expect(onCurve(point)).to.equal(true)
    for (const at of [0, 31, 32, 63]) expect(onCurve(point.map((octet, i) => (i === at ? octet ^ 1 : octet)))).to.equal(false)
    for (const wrong of [new Uint8Array(64), new Uint8Array(64).fill(0xff), point.subarray(1)]) expect(onCurve(wrong)).to.equal(false)
  })
})

describe('the browser’s sharing', () => {
  it('gives shares that the platform puts together again, of any of the custodians', () =>
    fc.assert(
      fc.property(octets(32, 32), fc.integer({ min: 2, max: 16 }), fc.integer({ min: 0, max: 14 }), (secret, count, fewer) => {
        const threshold = Math.max(2, count - fewer)
        const shares = splitSecret(secret, threshold, count).map((value, i) => ({ x: i + 1, value: Buffer.from(value) }))
        expect(combineShares(shares.slice(-threshold)).equals(secret)).to.equal(true)
        expect(combineShares(shares.slice(0, threshold)).equals(secret)).to.equal(true)
        if (threshold > 2) expect(combineShares(shares.slice(0, threshold - 1)).equals(secret)).to.equal(false)
      }),
      { numRuns: 30 },
    ))
  for (const [threshold, count] of [
    [1, 3],
    [4, 3],
    [2, 17],
    [2.5, 3],
  ] as const)
    it(`does not share ${threshold} of ${count}`, async () =>
      expect(await failureOf(() => splitSecret(new Uint8Array(32), threshold, count))).to.equal('bad_request'))
})

describe('the browser’s texts', () => {
  it('canonical JSON is the platform’s', () =>
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'binary' }), fc.oneof(fc.string({ unit: 'binary' }), fc.nat(), fc.constant(true), fc.array(fc.string()))),
        value => {
          expect(canonicalJson(value)).to.equal(canonicalNatively(value))
        },
      ),
    ))
  it('base64url is Node’s, and is read with and without padding', () =>
    fc.assert(
      fc.property(octets(80), bytes => {
        expect(base64url(bytes)).to.equal(Buffer.from(bytes).toString('base64url'))
        expect(hex(fromBase64(Buffer.from(bytes).toString('base64')))).to.equal(hex(bytes))
        expect(hex(fromBase64(base64url(bytes)))).to.equal(hex(bytes))
      }),
    ))
})

import { createPublicKey, createSign, generateKeyPairSync } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { integer, sequence, write } from '../../server/pki/der-write.ts'
import {
  crossCheck,
  exportPrivate,
  exportPublic,
  generateSm2,
  importPrivateSm2,
  importPublicSm2,
  keyFromScalar,
  publicFromPoint,
  selfTest,
  signSm2,
  sm3,
  verifySm2,
} from '../../server/pki/sm2.ts'
import { N, to32, toInteger } from '../../server/pki/sm2-key.ts'
import { readSignature, writeSignature } from '../../server/pki/sm2-signature.ts'
import { softSign, softVerify } from '../../server/pki/sm2-soft.ts'
import { codeOf, newKey } from './hierarchy.ts'
import { openssl } from './outside.ts'

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')
// GB/T 32918.5-2017, annex A.2
const SCALAR = hex('3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8')
const POINT = hex('09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13')
const R = hex('F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3')
const S = hex('B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA')
const MESSAGE = Buffer.from('message digest')

describe('SM2 signatures', () => {
  it('agree with the published examples of SM3 and SM2', () => {
    expect(sm3(Buffer.from('abc'))).to.equal('66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0')
    const publicKey = publicFromPoint(POINT)
    expect(exportPublic(keyFromScalar(SCALAR).publicKey)).to.deep.equal(exportPublic(publicKey))
    expect(verifySm2(publicKey, MESSAGE, writeSignature(Buffer.concat([R, S])))).to.equal(true)
    expect(softVerify(publicKey, MESSAGE, Buffer.concat([R, S]))).to.equal(true)
  })

  it('pass the self-test natively', () => expect(selfTest()).to.equal('openssl'))

  it('of both implementations verify with both, for any key, message and signer id', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.string({ minLength: 1, maxLength: 20 }), fc.boolean(), (data, id, standard) => {
        const { publicKey, privateKey } = generateSm2()
        const options = standard ? {} : { id }
        const ids = standard ? [] : ([id] as const)
        const native = signSm2(privateKey, data, options)
        const soft = softSign(privateKey, data, ...ids)
        for (const signature of [native, soft]) {
          expect(verifySm2(publicKey, data, signature, options)).to.equal(true)
          expect(softVerify(publicKey, data, signature, ...ids)).to.equal(true)
          expect(verifySm2(publicKey, Buffer.concat([data, Buffer.of(0)]), signature, options)).to.equal(false)
        }
      }),
      { numRuns: 12 },
    )
  })

  it('cross-check: both implementations say the same of a good and of a forged one', () => {
    const { publicKey, privateKey } = generateSm2()
    expect(crossCheck(publicKey, MESSAGE, signSm2(privateKey, MESSAGE))).to.equal(true)
    expect(crossCheck(publicKey, Buffer.from('other'), signSm2(privateKey, MESSAGE))).to.equal(false)
  })

  it('verify in openssl, and its in ours', function () {
    const { publicKey, privateKey } = generateSm2()
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const id = ['-sigopt', 'distid:1234567812345678']
    const files = { 'pub.pem': pem, 'key.pem': key, data: MESSAGE, sig: signSm2(privateKey, MESSAGE) }
    expect(openssl(this, files, 'dgst', '-sm3', '-verify', 'pub.pem', '-signature', 'sig', ...id, 'data').out).to.include('Verified OK')
    const made = openssl(this, files, 'dgst', '-sm3', '-sign', 'key.pem', ...id, '-hex', 'data').out
    expect(verifySm2(publicKey, MESSAGE, hex(made.split('= ').at(-1)?.trim() ?? ''))).to.equal(true)
  })

  it('by a key fresh from generateKeyPairSync are SM2, not ECDSA', () => {
    const fresh = generateKeyPairSync('ec', { namedCurve: 'SM2' })
    expect(softVerify(fresh.publicKey, MESSAGE, signSm2(fresh.privateKey, MESSAGE))).to.equal(true)
  })

  it('made as ECDSA on the SM2 curve are refused', () => {
    const fresh = generateKeyPairSync('ec', { namedCurve: 'SM2' })
    const ecdsa = createSign('sha256').update(MESSAGE).sign(fresh.privateKey)
    expect(verifySm2(fresh.publicKey, MESSAGE, ecdsa)).to.equal(false)
  })

  it('made with the empty signer id are refused', () => {
    const { publicKey, privateKey } = generateSm2()
    expect(verifySm2(publicKey, MESSAGE, signSm2(privateKey, MESSAGE, { id: '' }))).to.equal(false)
  })

  it('keys survive export and import', () => {
    const { publicKey, privateKey } = generateSm2()
    const signature = signSm2(importPrivateSm2(exportPrivate(privateKey)), MESSAGE)
    expect(verifySm2(importPublicSm2(exportPublic(publicKey)), MESSAGE, signature)).to.equal(true)
  })
})

describe('the forms of an SM2 signature', () => {
  const { publicKey, privateKey } = generateSm2()
  // r and s with the high bit set, so that every form differs
  const [r, s] = (() => {
    for (;;) {
      const plain = readSignature(signSm2(privateKey, MESSAGE)) ?? Buffer.alloc(64)
      if ((plain[0] ?? 0) >= 0x80 && (plain[32] ?? 0) >= 0x80) return [plain.subarray(0, 32), plain.subarray(32)]
    }
  })()
  const verify = (signature: Uint8Array) => verifySm2(publicKey, MESSAGE, signature)
  const bare = (bytes: Uint8Array) => write(0x02, bytes)
  const good = sequence(integer(r), integer(s))
  const plus = (value: Buffer, by: bigint) => Buffer.from((toInteger(value) + by).toString(16).padStart(66, '0'), 'hex')

  it('read are DER, r || s, and integers whose zero octet was forgotten', () => {
    expect(verify(good)).to.equal(true)
    expect(verify(Buffer.concat([r, s]))).to.equal(true)
    expect(verify(sequence(bare(r), bare(s)))).to.equal(true)
    expect(verify(sequence(integer(r), bare(s)))).to.equal(true)
  })

  const pad = (value: Buffer, zeros: number) => bare(Buffer.concat([Buffer.alloc(zeros), value]))
  const body = good.subarray(2)
  const malformed: Record<string, Uint8Array> = {
    'nothing at all': Buffer.of(),
    'one octet': Buffer.of(0x30),
    'an empty sequence': sequence(),
    'only r': sequence(integer(r)),
    'three integers': sequence(integer(r), integer(s), integer(1)),
    'a byte after the end': Buffer.concat([good, Buffer.of(0)]),
    'the signature twice': Buffer.concat([good, good]),
    'a byte inside after s': sequence(integer(r), integer(s), Buffer.of(0)),
    'a null after s': sequence(integer(r), integer(s), Buffer.of(5, 0)),
    'cut by one byte': good.subarray(0, -1),
    'cut in half': good.subarray(0, 36),
    'a set in place of the sequence': Buffer.concat([Buffer.of(0x31), good.subarray(1)]),
    'an octet string in place of the sequence': Buffer.concat([Buffer.of(0x04), good.subarray(1)]),
    'an octet string in place of r': sequence(write(0x04, Buffer.of(0), r), integer(s)),
    'a long-form length of one octet': Buffer.concat([Buffer.of(0x30, 0x81, body.length), body]),
    'a long-form length of two octets': Buffer.concat([Buffer.of(0x30, 0x82, 0, body.length), body]),
    'an indefinite length': Buffer.concat([Buffer.of(0x30, 0x80), body, Buffer.of(0, 0)]),
    'a long-form length of r': sequence(Buffer.concat([Buffer.of(0x02, 0x81, 33, 0), r]), integer(s)),
    'a length too large': Buffer.concat([Buffer.of(0x30, body.length + 1), body]),
    'a length too small': Buffer.concat([Buffer.of(0x30, body.length - 1), body]),
    'r padded with two zeros': sequence(pad(r, 2), integer(s)),
    's padded with two zeros': sequence(integer(r), pad(s, 2)),
    'r padded with eight zeros': sequence(pad(r, 8), integer(s)),
    'r of zero': sequence(integer(0), integer(s)),
    's of zero': sequence(integer(r), integer(0)),
    'both zero': sequence(integer(0), integer(0)),
    'r as an empty integer': sequence(bare(Buffer.of()), integer(s)),
    'r of n': sequence(integer(to32(N)), integer(s)),
    's of n': sequence(integer(r), integer(to32(N))),
    'r + n in place of r': sequence(integer(plus(r, N)), integer(s)),
    's + n in place of s': sequence(integer(r), integer(plus(s, N))),
    'n - s in place of s': sequence(integer(r), integer(to32(N - toInteger(s)))),
    'r + s = n': sequence(integer(r), integer(to32(N - toInteger(r)))),
    'r || s with a byte more': Buffer.concat([r, s, Buffer.of(0)]),
    'r || s with a byte less': Buffer.concat([r, s]).subarray(1),
    's || r': Buffer.concat([s, r]),
    'r || s as hexadecimal text': Buffer.from(Buffer.concat([r, s]).toString('hex')),
    'a negative short integer': sequence(bare(Buffer.of(0x80)), integer(s)),
  }
  for (const [what, signature] of Object.entries(malformed)) {
    it(`refused: ${what}`, () => {
      expect(verify(signature)).to.equal(false)
      expect(softVerify(publicKey, MESSAGE, signature)).to.equal(false)
    })
  }

  it('random bytes and flipped bits are refused without an exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(good.length * 8 - 1), (noise, bit) => {
        const flipped = Buffer.from(good)
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        return !verify(noise) && !verify(flipped)
      }),
      { numRuns: 500 },
    )
  })
})

describe('SM2 keys', () => {
  it('off the curve are refused', () => {
    const point = Buffer.from(POINT)
    point[63] = (point[63] ?? 0) ^ 1
    expect(codeOf(() => publicFromPoint(point))).to.equal('algorithm_refused')
    expect(codeOf(() => publicFromPoint(Buffer.alloc(64)))).to.equal('algorithm_refused')
    const spki = exportPublic(publicFromPoint(POINT))
    spki[spki.length - 1] = (spki.at(-1) ?? 0) ^ 1
    expect(codeOf(() => importPublicSm2(spki))).to.equal('algorithm_refused')
  })

  it('out of range are refused: 0, n-1 and n', () => {
    for (const scalar of [Buffer.alloc(32), to32(N - 1n), to32(N), Buffer.alloc(31, 1)]) {
      expect(codeOf(() => keyFromScalar(scalar))).to.equal('algorithm_refused')
    }
  })

  it('of another curve or kind neither sign nor verify', () => {
    for (const kind of ['RSA', 'ECDSA'] as const) {
      const { publicKey, privateKey } = newKey[kind]()
      expect(codeOf(() => signSm2(privateKey, MESSAGE))).to.equal('algorithm_refused')
      expect(codeOf(() => verifySm2(publicKey, MESSAGE, Buffer.alloc(64, 1)))).to.equal('algorithm_refused')
      expect(codeOf(() => verifySm2(createPublicKey(privateKey), MESSAGE, Buffer.alloc(64, 1)))).to.equal('algorithm_refused')
    }
  })
})

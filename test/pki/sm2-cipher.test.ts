import { expect } from 'chai'
import fc from 'fast-check'
import { Cursor, onlyElement, TAG } from '../../server/pki/der.ts'
import { decryptSm2, encryptSm2, generateSm2, keyFromScalar } from '../../server/pki/sm2.ts'
import { G, N, scalarOf, sm2Key, to32, toInteger } from '../../server/pki/sm2-key.ts'
import { canMultiply, multiply } from '../../server/pki/sm2-multiply.ts'
import { softDecrypt, softEncrypt } from '../../server/pki/sm2-soft-cipher.ts'
import { codeOf } from './hierarchy.ts'

// GB/T 32918.5-2017, annex C.2, in the form of GM/T 0009
const SCALAR = Buffer.from('3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8', 'hex')
const CIPHER = Buffer.from(
  '307C022004EBFC718E8D1798620432268E77FEB6415E2EDE0E073C0F4F640ECD2E149A73022100E858F9D81E5430A57B36DAAB8F950A3C64E6EE6A63094D99283AFF767E124DF0' +
    '042059983C18F809E262923C53AEC295D30383B54E39D609D160AFCB1908D0BD8766041321886CA989CA9C7D58087307CA93092D651EFA',
  'hex',
)
const bare = Buffer.concat([CIPHER.subarray(4, 36), CIPHER.subarray(39, 71), CIPHER.subarray(73, 105), CIPHER.subarray(107)])
const { privateKey } = keyFromScalar(SCALAR)

describe('SM2 encryption', () => {
  it('opens the published example, as DER and as C1C3C2 with and without 04', () => {
    for (const cipher of [CIPHER, bare, Buffer.concat([Buffer.of(4), bare])])
      expect(decryptSm2(privateKey, cipher).toString()).to.equal('encryption standard')
  })

  it('gives back what was encrypted, never twice the same way', () => {
    const keys = generateSm2()
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), plain => {
        const cipher = encryptSm2(keys.publicKey, plain)
        expect(decryptSm2(keys.privateKey, cipher)).to.deep.equal(Buffer.from(plain))
        expect(encryptSm2(keys.publicKey, plain)).not.to.deep.equal(cipher)
      }),
      { numRuns: 8 },
    )
  })

  it('is computed in OpenSSL, and agrees with sm-crypto either way, whatever is encrypted', () => {
    expect(canMultiply()).to.equal(true)
    const { publicKey, privateKey: own } = generateSm2()
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), plain => {
        const soft = softEncrypt(sm2Key(publicKey).point, plain)
        const opened = soft.subarray(96).equals(plain) ? plain : decryptSm2(own, soft)
        expect(opened).to.deep.equal(Buffer.from(plain))
        const cipher = new Cursor(onlyElement(encryptSm2(publicKey, plain), TAG.sequence))
        const c1 = [cipher.take(TAG.integer), cipher.take(TAG.integer)].map(({ content }) => to32(toInteger(content)))
        const parts = [...c1, cipher.take(TAG.octets).content, cipher.take(TAG.octets).content]
        expect(softDecrypt(scalarOf(own), Buffer.concat(parts))).to.deep.equal(Buffer.from(plain))
      }),
      { numRuns: 20 },
    )
  })

  it('multiplies points as the curve does: numbers one after the other in any order, up to the last', () => {
    const scalar = fc.bigInt(1n, N - 1n)
    fc.assert(
      fc.property(scalar, scalar, (a, b) => {
        expect(multiply(multiply(G, to32(a)), to32(b))).to.deep.equal(multiply(G, to32((a * b) % N)))
      }),
      {
        numRuns: 20,
        examples: [
          [1n, N - 1n],
          [2n, 3n],
          [N - 1n, N - 1n],
        ],
      },
    )
    expect(multiply(G, to32(1n))).to.deep.equal(G)
  })

  it('refuses another key, a changed octet, a cut text and a point off the curve with one and the same words', () => {
    const words = new Set<string>()
    const refused = (cipher: Uint8Array, key = privateKey) => {
      try {
        decryptSm2(key, cipher)
        words.add('accepted')
      } catch (error) {
        words.add(error instanceof Error ? error.message : '')
      }
    }
    refused(CIPHER, generateSm2().privateKey)
    for (const index of [5, 40, 80, 110, CIPHER.length - 1]) {
      const changed = Buffer.from(CIPHER)
      changed[index] = (changed[index] ?? 0) ^ 1
      refused(changed)
    }
    refused(CIPHER.subarray(0, -1))
    refused(Buffer.of())
    refused(Buffer.alloc(200))
    expect([...words]).to.deep.equal(['signature_invalid: the ciphertext is not for this key'])
  })

  it('refuses to encrypt nothing, and more than belongs into one ciphertext', () => {
    const { publicKey } = generateSm2()
    expect(codeOf(() => encryptSm2(publicKey, Buffer.of()))).to.equal('too_large')
    expect(codeOf(() => encryptSm2(publicKey, Buffer.alloc(65 * 1024)))).to.equal('too_large')
  })
})

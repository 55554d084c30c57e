import { generateKeyPairSync } from 'node:crypto'
import { expect } from 'chai'
import { Certificate } from '../../../server/pki/certificate.ts'
import { exportPublic } from '../../../server/pki/sm2.ts'
import { readRecipient } from '../../../server/web/browser/bid/certificate.js'
import { hex } from '../../../server/web/browser/bid/octets.js'
import { type Algorithm, makeRoot, makeUnder, type Party } from '../../pki/hierarchy.ts'
import { parties } from '../envelope/stage.ts'
import { der, failureOf } from './stage.ts'

const root = makeRoot('演示 CA')
const made = (profile: 'sign' | 'encrypt' | 'single' | 'ca', algorithm: Algorithm = 'SM2') => makeUnder(root, '演示', { profile }, algorithm)
const outcome = (bytes: Uint8Array) => failureOf(() => readRecipient(Uint8Array.from(bytes)))

describe('a certificate read in the browser', () => {
  it('has the key and the thumbprint that the platform finds in it', () => {
    for (const party of [made('encrypt'), made('single'), parties.custodians[0] ?? parties.bidder]) {
      const found = readRecipient(der(party))
      expect(found.thumbprint).to.equal(party.certificate.thumbprint)
      expect(found.algorithm === 'SM2' && hex(found.point)).to.equal(exportPublic(party.publicKey).subarray(-64).toString('hex'))
    }
    const found = readRecipient(der(parties.second))
    const spki = parties.second.publicKey.export({ format: 'der', type: 'spki' })
    expect(found.algorithm === 'RSA-OAEP-SHA256' && Buffer.from(found.spki).equals(spki)).to.equal(true)
  })

  describe('is refused', () => {
    it('when it only signs, or is a CA’s', async () => {
      for (const party of [made('sign'), made('ca'), root]) expect(await outcome(der(party))).to.equal('certificate_wrong_use')
    })
    it('when its key is on a NIST curve', async () => expect(await outcome(der(made('encrypt', 'ECDSA')))).to.equal('algorithm_refused'))
    it('when its RSA key is short, or its exponent is 1', async () => {
      const keys = generateKeyPairSync('rsa', { modulusLength: 1024 })
      expect(await outcome(der(makeUnder(root, '短钥', { profile: 'encrypt', keys }) as Party))).to.equal('algorithm_refused')
      // 65537 as the certificate writes it becomes 1 in the same three octets
      const bytes = Buffer.from(der(parties.second))
      const at = bytes.indexOf(Buffer.from('0203010001', 'hex'))
      bytes.set([0, 0, 1], at + 2)
      expect(await outcome(bytes)).to.equal('algorithm_refused')
    })
    it('when its point is not on the curve, or is pressed together', async () => {
      const bytes = Buffer.from(der(parties.bidder))
      const at = bytes.indexOf(exportPublic(parties.bidder.publicKey).subarray(-64))
      const off = Buffer.from(bytes)
      off[at + 5] = (off[at + 5] ?? 0) ^ 1
      expect(await outcome(off)).to.equal('algorithm_refused')
      for (const form of [0, 2, 3, 6]) {
        const other = Buffer.from(bytes)
        other[at - 1] = form
        expect(await outcome(other), String(form)).to.equal('algorithm_refused')
      }
    })
    it('cut off anywhere, with something behind it, or larger than 16 KiB', async () => {
      const bytes = der(parties.bidder)
      for (let end = 0; end < bytes.length; end += end < 8 ? 1 : 29)
        expect(await outcome(bytes.subarray(0, end)), String(end)).to.equal('certificate_malformed')
      expect(await outcome(Buffer.concat([bytes, Buffer.of(0)]))).to.equal('certificate_malformed')
      expect(await outcome(Buffer.concat([bytes, Buffer.alloc(20_000)]))).to.equal('certificate_malformed')
    })
    for (const [sentence, text] of [
      ['an indefinite length', '3080020101020102020103 0000'],
      ['a length longer than needed', '308105 0203010203'],
      ['a length in two octets that one would hold', '30820005 0203010203'],
      ['a length of 4 GiB', '3084ffffffff 020101'],
      ['a tag of several octets', '30037f8101'],
      ['nothing in it', '3000'],
      ['another beginning', '3103020101'],
    ] as const)
      it(`with ${sentence}`, async () => expect(await outcome(Buffer.from(text.replaceAll(' ', ''), 'hex'))).to.equal('certificate_malformed'))
    it('of a hundred thousand elements, at once', async () => {
      const many = Buffer.concat([Buffer.from('30823e80', 'hex'), Buffer.alloc(16_000, Buffer.of(5, 0))])
      expect(await outcome(many)).to.equal('certificate_malformed')
    })
  })

  it('is never read another way than the platform reads it, whatever octet is changed', async () => {
    for (const party of [parties.bidder, parties.second]) {
      const bytes = Buffer.from(der(party))
      for (let at = 0; at < bytes.length; at++) {
        for (const bit of [1, 0x80]) {
          const changed = Buffer.from(bytes)
          changed[at] = (changed[at] ?? 0) ^ bit
          if ((await outcome(changed)) !== 'accepted') continue
          const found = readRecipient(Uint8Array.from(changed))
          expect(found.thumbprint).not.to.equal(party.certificate.thumbprint)
          const theirs = platformKey(changed)
          if (theirs === undefined) continue
          const ours = found.algorithm === 'SM2' ? found.point : found.spki
          expect(theirs.includes(Buffer.from(ours)), `octet ${at}`).to.equal(true)
        }
      }
    }
  })
})

/** The key as the platform reads it; undefined where it refuses the certificate. */
function platformKey(bytes: Buffer): Buffer | undefined {
  try {
    return new Certificate(bytes).publicKey.export({ format: 'der', type: 'spki' })
  } catch {
    return undefined
  }
}

import { createCipheriv, createDecipheriv, createHash, createHmac, createPublicKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { algorithmOf } from '../../server/pki/algorithms.ts'
import { verifyDigest } from '../../server/pki/digest-signature.ts'
import { decryptSm2, encryptSm2, importPrivateSm2, importPublicSm2, keyFromScalar, sm3, verifySm2 } from '../../server/pki/sm2.ts'
import { readSignature } from '../../server/pki/sm2-signature.ts'
import { needsShared } from '../pki/outside.ts'
import { openSm4Gcm } from './sm4-gcm.ts'
import { type Block, field, readBlocks, readParagraphs, readWycheproof, type WycheproofFile } from './vector-files.ts'

const hex = (text: string | undefined): Buffer => Buffer.from((text ?? '').replace(/^0x/, ''), 'hex')
const ON_OUR_CURVE = /^0xFFFFFFFEFFFFFFFF/

describe('published vectors of the national algorithms', () => {
  let folder = ''
  before(function () {
    folder = needsShared(this, 'corpora', 'sm')
  })

  it('of SM3 (Botan, OpenSSL)', () => {
    const botan = readBlocks(join(folder, 'sm3.vec'), 'Out')
    expect(botan.length).to.be.greaterThan(50)
    for (const { In, Out } of botan) expect(sm3(hex(In))).to.equal(Out?.toLowerCase())
    const openssl = readParagraphs(join(folder, 'evpmd_sm3.txt')).filter(block => block['Digest'] === 'SM3')
    expect(openssl.length).to.be.at.least(3)
    for (const { Input = '', Output, Ncopy, Count } of openssl) {
      const text = Input.startsWith('"') ? Buffer.from(Input.slice(1, -1)) : hex(Input)
      const once = Buffer.concat(new Array<Buffer>(Number(Ncopy ?? 1)).fill(text))
      expect(sm3(Buffer.concat(new Array<Buffer>(Number(Count ?? 1)).fill(once)))).to.equal(Output?.toLowerCase())
    }
  })

  it('of SM4, in every mode there is, and a million times over', function () {
    this.timeout(120_000)
    const modes = readParagraphs(join(folder, 'evpciph_sm4.txt')).filter(block => block['Cipher'] !== undefined)
    expect(modes).to.have.length(5)
    for (const { Cipher = '', Key, IV, Plaintext, Ciphertext } of modes) {
      const iv = IV === undefined ? null : hex(IV)
      const cipher = createCipheriv(Cipher.toLowerCase(), hex(Key), iv).setAutoPadding(false)
      expect(Buffer.concat([cipher.update(hex(Plaintext)), cipher.final()]), Cipher).to.deep.equal(hex(Ciphertext))
      const back = createDecipheriv(Cipher.toLowerCase(), hex(Key), iv).setAutoPadding(false)
      expect(Buffer.concat([back.update(hex(Ciphertext)), back.final()]), Cipher).to.deep.equal(hex(Plaintext))
    }
    for (const { Key, In, Out, Iterations } of readBlocks(join(folder, 'sm4.vec'), 'Out')) {
      const cipher = createCipheriv('sm4-ecb', hex(Key), null).setAutoPadding(false)
      let block = hex(In)
      for (let i = 0; i < Number(Iterations ?? 1); i++) block = cipher.update(block)
      expect(block).to.deep.equal(hex(Out))
    }
  })

  it('of SM2 signatures with SM3 on the standard curve (Botan), with the signer ids given, and with no other', () => {
    const all = readBlocks(join(folder, 'sm2_sig.vec'), 'Signature')
    const ours = all.filter(({ P = '', Hash }) => ON_OUR_CURVE.test(P) && Hash === 'SM3')
    expect([all.length, ours.length]).to.deep.equal([7, 1])
    for (const { x, Msg, Ident = '', Signature } of ours) {
      const { publicKey } = keyFromScalar(hex(x))
      expect(verifySm2(publicKey, hex(Msg), hex(Signature), { id: Ident })).to.equal(true)
      expect(verifySm2(publicKey, hex(Msg), hex(Signature))).to.equal(false)
      expect(verifySm2(publicKey, Buffer.concat([hex(Msg), Buffer.of(0)]), hex(Signature), { id: Ident })).to.equal(false)
    }
    // the same message signed over another hash, on the same curve, is no SM2 signature with SM3
    for (const { P = '', Hash, x, Msg, Ident = '', Signature } of all) {
      if (!ON_OUR_CURVE.test(P) || Hash === 'SM3') continue
      expect(verifySm2(keyFromScalar(hex(x)).publicKey, hex(Msg), hex(Signature), { id: Ident })).to.equal(false)
    }
  })

  it('of SM2 encryption on another curve are refused, none decrypted by accident', () => {
    const all = readBlocks(join(folder, 'sm2_enc.vec'), 'Ciphertext')
    expect(all.length).to.be.at.least(5)
    for (const { P = '', x, Ciphertext } of all) {
      expect(ON_OUR_CURVE.test(P)).to.equal(false)
      expect(() => decryptSm2(keyFromScalar(hex(x)).privateKey, hex(Ciphertext))).to.throw('signature_invalid')
    }
  })

  it('of SM2 digests and ciphertexts on the standard curve (OpenSSL), coordinates of 31 and 33 octets included', () => {
    const text = readFileSync(join(folder, 'evppkey_sm2.txt'), 'utf8')
    const pem = /-----BEGIN PRIVATE KEY-----([\s\S]*?)-----END/.exec(text)?.[1] ?? ''
    const key = importPrivateSm2(Buffer.from(pem, 'base64'))
    const publicKey = importPublicSm2(createPublicKey(key).export({ type: 'spki', format: 'der' }))
    const blocks = readParagraphs(join(folder, 'evppkey_sm2.txt'))
    const verifying = blocks.filter(block => block['Verify'] !== undefined && block['Result'] === undefined)
    const refused = blocks.filter(block => block['Verify'] !== undefined && block['Result'] !== undefined)
    const row = algorithmOf('1.2.156.10197.1.501')
    const says = ({ Input, Output }: Block) => verifyDigest(row, publicKey, hex(Input), hex(Output))
    expect([verifying.length, refused.length]).to.deep.equal([2, 1])
    expect(verifying.every(says)).to.equal(true)
    expect(verifying.every(({ Output }) => readSignature(hex(Output)) !== undefined)).to.equal(true)
    // SHA-512 with SM2 is refused for its length
    for (const block of refused) expect(() => says(block)).to.throw('algorithm_refused')

    const decrypting = blocks.filter(block => block['Decrypt'] !== undefined)
    expect(decrypting).to.have.length(4)
    for (const { Input, Output = '' } of decrypting) expect(decryptSm2(key, hex(Input)).toString()).to.equal(Output.slice(1, -1))
    expect(decryptSm2(key, encryptSm2(publicKey, Buffer.from('back'))).toString()).to.equal('back')
  })
})

describe('Wycheproof', () => {
  let folder = ''
  before(function () {
    folder = needsShared(this, 'corpora', 'wycheproof')
  })
  /** What is said otherwise than expected; `acceptable` leaves it open. */
  function differing(
    file: WycheproofFile,
    says: (one: WycheproofFile['testGroups'][number]['tests'][number], group: WycheproofFile['testGroups'][number]) => boolean,
  ): string[] {
    const cases = file.testGroups.flatMap(group => group.tests.map(one => ({ one, group })))
    expect(cases.length).to.equal(file.numberOfTests)
    return cases
      .filter(({ one, group }) => one.result !== 'acceptable' && says(one, group) !== (one.result === 'valid'))
      .map(({ one }) => `${one.tcId} ${one.result}: ${one.comment}`)
  }
  const keyOf = ({ publicKeyDer = '' }: { publicKeyDer?: string | undefined }): KeyObject =>
    createPublicKey({ key: Buffer.from(publicKeyDer, 'hex'), format: 'der', type: 'spki' })

  for (const [name, file, oid] of [
    ['ECDSA on P-256', 'ecdsa_secp256r1_sha256_test.json', '1.2.840.10045.4.3.2'],
    ['RSA of 2048 bits', 'rsa_signature_2048_sha256_test.json', '1.2.840.113549.1.1.11'],
  ] as const) {
    it(`${name} with SHA-256, over data and over a digest made elsewhere`, () => {
      const cases = readWycheproof(join(folder, file))
      const row = algorithmOf(oid)
      expect(differing(cases, (one, group) => row.verify(keyOf(group), field(one, 'msg'), field(one, 'sig')))).to.deep.equal([])
      const digest = (data: Buffer) => createHash('sha256').update(data).digest()
      expect(differing(cases, (one, group) => verifyDigest(row, keyOf(group), digest(field(one, 'msg')), field(one, 'sig')))).to.deep.equal([])
    })
  }

  it('HMAC-SM3', () => {
    const cases = readWycheproof(join(folder, 'hmac_sm3_test.json'))
    const says = differing(cases, (one, { tagSize = 0 }) => {
      const made = createHmac('sm3', field(one, 'key'))
        .update(field(one, 'msg'))
        .digest()
        .subarray(0, tagSize / 8)
      const tag = field(one, 'tag')
      return made.length === tag.length && timingSafeEqual(made, tag)
    })
    expect(says).to.deep.equal([])
  })

  it('SM4-GCM, of Node’s SM4', () => {
    const cases = readWycheproof(join(folder, 'sm4_gcm_test.json'))
    const says = differing(cases, one => {
      const [key, iv, aad, ct, tag] = ['key', 'iv', 'aad', 'ct', 'tag'].map(name => field(one, name)) as [Buffer, Buffer, Buffer, Buffer, Buffer]
      return openSm4Gcm(key, iv, aad, ct, tag)?.equals(field(one, 'msg')) === true
    })
    expect(says).to.deep.equal([])
  })
})

import { constants, createCipheriv, publicEncrypt, randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { expect } from 'chai'
import fc from 'fast-check'
import { algorithmFor } from '../../server/pki/algorithms.ts'
import { type Certificate, pem } from '../../server/pki/certificate.ts'
import { children, onlyElement } from '../../server/pki/der.ts'
import { context, integer, nothing, octets, oid, primitive, sequence, setOf } from '../../server/pki/der-write.ts'
import type { CipherName } from '../../server/pki/enveloped-cipher.ts'
import { decryptCmsStream } from '../../server/pki/enveloped-decrypt.ts'
import { encryptCmsStream } from '../../server/pki/enveloped-encrypt.ts'
import { openSignedEnvelope } from '../../server/pki/enveloped-signed.ts'
import { encryptSm2, exportPrivate, exportPublic } from '../../server/pki/sm2.ts'
import { opensslBytes } from './cms-openssl.ts'
import { codeOfAsync, makeRoot, makeUnder, type Party } from './hierarchy.ts'
import { openssl } from './outside.ts'

const ca = makeRoot('CA')
const encrypt = { profile: 'encrypt' } as const
const SM2 = makeUnder(ca, 'SM2', encrypt)
const SM2Other = makeUnder(ca, 'SM2 other', encrypt)
const RSA = makeUnder(ca, 'RSA', encrypt, 'RSA')
const signer = makeUnder(ca, 'signer')
const content = randomBytes(200_003)

async function* pieces(bytes: Uint8Array, size: number) {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size)
}
const sealed = (recipients: readonly Party[], plain: Uint8Array = content, more: { size?: number; cipher?: CipherName } = {}) =>
  buffer(encryptCmsStream({ content: pieces(plain, 40_009), recipients: recipients.map(each => each.certificate), ...more }))
const open = (message: Uint8Array, party: Party, cut = 10_007) => buffer(decryptCmsStream(pieces(message, cut), party))
const codeOfOpening = (message: Uint8Array, party: Party) => codeOfAsync(() => open(message, party))

describe('an enveloped stream', () => {
  it('is opened by each recipient alone, whatever their keys and whether the size was known', async () => {
    const groups = [[SM2], [RSA], [SM2, SM2Other], [SM2, RSA]]
    for (const recipients of groups) {
      for (const more of [{}, { size: content.length }]) {
        const message = await sealed(recipients, content, more)
        for (const party of recipients) expect((await open(message, party)).equals(content)).to.equal(true)
      }
    }
  })

  it('keeps contents of every length about a block', async () => {
    for (let length = 0; length <= 33; length += 1) {
      const plain = content.subarray(0, length)
      for (const more of [{}, { size: length }]) {
        expect((await open(await sealed([SM2], plain, more), SM2, 7)).equals(plain), `${length}`).to.equal(true)
      }
    }
  })

  it('names SM2, SM4 and itself by the national identifiers, and is DER where its size was known', async function () {
    const { out } = openssl(this, { m: await sealed([SM2], content, { size: content.length }) }, 'asn1parse', '-inform', 'DER', '-in', 'm')
    for (const name of ['1.2.156.10197.6.1.4.2.3', '1.2.156.10197.1.301.3', 'sm4-cbc', '1.2.156.10197.6.1.4.2.1']) expect(out).to.include(name)
    expect(out).to.not.include('inf')
  })

  it('is not written to a certificate for signing, to a key that cannot encrypt, or to nobody', async () => {
    const nist = makeUnder(ca, 'NIST', encrypt, 'ECDSA')
    expect(await codeOfAsync(() => sealed([signer]))).to.equal('certificate_wrong_use')
    expect(await codeOfAsync(() => sealed([nist]))).to.equal('algorithm_refused')
    expect(await codeOfAsync(() => sealed([]))).to.equal('bad_request')
    expect(await codeOfAsync(() => sealed([SM2], content, { size: content.length + 1 }))).to.equal('bad_request')
    expect(await codeOfAsync(() => sealed([SM2], content, { size: content.length - 1 }))).to.equal('bad_request')
  })

  it('fails as its source fails, before the key and after it', async () => {
    const message = await sealed([SM2])
    for (const at of [100, 150_000]) {
      const broken = async function* () {
        yield message.subarray(0, at)
        throw new Error('the disk')
      }
      expect(await codeOfAsync(() => buffer(decryptCmsStream(broken(), SM2)))).to.equal('internal')
    }
  })
})

const SM4 = (iv: Buffer) => sequence(oid('1.2.156.10197.1.104.2'), octets(iv))

/** An envelope put together by hand, for what we never write. */
function envelope(options: {
  iv: Buffer
  id?: Buffer
  transport: Buffer
  encryptedKey: Buffer
  algorithm?: Buffer
  cipher: Buffer
  more?: Buffer[]
}): Buffer {
  const { id = idOf(RSA.certificate), transport, encryptedKey, iv, algorithm = SM4(iv), cipher, more = [] } = options
  const recipient = sequence(integer(0), id, transport, octets(encryptedKey))
  const inner = sequence(oid('1.2.840.113549.1.7.1'), algorithm, primitive(0, cipher))
  return sequence(oid('1.2.840.113549.1.7.3'), context(0, sequence(integer(0), setOf(recipient, ...more), inner)))
}
const idOf = (certificate: Certificate) => sequence(certificate.issuer.der, integer(Buffer.from(certificate.serial, 'hex')))
const sm4 = (key: Buffer, iv: Buffer, plain: Uint8Array) => {
  const cipher = createCipheriv('sm4-cbc', key, iv)
  return Buffer.concat([cipher.update(plain), cipher.final()])
}

describe('an envelope as others write it', () => {
  const key = randomBytes(16)
  const iv = randomBytes(16)
  const plain = Buffer.from('投标文件')
  const cipher = sm4(key, iv, plain)
  const v15 = sequence(oid('1.2.840.113549.1.1.1'), nothing())
  const rsa15 = (block: Buffer) => publicEncrypt({ key: RSA.publicKey, padding: constants.RSA_PKCS1_PADDING }, block)

  it('is opened with the key identifier instead of the issuer, the bare name of SM4, and other names of SM2', async () => {
    const encryptedKey = encryptSm2(SM2.publicKey, key)
    const ski = primitive(0, Buffer.from(SM2.certificate.subjectKeyId ?? '', 'hex'))
    const bare = sequence(oid('1.2.156.10197.1.104'), octets(iv))
    for (const name of ['1.2.156.10197.1.301.3', '1.2.156.10197.1.301.2', '1.2.156.10197.1.301', '1.2.840.10045.2.1']) {
      const message = envelope({ iv, id: ski, transport: sequence(oid(name)), encryptedKey, algorithm: bare, cipher })
      expect((await open(message, SM2)).equals(plain), name).to.equal(true)
    }
  })

  it('is opened with PKCS#1 v1.5, and beside recipients of other kinds', async () => {
    const other = context(1, integer(3))
    const message = envelope({ iv, transport: v15, encryptedKey: rsa15(key), cipher, more: [other] })
    expect((await open(message, RSA)).equals(plain)).to.equal(true)
  })

  it('answers PKCS#1 v1.5 that is none exactly like one with another key, the same each time', async () => {
    const answer = async (encryptedKey: Buffer, body: Buffer) => {
      const message = envelope({ iv, transport: v15, encryptedKey, cipher: body })
      return open(message, RSA).then(
        bytes => bytes.toString('hex'),
        (error: unknown) => String(error),
      )
    }
    const blocks = { 'no padding': randomBytes(256), 'a key too short': rsa15(randomBytes(15)), 'another key': rsa15(randomBytes(16)) }
    blocks['no padding'][0] = 1
    for (const [name, block] of Object.entries(blocks)) {
      const answers = new Map<string, number>()
      // one block in 256 decrypts to something, whatever key: which one must be settled by the message alone
      for (let round = 0; round < 300; round += 1) {
        const body = randomBytes(32)
        const said = await answer(block, body)
        expect(await answer(block, body), name).to.equal(said)
        answers.set(said, (answers.get(said) ?? 0) + 1)
      }
      const [refused = ''] = [...answers].sort((a, b) => b[1] - a[1]).map(([said]) => said)
      expect(refused).to.equal('BrokerError: decryption_failed: it cannot be decrypted with this key')
    }
  })

  it('is refused before the key is touched when content or key transport is encrypted in an unknown way', async () => {
    const encryptedKey = encryptSm2(SM2.publicKey, key)
    const transport = sequence(oid('1.2.156.10197.1.301.3'))
    const triple = sequence(oid('1.2.840.113549.3.7'), octets(iv.subarray(8)))
    const id = idOf(SM2.certificate)
    expect(await codeOfOpening(envelope({ iv, id, transport, encryptedKey, algorithm: triple, cipher }), SM2)).to.equal('algorithm_refused')
    expect(await codeOfOpening(envelope({ iv, id, transport: sequence(oid('1.2.3.4')), encryptedKey, cipher }), SM2)).to.equal('algorithm_refused')
  })
})

describe('an envelope that does not open', () => {
  const words = async (message: Uint8Array, party: Party) =>
    open(message, party).then(
      () => 'opened',
      (error: unknown) => (error instanceof Error ? `${error.message} ${error.cause}` : ''),
    )
  const uniform = 'decryption_failed: it cannot be decrypted with this key undefined'

  it('says one thing only: another recipient, another key, a changed key, padding, structure after it', async () => {
    for (const [party, other] of [
      [SM2, SM2Other],
      [RSA, makeUnder(ca, 'RSA 2', encrypt, 'RSA')],
    ] as const) {
      const message = await sealed([party], content.subarray(0, 1000), { size: 1000 })
      const changedEnd = Buffer.from(message)
      changedEnd[message.length - 20] = (changedEnd[message.length - 20] ?? 0) ^ 0x80
      const changedKey = Buffer.from(message)
      const at = message.length - 1100
      changedKey[at] = (changedKey[at] ?? 0) ^ 1
      expect(await words(message, other)).to.equal(uniform)
      expect(await words(message, { ...party, privateKey: other.privateKey })).to.equal(uniform)
      expect(await words(message, { ...party, privateKey: (party === SM2 ? RSA : SM2).privateKey })).to.equal(uniform)
      expect(await words(message.subarray(0, -1), party)).to.equal(uniform)
      expect(await words(Buffer.concat([message, Buffer.of(0)]), party)).to.equal(uniform)
    }
  })

  it('whatever octet is changed: the same plaintext, another one where only the ciphertext changed, or the one answer', async () => {
    const plain = content.subarray(0, 100)
    for (const [party, size] of [
      [SM2, 100],
      [SM2, undefined],
      [RSA, 100],
    ] as const) {
      const message = await sealed([party], plain, size === undefined ? {} : { size })
      // vector and ciphertext: unauthenticated, so a change there may come out as another plaintext
      const body = message.length - 150
      await fc.assert(
        fc.asyncProperty(fc.nat(message.length - 1), fc.integer({ min: 1, max: 255 }), async (index, change) => {
          const changed = Buffer.from(message)
          changed[index] = (changed[index] ?? 0) ^ change
          let got: Buffer | undefined
          const code = await codeOfAsync(async () => {
            got = await open(changed, party)
          })
          if (code === 'accepted') return got?.equals(plain) === true || index >= body
          return code === 'decryption_failed' || ((code === 'message_malformed' || code === 'algorithm_refused') && index < message.length - 100)
        }),
        { numRuns: 250 },
      )
    }
  })

  it('ends early anywhere: unreadable before the ciphertext, the one answer in it', async () => {
    const message = await sealed([SM2], content.subarray(0, 100), { size: 100 })
    for (let length = 0; length < message.length; length += 11) {
      const expected = length < message.length - 112 ? 'message_malformed' : 'decryption_failed'
      expect(await codeOfOpening(message.subarray(0, length), SM2), `${length}`).to.equal(expected)
    }
  })

  it('is no envelope, or claims a hundred thousand recipients', async () => {
    const many = setOf(...Array.from({ length: 2000 }, () => sequence(integer(0))))
    const crowd = sequence(oid('1.2.840.113549.1.7.3'), context(0, sequence(integer(0), many)))
    for (const message of [Buffer.of(), Buffer.from('junk'), SM2.certificate.der, crowd]) {
      expect(await codeOfOpening(message, SM2)).to.equal('message_malformed')
    }
  })
})

describe('envelopes and openssl', () => {
  const files = {
    'rsa.pem': pem(RSA.certificate.der),
    'rsa.key': RSA.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    data: content,
  }
  const encrypting = ['cms', '-encrypt', '-binary', '-in', 'data', '-out', 'out']

  it('are opened as it streams them: AES of every size, OAEP of two hashes, PKCS#1 v1.5', async function () {
    const oaep = ['-keyopt', 'rsa_padding_mode:oaep']
    for (const cipher of ['-aes-128-cbc', '-aes-192-cbc', '-aes-256-cbc']) {
      for (const padding of [[], oaep, [...oaep, '-keyopt', 'rsa_oaep_md:sha256']]) {
        for (const form of [['DER'], ['DER', '-stream'], ['PEM', '-stream']]) {
          const args = [...encrypting, cipher, '-outform', ...form, '-recip', 'rsa.pem', ...padding]
          const { bytes, said } = opensslBytes(this, files, args, 'out')
          expect(bytes.length, said).to.be.greaterThan(content.length)
          expect((await open(bytes, RSA)).equals(content), args.join(' ')).to.equal(true)
        }
      }
    }
  })

  it('are opened by it', async function () {
    for (const more of [{}, { size: content.length }]) {
      const message = await sealed([RSA], content, more)
      const args = ['cms', '-decrypt', '-binary', '-inform', 'DER', '-in', 'message', '-recip', 'rsa.pem', '-inkey', 'rsa.key', '-out', 'out']
      const { bytes, said } = opensslBytes(this, { ...files, message }, args, 'out')
      expect(bytes.equals(content), said).to.equal(true)
    }
  })
})

describe('SM2 envelopes and openssl', () => {
  const files = {
    'sm2.key': pem(exportPrivate(SM2.privateKey), 'PRIVATE KEY'),
    'sm2.pub': pem(exportPublic(SM2.publicKey), 'PUBLIC KEY'),
  }

  it('agree: it unwraps our key with SM2 and decrypts our content with SM4', async function () {
    const [, explicit] = children(onlyElement(await sealed([SM2], content, { size: content.length })))
    const [, recipients, inner] = children(children(explicit ?? Buffer.of())[0] ?? Buffer.of())
    const encryptedKey = children(children(recipients ?? Buffer.of())[0] ?? Buffer.of())[3]?.content ?? Buffer.of()
    const [, algorithm, cipher] = children(inner ?? Buffer.of())
    const iv = children(algorithm ?? Buffer.of())[1]?.content ?? Buffer.of()
    const unwrapped = opensslBytes(
      this,
      { ...files, encryptedKey },
      ['pkeyutl', '-decrypt', '-inkey', 'sm2.key', '-in', 'encryptedKey', '-out', 'out'],
      'out',
    )
    expect(unwrapped.bytes.length, unwrapped.said).to.equal(16)
    const key = unwrapped.bytes.toString('hex')
    const args = ['enc', '-d', '-sm4-cbc', '-K', key, '-iv', iv.toString('hex'), '-in', 'cipher', '-out', 'out']
    const { bytes, said } = opensslBytes(this, { cipher: cipher?.content ?? Buffer.of() }, args, 'out')
    expect(bytes.equals(content), said).to.equal(true)
  })

  it('agree: we open what it wrapped with SM2 and encrypted with SM4', async function () {
    const [key, iv] = [randomBytes(16), randomBytes(16)]
    const wrapped = opensslBytes(this, { ...files, key }, ['pkeyutl', '-encrypt', '-pubin', '-inkey', 'sm2.pub', '-in', 'key', '-out', 'out'], 'out')
    const args = ['enc', '-sm4-cbc', '-K', key.toString('hex'), '-iv', iv.toString('hex'), '-in', 'content', '-out', 'out']
    const cipher = opensslBytes(this, { content }, args, 'out').bytes
    const transport = sequence(oid('1.2.156.10197.1.301.3'))
    const message = envelope({ iv, id: idOf(SM2.certificate), transport, encryptedKey: wrapped.bytes, cipher })
    expect((await open(message, SM2)).equals(content), wrapped.said).to.equal(true)
  })
})

describe('signed-and-enveloped data of GB/T 35275', () => {
  const key = randomBytes(16)
  const iv = randomBytes(16)
  const write = (options: { over?: Buffer; encryptedKey?: Buffer; signedBy?: Party } = {}) => {
    const { certificate, privateKey } = signer
    const digest = sequence(oid('1.2.156.10197.1.401'), nothing())
    const signature = algorithmFor(privateKey).sign((options.signedBy ?? signer).privateKey, options.over ?? content)
    const info = sequence(integer(1), idOf(certificate), digest, sequence(oid('1.2.156.10197.1.301.1')), octets(signature))
    const transport = sequence(oid('1.2.156.10197.1.301.3'))
    const recipient = sequence(integer(1), idOf(SM2.certificate), transport, octets(options.encryptedKey ?? encryptSm2(SM2.publicKey, key)))
    const inner = sequence(oid('1.2.156.10197.6.1.4.2.1'), SM4(iv), primitive(0, sm4(key, iv, content)))
    const body = sequence(integer(1), setOf(recipient), setOf(digest), inner, context(0, certificate.der), setOf(info))
    return sequence(oid('1.2.156.10197.6.1.4.2.4'), context(0, body))
  }
  const opened = async (message: Buffer, party: Party = SM2) => {
    const got: Buffer[] = []
    const { signers } = await openSignedEnvelope({
      cms: () => pieces(message, 9_001),
      ...party,
      onContent: piece => void got.push(Buffer.from(piece)),
    })
    return { signers, plain: Buffer.concat(got) }
  }

  it('is decrypted, and its signer judged', async () => {
    const { signers, plain } = await opened(write())
    expect(plain.equals(content)).to.equal(true)
    expect(signers.map(each => each.ok && each.certificate.serial)).to.deep.equal([signer.certificate.serial])
  })

  it('tells a signature over other content, or by another key', async () => {
    for (const message of [write({ over: Buffer.from('other') }), write({ signedBy: SM2Other })]) {
      expect((await opened(message)).signers.map(each => !each.ok && each.code)).to.deep.equal(['signature_invalid'])
    }
  })

  it('gives the one answer when the key does not fit, and is told apart from a mere envelope', async () => {
    expect(await codeOfAsync(() => opened(write(), SM2Other))).to.equal('decryption_failed')
    expect(await codeOfAsync(() => opened(write({ encryptedKey: encryptSm2(SM2Other.publicKey, key) })))).to.equal('decryption_failed')
    expect(await codeOfOpening(write(), SM2)).to.equal('message_malformed')
    expect(await codeOfAsync(async () => opened(await sealed([SM2])))).to.equal('message_malformed')
  })
})

import { createCipheriv, createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { expect } from 'chai'
import { pem } from '../../server/pki/certificate.ts'
import { children, onlyElement } from '../../server/pki/der.ts'
import { integer, nothing, octets, oid, sequence } from '../../server/pki/der-write.ts'
import { type Pfx, readPfx } from '../../server/pki/pkcs12.ts'
import { readSm2File } from '../../server/pki/pkcs12-sm2.ts'
import { writePfx } from '../../server/pki/pkcs12-write.ts'
import { scalarOf } from '../../server/pki/sm2-key.ts'
import { needsOpenssl, withFolder } from '../interop/openssl-run.ts'
import { codeOfAsync, makeRoot, makeUnder, type Party } from './hierarchy.ts'

const PASSWORD = '口令 Pass-2027'
const root = makeRoot('Root')
const ca = makeUnder(root, 'CA', { profile: 'ca' })
const sign = makeUnder(ca, '示例公司')
const encrypt = makeUnder(ca, '示例公司', { profile: 'encrypt' })
const rsa = makeUnder(ca, 'RSA', {}, 'RSA')
const ecdsa = makeUnder(ca, 'ECDSA', {}, 'ECDSA')
const chain = [ca.certificate, root.certificate]

const privatePem = (party: Party): string => party.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const code = (bytes: Uint8Array, password: string, maxIterations?: number) =>
  codeOfAsync(() => readPfx(bytes, password, maxIterations === undefined ? {} : { maxIterations }))

function expectParty(pfx: Pfx, party: Party): void {
  const found = pfx.keys.find(({ certificate }) => certificate?.thumbprint === party.certificate.thumbprint)
  expect(found && scalarOf(found.privateKey).equals(scalarOf(party.privateKey)), 'the key').to.equal(true)
}

describe('a PFX that we write', () => {
  for (const suite of ['aes', 'sm4'] as const) {
    it(`with ${suite} is read again: both keys of a shield, their certificates and the chain`, async () => {
      const bytes = await writePfx({
        keys: [
          { ...sign, name: '签名' },
          { ...encrypt, name: '加密' },
        ],
        chain,
        password: PASSWORD,
        suite,
      })
      const pfx = await readPfx(bytes, PASSWORD)
      expectParty(pfx, sign)
      expectParty(pfx, encrypt)
      expect(pfx.keys.map(({ name }) => name)).to.deep.equal(['签名', '加密'])
      expect(pfx.certificates.map(each => each.thumbprint)).to.include.members(chain.map(each => each.thumbprint))
    })
  }

  it('holds no key and no certificate in the clear', async () => {
    const bytes = await writePfx({ keys: [sign], password: PASSWORD })
    expect(bytes.includes(scalarOf(sign.privateKey))).to.equal(false)
    expect(bytes.includes(sign.certificate.spki)).to.equal(false)
  })

  for (const [kind, party] of Object.entries({ RSA: rsa, ECDSA: ecdsa, SM2: sign })) {
    it(`is read by openssl: ${kind}`, async function () {
      needsOpenssl(this)
      const bytes = await writePfx({ keys: [{ ...party, name: 'key' }], chain, password: 'Pass-2027' })
      const out = withFolder({ p: bytes }, run => run('pkcs12', '-in', 'p', '-passin', 'pass:Pass-2027', '-nodes', '-info').out)
      expect(out).to.include('PRIVATE KEY').and.include('sha256').and.include('AES-256-CBC').and.include(pem(party.certificate.der))
      const wrong = withFolder({ p: bytes }, run => run('pkcs12', '-in', 'p', '-passin', 'pass:wrong', '-nodes'))
      expect(wrong.status).to.not.equal(0)
    })
  }
})

describe('a PFX that openssl made', () => {
  before(function () {
    needsOpenssl(this)
  })

  const made = (party: Party, password: string, ...options: string[]): Buffer =>
    withFolder({ k: privatePem(party), c: pem(party.certificate.der), 'ca.pem': chain.map(each => pem(each.der)).join('') }, run => {
      const done = run(
        'pkcs12',
        '-export',
        '-inkey',
        'k',
        '-in',
        'c',
        '-certfile',
        'ca.pem',
        '-name',
        '企业',
        '-passout',
        `pass:${password}`,
        '-out',
        'p',
        ...options,
      )
      expect(done.status, done.out).to.equal(0)
      return done.file('p')
    })

  for (const [what, party, options] of [
    ['as it does by itself', rsa, []],
    ['with an SM2 key', sign, []],
    ['with SM4 and an SM3 MAC', sign, ['-keypbe', 'SM4-CBC', '-certpbe', 'SM4-CBC', '-macalg', 'sm3']],
    ['with AES-128 and SHA-512', ecdsa, ['-keypbe', 'AES-128-CBC', '-certpbe', 'AES-192-CBC', '-macalg', 'sha512', '-iter', '5000']],
    ['with triple DES and SHA-1, as old tools do', rsa, ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1']],
    ['with two-key triple DES', rsa, ['-keypbe', 'PBE-SHA1-2DES', '-certpbe', 'PBE-SHA1-2DES', '-macalg', 'sha1', '-iter', '1']],
    ['with certificates in the clear', rsa, ['-certpbe', 'NONE']],
  ] as const) {
    it(`${what} is read`, async () => {
      const bytes = made(party, 'Pass-2027', ...options)
      const pfx = await readPfx(bytes, 'Pass-2027')
      expect(pfx.keys).to.have.length(1)
      expect(pfx.keys[0]?.certificate?.thumbprint).to.equal(party.certificate.thumbprint)
      expect(pfx.keys[0]?.name).to.equal('企业')
      expect(pfx.certificates).to.have.length(3)
      expect(await code(bytes, 'wrong')).to.equal('key_password_wrong')
      expect(await code(bytes, '')).to.equal('key_password_wrong')
    })
  }

  it('by an openssl before 3 is read: certificates under RC2', async function () {
    const legacy = withFolder({}, run => run('list', '-providers', '-provider', 'legacy'))
    if (legacy.status !== 0 || !legacy.out.includes('legacy')) {
      console.log('      skipped: openssl has no legacy provider here')
      this.skip()
    }
    for (const cipher of ['PBE-SHA1-RC2-40', 'PBE-SHA1-RC2-128']) {
      const pfx = await readPfx(made(rsa, 'Pass-2027', '-legacy', '-certpbe', cipher), 'Pass-2027')
      expect(pfx.keys[0]?.certificate?.thumbprint, cipher).to.equal(rsa.certificate.thumbprint)
    }
  })

  it('under an empty password and a Chinese one is read', async () => {
    for (const password of ['', '口令']) {
      const pfx = await readPfx(made(rsa, password), password)
      expect(pfx.certificates).to.have.length(3)
    }
  })

  it('without a MAC is refused: anybody could have exchanged what is in it', async () => {
    expect(await code(made(sign, 'Pass-2027', '-nomac'), 'Pass-2027')).to.equal('key_file_malformed')
  })

  it('may cost no more than it is allowed to', async () => {
    const bytes = made(rsa, 'Pass-2027', '-iter', '3000')
    expect(await code(bytes, 'Pass-2027', 20_000)).to.equal('accepted')
    expect(await code(bytes, 'Pass-2027', 5000)).to.equal('key_file_malformed')
  })
})

/** The same MAC with another count: the last field of the last structure. */
function withIterations(bytes: Buffer, count: number): Buffer {
  const [version, contents, mac] = children(onlyElement(bytes))
  const [value, salt] = children(mac?.content ?? Buffer.of())
  const parts = [version, contents].map(part => part?.raw ?? Buffer.of())
  return sequence(...parts, sequence(value?.raw ?? Buffer.of(), salt?.raw ?? Buffer.of(), integer(count)))
}

describe('a PFX under PBMAC1 (RFC 9579)', () => {
  const HMAC_SHA256 = '1.2.840.113549.2.9'

  /** Our file under the newer MAC; `mac` may lie about anything. */
  async function under({ password = PASSWORD, keyLength = 32, iterations = 1000 } = {}): Promise<Buffer> {
    const [version, wrapped] = children(onlyElement(await writePfx({ keys: [sign], password: PASSWORD, iterations: 100 })))
    const contents = children(children(wrapped?.content ?? Buffer.of())[1]?.content ?? Buffer.of())[0]?.content ?? Buffer.of()
    const salt = Buffer.from('a salt of some octets')
    const key = pbkdf2Sync(password, salt, 1000, 32, 'sha256')
    const hmac = sequence(oid(HMAC_SHA256), nothing())
    const length = keyLength === 0 ? [] : [integer(keyLength)]
    const derivation = sequence(oid('1.2.840.113549.1.5.12'), sequence(octets(salt), integer(iterations), ...length, hmac))
    const algorithm = sequence(oid('1.2.840.113549.1.5.14'), sequence(derivation, hmac))
    const value = createHmac('sha256', key).update(contents).digest()
    const mac = sequence(sequence(algorithm, octets(value)), octets(Buffer.from('NOT USED')), integer(1))
    return sequence(version?.raw ?? Buffer.of(), wrapped?.raw ?? Buffer.of(), mac)
  }

  it('is read', async () => expectParty(await readPfx(await under(), PASSWORD), sign))

  it('is refused under another password, without the length of its key, or with too many iterations', async () => {
    expect(await code(await under({ password: 'other' }), PASSWORD)).to.equal('key_password_wrong')
    expect(await code(await under({ keyLength: 0 }), PASSWORD)).to.equal('key_file_malformed')
    expect(await code(await under({ keyLength: 1 }), PASSWORD)).to.equal('key_file_malformed')
    expect(await code(await under({ iterations: 10_000_001 }), PASSWORD)).to.equal('key_file_malformed')
  })
})

describe('a PFX is refused', () => {
  it('that asks for more than ten million iterations, at once', async () => {
    const bytes = await writePfx({ keys: [sign], password: PASSWORD })
    const began = performance.now()
    expect(await code(withIterations(bytes, 20_000_000), PASSWORD)).to.equal('key_file_malformed')
    expect(performance.now() - began).to.be.lessThan(5000)
  })

  it('with any octet changed that the MAC covers, as a wrong password is', async () => {
    const bytes = await writePfx({ keys: [sign], password: PASSWORD, iterations: 100 })
    const codes = new Set<string>()
    for (let i = 0; i < 25; i++) {
      const changed = Buffer.from(bytes)
      const index = 200 + i * 23
      changed[index] = (changed[index] ?? 0) ^ 0x10
      codes.add(await code(changed, PASSWORD))
    }
    expect([...codes]).to.deep.equal(['key_password_wrong'])
  })

  it('when it is none', async () => {
    for (const bytes of [
      Buffer.of(),
      Buffer.from('junk!'),
      root.certificate.der,
      Buffer.alloc(2_000_000, 0x30),
      Buffer.alloc(5000, 0x30).fill(0x80, 1, 4999),
    ])
      expect(await code(bytes, PASSWORD)).to.equal('key_file_malformed')
  })
})

describe('a PFX in BER', () => {
  /** The same file as Java tools write it: every constructed element of indefinite length, every octet string in pieces. */
  function indefinite(der: Buffer): Buffer {
    const element = onlyElement(der)
    const end = Buffer.of(0, 0)
    if (element.tag === 0x04 && element.content.length > 40) {
      const half = Math.floor(element.content.length / 2)
      return Buffer.concat([Buffer.of(0x24, 0x80), octets(element.content.subarray(0, half)), octets(element.content.subarray(half)), end])
    }
    if (element.tag === 0x80) {
      const half = Math.floor(element.content.length / 2)
      return Buffer.concat([Buffer.of(0xa0, 0x80), octets(element.content.subarray(0, half)), octets(element.content.subarray(half)), end])
    }
    if ((element.tag & 0x20) === 0) return der
    return Buffer.concat([Buffer.of(element.tag, 0x80), ...children(element).map(each => indefinite(each.raw)), end])
  }

  it('is read', async () => {
    const pfx = await readPfx(indefinite(await writePfx({ keys: [sign], chain, password: PASSWORD })), PASSWORD)
    expectParty(pfx, sign)
    expect(pfx.certificates).to.have.length(3)
  })

  it('is refused where it is nested too deeply or never ends', async () => {
    expect(await code(Buffer.concat(Array.from({ length: 1000 }, () => Buffer.of(0x30, 0x80))), PASSWORD)).to.equal('key_file_malformed')
    expect(await code(Buffer.alloc(200_000, Buffer.of(0x30, 0x80)), PASSWORD)).to.equal('key_file_malformed')
  })
})

describe('an SM2 file of CFCA’s tools', () => {
  /** By the published description: IV and key are one SM3 of the password. */
  function sm2File(password: string, party: Party): Buffer {
    const derived = createHash('sm3')
      .update(password)
      .update(Buffer.of(0, 0, 0, 1))
      .digest()
    const cipher = createCipheriv('sm4-cbc', derived.subarray(16), derived.subarray(0, 16))
    const encrypted = Buffer.concat([cipher.update(scalarOf(party.privateKey)), cipher.final()])
    const data = oid('1.2.156.10197.6.1.4.2.1')
    return sequence(integer(1), sequence(data, oid('1.2.156.10197.1.104'), octets(encrypted)), sequence(data, octets(party.certificate.der)))
  }

  it('gives the key and its certificate, from DER, base64 and PEM', async () => {
    const der = sm2File('123456', sign)
    for (const form of [der, der.toString('base64'), pem(der, 'CFCA KEY')]) expectParty(await readSm2File(form, '123456'), sign)
  })

  it('refuses a wrong password and a key of another certificate alike', async () => {
    expect(await codeOfAsync(() => readSm2File(sm2File('123456', sign), '654321'))).to.equal('key_password_wrong')
    const mixed = sm2File('123456', { ...sign, certificate: encrypt.certificate })
    expect(await codeOfAsync(() => readSm2File(mixed, '123456'))).to.equal('key_password_wrong')
    expect(await codeOfAsync(() => readSm2File('junk!', '123456'))).to.equal('key_file_malformed')
  })
})

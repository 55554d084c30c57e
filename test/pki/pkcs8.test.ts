import { createPublicKey, type KeyObject } from 'node:crypto'
import { expect } from 'chai'
import { integer, octets, oid, sequence } from '../../server/pki/der-write.ts'
import { readPrivateKey, writePrivateKey } from '../../server/pki/pkcs8.ts'
import { generateSm2, signSm2, verifySm2 } from '../../server/pki/sm2.ts'
import { SM2_CURVE, scalarOf } from '../../server/pki/sm2-key.ts'
import { needsOpenssl, withFolder } from '../interop/openssl-run.ts'
import { codeOfAsync, newKey } from './hierarchy.ts'

const keys = { SM2: newKey.SM2(), RSA: newKey.RSA(), ECDSA: newKey.ECDSA() }
const publicOf = (key: KeyObject): string => createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()
const code = (input: Uint8Array | string, password?: string) => codeOfAsync(() => readPrivateKey(input, password))

describe('a private key in a file', () => {
  for (const [kind, { privateKey }] of Object.entries(keys)) {
    it(`comes back as it went: ${kind}, plain and under a password`, async () => {
      for (const written of [
        await writePrivateKey(privateKey),
        await writePrivateKey(privateKey, '口令'),
        await writePrivateKey(privateKey, '口令', { suite: 'sm4' }),
      ])
        expect(publicOf(await readPrivateKey(written, '口令'))).to.equal(publicOf(privateKey))
    })

    it(`is read by openssl: ${kind}`, async function () {
      needsOpenssl(this)
      const written = await writePrivateKey(privateKey, 'Pass-2027')
      const ran = withFolder({ k: written }, run => run('pkey', '-in', 'k', '-passin', 'pass:Pass-2027', '-pubout'))
      expect(ran.out).to.equal(publicOf(privateKey))
    })
  }

  it('of openssl is read, in each of its forms', async function () {
    needsOpenssl(this)
    for (const [options, kind] of [
      [['genpkey', '-algorithm', 'SM2', '-out', 'k'], 'SM2'],
      [['ecparam', '-genkey', '-name', 'SM2', '-out', 'k'], 'SM2'],
      [['ecparam', '-genkey', '-name', 'prime256v1', '-noout', '-out', 'k'], 'ECDSA'],
      [['genrsa', '-traditional', '-out', 'k', '2048'], 'RSA'],
      [['genpkey', '-algorithm', 'RSA', '-aes-256-cbc', '-pass', 'pass:p', '-out', 'k'], 'RSA'],
    ] as const) {
      const files = withFolder({}, run => {
        const made = run(...options)
        return { key: made.file('k'), publicKey: run('pkey', '-in', 'k', '-passin', 'pass:p', '-pubout').out }
      })
      const read = await readPrivateKey(files.key, 'p')
      expect(publicOf(read), options.join(' ')).to.equal(files.publicKey)
      if (kind === 'SM2') expect(verifySm2(createPublicKey(read), Buffer.from('x'), signSm2(read, Buffer.from('x')))).to.equal(true)
    }
  })

  it('of openssl under each cipher of PBES2 is read', async function () {
    needsOpenssl(this)
    const plain = await writePrivateKey(keys.SM2.privateKey)
    for (const options of [
      ['-v2', 'aes-128-cbc'],
      ['-v2', 'aes-256-cbc', '-v2prf', 'hmacWithSHA512'],
      ['-v2', 'des3', '-v2prf', 'hmacWithSHA1'],
      ['-v2', 'sm4-cbc', '-iter', '100000'],
    ]) {
      const written = withFolder({ k: plain }, run => run('pkcs8', '-topk8', '-in', 'k', '-passout', 'pass:p', '-out', 'e', ...options).file('e'))
      expect(publicOf(await readPrivateKey(written, 'p')), options.join(' ')).to.equal(publicOf(keys.SM2.privateKey))
      expect(await code(written, 'wrong')).to.equal('key_password_wrong')
    }
  })

  it('of SM2 signs with the number it holds, whatever public key stands beside it', async () => {
    const other = generateSm2()
    const own = keys.SM2.privateKey.export({ type: 'pkcs8', format: 'der' })
    const point = (key: KeyObject) => key.export({ type: 'spki', format: 'der' }).subarray(-64)
    const misled = Buffer.from(own)
    point(other.publicKey).copy(misled, misled.indexOf(point(keys.SM2.publicKey)))
    expect(misled.equals(own)).to.equal(false)
    expect(publicOf(await readPrivateKey(misled))).to.equal(publicOf(keys.SM2.privateKey))
  })

  it('of SM2 with its leading zeros left out is read', async () => {
    let pair = generateSm2()
    while (scalarOf(pair.privateKey)[0] !== 0) pair = generateSm2()
    const short = sequence(integer(1), octets(scalarOf(pair.privateKey).subarray(1)))
    const der = sequence(integer(0), sequence(oid('1.2.840.10045.2.1'), oid(SM2_CURVE)), octets(short))
    expect(publicOf(await readPrivateKey(der))).to.equal(publicOf(pair.privateKey))
  })
})

describe('a private key is refused', () => {
  it('under a wrong password, damaged, or without a password, with one and the same code', async () => {
    const written = await writePrivateKey(keys.SM2.privateKey, 'right')
    for (let i = 0; i < 12; i++) expect(await code(written, `wrong ${i}`)).to.equal('key_password_wrong')
    expect(await code(written)).to.equal('key_password_wrong')
    const der = Buffer.from(written.split('\n').slice(1, -2).join(''), 'base64')
    der[der.length - 1] = (der.at(-1) ?? 0) ^ 1
    expect(await code(der, 'right')).to.equal('key_password_wrong')
  })

  it('when it is too weak, of no kind we take, or no key', async function () {
    needsOpenssl(this)
    const weak = withFolder({}, run => run('genrsa', '-out', 'k', '1024').file('k'))
    expect(await code(weak)).to.equal('algorithm_refused')
    const edwards = withFolder({}, run => run('genpkey', '-algorithm', 'ed25519', '-out', 'k').file('k'))
    expect(await code(edwards)).to.equal('algorithm_refused')
    for (const junk of ['', 'junk', Buffer.alloc(200_000, 0x30), Buffer.from('3003020100', 'hex')])
      expect(await code(junk)).to.equal('key_file_malformed')
  })
})

/** Key files and bare signatures. */
import { createCipheriv, createHash, type KeyObject } from 'node:crypto'
import { BrokerError } from '../../server/kernel/errors.ts'
import { Cursor, elementAt, onlyElement, TAG } from '../../server/pki/der.ts'
import { context, integer, octets, oid, sequence } from '../../server/pki/der-write.ts'
import { encryptPkcs8, readPrivateKey } from '../../server/pki/pkcs8.ts'
import { readPfx } from '../../server/pki/pkcs12.ts'
import { writeMac } from '../../server/pki/pkcs12-mac.ts'
import { readSm2File } from '../../server/pki/pkcs12-sm2.ts'
import { writePfx } from '../../server/pki/pkcs12-write.ts'
import { exportPrivate, signSm2, verifySm2 } from '../../server/pki/sm2.ts'
import { envelopSm2Key, openEnvelopedSm2Key } from '../../server/pki/sm2-enveloped-key.ts'
import { scalarOf } from '../../server/pki/sm2-key.ts'
import { readSignature } from '../../server/pki/sm2-signature.ts'
import { makeRoot, makeUnder } from '../pki/hierarchy.ts'
import { seedOf } from './mutate.ts'
import { type Answer, type Target, targetOf } from './target.ts'

const PASSWORD = '口令'
/** so that what is fuzzed is the reading, not the waiting */
const maxIterations = 2000

export async function keyTargets(guarded: (run: () => Answer) => Answer): Promise<Target[]> {
  const root = makeRoot('Key Root')
  const [sign, encrypt] = [makeUnder(root, 'Sign'), makeUnder(root, 'Sign', { profile: 'encrypt' })]
  const rsa = makeUnder(root, 'RSA', {}, 'RSA')
  const cheap = { password: PASSWORD, iterations: 10 }
  const pfx = [
    await writePfx({ keys: [{ ...sign, name: '签名' }, encrypt], chain: [root.certificate], ...cheap }),
    await writePfx({ keys: [rsa], ...cheap, suite: 'sm4' }),
  ]
  const encrypted = await Promise.all([sign, rsa].map(({ privateKey }) => encryptPkcs8(privateKey, PASSWORD, { iterations: 10 })))
  const message = Buffer.from('message')
  const signature = signSm2(sign.privateKey, message)
  return [
    await targetOf({
      name: 'pfx',
      weight: 2,
      sealed: true,
      seeds: pfx.map(seedOf),
      run: input =>
        refusable(async () => {
          const { keys, certificates } = await readPfx(input, PASSWORD, { maxIterations })
          // the MAC covers all that is read
          return {
            accepted: JSON.stringify([
              keys.map(({ privateKey, name }) => [fingerprint(privateKey), name]),
              certificates.map(each => each.thumbprint),
            ]),
          }
        }),
    }),
    await targetOf({
      name: 'pfx-inside',
      weight: 3,
      seeds: pfx.map(each => seedOf(contentsOf(each))),
      silent: pfx.length,
      // whoever knows the password puts the MAC right again
      run: input =>
        refusable(async () => {
          await readPfx(sequence(integer(3), data(input), await writeMac(input, PASSWORD, cheap)), PASSWORD, { maxIterations })
          return 'read'
        }),
    }),
    await targetOf({
      name: 'pkcs8',
      weight: 3,
      seeds: [...encrypted, exportPrivate(sign.privateKey), rsa.privateKey.export({ type: 'pkcs8', format: 'der' })].map(seedOf),
      run: input =>
        refusable(async () => {
          await readPrivateKey(input, PASSWORD, { maxIterations })
          return { accepted: 'a key' }
        }),
    }),
    await targetOf({
      name: 'sm2-file',
      weight: 2,
      seeds: [seedOf(sm2File(sign))],
      run: input =>
        refusable(async () => {
          const { keys } = await readSm2File(input, PASSWORD)
          // the certificate is not protected; that it fits the key is all the file shows
          return { accepted: keys.map(({ privateKey }) => fingerprint(privateKey)).join() }
        }),
    }),
    await targetOf({
      name: 'signature',
      weight: 3,
      seeds: [seedOf(signature), seedOf(readSignature(signature) ?? Buffer.of())],
      run: input =>
        guarded(() => (verifySm2(sign.publicKey, message, input) ? { accepted: readSignature(input)?.toString('hex') ?? '' } : 'refused')),
    }),
    await targetOf({
      name: 'enveloped-key',
      weight: 0.2,
      seeds: [seedOf(envelopSm2Key(sign.publicKey, encrypt.privateKey))],
      run: input => guarded(() => ({ accepted: fingerprint(openEnvelopedSm2Key(sign.privateKey, input).privateKey) })),
    }),
  ]
}

const data = (contents: Buffer): Buffer => sequence(oid('1.2.840.113549.1.7.1'), context(0, octets(contents)))

/** What the MAC of a PFX covers. */
function contentsOf(pfx: Buffer): Buffer {
  const fields = new Cursor(elementAt(pfx))
  fields.take(TAG.integer)
  const info = new Cursor(fields.take(TAG.sequence))
  info.take(TAG.oid)
  return Buffer.from(onlyElement(info.take(0xa0).content, TAG.octets).content)
}

const fingerprint = (key: KeyObject): string =>
  createHash('sha256')
    .update(key.export({ type: 'pkcs8', format: 'der' }))
    .digest('hex')

async function refusable(run: () => Promise<Answer>): Promise<Answer> {
  try {
    return await run()
  } catch (thrown) {
    if (thrown instanceof BrokerError && thrown.code !== 'internal') return 'refused'
    throw thrown
  }
}

function sm2File({ privateKey, certificate }: ReturnType<typeof makeUnder>): Buffer {
  const derived = createHash('sm3')
    .update(PASSWORD)
    .update(Buffer.of(0, 0, 0, 1))
    .digest()
  const cipher = createCipheriv('sm4-cbc', derived.subarray(16), derived.subarray(0, 16))
  const sealed = Buffer.concat([cipher.update(scalarOf(privateKey)), cipher.final()])
  const type = oid('1.2.156.10197.6.1.4.2.1')
  return sequence(integer(1), sequence(type, oid('1.2.156.10197.1.104'), octets(sealed)), sequence(type, octets(certificate.der)))
}

import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { startThreads } from '../../server/kernel/threads.ts'
import { algorithmOf } from '../../server/pki/algorithms.ts'
import { decryptSm2Aside, signAside, verifyAside } from '../../server/pki/key-work.ts'
import { encryptSm2, generateSm2 } from '../../server/pki/sm2.ts'
import { ENDS } from '../kernel/thread-jobs.ts'
import { laterFailure } from '../shield-agent/failure.ts'

const SM2 = '1.2.156.10197.1.501'
const RSA = '1.2.840.113549.1.1.11'

describe('work with keys', () => {
  const [one, other] = [generateSm2(), generateSm2()]
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const data = Buffer.from('一笔保证金')
  const fail = (cause: unknown) => {
    throw cause
  }

  /** whoever asks, and whatever else is asked meanwhile */
  async function expectRight(): Promise<void> {
    const [algorithm, plains] = [algorithmOf(SM2), Array.from({ length: 60 }, (_, i) => randomBytes(i + 1))]
    await Promise.all([
      ...plains.map(async plain => expect((await decryptSm2Aside(one.privateKey, encryptSm2(one.publicKey, plain))).equals(plain)).to.equal(true)),
      ...plains.map(async plain => {
        const signature = await signAside(one.privateKey, plain)
        expect(algorithm.verify(one.publicKey, plain, signature)).to.equal(true)
        expect(await verifyAside(SM2, one.publicKey, plain, signature)).to.equal(true)
        expect(await verifyAside(SM2, other.publicKey, plain, signature)).to.equal(false)
        expect(await verifyAside(SM2, one.publicKey, data, signature)).to.equal(false)
      }),
    ])
    expect(algorithmOf(RSA).verify(rsa.publicKey, data, await signAside(rsa.privateKey, data))).to.equal(true)
    expect(await laterFailure(decryptSm2Aside(other.privateKey, encryptSm2(one.publicKey, data)))).to.equal('signature_invalid')
    expect(await laterFailure(verifyAside('1.2.3', one.publicKey, data, data))).to.equal('algorithm_refused')
    expect(await laterFailure(signAside(generateKeyPairSync('ed25519').privateKey, data))).to.equal('algorithm_refused')
  }

  it('is done here where there are no threads', expectRight)

  it('is done by threads, with the same answers and refusals', async () => {
    const threads = startThreads(fail, { count: 2 })
    try {
      await expectRight()
    } finally {
      await threads.close()
    }
    await expectRight()
  })

  it('that a thread left undone is done here, and whoever runs the process hears of it', async () => {
    const heard: unknown[] = []
    const threads = startThreads(cause => void heard.push(cause), { count: 1, program: ENDS })
    try {
      await expectRight()
      expect(String(heard[0])).to.include('ended with 3')
    } finally {
      await threads.close()
    }
  })

  it('that is under way when the threads are closed is done all the same', async () => {
    const threads = startThreads(fail, { count: 2 })
    const signing = Array.from({ length: 50 }, () => signAside(one.privateKey, data))
    await threads.close()
    for (const signature of await Promise.all(signing)) expect(algorithmOf(SM2).verify(one.publicKey, data, signature)).to.equal(true)
  })
})

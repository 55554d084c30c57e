import { createDecipheriv, hkdfSync, scryptSync } from 'node:crypto'
import { expect } from 'chai'
import { createSealing } from '../../server/kernel/sealing.ts'
import { exportPrivate, generateSm2 } from '../../server/pki/sm2.ts'
import { createVault, PIN_COST } from '../../server/remote-signing/vault.ts'
import { CHEAP, PIN } from './stage.ts'

/** Somebody who took the database, with and without the platform's sealing key. */
describe('a remote key at rest', () => {
  const sealing = createSealing(Buffer.alloc(32, 1))
  const vault = createVault({ sealing, cost: CHEAP })
  const secret = { key: exportPrivate(generateSm2().privateKey).toString('base64') }

  it('opens with the PIN and the sealing key together, and is another text each time', async () => {
    const [text, again] = [await vault.close(secret, PIN, 'a'), await vault.close(secret, PIN, 'a')]
    expect(await vault.open(text, PIN, 'a')).to.deep.equal(secret)
    expect(text).not.to.equal(again)
    expect(text).not.to.include(secret.key.slice(8, 40)).and.not.to.include(PIN)
  })

  it('does not open for a thief of the database who knows the PIN and lacks the sealing key', async () => {
    const text = await vault.close(secret, PIN, 'a')
    const theirs = createVault({ sealing: createSealing(Buffer.alloc(32, 2)), cost: CHEAP })
    expect(await theirs.open(text, PIN, 'a')).to.equal(undefined)
    const { salt, nonce, data, tag } = JSON.parse(text) as Record<string, string>
    const salted = Buffer.from(salt ?? '', 'base64url')
    const stretched = scryptSync(PIN, salted, 32, { N: CHEAP.n, r: CHEAP.r, p: CHEAP.p })
    for (const key of [stretched, Buffer.from(hkdfSync('sha256', stretched, salted, 'remote signing key 1', 32))]) {
      const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce ?? '', 'base64url')).setAAD(Buffer.from('a'))
      decipher.setAuthTag(Buffer.from(tag ?? '', 'base64url'))
      expect(() => Buffer.concat([decipher.update(Buffer.from(data ?? '', 'base64url')), decipher.final()])).to.throw()
    }
  })

  it('does not open for a thief who has the sealing key and lacks the PIN', async () => {
    const text = await vault.close(secret, PIN, 'a')
    for (const guess of ['', '00000000', PIN.toLowerCase(), `${PIN} `]) expect(await vault.open(text, guess, 'a')).to.equal(undefined)
  })

  it('does not open in another person’s place, nor when a byte of it was changed', async () => {
    const text = await vault.close(secret, PIN, 'a')
    expect(await vault.open(text, PIN, 'b')).to.equal(undefined)
    const kept = JSON.parse(text) as Record<string, unknown> & { data: string }
    const flipped = Buffer.from(kept.data, 'base64url')
    flipped[0] = (flipped[0] ?? 0) ^ 1
    expect(await vault.open(JSON.stringify({ ...kept, data: flipped.toString('base64url') }), PIN, 'a')).to.equal(undefined)
  })

  it('costs a guess 128 MiB, and says its cost itself, so that the cost can grow', async () => {
    expect(128 * PIN_COST.n * PIN_COST.r).to.equal(128 * 1024 * 1024)
    const text = await vault.close(secret, PIN, 'a')
    expect(await createVault({ sealing, cost: { n: 2048, r: 8, p: 1 } }).open(text, PIN, 'a')).to.deep.equal(secret)
    expect(await createVault({ sealing }).open(await createVault({ sealing }).close(secret, PIN, 'a'), PIN, 'a')).to.deep.equal(secret)
  })

  it('derives one at a time, and sends away who comes as the thirty-third', async () => {
    const text = await vault.close(secret, PIN, 'a')
    const answers = await Promise.allSettled(Array.from({ length: 40 }, () => vault.open(text, PIN, 'a')))
    expect(answers.filter(({ status }) => status === 'fulfilled')).to.have.length(32)
    expect(await vault.open(text, PIN, 'a')).to.deep.equal(secret)
  })
})

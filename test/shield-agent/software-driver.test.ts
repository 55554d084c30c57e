import { readFileSync, writeFileSync } from 'node:fs'
import { expect } from 'chai'
import { PIN_TRIES, readShieldFile } from '../../bank-adapters/shield-agent/shield-file.ts'
import { createSoftwareDriver } from '../../bank-adapters/shield-agent/software-driver.ts'
import { encryptSm2, verifySm2 } from '../../server/pki/sm2.ts'
import { laterFailure } from './failure.ts'
import { newBank, newFolder, newShield, PIN, type TestShield, wrongPin } from './shields.ts'

describe('the software driver', () => {
  const bank = newBank()
  let folder: ReturnType<typeof newFolder>
  let driver: ReturnType<typeof createSoftwareDriver>
  let shield: TestShield

  beforeEach(() => {
    folder = newFolder()
    shield = newShield(bank)
    folder.plugIn(shield.file)
    driver = createSoftwareDriver(folder.path)
  })
  afterEach(() => {
    driver.close()
    folder.remove()
  })

  const open = async (pin: string) => await driver.open(shield.file.id, pin)
  const session = async () => {
    const opened = await open(PIN)
    if (opened.outcome !== 'open') throw new Error(opened.outcome)
    return opened.session
  }

  it('counts wrong PINs down to a lock that the right PIN does not open', async () => {
    for (let left = PIN_TRIES - 1; left > 0; left--) expect(await open(wrongPin())).to.deep.equal({ outcome: 'wrong-pin', triesLeft: left })
    expect(await open(wrongPin())).to.deep.equal({ outcome: 'locked' })
    expect(await open(PIN)).to.deep.equal({ outcome: 'locked' })
  })

  it('keeps the count and the lock over restarts', async () => {
    for (let tries = 0; tries < PIN_TRIES; tries++) {
      driver.close()
      driver = createSoftwareDriver(folder.path)
      await open(wrongPin())
    }
    driver = createSoftwareDriver(folder.path)
    expect((await driver.list())[0]?.triesLeft).to.equal(0)
    expect(await open(PIN)).to.deep.equal({ outcome: 'locked' })
  })

  it('gives no more than six tries to guesses made at the same moment', async () => {
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => open(wrongPin())))
    expect(outcomes.filter(({ outcome }) => outcome === 'wrong-pin')).to.have.length(PIN_TRIES - 1)
    expect(await open(PIN)).to.deep.equal({ outcome: 'locked' })
  })

  it('gives every try back after the right PIN', async () => {
    await open(wrongPin())
    expect((await open(PIN)).outcome).to.equal('open')
    expect((await driver.list())[0]?.triesLeft).to.equal(PIN_TRIES)
  })

  it('counts a wrong old PIN when the PIN is changed, and not an unfit new one', async () => {
    expect(await driver.changePin(shield.file.id, wrongPin(), '246802')).to.deep.equal({ outcome: 'wrong-pin', triesLeft: PIN_TRIES - 1 })
    expect(await laterFailure(driver.changePin(shield.file.id, PIN, '123'))).to.equal('shield_pin_unfit')
    expect((await driver.list())[0]?.triesLeft).to.equal(PIN_TRIES)
    expect(await driver.changePin(shield.file.id, PIN, '246802')).to.deep.equal({ outcome: 'ok' })
    expect((await open('246802')).outcome).to.equal('open')
  })

  it('signs with the signing key and decrypts with the encryption key', async () => {
    const opened = await session()
    const text = Buffer.from('要签名的内容')
    expect(verifySm2(shield.sign.certificate.publicKey, text, await opened.sign(text))).to.equal(true)
    if (shield.encrypt === undefined) throw new Error('a dual shield')
    expect((await opened.decrypt(encryptSm2(shield.encrypt.publicKey, text))).toString()).to.equal('要签名的内容')
  })

  it('tells of a shield plugged in and pulled out, not of its counter', async () => {
    const other = newShield(bank)
    let seen = 0
    let tell = (): void => undefined
    const change = () =>
      new Promise<void>(resolve => {
        tell = resolve
      })
    driver.watch(() => {
      seen += 1
      tell()
    })
    await open(wrongPin())
    const inserted = change()
    folder.plugIn(other.file)
    await inserted
    expect(await driver.list()).to.have.length(2)
    const removed = change()
    folder.pullOut(other.file)
    await removed
    expect(await driver.list()).to.have.length(1)
    expect(seen).to.equal(2)
  })

  it('does not sign for a shield that was pulled out, and does not plug it in again', async () => {
    const opened = await session()
    folder.pullOut(shield.file)
    expect(await laterFailure(opened.sign(Buffer.from('x')))).to.equal('shield_absent')
    expect(await laterFailure(open(PIN))).to.equal('shield_absent')
    expect(await driver.list()).to.have.length(0)
  })

  it('does not sign after it was closed', async () => {
    const opened = await session()
    opened.close()
    expect(await laterFailure(opened.sign(Buffer.from('x')))).to.equal('shield_closed')
  })

  it('passes over files that are no shields, and serves an id once', async () => {
    writeFileSync(`${folder.path}/half.json`, readFileSync(folder.pathOf(shield.file), 'utf8').slice(0, 200))
    writeFileSync(`${folder.path}/notes.txt`, 'x')
    writeFileSync(`${folder.path}/zz-copy.json`, JSON.stringify(shield.file))
    expect((await driver.list()).map(({ id }) => id)).to.deep.equal([shield.file.id])
  })

  it('leaves the file a shield file after every change', async () => {
    await open(wrongPin())
    await open(PIN)
    expect(readShieldFile(readFileSync(folder.pathOf(shield.file), 'utf8')).id).to.equal(shield.file.id)
  })
})

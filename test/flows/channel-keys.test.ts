import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { EXIT } from '../../server/cli/command.ts'
import { days } from '../../server/kernel/clock.ts'
import { pem } from '../../server/pki/pem.ts'
import { ownKey } from '../bank-adapters/channel/parties.ts'
import { type Desk, newDesk, shieldIn } from '../cli/terminal.ts'
import { openSandbox, type TestSandbox } from './sandbox.ts'

/** An operator changes a bank's encryption key from a terminal, while the broker runs. */
describe('shield channel, on banks’ keys', function () {
  this.timeout(60_000)
  let sandbox: TestSandbox
  let desk: Desk
  before(async function () {
    this.timeout(120_000)
    sandbox = await openSandbox()
    desk = newDesk()
  })
  after(async () => {
    desk?.clear()
    await sandbox?.close()
  })
  const shield = (...words: string[]) => shieldIn({ SHIELD_DATA_DIR: sandbox.plan.config.dataDir }, words)
  const keysOf = async (bank: string): Promise<{ id: string; use: string; state: string; where: string }[]> =>
    JSON.parse((await shield('channel', 'keys', '--bank', bank, '--json')).out)

  it('registers one that counts at once, and retires it with overlap or not at all', async () => {
    const { key } = ownKey('ccb', { use: 'encrypt' })
    const file = desk.put('ccb-encrypt.pem', pem(key.certificate.der))
    expect(await keysOf('ccb')).to.have.length(2)
    const added = await shield('channel', 'add-key', 'ccb', file, '--as', '王芳')
    expect(added.exit, added.err).to.equal(EXIT.ok)
    expect(added.out).to.include(key.id).and.include('(command)')
    expect((await keysOf('ccb')).find(({ id }) => id === key.id)).to.include({ use: 'encrypt', state: 'in-force' })
    const again = await shield('channel', 'add-key', 'ccb', file)
    expect([again.exit, again.out]).to.satisfy(([exit, out]: [number, string]) => exit === EXIT.found && out.includes('channel_key_known'))
    const [inFile] = (await keysOf('ccb')).filter(({ use, where }) => use === 'encrypt' && where === 'file')
    expect((await shield('channel', 'retire-key', 'ccb', inFile?.id ?? '')).out).to.include('channel_key_in_file')
    expect((await shield('channel', 'retire-key', 'ccb', key.id)).out).to.match(/Ended:.* until /s)
    expect((await shield('channel', 'retire-key', 'ccb', key.id, '--revoke')).out).to.include('revoked')
    expect((await keysOf('ccb')).find(({ id }) => id === key.id)).to.include({ state: 'over' })
  })

  it('says by its code what is wrong', async () => {
    const sign = desk.put('sign.pem', pem(ownKey('ccb').key.certificate.der))
    for (const [code, exit, ...words] of [
      ['channel_party_unknown', EXIT.found, 'add-key', 'nobody', sign],
      ['channel_key_unfit', EXIT.found, 'add-key', 'ccb', sign],
      ['channel_key_unfit', EXIT.found, 'add-key', 'ccb', desk.put('none.pem', 'no certificate')],
      ['channel_key_unknown', EXIT.found, 'retire-key', 'ccb', '0'.repeat(32)],
      ['channel_party_unknown', EXIT.found, 'payer-key', 'nobody', '--to', desk.at('none.cms')],
      ['--to FILE', EXIT.usage, 'payer-key', 'ccb'],
      ['--until', EXIT.usage, 'retire-key', 'ccb', 'x', '--until', 'soon'],
      ['has no key', EXIT.found, 'keys', '--bank', 'nobody'],
    ] as const) {
      const said = await shield('channel', ...words)
      expect([said.exit, said.out], words.join(' ')).to.satisfy(([got, out]: [number, string]) => got === exit && out.includes(code))
    }
  })

  it('hands the key for codes of payers to its bank alone, and never over a file', async () => {
    const to = desk.at('payer.cms')
    const given = await shield('channel', 'payer-key', 'icbc', '--to', to, '--as', '王芳')
    expect(given.exit, given.err).to.equal(EXIT.ok)
    const { key } = sandbox.app.payerKeys.newest('icbc')
    expect(given.out).to.include('edition 1').and.not.include(key)
    const own = (bank: string) => `${sandbox.plan.config.dataDir}/mock-bank/${bank}/channel/encrypt`
    const opened = (bank: string, as: string) =>
      shield('cms', 'decrypt', to, '--key', `${own(bank)}.key.pem`, '--cert', `${own(bank)}.pem`, '--out', desk.at(as))
    expect((await opened('ccb', 'wrong.txt')).exit).to.not.equal(EXIT.ok)
    const right = await opened('icbc', 'right.txt')
    expect(right.exit, right.out + right.err).to.equal(EXIT.ok)
    expect(readFileSync(desk.at('right.txt'), 'utf8')).to.equal(key)
    expect((await shield('channel', 'payer-key', 'icbc', '--to', to)).exit).to.not.equal(EXIT.ok)
  })

  it('begins another edition of it, says until when the one before counts, and no third until then', async () => {
    const before = sandbox.app.payerKeys.newest('icbc')
    const there = await shield('channel', 'payer-key', 'icbc', '--to', desk.put('there.cms', 'another'), '--new')
    expect([there.exit, sandbox.app.payerKeys.newest('icbc')]).to.deep.equal([EXIT.usage, before])
    const begun = await shield('channel', 'payer-key', 'icbc', '--to', desk.at('second.cms'), '--new', '--as', '王芳', '--json')
    expect(begun.exit, begun.err).to.equal(EXIT.ok)
    const said = JSON.parse(begun.out)
    expect(said).to.include({ party: 'icbc', edition: 2 })
    expect(Date.parse(said.until)).to.be.greaterThan(Date.now() + days(13))
    expect(sandbox.app.payerKeys.newest('icbc')).to.include({ edition: 2 }).and.not.include({ key: before.key })
    const again = await shield('channel', 'payer-key', 'icbc', '--to', desk.at('third.cms'), '--new')
    expect([again.exit, again.out]).to.satisfy(([exit, out]: [number, string]) => exit === EXIT.found && out.includes('channel_payer_key_overlaps'))
    // handed over once more, it is the same
    expect((await shield('channel', 'payer-key', 'icbc', '--to', desk.at('third.cms'))).out).to.include('edition 2')
    const audited = (await sandbox.app.stores.audit.read(1, 10_000)).filter(({ code }) => code === 'channel.payer-key-begun')
    expect(audited.map(({ body }) => JSON.parse(body))).to.deep.equal([{ party: 'icbc', edition: 2, until: said.until, by: '王芳' }])
  })
})

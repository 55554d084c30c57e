import { readFileSync, truncateSync } from 'node:fs'
import { expect } from 'chai'
import { EXIT } from '../../server/cli/command.ts'
import { pem } from '../../server/pki/certificate.ts'
import { writePrivateKey } from '../../server/pki/pkcs8.ts'
import { writePfx } from '../../server/pki/pkcs12-write.ts'
import { contentOf, parties } from '../bids/envelope/stage.ts'
import { type Desk, newDesk, shield } from './terminal.ts'

const content = contentOf(100_000)

describe('shield bid', () => {
  let desk: Desk
  let file: string
  let out: string
  before(async () => {
    desk = newDesk()
    file = desk.put('投标文件.pdf', content)
    out = desk.at('bid.envelope')
    const { bidder, platform, stranger, custodians } = parties
    for (const [name, party] of Object.entries({ bidder, platform, stranger, a: custodians[0], b: custodians[1], c: custodians[2] })) {
      if (party === undefined) throw new Error('a custodian')
      desk.put(`${name}.pem`, pem(party.certificate.der))
      desk.put(`${name}.key`, await writePrivateKey(party.privateKey))
    }
    desk.put('password', '口令\n')
    // a shield's two pairs in one file, the signing one first
    desk.put('shield.pfx', await writePfx({ keys: [parties.signer, bidder], chain: [], password: '口令' }))
    expect(await encrypt('2020-06-01T09:30:00+08:00', '--out', out)).to.include({ exit: EXIT.ok, err: '' })
  })
  after(() => desk.clear())

  const custodians = ['a', 'b', 'c'].flatMap(name => ['--custodian', `${name}.pem`])
  const encrypt = (opening: string, ...more: string[]) => {
    const words = ['--to', 'bidder.pem', ...custodians, '--platform', 'platform.pem']
    const named = words.map(word => (word.endsWith('.pem') ? desk.at(word) : word))
    const facts = ['--center', 'gz', '--project', 'JG1', '--uscc', '91350200556207664B', '--name', '演示建设有限公司', '--opening', opening]
    return shield('bid', 'encrypt', file, ...named, ...facts, ...more)
  }
  const json = async (...words: string[]) => {
    const said = await shield('bid', ...words, '--json')
    return { exit: said.exit, ...JSON.parse(said.out) }
  }
  const keys = (...names: string[]) => names.flatMap(name => ['--custodian-key', desk.at(`${name}.key`)])
  const release = () => ['--release-key', desk.at('platform.key')]

  it('says without a key what an envelope is for, and not whose it is', async () => {
    const told = await json('inspect', out)
    expect(told).to.deep.include({
      exit: EXIT.ok,
      ok: true,
      center: 'gz',
      project: 'JG1',
      opening: '2020-06-01T01:30:00.000Z',
      drill: false,
      keys: 1,
    })
    expect(told.rescue).to.include({ threshold: 2, platform: parties.platform.certificate.thumbprint })
    const { out: text } = await shield('bid', 'inspect', out)
    expect(text).to.include('JG1').and.not.include('演示').and.not.include('投标文件')
  })

  it('opens with the key in a file, and with a PFX that holds the signing pair too', async () => {
    expect(await json('open', out, '--key', desk.at('bidder.key'), '--out', desk.at('o1'))).to.include({
      exit: EXIT.ok,
      bidder: '演示建设有限公司',
      content: '投标文件.pdf',
    })
    expect(readFileSync(desk.at('o1')).equals(content)).to.equal(true)
    const pfx = ['--key', desk.at('shield.pfx'), '--passphrase-file', desk.at('password')]
    expect(await shield('bid', 'open', out, ...pfx, '--out', desk.at('o2'))).to.include({ exit: EXIT.ok })
    expect(readFileSync(desk.at('o2')).equals(content)).to.equal(true)
  })

  it('tests before upload, writing nothing, and says so in words', async () => {
    const { exit, out: text } = await shield('bid', 'open', out, '--key', desk.at('bidder.key'), '--check')
    expect([exit, text.split('\n')[0]]).to.deep.equal([EXIT.ok, 'It opens, to its last octet.'])
    const other = await shield('bid', 'open', out, '--key', desk.at('stranger.key'), '--check')
    expect(other.exit).to.equal(EXIT.found)
    expect(other.out).to.include('bid_not_for_this_key').and.include('这份标书不是用这个盾的加密证书加密的')
  })

  it('rescues with two custodians’ keys and the platform’s, and names who took part', async () => {
    const told = await json('rescue', out, ...keys('c', 'a'), ...release(), '--out', desk.at('r1'))
    expect(told).to.deep.include({ exit: EXIT.ok, custodians: [2, 0].map(i => parties.custodians[i]?.certificate.thumbprint) })
    expect(readFileSync(desk.at('r1')).equals(content)).to.equal(true)
  })

  it('rescues nothing with one custodian, a stranger, or without the platform, and leaves no file', async () => {
    const refused = async (...words: string[]) => (await json('rescue', out, ...words, '--out', desk.at('none'))).error
    expect(await refused(...keys('a'), ...release())).to.equal('bid_custodians_missing')
    expect(await refused(...keys('a', 'a'), ...release())).to.equal('bid_custodians_missing')
    expect(await refused(...keys('a', 'stranger'), ...release())).to.equal('bid_not_for_this_key')
    expect(await refused(...keys('a', 'b', 'c'))).to.equal('bid_before_opening')
    expect(await refused(...keys('a', 'b', 'c'), '--release-key', desk.at('stranger.key'))).to.equal('bid_not_for_this_key')
    expect(() => readFileSync(desk.at('none'))).to.throw('ENOENT')
  })

  it('rescues nothing before the opening, with everybody’s keys', async () => {
    await encrypt('2999-06-01T09:30:00+08:00', '--out', desk.at('early'))
    const told = await json('rescue', desk.at('early'), ...keys('a', 'b', 'c'), ...release(), '--out', desk.at('none'))
    expect(told).to.include({ exit: EXIT.found, error: 'bid_before_opening', expected: '2999-06-01T01:30:00.000Z' })
  })

  it('says that an envelope was cut off, without a key and with one', async () => {
    desk.put('cut', readFileSync(out))
    truncateSync(desk.at('cut'), 50_000)
    expect(await json('inspect', desk.at('cut'))).to.include({ exit: EXIT.found, error: 'bid_envelope_malformed' })
    expect(await json('open', desk.at('cut'), '--key', desk.at('bidder.key'), '--out', desk.at('none'))).to.include({
      exit: EXIT.found,
      error: 'bid_envelope_malformed',
    })
    expect(() => readFileSync(desk.at('none'))).to.throw('ENOENT')
  })

  it('marks a rehearsal', async () => {
    await encrypt('2999-06-01T09:30:00+08:00', '--drill', '--out', desk.at('drill'))
    expect(await json('inspect', desk.at('drill'))).to.include({ drill: true })
  })

  for (const [sentence, words] of [
    ['an opening without its zone', ['--opening', '2027-06-01T09:30:00', '--out', 'x']],
    ['a threshold of one', ['--threshold', '1', '--out', 'x']],
    ['a threshold that is no number', ['--threshold', 'two', '--out', 'x']],
    ['no output', []],
  ] as const) {
    it(`says what is wrong with ${sentence}`, async () => {
      const more = words.map(word => (word === 'x' ? desk.at('never') : word))
      const opening = more[0] === '--opening' ? (more[1] ?? '') : '2027-06-01T09:30:00Z'
      expect(await encrypt(opening, ...(more[0] === '--opening' ? more.slice(2) : more))).to.include({ exit: EXIT.usage })
      expect(() => readFileSync(desk.at('never'))).to.throw('ENOENT')
    })
  }

  it('does not write over a file unless told', async () => {
    const again = () => shield('bid', 'open', out, '--key', desk.at('bidder.key'), '--out', desk.at('kept'))
    desk.put('kept', 'mine')
    expect(await again()).to.include({ exit: EXIT.usage })
    expect(readFileSync(desk.at('kept'), 'utf8')).to.equal('mine')
  })
})

import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { openShieldFile, readShieldFile } from '../../bank-adapters/shield-agent/shield-file.ts'
import { readPfx } from '../../server/pki/pkcs12.ts'
import { writePfx } from '../../server/pki/pkcs12-write.ts'
import { signSm2, verifySm2 } from '../../server/pki/sm2.ts'
import { makeRoot, makeUnder } from '../pki/hierarchy.ts'
import { type Desk, newDesk, shield } from './terminal.ts'

describe('shield soft-shield', () => {
  const root = makeRoot('CA')
  const subject: [string, string][] = [
    ['C', 'CN'],
    ['O', '示范企业(演示)'],
    ['CN', '王示例'],
  ]
  const sign = makeUnder(root, '', { subject, profile: 'sign' })
  const encrypt = makeUnder(root, '', { subject, profile: 'encrypt' })
  let desk: Desk
  beforeEach(() => {
    desk = newDesk()
    desk.put('pin', '246810\n')
    desk.put('password', 'pass word\n')
  })
  afterEach(() => desk.clear())

  const pfx = async (...keys: (typeof sign)[]) => desk.put('in.pfx', await writePfx({ keys, password: 'pass word', iterations: 10_000 }))
  const secrets = () => ['--pin-file', desk.at('pin'), '--passphrase-file', desk.at('password')]

  it('makes a shield of both certificates, which signs under its PIN, and gives them back', async () => {
    const made = await shield('soft-shield', 'import', await pfx(encrypt, sign), '--bank', 'abc', '--out', desk.at('shield.json'), ...secrets())
    expect(made.exit, made.err).to.equal(0)
    const file = readShieldFile(readFileSync(desk.at('shield.json'), 'utf8'))
    expect([file.bank, file.kind, file.signCertificate]).to.deep.equal(['abc', 'SM2-dual', sign.certificate.der.toString('base64')])
    expect(file.encryptCertificate).to.equal(encrypt.certificate.der.toString('base64'))
    const data = Buffer.from('挑战')
    expect(verifySm2(sign.certificate.publicKey, data, signSm2(openShieldFile(file, '246810').sign, data))).to.equal(true)

    const back = await shield('soft-shield', 'export', desk.at('shield.json'), '--out', desk.at('out.pfx'), ...secrets())
    expect(back.exit, back.err).to.equal(0)
    const { keys } = await readPfx(readFileSync(desk.at('out.pfx')), 'pass word')
    expect(keys.map(({ certificate }) => certificate?.thumbprint)).to.have.members([sign.certificate.thumbprint, encrypt.certificate.thumbprint])
  })

  it('makes none that cannot sign, and none of a file whose password is wrong', async () => {
    const args = () => ['--bank', 'abc', '--out', desk.at('shield.json'), ...secrets()]
    expect((await shield('soft-shield', 'import', await pfx(encrypt), ...args())).exit).to.equal(3)
    const path = await pfx(sign)
    desk.put('password', 'another\n')
    const refused = await shield('soft-shield', 'import', path, ...args(), '--json')
    expect([refused.exit, JSON.parse(refused.out).error]).to.deep.equal([3, 'key_password_wrong'])
    desk.put('password', 'pass word\n')
    desk.put('pin', '1\n')
    expect(JSON.parse((await shield('soft-shield', 'import', path, ...args(), '--json')).out).error).to.equal('shield_pin_unfit')
    expect(() => readFileSync(desk.at('shield.json'))).to.throw()
  })

  it('writes over nothing unless told, and says which option is missing', async () => {
    desk.put('shield.json', 'mine')
    const args = ['soft-shield', 'import', await pfx(sign), '--bank', 'abc', '--out', desk.at('shield.json'), ...secrets()]
    expect((await shield(...args)).exit).to.equal(3)
    expect(readFileSync(desk.at('shield.json'), 'utf8')).to.equal('mine')
    expect((await shield(...args, '--force')).exit).to.equal(0)
    const lacking = await shield('soft-shield', 'import', 'x.pfx')
    expect([lacking.exit, lacking.out]).to.deep.equal([2, '--out is missing; --help tells what it is.\n'])
  })
})

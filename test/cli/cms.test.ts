import { createCipheriv, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { EXIT } from '../../server/cli/command.ts'
import { runCli } from '../../server/cli.ts'
import { algorithmFor } from '../../server/pki/algorithms.ts'
import { pem } from '../../server/pki/certificate.ts'
import { context, integer, nothing, octets, oid, primitive, sequence, setOf } from '../../server/pki/der-write.ts'
import { encryptSm2, exportPrivate } from '../../server/pki/sm2.ts'
import { makeRoot, makeUnder, type Party } from '../pki/hierarchy.ts'

const folder = mkdtempSync(join(tmpdir(), 'shield-cms-'))
const path = (name: string) => join(folder, name)
const content = randomBytes(3_000_000)
const root = makeRoot('CA')
const parties = {
  anna: makeUnder(root, 'anna'),
  bert: makeUnder(root, 'bert', {}, 'RSA'),
  box: makeUnder(root, 'box', { profile: 'encrypt' }),
  other: makeUnder(root, 'other', { profile: 'encrypt' }),
}

function keep(name: string, party: Party): void {
  writeFileSync(path(`${name}.pem`), pem(party.certificate.der))
  writeFileSync(path(`${name}.key`), pem(exportPrivate(party.privateKey), 'PRIVATE KEY'))
}

async function shield(...words: string[]) {
  const said = { out: '', err: '' }
  const exit = await runCli(['cms', ...words, '--json'], { env: {}, out: text => (said.out += text), err: text => (said.err += text) })
  return { exit, json: said.out === '' ? {} : JSON.parse(said.out), err: said.err }
}
async function text(...words: string[]): Promise<string> {
  let out = ''
  await runCli(['cms', ...words], { env: {}, out: said => (out += said), err: said => (out += said) })
  return out
}
const writeEmpty = (name: string) => {
  writeFileSync(path(name), '')
  return path(name)
}
const as = (name: string) => ['--cert', path(`${name}.pem`), '--key', path(`${name}.key`)]
const partials = () => readdirSync(folder).filter(name => name.includes('.partial'))

describe('shield cms', () => {
  before(() => {
    for (const [name, party] of Object.entries(parties)) keep(name, party)
    writeFileSync(path('bid.pdf'), content)
    mkdirSync(path('trust'))
    writeFileSync(path('trust/root.pem'), pem(root.certificate.der))
    mkdirSync(path('strangers'))
    writeFileSync(path('strangers/root.pem'), pem(makeRoot('Stranger').certificate.der))
  })
  after(() => rmSync(folder, { recursive: true }))

  it('signs beside a file, adds a second signer, and verifies both by path', async () => {
    const signed = await shield('sign', path('bid.pdf'), ...as('anna'))
    expect(signed).to.deep.include({ exit: EXIT.ok, err: '' })
    const added = await shield('sign', path('bid.pdf'), '--add', path('bid.pdf.p7s'), ...as('bert'), '--out', path('both.p7s'))
    expect(added.exit, added.err).to.equal(EXIT.ok)
    const { exit, json } = await shield(
      'verify',
      path('both.p7s'),
      '--content',
      path('bid.pdf'),
      '--trust',
      path('trust'),
      '--at',
      '2027-06-01T12:00:00Z',
    )
    expect(exit).to.equal(EXIT.ok)
    expect(json).to.deep.include({ ok: true, form: 'detached', size: content.length })
    expect(json.signers.map((each: { algorithm: string }) => each.algorithm)).to.have.members(['SM2', 'RSA'])
    expect(json.signers.every((each: { path: string[] }) => each.path.length === 2)).to.equal(true)
  })

  it('is not good when the file is another, the content is missing, or a signer leads to no root of the folder', async () => {
    writeFileSync(path('forged.pdf'), Buffer.from(content).fill(0, 100, 101))
    const message = path('both.p7s')
    expect((await shield('verify', message, '--content', path('forged.pdf'))).exit).to.equal(EXIT.found)
    expect((await shield('verify', message)).exit).to.equal(EXIT.found)
    const strangers = await shield('verify', message, '--content', path('bid.pdf'), '--trust', path('strangers'), '--at', '2027-06-01T12:00:00Z')
    expect(strangers.exit).to.equal(EXIT.found)
    expect(strangers.json.signers.map((each: { code: string }) => each.code)).to.deep.equal(['certificate_untrusted', 'certificate_untrusted'])
    expect(await text('verify', message, '--content', path('bid.pdf'))).to.include('was not asked')
  })

  it('signs into a message and takes the content out again, only when it is good', async () => {
    await shield('sign', path('bid.pdf'), ...as('anna'), ...as('bert'), '--attached')
    const out = path('taken.pdf')
    const verified = await shield('verify', path('bid.pdf.p7m'), '--out', out)
    expect(verified.exit, verified.err).to.equal(EXIT.ok)
    expect(readFileSync(out).equals(content)).to.equal(true)
    const bytes = readFileSync(path('bid.pdf.p7m'))
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
    writeFileSync(path('changed.p7m'), bytes)
    const changed = await shield('verify', path('changed.p7m'), '--out', path('never.pdf'))
    expect(changed.exit).to.equal(EXIT.found)
    expect(changed.json.signers.map((each: { ok: boolean }) => each.ok)).to.deep.equal([false, false])
    expect(existsSync(path('never.pdf'))).to.equal(false)
    expect(partials()).to.deep.equal([])
  })

  it('encrypts to several and decrypts for each', async () => {
    const made = await shield('encrypt', path('bid.pdf'), '--to', path('box.pem'), '--to', path('other.pem'), '--out', path('bid.p7e'))
    expect(made.exit, made.err).to.equal(EXIT.ok)
    for (const name of ['box', 'other']) {
      const opened = await shield('decrypt', path('bid.p7e'), ...as(name), '--out', path(`${name}.pdf`))
      expect(opened.exit, opened.err).to.equal(EXIT.ok)
      expect(readFileSync(path(`${name}.pdf`)).equals(content)).to.equal(true)
    }
  })

  it('leaves nothing behind when a message does not decrypt, and says no more than that', async () => {
    await shield('encrypt', path('bid.pdf'), '--to', path('box.pem'), '--out', path('one.p7e'))
    const bytes = readFileSync(path('one.p7e'))
    writeFileSync(path('short.p7e'), bytes.subarray(0, -16))
    // the last octet of the padding, 16, becomes 144
    bytes[bytes.length - 17] = (bytes[bytes.length - 17] ?? 0) ^ 0x80
    writeFileSync(path('end.p7e'), bytes)
    const answers = [await shield('decrypt', path('one.p7e'), ...as('other'), '--out', path('no.pdf'))]
    for (const name of ['short.p7e', 'end.p7e']) answers.push(await shield('decrypt', path(name), ...as('box'), '--out', path('no.pdf')))
    for (const answer of answers) {
      expect(answer).to.deep.equal({
        exit: EXIT.found,
        err: '',
        json: { ok: false, error: 'decryption_failed', facts: 'it cannot be decrypted with this key' },
      })
    }
    expect(existsSync(path('no.pdf'))).to.equal(false)
    expect(partials()).to.deep.equal([])
  })

  it('opens signed-and-enveloped data only when its signer is good', async () => {
    const [key, iv] = [randomBytes(16), randomBytes(16)]
    const cipher = createCipheriv('sm4-cbc', key, iv)
    const { anna, box } = parties
    const id = ({ certificate }: Party) => sequence(certificate.issuer.der, integer(Buffer.from(certificate.serial, 'hex')))
    const write = (over: Uint8Array) => {
      const digest = sequence(oid('1.2.156.10197.1.401'), nothing())
      const signature = octets(algorithmFor(anna.privateKey).sign(anna.privateKey, over))
      const signer = sequence(integer(1), id(anna), digest, sequence(oid('1.2.156.10197.1.301.1')), signature)
      const recipient = sequence(integer(1), id(box), sequence(oid('1.2.156.10197.1.301.3')), octets(encryptSm2(box.publicKey, key)))
      const inner = sequence(oid('1.2.156.10197.6.1.4.2.1'), sequence(oid('1.2.156.10197.1.104.2'), octets(iv)), primitive(0, body))
      const data = sequence(integer(1), setOf(recipient), setOf(digest), inner, context(0, anna.certificate.der), setOf(signer))
      return sequence(oid('1.2.156.10197.6.1.4.2.4'), context(0, data))
    }
    const body = Buffer.concat([cipher.update(content), cipher.final()])
    writeFileSync(path('good.p7'), write(content))
    writeFileSync(path('bad.p7'), write(Buffer.from('other')))
    expect((await shield('decrypt', path('good.p7'), ...as('box'), '--out', path('good.pdf'))).exit).to.equal(EXIT.ok)
    expect(readFileSync(path('good.pdf')).equals(content)).to.equal(true)
    expect((await shield('decrypt', path('bad.p7'), ...as('box'), '--out', path('bad.pdf'))).exit).to.equal(EXIT.found)
    expect(existsSync(path('bad.pdf'))).to.equal(false)
  })

  it('takes an encrypted key, with its passphrase out of a file', async () => {
    const key = parties.bert.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'geheim' })
    writeFileSync(path('locked.key'), key)
    writeFileSync(path('right.txt'), 'geheim\n')
    writeFileSync(path('wrong.txt'), 'falsch\n')
    const words = ['sign', path('bid.pdf'), '--cert', path('bert.pem'), '--key', path('locked.key'), '--out', path('locked.p7s')]
    expect((await shield(...words, '--passphrase-file', path('wrong.txt'))).exit).to.not.equal(EXIT.ok)
    expect(existsSync(path('locked.p7s'))).to.equal(false)
    const right = await shield(...words, '--passphrase-file', path('right.txt'))
    expect(right.exit, right.err).to.equal(EXIT.ok)
    expect((await shield('verify', path('locked.p7s'), '--content', path('bid.pdf'))).exit).to.equal(EXIT.ok)
  })

  it('tells how far it is with a large file, and says nothing else beside the answer', async () => {
    truncateSync(writeEmpty('large'), 70 * 1024 * 1024)
    const progress = Array.from({ length: 10 }, (_, i) => `${path('large')}: ${10 * (i + 1)} %\n`).join('')
    const signed = await shield('sign', path('large'), ...as('anna'), '--attached', '--out', path('large.p7m'))
    expect(signed).to.deep.include({ exit: EXIT.ok, err: progress })
    const taken = await shield('verify', path('large.p7m'), '--out', path('large.out'))
    expect(taken).to.deep.include({ exit: EXIT.ok, err: progress.replaceAll('large:', 'large.p7m:') })
  })

  it('never overwrites unless told', async () => {
    const before = readFileSync(path('bid.pdf.p7s'))
    const again = await shield('sign', path('bid.pdf'), ...as('bert'))
    expect(again.exit).to.equal(EXIT.usage)
    expect(readFileSync(path('bid.pdf.p7s')).equals(before)).to.equal(true)
    expect((await shield('decrypt', path('one.p7e'), ...as('box'), '--out', path('bid.pdf'))).exit).to.equal(EXIT.usage)
    expect((await shield('verify', path('bid.pdf.p7m'), '--out', path('bid.pdf'))).exit).to.equal(EXIT.usage)
    expect((await shield('sign', path('bid.pdf'), ...as('bert'), '--force')).exit).to.equal(EXIT.ok)
    expect(readFileSync(path('bid.pdf.p7s')).equals(before)).to.equal(false)
  })

  it('says what is wrong with the call', async () => {
    expect((await shield('sign', path('bid.pdf'), '--out', path('x'))).json.facts).to.include('who signs')
    expect((await shield('sign', path('bid.pdf'), '--cert', path('anna.pem'), ...as('bert'), '--out', path('x'))).exit).to.equal(EXIT.usage)
    expect((await shield('encrypt', path('bid.pdf'), '--out', path('x'))).json.facts).to.include('--to')
    expect((await shield('encrypt', path('bid.pdf'), '--to', path('box.pem'))).json.facts).to.include('--out')
    const mixed = await shield('sign', path('bid.pdf'), '--cert', path('anna.pem'), '--key', path('bert.key'), '--out', path('x'))
    expect(mixed).to.deep.include({ exit: EXIT.found })
    expect(mixed.json.error).to.equal('shield_key_mismatch')
    expect((await shield('encrypt', path('bid.pdf'), '--to', path('anna.pem'), '--out', path('x'))).json.error).to.equal('certificate_wrong_use')
    expect((await shield('sign', path('nothing'), ...as('anna'))).exit).to.equal(EXIT.failed)
    expect(existsSync(path('x'))).to.equal(false)
  })
})

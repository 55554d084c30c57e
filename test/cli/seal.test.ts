import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect } from 'chai'
import { EXIT } from '../../server/cli/command.ts'
import { systemClock } from '../../server/kernel/clock.ts'
import { pem } from '../../server/pki/certificate.ts'
import { issueCrl } from '../../server/pki/issue-revocation.ts'
import { exportPrivate, sm3 } from '../../server/pki/sm2.ts'
import type { Check, DocumentReport } from '../../server/seals/report.ts'
import { from, makeRoot, makeUnder, type Party, to } from '../pki/hierarchy.ts'
import { needsShared } from '../pki/outside.ts'
import { authorityOf, root as timeRoot, tsa } from '../pki/timestamp-stage.ts'
import { made as ofdOf } from '../seals/ofd/stage.ts'
import { rezip, unzip } from '../seals/ofd/zip.ts'
import { makeDocument } from '../seals/pdf/builder.ts'
import { type Desk, newDesk, shield } from './terminal.ts'

const root = makeRoot('演示根')
const parties = {
  company: makeUnder(root, '演示公司'),
  rsa: makeUnder(root, '演示公司 RSA', {}, 'RSA'),
  maker: makeUnder(root, '演示制章者'),
  other: makeUnder(root, '另一示例公司'),
}
const NAME = '示例建设有限公司'
const XML = '<?xml version="1.0" encoding="UTF-8"?>\n<bid><bidder>演示公司</bidder><price>100</price></bid>\n'
const PDF = makeDocument({ pages: 3, page: '/MediaBox [0 0 595 842]', content: 'BT /F1 18 Tf 200 400 Td (Seal here) Tj ET' })

interface Told extends DocumentReport {
  ok: boolean
  error?: string
  facts?: string
  trustAsked: boolean
  document: { digest: string; size: number }
}

describe('shield seal and shield verify', () => {
  let desk: Desk
  let pdf: string
  const as = (name: keyof typeof parties): string[] => ['--cert', desk.at(`${name}.pem`), '--key', desk.at(`${name}.key`)]
  const trust = (): string[] => ['--trust', desk.at('trust')]

  before(() => {
    desk = newDesk()
    for (const [name, { certificate, privateKey }] of Object.entries(parties) as [string, Party][]) {
      desk.put(`${name}.pem`, pem(certificate.der))
      desk.put(`${name}.key`, pem(exportPrivate(privateKey), 'PRIVATE KEY'))
    }
    desk.put('trust/root.pem', pem(root.certificate.der))
    desk.put('trust/root.crl', issueCrl({ issuer: root, thisUpdate: from, nextUpdate: to, number: 1, entries: [] }))
    desk.put('strangers/root.pem', pem(makeRoot('陌生根').certificate.der))
    pdf = desk.put('bid.pdf', PDF)
    desk.put('bid.xml', XML)
    desk.put('bid.ofd', ofdOf())
  })
  after(() => desk.clear())

  async function told(...words: string[]): Promise<{ exit: number; json: Told; err: string }> {
    const { exit, out, err } = await shield(...words, '--json')
    return { exit, json: out === '' ? {} : JSON.parse(out), err }
  }
  let made = 0
  /** Seals under a new name, and answers it. */
  async function sealed(file: string, ...words: string[]): Promise<string> {
    const out = desk.at(`sealed-${++made}`)
    const { exit, err, json } = await told('seal', file, ...words, '--out', out)
    expect(exit, `${err} ${json.facts}`).to.equal(EXIT.ok)
    return out
  }
  async function sealFile(...more: string[]): Promise<string> {
    const out = desk.at(`seal-${++made}.esl`)
    const maker = ['--maker-cert', desk.at('maker.pem'), '--maker-key', desk.at('maker.key')]
    const { exit, err, json } = await told('seal', 'make', '--name', NAME, '--cert', desk.at('company.pem'), ...maker, '--out', out, ...more)
    expect(exit, `${err} ${json.facts}`).to.equal(EXIT.ok)
    return out
  }
  const answers = ({ seals }: Told): string[] => seals.map(({ intact, trusted, valid }) => `${intact} ${trusted} ${valid}`)
  const refused = ({ seals, findings }: Told): string[] =>
    [...seals.flatMap(({ checks }) => checks), ...findings].filter(({ ok, of }: Check) => ok === 'no' && of !== 'note').map(({ code }) => code)
  /** A copy with one octet of this text changed. */
  function changed(file: string, text: string): string {
    const bytes = readFileSync(file)
    const at = bytes.indexOf(text)
    expect(at, text).to.be.above(0)
    bytes[at] = (bytes[at] ?? 0) ^ 1
    return desk.put(`changed-${++made}`, bytes)
  }

  for (const [title, words] of [
    ['at a place', ['--place', 'at:1,150,250', '--name', NAME]],
    ['on words and across the edges', ['--place', 'words:Seal here,1', '--place', 'edge:1-3', '--name', NAME, '--size', '36']],
    ['without a picture', ['--place', 'none']],
  ] as const) {
    it(`seals a PDF ${title}, and verifies it: intact, trusted, valid`, async () => {
      for (const who of ['company', 'rsa'] as const) {
        const { exit, json } = await told('verify', await sealed(pdf, ...as(who), ...words), ...trust())
        expect([exit, ...answers(json)]).to.deep.equal([EXIT.ok, 'yes yes yes'])
        expect(json).to.deep.include({ ok: true, format: 'pdf', trustAsked: true })
      }
    })
  }

  it('seals PDF and OFD with an electronic seal, and says which and whose', async () => {
    const seal = await sealFile('--id', 'DEMO-0001')
    for (const file of ['bid.pdf', 'bid.ofd']) {
      const out = await sealed(desk.at(file), ...as('company'), '--seal', seal, '--place', 'at:1,150,250')
      const { exit, json } = await told('verify', out, ...trust())
      expect([exit, ...answers(json)], file).to.deep.equal([EXIT.ok, 'yes yes yes'])
      expect(json.seals[0]).to.deep.include({ kind: 'ses' })
      expect(json.seals[0]?.seal).to.deep.include({ id: 'DEMO-0001', name: NAME, version: 4 })
      expect(json.document).to.deep.equal({ digest: sm3(readFileSync(out)), size: readFileSync(out).length })
    }
  })

  it('signs an OFD without an electronic seal, where it shows nothing', async () => {
    const { exit, json } = await told('verify', await sealed(desk.at('bid.ofd'), ...as('company'), '--place', 'none'), ...trust())
    expect([exit, json.format, json.seals[0]?.kind, ...answers(json)]).to.deep.equal([EXIT.ok, 'ofd', 'cms', 'yes yes yes'])
  })

  it('seals XML by SM2 and RSA', async () => {
    for (const who of ['company', 'rsa'] as const) {
      const { exit, json } = await told('verify', await sealed(desk.at('bid.xml'), ...as(who)), ...trust())
      expect([exit, json.format, ...answers(json)]).to.deep.equal([EXIT.ok, 'xml', 'yes yes yes'])
    }
  })

  it('signs a file of any kind beside itself, and attached messages verify by themselves', async () => {
    const file = desk.put('model.bin', Buffer.alloc(3_000_000, 7))
    const { exit, json } = await told('seal', file, ...as('company'), '--detached')
    expect(exit).to.equal(EXIT.ok)
    expect(json).to.deep.include({ out: `${file}.p7s`, format: 'cms' })
    const good = await told('verify', file, '--signature', `${file}.p7s`, ...trust())
    expect([good.exit, good.json.format, ...answers(good.json)]).to.deep.equal([EXIT.ok, 'cms', 'yes yes yes'])
    expect(good.json.document).to.deep.equal({ digest: sm3(readFileSync(file)), size: 3_000_000 })
    await shield('cms', 'sign', pdf, ...as('company'), '--attached', '--out', desk.at('carried.p7m'))
    const carried = await told('verify', desk.at('carried.p7m'), ...trust())
    expect([carried.exit, carried.json.format]).to.deep.equal([EXIT.ok, 'cms'])
  })

  it('asks a time-stamp authority, so that the time is proven', async () => {
    const authority = authorityOf(tsa.SM2, { clock: systemClock })
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      response.setHeader('content-type', 'application/timestamp-reply')
      response.end(await authority.answer(Buffer.concat(chunks)))
    })
    await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
    try {
      desk.put('both/root.pem', pem(root.certificate.der))
      desk.put('both/root.crl', issueCrl({ issuer: root, thisUpdate: from, nextUpdate: to, number: 1, entries: [] }))
      desk.put('both/tsa.pem', pem(timeRoot.certificate.der))
      const stamping = ['--tsa', `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, '--trust', desk.at('both')]
      const seal = await sealFile()
      for (const words of [
        [pdf, ...as('company'), '--place', 'none'],
        [desk.at('bid.ofd'), ...as('company'), '--seal', seal, '--place', 'none'],
        [desk.at('bid.xml'), ...as('rsa')],
      ]) {
        const { exit, json } = await told('verify', await sealed(words[0] ?? '', ...words.slice(1), ...stamping), '--trust', desk.at('both'))
        expect([exit, ...answers(json)], words[0]).to.deep.equal([EXIT.ok, 'yes yes yes'])
        expect(json.seals[0]?.provenAt, words[0]).to.match(/Z$/)
      }
      // a shield that was revoked the year after: what it sealed before stands only where the time is proven
      const entries = [{ serial: parties.company.certificate.serial, at: new Date('2035-01-01T00:00:00Z') }]
      desk.put('later/root.pem', pem(root.certificate.der))
      desk.put('later/tsa.pem', pem(timeRoot.certificate.der))
      desk.put('later/root.crl', issueCrl({ issuer: root, thisUpdate: from, nextUpdate: to, number: 3, entries }))
      const later = ['--trust', desk.at('later'), '--at', '2035-06-01T00:00:00Z']
      const proven = await told('verify', await sealed(pdf, ...as('company'), '--place', 'none', ...stamping), ...later)
      expect([proven.exit, ...answers(proven.json)]).to.deep.equal([EXIT.ok, 'yes yes yes'])
      const claimed = await told('verify', await sealed(pdf, ...as('company'), '--place', 'none'), ...later)
      expect([claimed.exit, ...answers(claimed.json)]).to.deep.equal([EXIT.ok, 'yes yes unknown'])
    } finally {
      server.close()
      server.closeAllConnections()
    }
  })

  it('tells a changed file of each format by name', async () => {
    const seal = await sealFile()
    const ofd = unzip(readFileSync(await sealed(desk.at('bid.ofd'), ...as('company'), '--seal', seal, '--place', 'at:1,150,250')))
    const content = 'Doc_0/Pages/Page_0/Content.xml'
    ofd.set(content, Buffer.from(ofd.get(content)?.toString().replace('投标人', '招标人') ?? ''))
    const changes: [string, string][] = [
      [changed(await sealed(pdf, ...as('company'), '--place', 'none'), 'Seal here'), 'digest'],
      [changed(await sealed(desk.at('bid.xml'), ...as('company')), '100'), 'digest'],
      [desk.put('changed.ofd', rezip(ofd)), 'reference-changed'],
    ]
    for (const [file, code] of changes) {
      const { exit, json } = await told('verify', file, ...trust())
      expect(exit, file).to.equal(EXIT.found)
      expect(json.ok).to.equal(false)
      expect(json.seals[0]?.intact).to.equal('no')
      expect(refused(json)).to.include(code)
    }
    const model = desk.put('plan.bin', 'plan')
    await told('seal', model, ...as('company'), '--detached')
    const other = await told('verify', desk.put('other.bin', 'plan B'), '--signature', `${model}.p7s`, ...trust())
    expect([other.exit, ...refused(other.json)]).to.deep.equal([EXIT.found, 'signature'])
  })

  it('trusts nobody and refuses nobody when no folder says whom', async () => {
    const file = await sealed(pdf, ...as('company'), '--place', 'none')
    const { exit, json } = await told('verify', file)
    expect([exit, json.trustAsked, ...answers(json)]).to.deep.equal([EXIT.ok, false, 'yes unknown unknown'])
    expect((await shield('verify', file)).out)
      .to.include('--trust')
      .and.to.include('[??]')
      .and.not.include('印章真实有效')
  })

  it('refuses a signer who leads to no root of the folder, and one who was revoked before', async () => {
    const file = await sealed(pdf, ...as('company'), '--place', 'none')
    const strangers = await told('verify', file, '--trust', desk.at('strangers'))
    expect([strangers.exit, strangers.json.seals[0]?.intact, ...refused(strangers.json)]).to.deep.equal([EXIT.found, 'yes', 'signer-chain'])
    const revoked = [{ serial: parties.company.certificate.serial, at: new Date('2026-02-01T00:00:00Z') }]
    desk.put('revoking/root.pem', pem(root.certificate.der))
    desk.put('revoking/root.crl', issueCrl({ issuer: root, thisUpdate: from, nextUpdate: to, number: 2, entries: revoked }))
    const gone = await told('verify', file, '--trust', desk.at('revoking'))
    expect([gone.exit, ...refused(gone.json)]).to.deep.equal([EXIT.found, 'signer-revocation'])
  })

  it('does not know about revocation without a list, and says so', async () => {
    desk.put('silent/root.pem', pem(root.certificate.der))
    const { exit, json } = await told('verify', await sealed(pdf, ...as('company'), '--place', 'none'), '--trust', desk.at('silent'))
    expect([exit, ...answers(json)]).to.deep.equal([EXIT.ok, 'yes yes unknown'])
  })

  it('judges as of another time when it is told', async () => {
    const file = await sealed(pdf, ...as('company'), '--place', 'none')
    const { exit, json } = await told('verify', file, ...trust(), '--at', '2026-02-01T00:00:00Z')
    expect([exit, ...refused(json)]).to.deep.equal([EXIT.found, 'time-claimed'])
  })

  it('says in one sentence what the file is worth, then every check with its sign, in both languages', async () => {
    const file = await sealed(pdf, ...as('company'), '--seal', await sealFile(), '--place', 'at:1,150,250')
    const { out } = await shield('verify', file, ...trust())
    expect(out).to.match(/^\[OK\] {2}文件没有改过，印章真实有效。\n {6}It was not changed, and every seal holds\.\n/)
    for (const words of [NAME, '演示公司', '保护范围 Covers: 整个文件', '未被修改 Intact: 是 yes', '[ok] signer-list (trusted)', '页 Pages: 1'])
      expect(out).to.include(words)
  })

  it('tells a seal that nobody has set, and a signature without its document', async () => {
    const file = await sealFile('--id', 'DEMO-0002')
    const bare = await told('verify', file, ...trust())
    expect([bare.exit, bare.json.format, ...answers(bare.json)]).to.deep.equal([EXIT.ok, 'seal', 'yes yes yes'])
    expect(bare.json.seals[0]).to.deep.include({ id: 'DEMO-0002', kind: 'ses' })
    const forged = await told('verify', changed(file, 'DEMO-0002'), ...trust())
    expect([forged.exit, ...refused(forged.json)]).to.deep.equal([EXIT.found, 'maker-signature'])
  })

  it('reads the seals and the signature that real makers left', async function () {
    const folder = join(needsShared(this, 'samples'), 'seal')
    for (const [name, version] of [
      ['UserV1.esl', 1],
      ['UserV4.esl', 4],
    ] as const) {
      const { json } = await told('verify', join(folder, name))
      expect([json.format, json.seals[0]?.seal?.version]).to.deep.equal(['seal', version])
      expect(json.seals[0]?.checks.find(({ code }) => code === 'maker-signature')?.ok, name).to.equal('yes')
    }
    const value = await told('verify', join(folder, 'SignedValueV4.dat'))
    expect(value.json.format).to.equal('ses')
    expect(value.json.seals[0]?.checks.find(({ code }) => code === 'digest')?.ok).to.equal('unknown')
    expect(value.json.seals[0]?.checks.find(({ code }) => code === 'signature')?.ok).to.equal('yes')
  })

  it('seals with no key but the certificate’s, and with no seal but the shield’s own', async () => {
    const mixed = await told('seal', pdf, '--cert', desk.at('company.pem'), '--key', desk.at('other.key'), '--place', 'none', '--out', desk.at('no'))
    expect([mixed.exit, mixed.json.error]).to.deep.equal([EXIT.found, 'shield_key_mismatch'])
    const seal = await sealFile()
    const stolen = await told('seal', pdf, ...as('other'), '--seal', seal, '--place', 'none', '--out', desk.at('no'))
    expect([stolen.exit, stolen.json.error]).to.deep.equal([EXIT.found, 'seal_wrong_shield'])
    const over = await sealFile('--from', '2026-02-01T00:00:00Z', '--until', '2026-03-01T00:00:00Z')
    const late = await told('seal', pdf, ...as('company'), '--seal', over, '--place', 'none', '--out', desk.at('no'))
    expect([late.exit, late.json.error]).to.deep.equal([EXIT.found, 'seal_not_in_force'])
    expect(() => readFileSync(desk.at('no'))).to.throw()
  })

  it('refuses places that are not there, and names what it takes', async () => {
    const place = (words: string) => told('seal', pdf, ...as('company'), '--name', NAME, '--place', words, '--out', desk.at('no'))
    for (const words of ['at:9,100,100', 'at:1,2000,100', 'words:无此词语', 'edge:2-9'])
      expect([(await place(words)).exit, (await place(words)).json.error], words).to.deep.equal([EXIT.found, 'seal_place_unusable'])
    for (const words of ['at:1,2', 'at:one,2,3', 'edge:3', 'corner', 'words:']) expect((await place(words)).exit, words).to.equal(EXIT.usage)
    expect(() => readFileSync(desk.at('no'))).to.throw()
  })

  it('says what is wrong with the call', async () => {
    const call = async (...words: string[]) => (await told('seal', ...words, '--out', desk.at('no'))).json.facts
    expect(await call(pdf, ...as('company'))).to.include('--place')
    expect(await call(pdf, ...as('company'), '--place', 'edge')).to.include('--picture')
    expect(await call(pdf, '--place', 'none')).to.include('--key')
    expect(await call(pdf, ...as('company'), '--place', 'none', '--tsa', 'http://localhost/')).to.include('--trust')
    expect(await call(desk.at('bid.xml'), ...as('company'), '--seal', await sealFile())).to.include('XML')
    expect(await call(pdf, ...as('company'), '--detached', '--place', 'edge')).to.include('--place')
    expect(await call(pdf, ...as('company'), '--seal', await sealFile(), '--name', NAME, '--place', 'none')).to.include('own picture')
    expect(await call('make', '--name', NAME)).to.include('whose')
    expect((await told('seal', pdf, ...as('company'), '--place', 'none', '--out', pdf)).exit).to.equal(EXIT.usage)
    expect(readFileSync(pdf).equals(PDF)).to.equal(true)
  })

  it('refuses bytes that are nothing it knows, and says so in both languages', async () => {
    const file = desk.put('letter.txt', 'hello')
    for (const words of [
      ['verify', file],
      ['verify', file, '--signature', file],
      ['seal', file, ...as('company'), '--place', 'none'],
    ])
      expect((await told(...words)).json, words[0]).to.deep.include({ ok: false, error: 'seal_document_unusable' })
    expect((await shield('verify', file)).out).to.include('这个文件不能盖章或验章')
    for (const bytes of [Buffer.of(), Buffer.of(0x30), Buffer.from('%PDF-1.7'), Buffer.from('<a><b></a>'), Buffer.from('PK\u0003\u0004OFD.xml')]) {
      const { exit } = await told('verify', desk.put('broken', bytes))
      expect(exit, bytes.toString()).to.equal(EXIT.found)
    }
    expect((await told('verify', desk.at('nowhere'))).exit).to.equal(EXIT.failed)
  })

  it('finds a document without a seal, which is not good', async () => {
    const { exit, json } = await told('verify', pdf, ...trust())
    expect([exit, json.ok, json.seals.length]).to.deep.equal([EXIT.found, false, 0])
  })
})

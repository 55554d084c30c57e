import { createPublicKey } from 'node:crypto'
import { expect } from 'chai'
import { EXIT } from '../../server/cli/command.ts'
import bid from '../../server/credit/model/bid.json' with { type: 'json' }
import { signDocument } from '../../server/credit/report/document.ts'
import { fixedClock } from '../../server/kernel/clock.ts'
import { makeUnderOwnRoot, readUnderOwnRoot } from '../../server/pki/own-root.ts'
import { crossCheck, generateSm2, importPrivateSm2 } from '../../server/pki/sm2.ts'
import { openCreditStage, START, TRACE } from '../credit/stage.ts'
import { openTestStores } from '../suites/memory-stores.ts'
import { copyPreparedDatabase } from '../suites/prepared-database.ts'
import { type Desk, newDesk, shield, shieldIn } from './terminal.ts'

describe('shield credit', function () {
  this.timeout(60_000)
  let desk: Desk
  let document: string
  let root: string
  before(async () => {
    desk = newDesk()
    const clock = fixedClock(START)
    const stage = await openCreditStage(await openTestStores({ clock }), clock)
    const boss = await stage.boss()
    await stage.credit.facts.record('center-a', [{ content: stage.fact(boss.uscc) }], TRACE)
    document = (await stage.credit.reports.take({ kind: 'bidder', subject: boss.uscc }, 'bid', TRACE)).document
    root = (await stage.credit.key()).root.thumbprint
    await stage.close()
  })
  after(() => desk.clear())

  it('verifies a report under the published root, and tells what it says', async () => {
    const { exit, out } = await shield('credit', 'verify', desk.put('report.json', document), '--root', root.toUpperCase())
    expect(exit).to.equal(EXIT.ok)
    expect(out).to.include('under the root you named').and.to.include('-120   行政处罚')
    const without = await shield('credit', 'verify', desk.at('report.json'), '--json')
    expect(JSON.parse(without.out)).to.include({ ok: true, root })
  })

  it('refuses one that was changed, one under another’s root, and what is no report', async () => {
    const changed = document.replace(/\\"score\\":(\d)/, (_, digit) => `\\"score\\":${9 - Number(digit)}`)
    expect(changed).not.to.equal(document)
    expect((await shield('credit', 'verify', desk.put('changed.json', changed))).out).to.include('the signature is not over this content')
    const { content } = JSON.parse(document) as { content: string }
    const keys = { holder: generateSm2().privateKey, root: generateSm2().privateKey }
    const own = readUnderOwnRoot(
      makeUnderOwnRoot(keys, { holder: 'Credit Report SM2', root: 'Credit Report Root SM2' }, { from: new Date(START), years: 1 }),
      importPrivateSm2,
    )
    const forged = desk.put('forged.json', signDocument(content, own))
    expect((await shield('credit', 'verify', forged, '--root', root)).out).to.include('another root')
    const mixed = JSON.parse(document)
    mixed.signature.certificate = own.certificate.der.toString('base64')
    expect((await shield('credit', 'verify', desk.put('mixed.json', JSON.stringify(mixed)), '--root', root)).exit).to.equal(EXIT.found)
    for (const text of ['', '{}', '[1]', `${document}x`])
      expect((await shield('credit', 'verify', desk.put('none.json', text))).exit).to.equal(EXIT.found)
    for (const other of ['{"a":1}', 'not JSON', 'null'])
      expect((await shield('credit', 'verify', desk.put('other.json', signDocument(other, own)))).out).to.include('NOT A CREDIT REPORT')
    const commands = content.replace('行政处罚', '\\u001b[2J行政处罚')
    const said = await shield('credit', 'verify', desk.put('commands.json', signDocument(commands, own)))
    expect(said.out).to.include('行政处罚').and.not.to.include('\u001b')
    expect((await shield('credit', 'verify', desk.at('report.json'), '--root', 'abc')).exit).to.equal(EXIT.usage)
  })

  it('enters a formula as a revision, and says what is wrong with another', async () => {
    const env = { SHIELD_MODE: 'sandbox', SHIELD_DATA_DIR: desk.at('data') }
    await copyPreparedDatabase(desk.at('data'))
    const good = desk.put('bid.json', JSON.stringify({ ...bid, version: '2027.1' }))
    const entered = await shieldIn(env, ['credit', 'enter', good, '--as', '王芳', '--json'])
    expect([entered.exit, JSON.parse(entered.out)]).to.deep.equal([EXIT.ok, { report: 'bid', revision: 1 }])
    expect(JSON.parse((await shieldIn(env, ['credit', 'enter', good, '--as', '王芳', '--json'])).out).revision).to.equal(2)
    const bad = desk.put('bad.json', JSON.stringify({ ...bid, most: 7 }))
    const refused = await shieldIn(env, ['credit', 'enter', bad, '--as', '王芳'])
    expect(refused.exit).to.equal(EXIT.found)
    expect(refused.out).to.include('credit_model_malformed').and.to.include('factors come to 1000')
  })

  it('signs so that OpenSSL and sm-crypto both verify it over the octets of the content', () => {
    const { content, signature } = JSON.parse(document)
    const key = createPublicKey({ key: publicPem(signature.certificate), format: 'pem' })
    expect(crossCheck(key, Buffer.from(content, 'utf8'), Buffer.from(signature.value, 'base64'))).to.equal(true)
  })
})

const publicPem = (certificate: string): string =>
  `-----BEGIN CERTIFICATE-----\n${certificate.replaceAll(/(.{64})/g, '$1\n').trimEnd()}\n-----END CERTIFICATE-----\n`

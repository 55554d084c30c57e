import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import { expect } from 'chai'
import express, { type Express } from 'express'
import request from 'supertest'
import { requestContext } from '../../server/http/context.ts'
import { securityHeaders } from '../../server/http/headers.ts'
import { errorHandler, notFound } from '../../server/http/respond.ts'
import { failures } from '../../server/kernel/failures.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { issueCrl } from '../../server/pki/issue-revocation.ts'
import { pem } from '../../server/pki/pem.ts'
import { createRevocation, type Revocation } from '../../server/pki/revocation.ts'
import { trustPageRoutes } from '../../server/trust/page-routes.ts'
import { decisionCommand } from '../../server/trust/pages/changes.ts'
import { ruleWords } from '../../server/trust/pages/reasoning.ts'
import { assetsRouter } from '../../server/web/assets.ts'
import { horizonAt } from '../../server/web/horizon.ts'
import { errorPage } from '../../server/web/pages/error.ts'
import { accessibilityFaults, complaints, newContext, sidewaysScroll, tabTo, useBrowser } from '../browser/support.ts'
import { at, from, makeRoot, makeUnder } from '../pki/hierarchy.ts'
import { ca, caRow, company, list, national, nationalRow, openStage, otherCa, put, type Stage, shield, shieldOf, uscc } from './stage.ts'

const DAY = 86_400_000
const inDays = (days: number) => new Date(at.getTime() + days * DAY).toISOString()
const LIST = 'http://crl.example/province.crl'
const badCa = makeUnder(national, 'Bad CA', { profile: 'ca' })
const listed = shieldOf(ca, { crlUrl: LIST })
const text = (document: string) => document.replaceAll(/<script[\s\S]*?<\/script>|<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ')
/** the table row or block of markup that mentions it */
const rowOf = (document: string, mention: string) => text((document.match(/<tr[ >][\s\S]*?<\/tr>/g) ?? []).find(row => row.includes(mention)) ?? '')

interface House {
  stage: Stage
  app: Express
  source: { down: boolean; revoked: string[] }
  page(path: string): Promise<string>
  explain(fields: Record<string, string>, status?: number): Promise<string>
}

/** A management port of its own, with a register and a real revocation service whose only network is one list. */
async function openHouse(): Promise<House> {
  const source = { down: false, revoked: [] as string[] }
  const holder: { revocation?: Revocation } = {}
  const stage = await openStage({ revocation: { check: async (...asked) => holder.revocation?.check(...asked) } })
  const { clock, register, stores } = stage
  const network: typeof fetch = async () => {
    if (source.down) throw new TypeError('fetch failed')
    const entries = source.revoked.map(serial => ({ serial, at: from }))
    const der = issueCrl({ issuer: ca, entries, number: 1, thisUpdate: clock.now(), nextUpdate: new Date(clock.now().getTime() + DAY) })
    return new Response(new Uint8Array(der))
  }
  const revocation = createRevocation({ fetch: network, clock, log: silentLog, allowHosts: register.allowsHost, ruleFor: register.ruleFor })
  holder.revocation = revocation
  const app = express()
  app.use(requestContext({ clock, log: silentLog }), securityHeaders({ https: false }))
  app.use('/assets', assetsRouter())
  app.use('/trust', trustPageRoutes({ register, known: stores.knownCertificates, clock, revocation }))
  app.use(notFound, errorHandler({ page: errorPage, publicUrl: 'http://localhost' }))
  return {
    stage,
    app,
    source,
    page: async path => (await request(app).get(path).expect(200)).text,
    explain: async (fields, status = 200) =>
      (await request(app).post('/trust/explain').set('Accept', 'text/html').type('form').send(fields).expect(status)).text,
  }
}

/** A list with one CA in each state. */
const rows = () => [
  nationalRow(),
  caRow({
    hosts: ['crl.example'],
    qualification: { state: 'qualified', number: '国密资0042', from: from.toISOString(), until: inDays(20) },
    filing: { state: 'filed', number: '苏备2026-7', authority: '江苏省密码管理局' },
    fees: { certificateFen: 20_000, note: '首年免费' },
    algorithmSwitch: { at: inDays(200), to: 'SM2' },
    revocation: {
      login: { when: 'always', sources: ['crl'], lastKnownGood: 7200, recheckAfter: 600, ocsp: { method: 'post', nonce: 'required' } },
      seal: { when: 'known-only', sources: ['ocsp', 'crl'], lastKnownGood: 0, recheckAfter: 600, ocsp: { method: 'get', nonce: 'optional' } },
    },
  }),
  caRow({ id: 'leaving-ca', name: { zh: '将退出的机构', en: 'Leaving' }, region: '浙江', banks: ['ccb'], leaves: inDays(60) }, otherCa),
  caRow({ id: 'left-ca', name: { zh: '已退出的机构', en: 'Left' }, leaves: inDays(-5) }, otherCa),
  caRow({ id: 'later-ca', name: { zh: '将加入的机构', en: 'Later' }, joins: inDays(10), filing: { state: 'to-correct' } }, otherCa),
  caRow({ id: 'bad-ca', name: { zh: '失信的机构', en: 'Bad' }, distrusted: { since: inDays(-1), why: '私钥泄露' } }, badCa),
]

describe('the operator’s pages of the trust list', () => {
  let house: House
  beforeEach(async () => {
    house = await openHouse()
  })
  afterEach(() => house.stage.close())

  describe('the list', () => {
    it('says that it is empty and how to fill it', async () => {
      expect(text(await house.page('/trust')))
        .to.contain('列表是空的')
        .and.contain('shield trust import')
    })

    it('shows each CA with its state and the date of it, uses, holders, qualification, filing, region, banks and certificates', async () => {
      await list(house.stage, ...rows())
      await house.stage.stores.knownCertificates.add([
        {
          thumbprint: 'a'.repeat(64),
          issuer: 'b'.repeat(32),
          serial: '1',
          subjectName: 'x',
          caId: 'province-ca',
          notAfter: inDays(9),
          algorithm: 'SM2',
        },
      ])
      const document = await house.page('/trust')
      for (const [id, ...said] of [
        ['province-ca', '有效', '登录、签章、加密', '企业、个人', '政务资质', '2027-06-21', '已备案', '江苏', '机构 1', '持有人 1'],
        ['national', '有效', '仅作上级', '无政务资质', '未登记'],
        ['leaving-ca', '即将退出', '2027-07-31', '浙江', 'ccb', '持有人 0'],
        ['left-ca', '已退出', '2027-05-27'],
        ['later-ca', '尚未加入', '2027-06-11', '需整改'],
        ['bad-ca', '已撤销信任', '2027-05-31'],
      ] as const)
        for (const each of said) expect(rowOf(document, `/trust/cas/${id}`), id).to.contain(each)
    })

    it('is searched by name, id, region, bank and number, whatever the width of letters, and by state and use', async () => {
      await list(house.stage, ...rows())
      const found = async (query: string) =>
        [...(await house.page(`/trust?${query}`)).matchAll(/<th scope="row"><a href="\/trust\/cas\/([^"]*)"/g)].map(([, id]) => id)
      expect(await found('q=%E6%B5%99%E6%B1%9F')).to.deep.equal(['leaving-ca'])
      expect(await found(`q=${encodeURIComponent('ＣＣＢ')}`)).to.deep.equal(['leaving-ca'])
      expect(await found(`q=${encodeURIComponent('国密资0042')}`)).to.deep.equal(['province-ca'])
      expect(await found('q=&state=distrusted&use=')).to.deep.equal(['bad-ca'])
      expect(await found('use=none')).to.deep.equal(['national'])
      expect(await found('q=nowhere')).to.deep.equal([])
      expect(text(await house.page('/trust?q=nowhere'))).to.contain('共 6 家，符合条件 0 家')
      for (const bad of ['state=good', 'page=0', 'page=x', `q=${'x'.repeat(81)}`, 'q=a&q=b'])
        await request(house.app).get(`/trust?${bad}`).expect(400)
    })

    it('stays bounded with 500 CAs, and every one is on some page', async function () {
      this.timeout(60_000)
      await list(
        house.stage,
        ...Array.from({ length: 500 }, (_, i) => caRow({ id: `ca-${i}`, name: { zh: `机构${i}`, en: `CA ${i}` }, leaves: inDays(i + 1) })),
      )
      const seen = new Set<string>()
      for (let number = 1; number <= 10; number++) {
        const document = await house.page(`/trust?page=${number}`)
        expect(document.length).to.be.below(120_000)
        for (const [, id = ''] of document.matchAll(/<th scope="row"><a href="\/trust\/cas\/([^"]*)"/g)) seen.add(id)
      }
      expect(seen.size).to.equal(500)
      expect(await house.page('/trust?page=99')).to.contain('10 / 10')
      expect((await house.page('/trust/ends')).length).to.be.below(250_000)
      expect((await house.page('/trust/changes')).length).to.be.below(60_000)
    })

    it('shows open proposals with their lines and the command that approves them, and offers no button that would', async () => {
      const { register } = house.stage
      const { id } = await register.propose({ by: 'Li Na', why: '省厅来函', changes: put(caRow()) })
      for (const path of ['/trust', '/trust/changes']) {
        const document = await house.page(path)
        for (const said of ['Li Na', '省厅来函', '加入', 'province-ca', `shield trust approve ${id} --as`, '没有个人登录'])
          expect(text(document), said).to.contain(said)
        expect(document).not.to.contain('method="post"').and.not.contain('/trust/cas/province-ca', 'a link to a row that is not there yet')
      }
      await request(house.app).post('/trust').expect(404)
      await register.approve({ id, by: 'Wang Wei' })
      const after = text(await house.page('/trust'))
      for (const said of ['现行版本 Version in force 1', 'Li Na', '批准人 approved by Wang Wei', '省厅来函']) expect(after).to.contain(said)
      expect(after).not.to.contain('shield trust approve')
    })

    it('prints a command that the terminal takes as meant, even for an id that begins with a hyphen', () => {
      for (const id of ['-ybaaW4872pL', '--aaW4872pLx', 'ybaaW4872pL-', '7baaW4872pL_']) {
        const words = decisionCommand('approve', id).split(' ').slice(1)
        const { positionals, values } = parseArgs({ args: words, allowPositionals: true, options: { as: { type: 'string' } } })
        expect([positionals, values.as]).to.deep.equal([['trust', 'approve', id], '姓名'])
      }
    })

    it('pages through the versions, the newest first, with the fields that changed in words', async () => {
      await list(house.stage, caRow())
      for (let i = 0; i < 25; i++) await house.stage.register.change({ by: 'Li Na', why: `第${i}次`, changes: put(caRow({ region: `地区${i}` })) })
      const first = await house.page('/trust/changes')
      expect(text(first)).to.contain('第 26 版').and.contain('更改').and.contain('地区 region').and.not.contain('第 6 版')
      const [, older = ''] = /href="(\/trust\/changes\?before=\d+)"/.exec(first) ?? []
      expect(text(await house.page(older)))
        .to.contain('第 6 版')
        .and.contain('第 1 版')
        .and.not.contain('第 7 版')
    })
  })

  describe('what ends next', () => {
    it('lists every date to come, the soonest first, and flags what ran out under a CA in force', async () => {
      const old = makeUnder(national, 'Old CA', { profile: 'ca', notAfter: new Date(inDays(-3)) })
      await list(house.stage, ...rows(), caRow({ id: 'old-ca', name: { zh: '忘了续的机构', en: 'Old' } }, old))
      const document = await house.page('/trust/ends')
      const [, ahead = ''] = document.split('id="dates"')
      const told = ['将加入的机构', '省级认证中心', '将退出的机构', '算法切换', '机构证书到期'].map(each => text(ahead).indexOf(each))
      expect(told).to.not.include(-1)
      expect(told).to.deep.equal([...told].sort((a, b) => a - b))
      expect(text(document)).to.contain('有 1 项已经过期').and.contain('忘了续的机构')
      expect(document).to.match(/<div class="lanes horizon" aria-hidden="true">/)
    })

    it('draws what is nearer further left, within the picture', () => {
      const places = [-1, 1, 5, 40, 100, 800, 5000, 50_000].map(days => horizonAt(days * DAY))
      expect(places).to.deep.equal([...places].sort((a, b) => a - b))
      expect([places[0], places.at(-1)]).to.deep.equal([0, 1000])
      expect(new Set(places).size).to.equal(places.length)
    })

    it('shows each revocation source: never asked, current, then ended with its last error', async () => {
      await list(house.stage, ...rows())
      expect(text(await house.page('/trust/ends'))).to.contain('还没有查过任何来源')
      await house.explain({ certificate: pem(listed.der) })
      const fresh = rowOf(await house.page('/trust/ends'), 'crl.example')
      for (const said of ['吊销列表', '在有效期内', '2027-06-01 20:00', '2027-06-02 20:00', 'CN=Province CA']) expect(fresh).to.contain(said)
      house.source.down = true
      house.stage.clock.advance(3 * DAY)
      await house.explain({ certificate: pem(listed.der) })
      const ended = rowOf(await house.page('/trust/ends'), 'crl.example')
      for (const said of ['已过期，不可用', '签发于 3 天前', 'revocation_unknown', 'cannot be reached']) expect(ended).to.contain(said)
    })
  })

  describe('a CA’s own page', () => {
    it('says everything of its row, its rules in words and its certificates', async () => {
      await list(house.stage, ...rows())
      const said = text(await house.page('/trust/cas/province-ca'))
      for (const each of [
        '省级认证中心',
        '登录、签章、加密',
        '国密资0042',
        '江苏省密码管理局',
        '苏备2026-7',
        '¥200.00',
        '首年免费',
        'crl.example',
        'cfca-cn',
        '2027-12-18 起须为 SM2',
      ])
        expect(said, each).to.contain(each)
      expect(said).to.contain('必须证明未被吊销；查不到就拒绝；依次查吊销列表；每 10 分钟重新查；来源不答时，过期列表最多再用 2 小时')
      expect(said).to.contain('查不到也放行').and.contain('默认规则')
      expect(said).to.contain(ca.certificate.thumbprint).and.contain('中间')
    })

    it('tells what happened to the row by version, shows an old version as such, and a removed CA’s history', async () => {
      const { register } = house.stage
      await list(house.stage, caRow())
      await register.change({ by: 'Zhang San', why: '改了地区', changes: put(caRow({ region: '上海' })) })
      const now = text(await house.page('/trust/cas/province-ca'))
      for (const each of ['上海', '第 2 版', 'Zhang San', '改了地区', '第 1 版', 'they join']) expect(now).to.contain(each)
      const then = text(await house.page('/trust/cas/province-ca?version=1'))
      expect(then).to.contain('江苏').and.contain('这是第 1 版时的内容，现行的是第 2 版')
      await register.change({ by: 'Zhang San', why: '机构合并', changes: [{ kind: 'remove', id: 'province-ca' }] })
      const gone = await request(house.app).get('/trust/cas/province-ca').expect(404)
      expect(text(gone.text)).to.contain('已不在列表中').and.contain('移除').and.contain('机构合并')
      for (const path of ['/trust/cas/nobody', '/trust/cas/province-ca?version=99', `/trust/cas/${'x'.repeat(3000)}`])
        await request(house.app).get(path).expect(404)
    })
  })

  it('owns up where a version changed so much that its summary cannot say whether this row was in it', async () => {
    const many = Array.from({ length: 300 }, (_, i) => caRow({ id: `ca-${i}`, name: { zh: `${'长'.repeat(90)}${i}`, en: 'x' } }))
    await list(house.stage, ...many)
    await house.stage.register.change({ by: 'Li Na', why: 'one of them', changes: put({ ...caRow({ id: 'ca-299', name: { zh: '短', en: 'x' } }) }) })
    expect(text(await house.page('/trust/cas/ca-0')))
      .to.contain('加入')
      .and.not.contain('摘要不全')
      .and.not.contain('one of them')
    expect(text(await house.page('/trust/cas/ca-299')))
      .to.contain('摘要不全')
      .and.contain('one of them')
    await request(house.app).get('/trust/cas/never-there').expect(404)
  })

  describe('explaining a certificate', () => {
    beforeEach(() => list(house.stage, ...rows()))

    it('tells an accepted one in plain words, with its path, every chapter, and the source and age of its revocation', async () => {
      const said = text(await house.explain({ certificate: pem(listed.der), use: 'login', holder: 'enterprise', at: '' }))
      for (const each of [
        `认可。由省级认证中心签发，属于${company}，2027-06-01 可用于登录`,
        uscc,
        'CN=Province CA',
        'CN=National',
        '未被吊销',
        LIST,
        '在有效期内',
      ])
        expect(said, each).to.contain(each)
      for (const each of ['一、读取证书', '二、', '三、试过的证书路径', '四、', '五、', '六、吊销', '七、结论']) expect(said).to.contain(each)
      expect(said).not.to.contain('没有走到这一步')
      await house.explain({ certificate: pem(shieldOf(ca, { crlUrl: 'http://crl.example/other.crl' }).der) })
      expect(await house.explain({ certificate: pem(listed.der) }), 'a list that this certificate does not name').not.to.contain('other.crl')
    })

    it('shows each candidate of the right name that was tried and did not sign it', async () => {
      const twin = makeUnder(national, 'Province CA', { profile: 'ca' })
      await list(house.stage, caRow({ id: 'twin-ca', name: { zh: '同名的机构', en: 'Twin' } }, twin))
      const impostor = makeUnder(national, 'Province CA', { profile: 'ca' })
      const document = await house.explain({ certificate: pem(shieldOf(impostor, { crlUrl: LIST }).der) })
      const tried = [...document.matchAll(/<tr[ >][\s\S]*?<\/tr>/g)].map(([row]) => text(row)).filter(row => row.includes('候选上级'))
      for (const { certificate } of [ca, twin])
        expect(tried.find(row => row.includes(`is not by`) && row.includes(certificate.serial))).to.contain('不是，换下一个')
      expect(text(document)).to.contain('certificate_untrusted').and.contain('没有走到这一步')
    })

    it('asks every rule in words: none is shown by its bare name', async () => {
      const document = await house.explain({ certificate: pem(listed.der) })
      expect(document).not.to.contain('Path: ')
      expect(text(document)).to.contain(ruleWords['validity']?.zh).and.contain(ruleWords['building']?.zh)
    })

    for (const [what, fields, code] of [
      ['a CA that is not on the list', { certificate: pem(shieldOf(makeRoot('Stranger')).der) }, 'trust_ca_unlisted'],
      ['a certificate of a CA that is distrusted', { certificate: pem(shieldOf(badCa).der) }, 'trust_ca_distrusted'],
      ['one whose CA is none of the bank’s', { certificate: pem(shield.der), bank: 'ccb' }, 'certificate_untrusted'],
      ['a use before its CA joined', { certificate: pem(listed.der), at: '2025-12-31T23:59' }, 'trust_ca_not_in_force'],
      ['a use after it expired', { certificate: pem(shieldOf(ca, { notAfter: new Date(inDays(-1)) }).der) }, 'certificate_expired'],
      ['a CA certificate taken for a shield', { certificate: pem(national.certificate.der) }, 'certificate_wrong_use'],
      ['a holder that its row does not have', { certificate: pem(listed.der), holder: 'device' }, 'trust_scope'],
      ['text that is no certificate', { certificate: 'hello' }, 'certificate_malformed'],
      ['a PEM block of noise', { certificate: pem(Buffer.alloc(3000, 0x30)) }, 'certificate_malformed'],
    ] as const) {
      it(`refuses ${what} with the sentence of its code`, async () => {
        const document = await house.explain(fields)
        const [, found = ''] = /<a href="\/errors\/([a-z_]+)">/.exec(document) ?? []
        expect(found).to.equal(code)
        expect(text(document)).to.contain('不认可').and.contain(failures[code].zh)
      })
    }

    it('says that a certificate is revoked, and when the source is silent that it could not be found out', async () => {
      house.source.revoked = [listed.serial]
      expect(text(await house.explain({ certificate: pem(listed.der) })))
        .to.contain('已被吊销')
        .and.contain('certificate_revoked')
      const silent = shieldOf(ca, { crlUrl: 'http://elsewhere.example/x.crl' })
      expect(text(await house.explain({ certificate: pem(silent.der) }))).to.contain('查不到')
    })

    it('takes CA certificates along as candidates and trusts none of them', async () => {
      const between = makeUnder(ca, 'Between', { profile: 'ca' })
      const leaf = shieldOf(between, { crlUrl: LIST })
      const alone = await house.explain({ certificate: pem(leaf.der) })
      expect(text(alone)).to.contain('不认可')
      const together = text(await house.explain({ certificate: pem(leaf.der) + pem(between.certificate.der) }))
      expect(together).to.contain('1 张，只作候选上级').and.contain('CN=Between')
      const strange = makeRoot('Strange')
      expect(text(await house.explain({ certificate: pem(shieldOf(strange).der) + pem(strange.certificate.der) }))).to.contain('不认可')
    })

    it('bounds what is pasted: more than 64 KB is told on the page, a whole flood before it is read', async () => {
      const document = await house.explain({ certificate: 'A'.repeat(64 * 1024 + 1) }, 413)
      expect(text(document)).to.contain(failures.too_large.zh)
      expect(document.length).to.be.below(20_000)
      expect(text(await house.explain({ certificate: 'A'.repeat(400_000) }, 413))).to.contain(failures.too_large.zh)
      for (const bad of [{ use: 'everything' }, { holder: 'cat' }, { at: '2027-13-45T99:99' }, { at: 'yesterday' }, { bank: '../x' }])
        await house.explain({ certificate: 'x', ...bad }, 400)
    })

    it('keeps its shape when the subject and the pasted text are attacks', async () => {
      const hostile = `</textarea><script>alert(1)</script>"'><img src=x>`
      const subject = makeUnder(ca, hostile, { crlUrl: LIST }).certificate
      for (const certificate of [pem(subject.der), hostile]) {
        const document = await house.explain({ certificate })
        expect(document).not.to.contain('<script>alert').and.not.contain('<img')
      }
    })
  })

  const PATHS = ['/trust', '/trust?state=leaving', '/trust/ends', '/trust/changes', '/trust/explain', '/trust/cas/province-ca', '/trust/cas/bad-ca']

  it('every page is a document a strict policy admits, with one h1, unique ids, a label for each field, and links of this site alone', async () => {
    await list(house.stage, ...rows())
    await house.stage.register.propose({ by: 'Li Na', why: 'more', changes: put(caRow({ id: 'new-ca' })) })
    const documents = [
      ...(await Promise.all(PATHS.map(house.page))),
      await house.explain({ certificate: pem(listed.der) }),
      await house.explain({ certificate: 'x' }),
    ]
    for (const document of documents) {
      expect(document).to.match(/^<!doctype html>\n<html lang="zh-CN">/)
      expect(document.match(/<h1[ >]/g)).to.have.length(1)
      expect(document).not.to.match(/<script(?![^>]* src="\/assets\/)|<style|<iframe|<base/)
      for (const tag of document.match(/<[a-z][^>]*>/g) ?? []) expect(tag).not.to.match(/\s(?:style|on[a-z]+)\s*=/)
      for (const [, address = ''] of document.matchAll(/ (?:href|src|action)="([^"]*)"/g))
        expect(address).to.match(/^(?:\/(?!\/)|#(?:content|certificate)$)/)
      const ids = [...document.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id)
      expect(ids).to.deep.equal([...new Set(ids)])
      for (const [, id] of document.matchAll(/ aria-labelledby="([^"]*)"/g)) expect(ids).to.include(id)
      for (const [field] of document.matchAll(/<(?:input|select|textarea)[^>]*>/g))
        expect(document).to.contain(`<label for="${/ id="([^"]*)"/.exec(field)?.[1]}">`)
    }
  })

  describe('in a browser', function () {
    this.timeout(120_000)
    const browser = useBrowser()
    let server: Server

    afterEach(() => {
      server?.close()
      server?.closeAllConnections()
    })

    for (const [viewport, scheme] of [
      ['desktop', 'light'],
      ['phone', 'dark'],
    ] as const) {
      it(`on a ${viewport}, ${scheme}: nothing to complain about, and a certificate is explained by keyboard alone`, async () => {
        await list(house.stage, ...rows())
        await house.stage.register.propose({ by: 'Li Na', why: 'more', changes: put(caRow({ id: 'new-ca' })) })
        server = createServer(house.app).listen(0, '127.0.0.1')
        await once(server, 'listening')
        const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
        const context = await newContext(browser(), { viewport, scheme })
        const page = await context.newPage()
        const heard = complaints(page)
        const look = async (name: string) => {
          expect(await sidewaysScroll(page), `sideways scroll on ${name}`).to.equal(0)
          expect(await accessibilityFaults(page), name).to.deep.equal([])
        }
        for (const path of PATHS) {
          expect((await page.goto(base + path))?.status(), path).to.equal(200)
          await look(path)
        }
        await page.goto(`${base}/trust/explain`)
        await tabTo(page, '#certificate')
        await page.keyboard.insertText(pem(listed.der))
        await tabTo(page, 'form.question button')
        await page.keyboard.press('Enter')
        await page.locator('.notice-good', { hasText: '认可' }).waitFor()
        await look('an explained certificate')
        // a font still under way when the person went on is no fault of the page
        expect(heard.filter(line => !line.includes('ERR_ABORTED'))).to.deep.equal([])
        await context.close()
      })
    }
  })
})

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { centerProgram } from '../../server/sandbox/center-program.ts'
import { HttpBrowser } from '../../server/sandbox/http-browser.ts'
import { logIn } from '../../server/sandbox/walk.ts'
import { makeDocument } from '../seals/pdf/builder.ts'
import { makeSeal } from './seal-steps.ts'
import { openStage, type Stage } from './stage.ts'
import { useBrowser, type Viewport } from './support.ts'
import { visit } from './visit.ts'
import { crew, enterWorkbench, signAtWorkbench } from './workbench-steps.ts'

/** A center's own page, on another site and under a strict policy of its own, with our script in it. */
describe('sealing from a center’s page', function () {
  this.timeout(300_000)
  const browser = useBrowser()
  let stage: Stage
  let center: Server
  let bid: string
  /** what the center's own page is, and its policy */
  const served = { body: '', policy: '' }
  before(async function () {
    this.timeout(120_000)
    stage = await openStage()
    center = createServer((_req, res) => {
      res.setHeader('content-type', 'text/html; charset=utf-8')
      if (served.policy !== '') res.setHeader('content-security-policy', served.policy)
      res.end(served.body)
    })
    await new Promise<void>(resolve => center.listen(0, '127.0.0.1', resolve))
    bid = `http://127.0.0.1:${(center.address() as AddressInfo).port}/bid`
    const { clients } = stage.sandbox.app.stores
    const known = await clients.find('demo-center')
    if (known === undefined) throw new Error('no demonstration center')
    await clients.put({ ...known, metadata: { ...known.metadata, redirect_uris: [`${stage.urls.center}/callback`, bid] } })
  })
  after(async () => {
    center?.close()
    await stage?.close()
  })
  const houses = () => [...stage.houses, new URL(bid).origin]

  const pageOf = (signUrl: string, watchUrl: string) => `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>演示中心</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<script type="module" src="${stage.urls.broker}/assets/shared-shield-seal.v1.js"></script></head>
<body><main><h1>投标</h1><shared-shield-seal sign-url="${signUrl}" watch-url="${watchUrl}">用共享盾盖章</shared-shield-seal></main></body></html>`
  const policy = () =>
    `default-src 'none'; script-src ${stage.urls.broker}; connect-src ${stage.urls.broker}; style-src 'none'; base-uri 'none'; require-trusted-types-for 'script'`

  let keys = 0
  async function api(path: string, body: object): Promise<Record<string, string>> {
    const center = centerProgram(stage.sandbox.plan, '/api/seals', ['seals.tasks'])
    const answer = await center.send('POST', `/${path}`, body, { 'idempotency-key': `key-of-the-page-${++keys}` })
    return answer.body as Record<string, string>
  }

  for (const viewport of ['desktop', 'phone'] as const satisfies Viewport[]) {
    it(`opens a window of ours and hears how far it is, on a ${viewport}`, async () => {
      const nth = viewport === 'desktop' ? 0 : 1
      const [boss] = await crew(stage, nth)
      const { plan, bank } = stage.sandbox
      const shield = bank.shields('abc').find(({ serial }) => serial === boss.serial)
      if (shield === undefined) throw new Error('the bank does not know the shield')
      await logIn({ plan, bank, browser: new HttpBrowser(() => Date.now()) }, { bank: 'abc', shield })
      const { page, context, look, leave } = await visit(browser(), houses(), { name: `seal-center-${viewport}`, viewport, patience: 20_000 })
      await enterWorkbench(stage, page, boss)
      await makeSeal(stage, { page, look: async () => undefined }, boss)
      const content = makeDocument({ page: '/MediaBox [0 0 595 842]' }).toString('base64')
      const task = await api('tasks', {
        company: boss.company.uscc,
        title: `投标函 ${nth}`,
        documents: [{ content, name: '投标函.pdf', places: [{ kind: 'at', page: 1, x: 150, y: 240 }] }],
      })
      expect(task['watch_url'], JSON.stringify(task)).to.be.a('string')

      Object.assign(served, { body: pageOf(task['sign_url'] ?? '', task['watch_url'] ?? ''), policy: policy() })
      await page.goto(bid)
      await page.evaluate(`window.heard = []; for (const name of ['seal-opened', 'seal-prepared', 'seal-signed', 'seal-finished', 'seal-failed'])
        document.addEventListener(name, ({ detail }) => heard.push([name, detail.sealed]))`)
      const opening = context.waitForEvent('page')
      await page.getByRole('button', { name: '用共享盾盖章' }).click()
      const window = await opening
      await look('waiting', '投标')
      await window.locator('#seal-sheet canvas').waitFor()
      await window.getByText('位置由发起方指定').waitFor()
      expect(await window.locator('button.seal-stamp').count(), 'a place that the center asked for stays').to.equal(0)
      expect(await window.evaluate('window.opener'), 'no handle on the page that opened it').to.equal(null)
      await signAtWorkbench(window, boss)
      await window.getByText('全部盖好了').waitFor()
      await window.close()
      await page.getByText('全部盖好了').waitFor()
      // what happens between two looks is told at once, each in its order
      expect(await page.evaluate('heard.map(([name]) => name)')).to.deep.equal(['seal-opened', 'seal-prepared', 'seal-signed', 'seal-finished'])
      expect(await page.evaluate('heard.at(-1)')).to.deep.equal(['seal-finished', 1])
      await look('finished', '投标')
      await leave()
    })
  }

  it('follows no address of another site, and says so', async () => {
    const { page, context, leave } = await visit(browser(), houses(), { name: 'seal-center-wrong', viewport: 'desktop' })
    Object.assign(served, { body: pageOf('https://elsewhere.example/workbench', 'https://elsewhere.example/watch'), policy: policy() })
    await page.goto(bid)
    await page.getByRole('button', { name: '用共享盾盖章' }).click()
    await page.getByText('盖章地址不正确').waitFor()
    expect(context.pages()).to.have.length(1)
    await leave()
  })
})

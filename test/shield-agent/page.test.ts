import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import express from 'express'
import type { BrowserContext, Page } from 'playwright-core'
import { type AgentOptions, type RunningAgent, startAgent } from '../../bank-adapters/shield-agent/agent.ts'
import { createSoftwareDriver } from '../../bank-adapters/shield-agent/software-driver.ts'
import { allowOnPage, securityHeaders } from '../../server/http/headers.ts'
import { shieldPage } from '../../server/login/pages/shield.ts'
import { verifySm2 } from '../../server/pki/sm2.ts'
import { assetsRouter } from '../../server/web/assets.ts'
import { accessibilityFaults, complaints, newContext, screenshot, sidewaysScroll, useBrowser } from '../browser/support.ts'
import { newBank, newFolder, newShield, PIN, wrongPin } from './shields.ts'

const TEXT = '共享盾登录确认\n用途:登录\n登录:演示交易中心(demo)\n随机:0011'

/** The shield page, the script and the agent together, as a person meets them: in a browser, under the page's real content policy. */
describe('the shield page with an agent, in a browser', function () {
  this.timeout(60_000)
  const browser = useBrowser()
  const bank = newBank('Mock ABC CA')
  const shield = newShield(bank)
  const foreign = newShield(newBank('Another Bank CA'), { label: '别家银行的盾' })
  const origins: string[] = []
  let folder: ReturnType<typeof newFolder>
  let agent: RunningAgent
  let server: Server
  let base: string
  let context: BrowserContext
  let page: Page
  let sent: Record<string, string>[]

  before(async () => {
    const app = express()
    app.use(securityHeaders({ https: false }))
    app.use('/assets', assetsRouter())
    app.get('/page', (_, res) => {
      allowOnPage(res, { connect: [agent.url] })
      const help = { zh: '请到农行柜台。', en: 'Ask at the counter.' }
      const name = { zh: '农行', en: 'ABC' }
      res.type('html').send(
        shieldPage({
          loginId: 'l1',
          center: '演示交易中心',
          bank: { id: 'abc', name, help },
          agentUrl: agent.url,
          text: TEXT,
          issuers: ['Mock ABC CA'],
          trace: 'K7QM-3F9T',
        }),
      )
    })
    app.post('/login/l1/shield', express.urlencoded({ extended: false }), (req, res) => {
      sent.push(req.body)
      res.send('received')
    })
    server = createServer(app).listen(0, '127.0.0.1')
    await once(server, 'listening')
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    origins.push(base)
  })
  after(() => {
    server?.close()
    server?.closeAllConnections()
  })

  async function open(options: Partial<AgentOptions> = {}, ...files: (typeof shield)[]): Promise<void> {
    folder.plugIn(...files.map(({ file }) => file))
    agent = await startAgent({ driver: createSoftwareDriver(folder.path), allowedOrigins: origins, ...options })
    await page.goto(`${base}/page`)
  }
  const state = (name: string) => page.locator(`#shield-status[data-state="${name}"]`).waitFor()
  const status = () => page.locator('#shield-status').textContent()

  beforeEach(async () => {
    sent = []
    folder = newFolder()
    context = await newContext(browser())
    page = await context.newPage()
  })
  afterEach(async () => {
    await context?.close()
    await agent?.close()
    folder?.remove()
  })

  function expectSigned(): void {
    expect(sent).to.have.length(1)
    expect(sent[0]).to.include({ algorithm: 'SM2', certificate: shield.file.signCertificate })
    expect(verifySm2(shield.sign.certificate.publicKey, Buffer.from(TEXT), Buffer.from(sent[0]?.['signature'] ?? '', 'base64'))).to.equal(true)
  }

  it('signs by keyboard where the PIN is entered on the page, and sends no PIN', async () => {
    const heard = complaints(page)
    await open({ pinInPage: 'allowed' }, shield, foreign)
    await state('ready')
    expect(await page.locator('#shield-select option').allInnerTexts()).to.deep.equal(['示范甲的盾'])
    await page.locator('#shield-pin').focus()
    await page.keyboard.type(PIN)
    await page.keyboard.press('Enter')
    await page.waitForURL('**/login/l1/shield')
    expectSigned()
    expect(JSON.stringify(sent)).not.to.contain(PIN)
    expect(heard).to.deep.equal([])
  })

  it('says how many tries are left, warns before the last, and says when the shield is locked', async () => {
    await open({ pinInPage: 'allowed' }, shield)
    await state('ready')
    for (const words of ['5 次', '4 次', '3 次', '2 次', '最后 1 次', '已锁定']) {
      await page.locator('#shield-pin').fill(wrongPin())
      await page.locator('#shield-sign').click()
      await page.locator(`#shield-status:has-text("${words}")`).waitFor()
      expect(await page.locator('#shield-pin').inputValue()).to.equal('')
    }
    expect(sent).to.deep.equal([])
    await page.reload()
    await page.locator('#shield-status:has-text("已锁定")').waitFor()
  })

  it('leads to the agent’s own window, where the words stand and the PIN is asked', async () => {
    await open({}, shield)
    await state('ready')
    expect(await page.locator('input[type=password]').count()).to.equal(0)
    const popup = context.waitForEvent('page')
    await page.locator('#shield-sign').click()
    const window = await popup
    await window.locator('#words').waitFor()
    await state('asking')
    expect(new URL(window.url()).host).to.equal(new URL(agent.url).host)
    expect(await window.locator('#words').textContent()).to.equal(TEXT)
    expect(await window.locator('main').textContent()).to.contain(base)
    expect(await accessibilityFaults(window)).to.deep.equal([])
    expect(await sidewaysScroll(window)).to.equal(0)
    await screenshot(window, 'shield-agent-window')
    await window.keyboard.type(wrongPin())
    await window.keyboard.press('Enter')
    await window.locator('[role=alert]:has-text("还可以试 5 次")').waitFor()
    expect(await accessibilityFaults(window)).to.deep.equal([])
    await window.keyboard.type(PIN)
    // the window may be gone before the key is up again
    await Promise.all([window.waitForEvent('close'), window.keyboard.press('Enter').catch(() => undefined)])
    await page.waitForURL('**/login/l1/shield')
    expectSigned()
  })

  it('lets a person decline, and close the window, and still sign after', async () => {
    await open({}, shield)
    await state('ready')
    const press = async (): Promise<Page> => {
      const popup = context.waitForEvent('page')
      await page.locator('#shield-sign').click()
      const window = await popup
      await window.locator('#words').waitFor()
      return window
    }
    await (await press()).locator('button.second').click()
    await page.locator('#shield-status:has-text("没有确认签名")').waitFor()
    await (await press()).close()
    await page.locator('#shield-status:has-text("窗口已关闭")').waitFor()
    const window = await press()
    await window.locator('#pin').fill(PIN)
    await window.locator('button').first().click()
    await page.waitForURL('**/login/l1/shield')
    expectSigned()
  })

  it('follows shields in and out, and offers only those of the bank', async () => {
    await open({}, foreign)
    await state('empty')
    expect(await page.locator('[data-shield-help="empty"]').isVisible()).to.equal(true)
    expect(await page.locator('#shield-sign').isDisabled()).to.equal(true)
    folder.plugIn(shield.file)
    await state('ready')
    folder.pullOut(shield.file)
    await state('empty')
  })

  it('says what to do when the agent is not there, and goes on when it comes', async () => {
    await open({}, shield)
    await state('ready')
    const { port } = agent
    await agent.close()
    await state('missing')
    expect(await status()).to.contain('启动盾助手')
    expect(await page.locator('[data-shield-help="missing"]').isVisible()).to.equal(true)
    agent = await startAgent({ driver: createSoftwareDriver(folder.path), allowedOrigins: origins, port })
    await state('ready')
  })

  it('finds no agent when the agent does not know the page’s origin', async () => {
    await open({ allowedOrigins: ['https://other.test'] }, shield)
    await state('missing')
  })
})

import { createCipheriv, createHash } from 'node:crypto'
import { expect } from 'chai'
import express from 'express'
import type { BrowserContext, Page } from 'playwright-core'
import { type AgentOptions, type RunningAgent, startAgent } from '../../bank-adapters/shield-agent/agent.ts'
import { createSoftwareDriver } from '../../bank-adapters/shield-agent/software-driver.ts'
import { inspect, openBid, withBidderKey } from '../../server/bids/envelope/open.ts'
import { holderOf } from '../../server/bids/envelope/part.ts'
import { allowOnPage, securityHeaders } from '../../server/http/headers.ts'
import { assetsRouter } from '../../server/web/assets.ts'
import { bidForm } from '../../server/web/bid-form.ts'
import { page as frame } from '../../server/web/frame.ts'
import { html } from '../../server/web/markup.ts'
import { createPlatform, listen } from '../bids/browser/platform.ts'
import { all, contentOf, parties } from '../bids/envelope/stage.ts'
import { newBank, newFolder, newShield, PIN, USCC, wrongPin } from '../shield-agent/shields.ts'
import { accessibilityFaults, complaints, newContext, screenshot, sidewaysScroll, useBrowser } from './support.ts'

const MiB = 1024 * 1024
/** Repeatable octets, quickly. */
const many = (octets: number): Buffer => createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(octets))
const base64 = (der: Buffer) => der.toString('base64')

/** Page, script, worker, agent and a platform together: a bidder hands a bid in, under the page's real content policy. */
describe('a bid handed in, in a browser', function () {
  this.timeout(300_000)
  const browser = useBrowser()
  const bank = newBank('Mock ABC CA')
  const shield = newShield(bank)
  const rsa = newShield(bank, { kind: 'RSA-single', label: '旧盾' })
  const facts = {
    opening: 'o1',
    center: 'demo-center',
    project: 'JG2027-0001',
    section: '001',
    drill: false,
    opens_at: '2027-06-01T01:30:00.000Z',
    bidder: { uscc: USCC, name: '演示建设有限公司' },
    rescue: {
      threshold: 2,
      custodians: parties.custodians.map(({ certificate }) => base64(certificate.der)),
      platform: base64(parties.platform.certificate.der),
    },
    limits: { envelope: 50 * MiB, piece: 8 * MiB },
  }
  const origins: string[] = []
  let stamp: string
  let platform: ReturnType<typeof createPlatform>
  let running: Awaited<ReturnType<typeof listen>>
  let folder: ReturnType<typeof newFolder>
  let agent: RunningAgent
  let context: BrowserContext
  let page: Page
  let heard: string[]

  beforeEach(async () => {
    stamp = '1'
    platform = createPlatform()
    const app = express()
    app.use(securityHeaders({ https: false }))
    app.use('/assets', assetsRouter())
    app.get('/workbench/bids/o1', (req, res) => {
      allowOnPage(res, { connect: [agent.url] })
      const app = req.query['app'] === 'yes' ? { certificate: base64(parties.second.certificate.der), until: '2029-01-01' } : undefined
      const body = bidForm({ facts: '/workbench/bids/o1/facts', next: '/workbench/bids/o1/done', agentUrl: agent.url, app })
      // as a page of an opening that changes while it is looked at
      const watched = req.query['watched'] === 'yes' && html`<div data-progress="/workbench/bids/o1/state" data-stamp="1"></div>`
      const scripts = ['shield-agent.js', 'progress.js']
      res.type('html').send(frame({ title: { zh: '提交标书', en: 'Hand in a bid' }, scripts, body: html`${watched}${body}` }))
    })
    app.get('/workbench/bids/o1/done', (_, res) => void res.type('html').send('<!doctype html><title>done</title><h1>done</h1>'))
    app.get('/workbench/bids/o1/state', (_, res) => void res.json({ stamp }))
    app.get('/workbench/bids/o1/facts', (_, res) => void res.json(facts))
    platform.mount(app, '/workbench/bids/o1/envelopes')
    running = await listen(app)
    origins.push(running.base)
    folder = newFolder()
    context = await newContext(browser())
    page = await context.newPage()
    context.setDefaultTimeout(120_000)
    heard = complaints(page)
  })
  afterEach(async () => {
    await context?.close()
    await agent?.close()
    running?.close()
    folder?.remove()
  })

  async function open(plugged: (typeof shield)[], options: Partial<AgentOptions> = { pinInPage: 'allowed' }, query = ''): Promise<void> {
    folder.plugIn(...plugged.map(({ file }) => file))
    agent = await startAgent({ driver: createSoftwareDriver(folder.path), allowedOrigins: origins, ...options })
    await page.goto(`${running.base}/workbench/bids/o1${query}`)
    await page.locator('#shield-status[data-state="ready"]').waitFor()
  }
  const choose = (content: Buffer) =>
    page.getByLabel('标书文件').setInputFiles({ name: '投标文件.pdf', mimeType: 'application/pdf', buffer: content })
  async function press(pin = PIN): Promise<void> {
    await page.locator('#shield-pin').fill(pin)
    await page.locator('#shield-sign').click()
  }
  const status = (words: string) => page.locator(`#shield-status:has-text("${words}")`).waitFor()
  const handedIn = () => page.waitForURL('**/done', { timeout: 240_000 })

  async function stored() {
    const [[id, envelope] = ['', undefined], ...more] = platform.envelopes
    if (envelope === undefined || more.length > 0) throw new Error('not one envelope')
    return { id, ...envelope }
  }
  async function expectOpens(content: Buffer, privateKey = shield.encrypt?.privateKey): Promise<void> {
    if (privateKey === undefined) throw new Error('no key')
    const { id, received } = await stored()
    const opened = await openBid(received, withBidderKey(holderOf(privateKey)))
    expect(opened.header.id).to.equal(id)
    expect(opened.cover).to.deep.include({ bidder: facts.bidder })
    expect(opened.cover.content).to.deep.equal({
      name: '投标文件.pdf',
      size: content.length,
      sm3: createHash('sm3').update(content).digest('hex'),
    })
    expect((await all(opened.content)).equals(content)).to.equal(true)
  }

  it('of 20 MB, over a line that breaks twice, is opened by the platform with the shield’s key, and nobody read it on the way', async () => {
    const content = many(20 * 1000 * 1000)
    const breaks = new Map([
      ['PUT', 3],
      ['PUT lost', 5],
    ])
    let puts = 0
    platform.fault = req => {
      if (req.method !== 'PUT') return undefined
      puts += 1
      return puts === breaks.get('PUT') ? 'before' : puts === breaks.get('PUT lost') ? 'after' : undefined
    }
    await open([shield])
    expect(await accessibilityFaults(page)).to.deep.equal([])
    expect(await sidewaysScroll(page)).to.equal(0)
    await choose(content)
    // held at the second piece, so that it can be looked at while it works
    let release: () => void = () => undefined
    const held = new Promise<void>(resolve => {
      release = resolve
    })
    platform.gate = () => (puts === 2 ? held : Promise.resolve())
    await press()
    const bar = page.getByRole('progressbar', { name: '提交进度' })
    await bar.waitFor()
    await status('正在加密、核对并上传')
    expect(await page.locator('[data-bid-step="shield"]').getAttribute('data-state')).to.equal('done')
    expect(Number(await bar.evaluate(element => (element as HTMLProgressElement).value)))
      .to.be.greaterThan(20)
      .and.lessThan(99)
    expect(await accessibilityFaults(page)).to.deep.equal([])
    await screenshot(page, 'bid-form-sending-desktop')
    release()
    await handedIn()
    await expectOpens(content)
    const { id, received, registered } = await stored()
    expect(registered).to.deep.equal([shield.file.encryptCertificate])
    expect(received.includes(content.subarray(5_000_000, 5_000_032))).to.equal(false)
    // the browser sends again by itself what met with a closed line; where an answer was lost, it is asked
    expect(platform.asked).to.include(`GET /${id}`)
    // one way or the other: the browser itself may have sent the piece whose answer was lost again
    const faults = /409|ERR_ABORTED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|ERR_CONTENT_LENGTH_MISMATCH|ERR_INCOMPLETE_CHUNKED/
    expect(heard.filter(line => !faults.test(line))).to.deep.equal([])
    const { header } = await inspect(received)
    expect(header.rescue?.custodians.map(each => each.certificate)).to.deep.equal(parties.custodians.map(({ certificate }) => certificate.thumbprint))
  })

  it('to the shield in hand and a bank’s app, opens with either; unticked, with the shield alone', async () => {
    const app = base64(parties.second.certificate.der)
    await open([shield], undefined, '?app=yes')
    await choose(contentOf(100))
    await press()
    await handedIn()
    expect((await stored()).registered).to.deep.equal([shield.file.encryptCertificate, app])
    await expectOpens(contentOf(100))
    await expectOpens(contentOf(100), parties.second.privateKey)
    platform.envelopes.clear()
    await page.goto(`${running.base}/workbench/bids/o1?app=yes`)
    await page.locator('#shield-status[data-state="ready"]').waitFor()
    await choose(contentOf(100))
    await page.locator('#bid-also-app').uncheck()
    await press()
    await handedIn()
    expect((await stored()).registered).to.deep.equal([shield.file.encryptCertificate])
  })

  it('of nothing, by an older shield with an RSA key', async () => {
    await open([rsa])
    await choose(Buffer.alloc(0))
    await press()
    await handedIn()
    await expectOpens(Buffer.alloc(0), rsa.sign.privateKey)
    // what was still under way when the page went on is no fault of it
    expect(heard.filter(line => !line.includes('ERR_ABORTED'))).to.deep.equal([])
  })

  it('with the PIN in the agent’s own window', async () => {
    await open([shield], { pinInPage: 'own-window' })
    await choose(contentOf(100))
    const popup = context.waitForEvent('page')
    await page.locator('#shield-sign').click()
    const window = await popup
    expect(await window.locator('#words').textContent()).to.contain('用盾解密一份数据')
    await window.close()
    await status('窗口已关闭')
    const again = context.waitForEvent('page')
    await page.locator('#shield-sign').click()
    const second = await again
    await second.locator('#pin').fill(PIN)
    await second.locator('button').first().click()
    await handedIn()
    await expectOpens(contentOf(100))
  })

  it('goes nowhere from a shield that does not open what is encrypted to its certificate', async () => {
    const other = newShield(bank, { label: '换过证书的盾' })
    await open([{ ...shield, file: { ...shield.file, encryptCertificate: other.file.encryptCertificate } }])
    await choose(contentOf(100))
    await press()
    await status('这个盾解不开')
    expect(platform.asked).to.deep.equal([])
    expect(await page.locator('#bid-encrypt-work').isVisible()).to.equal(false)
  })

  it('goes nowhere with a wrong PIN, without a file, or larger than the platform takes', async () => {
    await open([shield])
    await press()
    expect(await page.locator('#bid-plain').evaluate(input => (input as HTMLInputElement).validity.valueMissing)).to.equal(true)
    await choose(contentOf(100))
    await press(wrongPin())
    await status('PIN 码不正确')
    const { envelope } = facts.limits
    try {
      facts.limits.envelope = 1000
      await press()
      await status('超过平台允许的大小')
    } finally {
      facts.limits.envelope = envelope
    }
    expect(platform.asked).to.deep.equal([])
  })

  it('is cancelled by a press, registers nothing, and can be begun again', async () => {
    await open([shield])
    await choose(many(3 * MiB))
    let release: () => void = () => undefined
    const held = new Promise<void>(resolve => {
      release = resolve
    })
    platform.gate = () => held
    await press()
    await page.locator('[data-bid-step="encrypt"][data-state="now"]').waitFor()
    await page.locator('#bid-encrypt-cancel').click()
    await status('已取消')
    release()
    expect([...platform.envelopes.values()].some(each => each.registered !== undefined)).to.equal(false)
    platform.envelopes.clear()
    platform.gate = async () => undefined
    await press()
    await handedIn()
    await expectOpens(many(3 * MiB))
  })

  it('is not broken off by a page that would load itself anew', async () => {
    await page.clock.install()
    await open([shield], { pinInPage: 'allowed' }, '?watched=yes')
    await choose(contentOf(100))
    let release: () => void = () => undefined
    const held = new Promise<void>(resolve => {
      release = resolve
    })
    platform.gate = () => held
    await press()
    await page.locator('[data-bid-step="encrypt"][data-state="now"]').waitFor()
    stamp = '2'
    await page.clock.runFor(20_000)
    expect(await page.locator('[data-bid-step="encrypt"]').getAttribute('data-state')).to.equal('now')
    release()
    await handedIn()
    await expectOpens(contentOf(100))
  })

  it('says in the platform’s own words why it is not taken, on a phone too', async () => {
    await page.setViewportSize({ width: 360, height: 780 })
    await open([shield])
    await choose(contentOf(100))
    platform.fault = req => (req.path.endsWith('/register') ? 'refused' : undefined)
    await press()
    await status('已经截止')
    expect(await sidewaysScroll(page)).to.equal(0)
    await screenshot(page, 'bid-form-refused-phone')
  })
})

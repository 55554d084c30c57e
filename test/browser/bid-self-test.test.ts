import { expect } from 'chai'
import express from 'express'
import type { BrowserContext, Page } from 'playwright-core'
import { type RunningAgent, startAgent } from '../../bank-adapters/shield-agent/agent.ts'
import { createSoftwareDriver } from '../../bank-adapters/shield-agent/software-driver.ts'
import { decryptForm } from '../../server/bids/pages/shield-page.ts'
import { partsOf } from '../../server/bids/parts.ts'
import { allowOnPage, securityHeaders } from '../../server/http/headers.ts'
import { verifyCms } from '../../server/pki/cms.ts'
import type { Bid } from '../../server/storage/stores-bids.ts'
import { assetsRouter } from '../../server/web/assets.ts'
import { page as frame } from '../../server/web/frame.ts'
import { html } from '../../server/web/markup.ts'
import { listen } from '../bids/browser/platform.ts'
import { contentOf, envelopeOf } from '../bids/envelope/stage.ts'
import { newBank, newFolder, newShield, PIN } from '../shield-agent/shields.ts'
import { complaints, newContext, useBrowser } from './support.ts'

const TEXT = '标书自检:先试签名,再试解密\n项目:示例'

/** The self-test with the agent's own window, where the page never sees a PIN: a window for the signature, another for the decryption, and only then the outcome. */
describe('a self-test of a bid with the agent’s own window, in a browser', function () {
  this.timeout(120_000)
  const browser = useBrowser()
  const shield = newShield(newBank('Mock ABC CA'))
  const folder = newFolder()
  /** what the page sent, by address */
  let sent: [string, Record<string, unknown>][]
  let envelope: Buffer
  let running: Awaited<ReturnType<typeof listen>>
  let agent: RunningAgent
  let context: BrowserContext
  let page: Page
  let heard: string[]
  const origins: string[] = []

  before(async () => {
    if (shield.encrypt === undefined) throw new Error('a shield of one key')
    envelope = await envelopeOf(contentOf(300_000), { recipients: [shield.encrypt.certificate] })
    folder.plugIn(shield.file)
  })
  after(() => folder.remove())
  beforeEach(async () => {
    sent = []
    const app = express()
    app.use(securityHeaders({ https: false }), express.json())
    app.use('/assets', assetsRouter())
    app.get('/', (_, res) => {
      allowOnPage(res, { connect: [agent.url] })
      const body = decryptForm({
        ...{ use: 'test', envelope: '/envelope', signs: { text: TEXT, action: '/signature' }, parts: '/parts', action: '/outcome' },
        ...{ summary: html``, button: { zh: '插盾自检', en: 'Test' }, agentUrl: agent.url, whose: { zh: '盾', en: 'shield' }, back: '/back' },
      })
      res.type('html').send(frame({ title: { zh: '签名和解密自检', en: 'Self-test' }, scripts: ['shield-agent.js'], body }))
    })
    app.get('/envelope', (_, res) => void res.type('application/octet-stream').send(envelope))
    app.post(['/signature', '/outcome', '/parts'], async (req, res) => {
      sent.push([req.path, req.body])
      if (req.path === '/signature') res.json({ ok: true })
      else if (req.path === '/outcome') res.json({ next: '/done' })
      else
        res.json(
          await partsOf(
            (async function* () {
              yield envelope
            })(),
            { certificates: [{ thumbprint: '', notAfter: '' }] } as unknown as Bid,
            req.body.certificate,
          ),
        )
    })
    app.get('/done', (_, res) => void res.type('html').send('<!doctype html><title>done</title><h1>done</h1>'))
    running = await listen(app)
    origins.splice(0, 1, running.base)
    agent = await startAgent({ driver: createSoftwareDriver(folder.path), allowedOrigins: origins, pinInPage: 'own-window' })
    context = await newContext(browser())
    page = await context.newPage()
    heard = complaints(page)
    await page.goto(running.base)
    await page.locator('#shield-sign:enabled').waitFor()
  })
  afterEach(async () => {
    await context.close()
    await agent.close()
    running.close()
  })

  async function press(): Promise<Page> {
    const opened = context.waitForEvent('page')
    await page.locator('#shield-sign').click()
    return await opened
  }
  async function confirm(window: Page, words: string): Promise<void> {
    await window.locator('#words', { hasText: words }).waitFor()
    await window.locator('#pin').fill(PIN)
    await window.locator('button').first().click()
  }

  it('signs the words on the page, decrypts to the end, and sends the signature and the outcome alone', async () => {
    const window = await press()
    await confirm(window, TEXT)
    await confirm(window, '用盾解密一份数据')
    await page.waitForURL('**/done')
    const [[, signature], [, parts], [, outcome]] = sent as [[string, { text: string; cms: string }], [string, object], [string, object]]
    expect(signature.text).to.equal(TEXT)
    const { content, signer } = verifyCms({ cms: signature.cms })
    expect([content.toString('utf8'), signer.thumbprint]).to.deep.equal([TEXT, shield.sign.certificate.thumbprint])
    expect(Object.keys(parts)).to.deep.equal(['certificate'])
    expect(outcome).to.have.keys('ok', 'part').and.include({ ok: true })
    expect(heard).to.deep.equal([])
  })

  it('sends nothing where the person closes the window, and is begun again by another press', async () => {
    const closed = await press()
    await closed.locator('#words', { hasText: TEXT }).waitFor()
    await closed.close()
    await page.locator('#shield-status:has-text("窗口已关闭")').waitFor()
    expect(sent).to.deep.equal([])
    const window = await press()
    await confirm(window, TEXT)
    await confirm(window, '用盾解密一份数据')
    await page.waitForURL('**/done')
    expect(sent.map(([path]) => path)).to.deep.equal(['/signature', '/parts', '/outcome'])
  })
})

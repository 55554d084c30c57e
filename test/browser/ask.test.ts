import { once } from 'node:events'
import { expect } from 'chai'
import type { Response } from 'express'
import { phonePage } from '../../server/login/pages/phone.ts'
import { servePages } from './page-server.ts'
import { newContext, useBrowser } from './support.ts'

const LOGIN = 'fQ3xY0pLr7cVbn2Ksd8Wm1Za'
const ASK = 'aQ3xY0pLr7cVbn2Ksd8Wm1Zb'

/** The screen where a login by phone began, once the phone has said yes: it goes on at once, and once only. What it goes on to can be used one time. */
describe('a screen that waits for a phone', function () {
  this.timeout(60_000)
  const browser = useBrowser()
  let site: Awaited<ReturnType<typeof servePages>>
  let stream: Response | undefined
  let wentOn: number

  const tell = (said: string) => stream?.write(`data: ${JSON.stringify({ state: said })}\n\n`)
  before(async () => {
    site = await servePages(app => {
      app.get(`/login/${LOGIN}/start`, (_req, res) => {
        res.type('html').send(page())
      })
      app.get(`/asks/${ASK}/state`, (_req, res) => {
        res.set('Content-Type', 'text/event-stream').flushHeaders()
        stream = res
        tell('approved')
      })
      app.get(`/login/${LOGIN}/phone`, async (_req, res) => {
        wentOn += 1
        // as the broker does: the answer is used here, which is news to whoever still listens
        tell('done')
        if (wentOn === 1 && stream !== undefined && !stream.closed) await Promise.race([once(stream, 'close'), once(res, 'close')])
        res.type('html').send('<!doctype html><title>next</title><p id="next">next</p>')
      })
    })
  })
  beforeEach(() => {
    wentOn = 0
    stream = undefined
  })
  after(() => site?.close())

  const page = () =>
    phonePage({
      loginId: LOGIN,
      center: '示例中心',
      bank: { id: 'abc', name: { zh: '农业银行', en: 'ABC' } },
      ask: { id: ASK, number: '42', text: '共享盾登录确认' },
      state: 'waiting',
      seconds: 300,
      address: `${site.base}/phone/${ASK}`,
      trace: 'K7QM-3F9T',
    })

  it('goes on and asks once, whatever it hears on the way', async () => {
    const context = await newContext(browser())
    try {
      const screen = await context.newPage()
      await screen.goto(`${site.base}/login/${LOGIN}/start`)
      await screen.locator('#next').waitFor()
      expect(wentOn).to.equal(1)
    } finally {
      await context.close()
    }
  })
})

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import express from 'express'
import { answerErrors } from '../../bank-adapters/mock-bank/http.ts'
import { createMessageBox } from '../../bank-adapters/mock-bank/message-box.ts'
import { fixedClock, minutes } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { newWebhookSecret, noticeHeaders } from '../../server/notices/signing.ts'

describe('mock bank: messages to people', () => {
  const clock = fixedClock('2027-05-01T08:00:00.000Z')
  const secret = newWebhookSecret()
  const app = express()
  const server = createServer(app)
  let url: string
  beforeEach(async () => {
    app.router.stack.splice(0)
    app.use('/messages', createMessageBox({ secret, clock }), answerErrors(silentLog))
    if (!server.listening) await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/messages`
  })
  after(() => server.close())

  const sms = { id: 'msg_1', channel: 'sms', to: '13912345678', text: '共享盾提醒：《示范工程》', language: 'zh-CN' }
  async function post(message: unknown, { by = secret, at = clock.now(), sent = JSON.stringify(message) } = {}): Promise<number> {
    const body = JSON.stringify(message)
    return (await fetch(url, { method: 'POST', headers: noticeHeaders('msg_1', at, body, [by]), body: sent })).status
  }
  const page = async () => await (await fetch(url)).text()

  it('are shown, the newest first and each once, with the mark that nothing is really sent', async () => {
    expect(await page()).to.include('还没有')
    const mail = { ...sms, id: 'msg_2', channel: 'email', to: 'a@example.cn', subject: '示范工程：证书已被吊销', text: '第一行\n第二行' }
    expect([await post(sms), await post(sms), await post(mail)]).to.deep.equal([204, 204, 204])
    const shown = await page()
    expect(shown).to.include('没有真的发出').and.include('2027-05-01 16:00:00').and.include('示范工程：证书已被吊销')
    expect(shown.split('13912345678')).to.have.length(2)
    expect(shown.indexOf('a@example.cn')).to.be.lessThan(shown.indexOf('13912345678'))
  })

  it('are refused unsigned, signed by another, changed on the way, too old, or in another form', async () => {
    expect(await post(sms, { by: newWebhookSecret() })).to.equal(400)
    expect(await post(sms, { at: new Date(clock.now().getTime() - minutes(6)) })).to.equal(400)
    expect(await post(sms, { sent: JSON.stringify({ ...sms, to: '13987654321' }) })).to.equal(400)
    expect((await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(sms) })).status).to.equal(400)
    for (const message of [{ ...sms, channel: 'fax' }, { ...sms, more: 1 }, { ...sms, text: '' }, [], 'x']) expect(await post(message)).to.equal(400)
    expect(await page()).to.include('还没有')
  })

  it('are escaped', async () => {
    await post({ ...sms, text: '<script>alert(1)</script>' })
    expect(await page()).to.not.include('<script>alert')
  })
})

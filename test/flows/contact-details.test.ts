import { expect } from 'chai'
import { HttpBrowser, type Page } from '../../server/sandbox/http-browser.ts'
import { type Walker, walkFrom } from '../../server/sandbox/walk.ts'
import { onEachDatabase } from './sandbox.ts'

/** As a newcomer does it: into the workbench, a number typed, the code read off the sandbox's page of messages, confirmed, and taken away again. */
onEachDatabase('contact details in the sandbox', sandbox => {
  let desk: Walker
  let contact: string
  before(async () => {
    desk = sandbox().walker()
    contact = `${desk.plan.urls.broker}/workbench/contact`
  })
  const enter = (): Promise<Page> => walkFrom(desk, { bank: 'abc' }, contact, 'nowhere:', ({ url }) => url.startsWith(contact))
  async function messages(): Promise<string> {
    await sandbox().app.stores.outbox.drained('contact-message')
    return (await new HttpBrowser(() => 0).get(`${desk.plan.urls.bank}/messages`)).body
  }

  for (const [channel, address, masked] of [
    ['sms', '13912345678', '139****5678'],
    ['email', 'zhang@example.cn', 'z***@example.cn'],
  ] as const) {
    it(`are set by the code that comes by ${channel}, and removed`, async () => {
      expect((await enter()).body)
        .to.include('未设置')
        .and.include('获取验证码')
      const asked = await desk.browser.post(`${contact}/${channel}/code`, { address })
      expect(asked.body).to.include('验证码已发出').and.include(masked)
      const shown = await messages()
      expect(shown).to.include(address).and.include('没有真的发出')
      const code = /验证码 (\d{6})/.exec(shown)?.[1] ?? ''
      const confirmed = await desk.browser.post(`${contact}/${channel}/confirm`, { code })
      expect(confirmed.body).to.include('已确认').and.include(masked).and.not.include(address)
      const removed = await desk.browser.post(`${contact}/${channel}/remove`, {})
      expect(removed.body).to.include('已删除').and.not.include(masked)
    })
  }

  it('are refused from another site', async () => {
    const foreign = await desk.browser.post(`${contact}/sms/code`, { address: '13912345678' }, { headers: { origin: 'https://evil.example' } })
    expect(foreign.status).to.equal(403)
  })
})

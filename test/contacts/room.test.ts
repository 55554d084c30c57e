import { expect } from 'chai'
import { days, hours, minutes } from '../../server/kernel/clock.ts'
import { readUscc } from '../../server/kernel/uscc.ts'
import { noticeHeaders } from '../../server/notices/signing.ts'
import type { Somebody } from '../authorization/stage.ts'
import { GATEWAY_SECRETS, openRoom, type RoomStage } from '../bids/room/stage.ts'

/** How a person of a company says where they are reached, over real HTTP, with a gateway that a test plays. */
describe('contact details of a person', function () {
  this.timeout(60_000)
  let stage: RoomStage
  let boss: Somebody
  const open = async (sends = true) => {
    stage = await openRoom(undefined, { sends })
    boss = await stage.company()
  }
  afterEach(() => stage.close())

  const NUMBER = '13912345678'
  const send = (path: string, form: Record<string, string> = {}, who = boss) => stage.page(who, `/contact/${path}`, form)
  const page = async (who = boss) => (await stage.page(who, '/contact')).body
  const codes = async () => (await stage.messages()).map(({ text }) => /\d{6}/.exec(text)?.[0] ?? '')
  const newest = async () => (await codes()).at(-1) ?? ''
  const other = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0')
  const eventsOf = (prefix: string) => stage.events.filter(({ code }) => code.startsWith(prefix))
  const refusals = () => stage.events.flatMap(({ code, facts }) => (code === 'request.refused' ? [facts['failure']] : []))

  describe('with a gateway', () => {
    beforeEach(() => open())

    it('are confirmed by the code that went there, shown masked, and sealed where they rest', async () => {
      expect((await send('sms/code', { address: NUMBER })).location).to.equal('/workbench/contact?done=sent')
      const [message] = await stage.messages()
      expect(message).to.include({ channel: 'sms', to: NUMBER, language: 'zh-CN' })
      expect(message?.text).to.match(/^共享盾：.*验证码 \d{6}，10 分钟内有效。不要告诉任何人。/)
      expect(await page())
        .to.include('139****5678')
        .and.to.include('未设置')
        .and.to.not.include(NUMBER)
      expect((await send('sms/confirm', { code: await newest() })).location).to.equal('/workbench/contact?done=confirmed')
      expect(await page())
        .to.include('已确认')
        .and.to.include('139****5678')
        .and.to.not.include(NUMBER)
      const { rows } = await stage.stores.pglite.query(`SELECT * FROM contact_address, contact_message`)
      expect(JSON.stringify(rows)).to.not.include(NUMBER)
      expect(rows).to.have.length(1)
      expect(rows[0]).to.include({ sealed: '', state: 'delivered' })
    })

    it('take an e-mail address, in both languages, with a subject', async () => {
      await send('email/code', { address: 'Zhang.San@Example.CN' })
      const [message] = await stage.messages()
      expect(message).to.include({ channel: 'email', to: 'Zhang.San@example.cn' })
      expect(message?.subject).to.match(/^[^\r\n]+$/)
      expect(message?.text).to.match(/验证码 (\d{6})[\s\S]+is \1, good for 10 minutes/)
      await send('email/confirm', { code: await newest() })
      expect(await page()).to.include('Z***@example.cn')
    })

    it('leave one audit event an act, none with an address or a code in it', async () => {
      await send('sms/code', { address: NUMBER })
      const code = await newest()
      await send('sms/confirm', { code })
      await send('sms/remove')
      await send('sms/remove')
      expect(eventsOf('contact.').map(each => each.code)).to.deep.equal(['contact.code-sent', 'contact.told', 'contact.confirmed', 'contact.removed'])
      for (const { code: name, facts } of eventsOf('contact.'))
        if (name !== 'contact.told') expect(facts).to.deep.equal({ membership: boss.membershipId, channel: 'sms' })
      expect(JSON.stringify(stage.events)).to.not.include(NUMBER).and.to.not.include(code)
    })

    it('are signed to the gateway with each secret, as Standard Webhooks says', async () => {
      await send('sms/code', { address: NUMBER })
      await stage.messages()
      const [got] = stage.gateway.got
      const { id } = JSON.parse(got?.body ?? '{}') as { id: string }
      const at = new Date(Number(got?.headers['webhook-timestamp']) * 1000)
      expect(got?.headers).to.include(noticeHeaders(id, at, got?.body ?? '', GATEWAY_SECRETS))
      expect(got?.headers['webhook-signature']?.split(' ')).to.have.length(2)
      expect(got?.headers).to.not.have.any.keys('cookie', 'authorization')
    })

    it('refuse a wrong code five times, then even the right one, until another is sent', async () => {
      await send('sms/code', { address: NUMBER })
      const code = await newest()
      for (let i = 0; i < 5; i++) {
        const refused = await send('sms/confirm', { code: other(code) })
        expect(refused.status).to.equal(422)
        expect(refused.body).to.include('验证码不对')
      }
      const over = await send('sms/confirm', { code })
      expect([over.status, over.body.includes('试错太多')]).to.deep.equal([409, true])
      expect(await page()).to.not.include('已确认')
      await send('sms/code', { address: NUMBER })
      expect((await send('sms/confirm', { code: await newest() })).status).to.equal(303)
      expect(refusals()).to.deep.equal([...Array(5).fill('contact_code_wrong'), 'contact_code_over'])
    })

    it('take no more than five tries of any number at once', async () => {
      await send('sms/code', { address: NUMBER })
      const code = await newest()
      const answers = await Promise.all(Array.from({ length: 12 }, () => send('sms/confirm', { code: other(code) })))
      expect(answers.filter(({ status }) => status === 422)).to.have.length(5)
      expect((await send('sms/confirm', { code })).status).to.equal(409)
    })

    it('refuse a code after ten minutes, a second time, of another channel, of another person, and of an address that was replaced', async () => {
      const colleague = await stage.person({ uscc: readUscc(boss.uscc), name: '演示建设有限公司' }, 'operator')
      await send('sms/code', { address: NUMBER })
      const first = await newest()
      expect((await send('email/confirm', { code: first })).status).to.equal(409)
      expect((await send('sms/confirm', { code: first }, colleague)).status).to.equal(409)
      await send('sms/code', { address: '13987654321' })
      const second = await newest()
      if (first !== second) expect((await send('sms/confirm', { code: first })).status).to.equal(422)
      stage.clock.advance(minutes(10))
      expect((await send('sms/confirm', { code: second })).status).to.equal(409)
      await send('sms/code', { address: NUMBER })
      const third = await newest()
      expect((await send('sms/confirm', { code: third })).status).to.equal(303)
      expect((await send('sms/confirm', { code: third })).status).to.equal(409)
      expect(await page(colleague)).to.not.include('139****5678')
    })

    it('let somebody take a code with spaces and full-width digits', async () => {
      await send('sms/code', { address: NUMBER })
      const code = await newest()
      const wide = [...code].map(digit => String.fromCharCode(digit.charCodeAt(0) + 0xfee0)).join(' ')
      expect((await send('sms/confirm', { code: wide })).status).to.equal(303)
    })

    it('send five codes an hour for one person, and ten a day to one address, whoever asks', async () => {
      for (let i = 0; i < 5; i++) expect((await send('sms/code', { address: NUMBER })).status).to.equal(303)
      const refused = await send('email/code', { address: 'a@example.cn' })
      expect([refused.status, refused.body.includes('验证码发送太频繁')]).to.deep.equal([429, true])
      stage.clock.advance(hours(1))
      for (let i = 0; i < 5; i++) await send('sms/code', { address: `139-1234-5678${' '.repeat(i)}` })
      const stranger = await stage.company()
      expect((await send('sms/code', { address: '+8613912345678' }, stranger)).status).to.equal(429)
      expect((await send('sms/code', { address: '13987654321' }, stranger)).status).to.equal(303)
      stage.clock.advance(days(1))
      expect((await send('sms/code', { address: NUMBER }, stranger)).status).to.equal(303)
      expect(await stage.messages()).to.have.length(12)
    })

    it('send nothing to what is no address, however it is typed, and write nothing down', async () => {
      for (const [channel, address] of [
        ['sms', '02087654321'],
        ['sms', '13912345678,13987654321'],
        ['email', 'a@example.cn\r\nBcc: b@example.cn'],
        ['email', '"a" <a@example.cn>'],
        ['email', 'a@example.cn,b@example.cn'],
      ] as const) {
        const refused = await send(`${channel}/code`, { address })
        expect([refused.status, refused.body.includes('填写有误')], address).to.deep.equal([422, true])
      }
      for (const form of [{}, { address: '' }, { address: 'x'.repeat(301) }]) expect((await send('sms/code', form)).status).to.equal(400)
      for (const form of [{}, { code: '' }, { code: 'x'.repeat(41) }]) expect((await send('sms/confirm', form)).status).to.equal(400)
      expect((await send('fax/code', { address: NUMBER })).status).to.equal(404)
      expect(await stage.messages()).to.deep.equal([])
      expect(eventsOf('contact.')).to.deep.equal([])
    })

    it('open to nobody without a login', async () => {
      expect((await stage.page(undefined, '/contact')).status).to.equal(303)
      expect((await stage.page(undefined, '/contact/sms/code', { address: NUMBER })).status).to.equal(401)
    })

    it('send no code that is over, or whose address was taken away, when the gateway is back', async () => {
      stage.gateway.state.answer = 503
      await send('sms/code', { address: NUMBER })
      await send('sms/remove')
      await stage.messages()
      const [message] = await stateOf()
      expect(message?.sealed).to.equal('')
      stage.gateway.state.answer = 204
      stage.clock.advance(hours(2))
      await stage.contacts.work()
      const count = (await stage.messages()).length
      stage.clock.advance(hours(2))
      await stage.contacts.work()
      expect(await stage.messages()).to.have.length(count)
    })
    const stateOf = async () => (await stage.stores.pglite.query<{ sealed: string; state: string }>('SELECT sealed, state FROM contact_message')).rows
  })

  describe('without a gateway', () => {
    beforeEach(() => open(false))

    it('say that this installation sends none, and send none', async () => {
      expect(await page())
        .to.include('没有开通短信和邮件通知')
        .and.to.not.include('name="address"')
      const refused = await send('sms/code', { address: NUMBER })
      expect([refused.status, refused.body.includes('没有发送验证码')]).to.deep.equal([409, true])
      expect(await stage.messages()).to.deep.equal([])
      expect(refusals()).to.deep.equal(['contact_gateway_missing'])
    })
  })
})

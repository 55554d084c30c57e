import { expect } from 'chai'
import { fixedClock, hours } from '../../../server/kernel/clock.ts'
import { openTestStores } from '../../suites/memory-stores.ts'
import { createStage, type Somebody, type Stage } from '../life/stage.ts'
import { serveSealPages, wordsOn } from './stage.ts'

describe('the company’s seal pages', () => {
  const clock = fixedClock('2026-11-28T08:00:00.000Z')
  let stores: Awaited<ReturnType<typeof openTestStores>>
  let stage: Stage
  let desk: Awaited<ReturnType<typeof serveSealPages>>
  before(async function () {
    this.timeout(60_000)
    stores = await openTestStores({ clock })
    stage = createStage(stores, clock)
    desk = await serveSealPages(stage)
  })
  after(async () => {
    await desk.close()
    await stores.close()
  })

  const pathOf = (location: string) => location.split('?')[0] ?? ''
  /** Reads the words off the page and sends them back signed, with what else the form holds. */
  async function sign(who: Somebody, page: string, to: string, more: readonly (readonly [string, string])[] = []) {
    const shown = await desk.ask(who, page)
    expect(shown.status).to.equal(200)
    const text = wordsOn(shown.body)
    return await desk.ask(who, to, [['text', text.replaceAll('\n', '\r\n')], ['signature', who.sign(text)], ...more])
  }
  const form = (who: Somebody, more: readonly (readonly [string, string])[] = []) =>
    [
      ['kind', 'contract'],
      ['under', ''],
      ['number', ''],
      ['style', 'raised'],
      ['years', '2'],
      ['shield', who.thumbprint],
      ['upload', ''],
      ...more,
    ] as const
  async function apply(who: Somebody): Promise<string> {
    const drafted = await desk.ask(who, '/apply', form(who))
    expect(drafted.status).to.equal(303)
    const id = drafted.location.split('/')[1] ?? ''
    const sent = await sign(who, `/${id}/sign`, `/${id}/apply`)
    expect(sent.status).to.equal(303)
    return id
  }

  it('lead an operator from the form over the words to a seal that waits, and the legal representative to one in force', async () => {
    const { at, boss, clerk } = await stage.crew()
    expect((await desk.ask(clerk, '')).body).to.include('还没有电子印章')
    expect((await desk.ask(clerk, '/apply')).body)
      .to.include(at.name)
      .and.include(clerk.thumbprint)
    const id = await apply(clerk)
    expect((await desk.ask(clerk, `/${id}?done=apply`)).body).to.include('请法定代表人登录企业工作台批准')
    expect((await desk.ask(boss, '')).body)
      .to.include('有 1 枚印章等您批准')
      .and.include('合同专用章')
    const approved = await sign(boss, `/${id}/approve`, `/${id}/approve`)
    expect(approved.location).to.equal(`/${id}?done=approve`)
    const page = (await desk.ask(boss, approved.location)).body
    expect(page).to.include('印章已经做好，可以盖章了').and.include('可以使用').and.include('<svg viewBox=').and.include(`${id}.1`)
    expect(page).to.include('电子印章申请').and.include('批准制作电子印章')
  })

  it('take one signature of the legal representative', async () => {
    const { boss } = await stage.crew()
    const id = await apply(boss)
    expect((await stores.seals.find(id))?.state).to.equal('in-force')
  })

  it('take for a person’s own chop that person’s shields alone, whatever else is ticked', async () => {
    const { boss, clerk } = await stage.crew()
    const drafted = await desk.ask(
      clerk,
      '/apply',
      form(clerk, [['shield', boss.thumbprint]]).map(([name, value]) => [name, name === 'kind' ? 'person' : value] as const),
    )
    expect((await stores.seals.find(drafted.location.split('/')[1] ?? ''))?.wanted).to.deep.equal([clerk.thumbprint])
  })

  it('draw while one types, and say in both languages what cannot be drawn', async () => {
    const { clerk } = await stage.crew()
    const drawn = await desk.ask(clerk, '/preview?kind=company&under=&number=&style=raised')
    expect([drawn.status, drawn.type]).to.deep.equal([200, 'image/svg+xml; charset=utf-8'])
    const sunk = await desk.ask(clerk, '/preview?kind=person&style=sunk')
    expect(sunk.body).to.include('<svg').and.not.equal(drawn.body)
    const refused = await desk.ask(clerk, `/preview?kind=company&under=${encodeURIComponent('龘')}`)
    expect(refused.status).to.equal(422)
    expect(JSON.parse(refused.body)).to.have.keys('zh', 'en')
    expect((await desk.ask(undefined, '/preview?kind=company')).status).to.equal(401)
  })

  it('keep what was typed where something is wrong', async () => {
    const { clerk } = await stage.crew()
    const answer = await desk.ask(
      clerk,
      '/apply',
      form(clerk, [['upload', '!!']])
        .filter(([name, value]) => name !== 'upload' || value !== '')
        .map(([n, v]) => (n === 'number' ? ([n, '4401'] as const) : ([n, v] as const))),
    )
    expect(answer.status).to.equal(422)
    expect(answer.body).to.include('印章图样不能使用').and.include('value="4401"')
  })

  it('suspend, resume and revoke, each on a page of its own words', async () => {
    const { boss } = await stage.crew()
    const id = await apply(boss)
    for (const [change, said] of [
      ['suspend', '已停用。现在谁都不能用它盖章'],
      ['resume', '已恢复，可以盖章'],
      ['revoke', '已作废。作废前盖的章仍可验证'],
    ] as const) {
      expect((await desk.ask(boss, `/${id}`)).body).to.include(`/workbench/seals/${id}/${change}"`)
      const done = await sign(boss, `/${id}/${change}`, `/${id}/${change}`)
      expect((await desk.ask(boss, done.location)).body).to.include(said)
    }
    expect((await desk.ask(boss, `/${id}`)).body).not.to.include(`/workbench/seals/${id}/`)
  })

  it('lead whoever renewed a shield to the remake, say what changes, and make it with one signature', async () => {
    const { boss } = await stage.crew()
    const id = await apply(boss)
    const fresh = await stage.renewed(boss, 'legal-representative', 900)
    expect((await desk.ask(boss, '')).body)
      .to.include('有 1 枚印章需要重新制作')
      .and.include('要重新制作')
    const plan = (await desk.ask(boss, `/${id}/remake`)).body
    expect(plan).to.include('加入').and.include('移除').and.include(`value="${fresh.thumbprint}" checked`).and.include('旧版本立即停止盖章')
    const address = `/${id}/remake/sign?shield=${fresh.thumbprint}&years=2`
    const [, until = ''] = /name="until" value="([^"]+)"/.exec((await desk.ask(boss, address)).body) ?? []
    const done = await sign(fresh, address, `/${id}/remake`, [
      ['shield', fresh.thumbprint],
      ['until', until],
    ])
    expect(done.location).to.equal(`/${id}?done=remake`)
    expect((await desk.ask(boss, done.location)).body)
      .to.include('已重新制作')
      .and.include('以前的版本')
      .and.include('第 1 版')
  })

  it('let a person show their shield, and name those who have yet to', async () => {
    const { boss, clerk } = await stage.crew()
    const drafted = await desk.ask(boss, '/apply', form(boss, [['shield', clerk.thumbprint]]))
    const id = drafted.location.split('/')[1] ?? ''
    await sign(boss, `/${id}/sign`, `/${id}/apply`)
    expect((await desk.ask(boss, `/${id}`)).body).to.include(`还差 ${clerk.name} 登记盾`)
    expect((await desk.ask(boss, `/${id}/approve`)).body).to.include(`现在还不能批准：${clerk.name}要先登记盾`)
    expect((await sign(clerk, '/shield', '/shield')).location).to.equal('?done=shown')
    expect((await sign(boss, `/${id}/approve`, `/${id}/approve`)).status).to.equal(303)
  })

  it('turn an application down with its reason', async () => {
    const { boss, clerk } = await stage.crew()
    const id = await apply(clerk)
    const refused = await desk.ask(boss, `/${id}/refuse`, [['reason', '名称 <不清楚>']])
    expect((await desk.ask(clerk, pathOf(refused.location))).body)
      .to.include('名称 &lt;不清楚&gt;')
      .and.include('已退回')
  })

  it('say in plain words what each certificate is good for', async () => {
    const { boss } = await stage.crew()
    const id = await apply(boss)
    expect((await desk.ask(boss, `/${id}`)).body).to.include('可以盖企业文件；没有查到政务资质')
    stage.uses.set(boss.thumbprint, ['seal', 'government-seal'])
    expect((await desk.ask(boss, `/${id}`)).body).to.include('企业和政务文件都可以盖')
    stage.uses.set(boss.thumbprint, [])
    expect((await desk.ask(boss, `/${id}`)).body).to.include('发证机构没有盖章资质')
  })

  describe('say what went wrong beside fresh words to sign:', () => {
    it('another person’s shield', async () => {
      const { boss, clerk } = await stage.crew()
      const id = await apply(clerk)
      const text = wordsOn((await desk.ask(boss, `/${id}/approve`)).body)
      const answer = await desk.ask(boss, `/${id}/approve`, [
        ['text', text],
        ['signature', clerk.sign(text)],
      ])
      expect(answer.status).to.equal(403)
      expect(answer.body).to.include('签名用的盾不是您本人的').and.include('data-text=')
    })
    it('words that were shown too long ago', async () => {
      const { boss, clerk } = await stage.crew()
      const id = await apply(clerk)
      const text = wordsOn((await desk.ask(boss, `/${id}/approve`)).body)
      clock.advance(hours(1))
      const answer = await desk.ask(boss, `/${id}/approve`, [
        ['text', text],
        ['signature', boss.sign(text)],
      ])
      expect(answer.status).to.be.within(400, 499)
      expect(wordsOn(answer.body)).not.to.equal(text)
    })
    it('a seal that went on meanwhile, on its own page', async () => {
      const { boss, clerk } = await stage.crew()
      const id = await apply(clerk)
      const text = wordsOn((await desk.ask(boss, `/${id}/approve`)).body)
      await stage.life.refuse(stage.by(boss), id, '')
      const answer = await desk.ask(boss, `/${id}/approve`, [
        ['text', text],
        ['signature', boss.sign(text)],
      ])
      expect(answer.status).to.equal(409)
      expect(answer.body).to.include('这枚印章现在的状态不能这样办理').and.include('已退回')
    })
  })

  describe('are closed', () => {
    it('to who is not logged in: pages lead to the login, forms are refused', async () => {
      expect((await desk.ask(undefined, '')).status).to.equal(302)
      expect(
        (
          await desk.ask(undefined, '/shield', [
            ['text', 'x'],
            ['signature', 'x'],
          ])
        ).status,
      ).to.equal(401)
    })
    it('to another company', async () => {
      const [{ boss }, other] = [await stage.crew(), await stage.crew()]
      const id = await apply(boss)
      for (const path of ['', '/picture.svg', '/suspend', '/remake']) expect((await desk.ask(other.boss, `/${id}${path}`)).status, path).to.equal(404)
    })
    it('to an operator who wants to approve, and offer nothing of it', async () => {
      const { clerk } = await stage.crew()
      const id = await apply(clerk)
      expect((await desk.ask(clerk, `/${id}/approve`)).status).to.equal(403)
      expect((await desk.ask(clerk, `/${id}`)).body).not.to.include('/approve')
    })
  })

  it('hold no inline script or style, and let the shield’s pages reach the agent alone', async () => {
    const { boss, clerk } = await stage.crew()
    const id = await apply(clerk)
    for (const path of ['', '/apply', '/shield', `/${id}`, `/${id}/approve`]) {
      const { body, policy } = await desk.ask(boss, path)
      expect(body, path).not.to.match(/<script(?![^>]* src=)|<style|style="| on\w+="/)
      expect(policy.includes('ws://127.0.0.1:7130'), path).to.equal(body.includes('data-agent-url'))
    }
  })
})

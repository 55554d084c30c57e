import { expect } from 'chai'
import { days, fixedClock } from '../../server/kernel/clock.ts'
import { openTestStores } from '../suites/memory-stores.ts'
import { createStage, type Somebody, type Stage } from './stage.ts'
import { serveWorkbench } from './workbench-stage.ts'

/** What the workbench shows and takes, route by route, over HTTP. How it looks is test/browser/workbench.test.ts's. */
describe('the workbench', () => {
  const clock = fixedClock('2026-11-28T08:00:00.000Z')
  let stores: Awaited<ReturnType<typeof openTestStores>>
  let stage: Stage
  let bench: Awaited<ReturnType<typeof serveWorkbench>>
  before(async function () {
    this.timeout(60_000)
    stores = await openTestStores({ clock })
    stage = createStage(stores, clock)
    bench = await serveWorkbench(stage)
  })
  after(async () => {
    await bench?.close()
    stage?.close()
    await stores?.close()
  })

  async function company() {
    const at = stage.company()
    return {
      at,
      boss: await stage.person(at, 'legal-representative'),
      clerk: await stage.person(at, 'operator'),
      other: await stage.person(at, 'operator'),
    }
  }
  const filled = (person: Somebody, more: Record<string, string> = {}) => ({
    person: person.personId,
    act: 'bond_pay',
    term: '30',
    depth: '0',
    approvals: '0',
    ...more,
  })
  const form = (values: Record<string, string | string[]>) =>
    new URLSearchParams(Object.entries(values).flatMap(([name, value]) => [value].flat().map(one => [name, one])))
  const textOn = (body: string): string =>
    (/data-text="([^"]*)"/.exec(body)?.[1] ?? '')
      .replaceAll('&quot;', '"')
      .replaceAll('&#39;', "'")
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&amp;', '&')
  const use = (who: Somebody, amountFen: number, project = 'P1') =>
    stage.authority.use(who.actor, { act: 'bond_pay', center: 'center-1', amountFen, project }, { reference: 'r', trace: 'K7QM-3F9T' })

  it('sends who is not logged in to the login, with PKCE and a state bound to the browser, and back only to a page of its own', async () => {
    const { status, location, cookies } = await bench.ask(undefined, '/mandates?state=active')
    expect(status).to.equal(303)
    const asked = new URL(location, bench.url).searchParams
    expect(Object.fromEntries(asked)).to.include({
      client_id: 'workbench',
      response_type: 'code',
      code_challenge_method: 'S256',
      redirect_uri: `${bench.url}/workbench/in`,
    })
    expect(cookies.some(cookie => cookie.includes(asked.get('state') ?? 'none') && /httponly/i.test(cookie))).to.equal(true)
    expect((await bench.ask(undefined, `/in?code=c&state=${'a'.repeat(43)}`)).body).to.include('login_other_browser')
    expect((await bench.ask(undefined, '/in')).body).to.include('login_other_browser')
  })

  it('tells who posts without a session that nothing was done', async () => {
    expect((await bench.ask(undefined, '/give', { person: 'x' })).body).to.include('workbench_login_needed')
  })

  it('takes the form to a draft, signs and offers it, lets the person accept, and shows who signed with what', async () => {
    const { boss, clerk } = await company()
    const drafted = await bench.ask(
      boss,
      '/give',
      form({ ...filled(clerk, { limit: '500,000.50' }), act: ['login', 'bond_pay'], projects: 'P1\nP2' }),
    )
    expect(drafted.status).to.equal(303)
    const id = /mandates\/([\w-]+)\/sign/.exec(drafted.location)?.[1] ?? ''
    const text = textOn((await bench.ask(boss, `/mandates/${id}/sign`)).body)
    expect(text).to.include('单次金额上限:500000.50元').and.include('项目:P1、P2')
    expect((await bench.ask(boss, `/mandates/${id}/offer`, { signature: boss.sign(text) })).location).to.equal(
      `/workbench/mandates/${id}?done=offered`,
    )
    expect((await bench.ask(clerk, '/')).body).to.include(`/workbench/mandates/${id}`)
    const words = textOn((await bench.ask(clerk, `/mandates/${id}/accept`)).body)
    // as a browser sends the lines of a field
    const accepted = await bench.ask(clerk, `/mandates/${id}/accept`, { text: words.replaceAll('\n', '\r\n'), signature: clerk.sign(words) })
    expect(accepted.location).to.include('done=accepted')
    await use(clerk, 500_000_50)
    const { body } = await bench.ask(boss, `/mandates/${id}`)
    expect(body).to.include('签名').and.include(boss.name).and.include(clerk.name).and.include('500,000.50 元').and.include('撤回授权')
  })

  it('keeps everything typed when a field is wrong, and says which one', async () => {
    const { boss, clerk } = await company()
    const { status, body } = await bench.ask(boss, '/give', form(filled(clerk, { limit: '五十万', projects: 'P-77', seals: '<b>' })))
    expect(status).to.equal(422)
    expect(body).to.include('id="limit-error"').and.include('value="五十万"').and.include('P-77').and.include('&lt;b&gt;')
    expect(body).to.not.include('id="act-error"')
  })

  it('says beside the person that nobody gives to themself', async () => {
    const { boss } = await company()
    const { status, body } = await bench.ask(boss, '/give', form({ ...filled(boss), person: 'new', name: boss.name, idNumber: boss.idNumber }))
    expect([status, body.includes('id="person-error"')]).to.deep.equal([422, true])
    expect(body).to.include(boss.idNumber)
    expect(stage.events.at(-1)).to.deep.include({ code: 'request.refused', facts: { failure: 'mandate_self_grant' } })
  })

  it('lets no operator give, nor see what is the legal representative’s', async () => {
    const { boss, clerk, other } = await company()
    for (const path of ['/give', '/shields', `/history?person=${boss.membershipId}`]) {
      const { status, body } = await bench.ask(clerk, path)
      expect([status, body.includes('legal_representative_only')], path).to.deep.equal([403, true])
    }
    expect((await bench.ask(clerk, '/give', form(filled(other)))).body).to.include('legal_representative_only')
  })

  it('knows no mandate of another company, nor, for an operator, of a colleague', async () => {
    const { boss, clerk, other } = await company()
    const elsewhere = await company()
    const { row } = await stage.give(boss, clerk)
    for (const who of [elsewhere.boss, elsewhere.clerk, other]) {
      for (const path of ['', '/pdf', '/revoke', '/accept']) {
        const { status, body } = await bench.ask(who, `/mandates/${row.id}${path}`)
        expect([status, body.includes('mandate_unknown')], path).to.deep.equal([404, true])
      }
      expect((await bench.ask(who, `/mandates/${row.id}/decline`, {})).body).to.include('mandate_unknown')
    }
    expect((await bench.ask(boss, `/mandates/${row.id}/accept`)).body).to.include('mandate_wrong_person')
    expect((await bench.ask(clerk, `/mandates/${row.id}/revoke`)).body).to.include('legal_representative_only')
  })

  it('hides a draft from everybody but its writer', async () => {
    const { boss, clerk } = await company()
    const { row } = await stage.draft(boss, stage.draftOf(clerk))
    expect((await bench.ask(clerk, `/mandates/${row.id}`)).body).to.include('mandate_unknown')
    expect((await bench.ask(boss, `/mandates/${row.id}/discard`, {})).location).to.equal('/workbench/mandates')
  })

  it('says so when the mandate has moved on meanwhile, and shows where it stands', async () => {
    const { boss, clerk } = await company()
    const { row } = await stage.give(boss, clerk)
    const words = textOn((await bench.ask(boss, `/mandates/${row.id}/revoke`)).body)
    await stage.change(boss, row.id, 'revoke')
    const { status, body } = await bench.ask(boss, `/mandates/${row.id}/revoke`, { text: words, signature: boss.sign(words) })
    expect([status, body.includes('授权书已被处理过'), body.includes('已撤回')]).to.deep.equal([409, true, true])
  })

  it('takes no signature of another person, of other words, or of words shown long ago, and shows fresh words with the reason', async () => {
    const { boss, clerk } = await company()
    const { row } = await stage.give(boss, clerk)
    const path = `/mandates/${row.id}/revoke`
    const words = textOn((await bench.ask(boss, path)).body)
    const refused = async (text: string, signature: string) => {
      const { body } = await bench.ask(boss, path, { text, signature })
      expect(body).to.include('shield-form').and.include('notice-bad')
      return stage.events.at(-1)?.facts['failure']
    }
    expect(await refused(words, clerk.sign(words))).to.equal('mandate_wrong_shield')
    expect(await refused(words.replace('撤回', '暂停'), boss.sign(words.replace('撤回', '暂停')))).to.equal('challenge_mismatch')
    const old = words.replace(/时间:.*$/, `时间:${new Date(clock.now().getTime() - days(1)).toISOString()}`)
    expect(await refused(old, boss.sign(old))).to.equal('challenge_expired')
    expect((await stage.mandates.view(stage.by(boss), row.id)).state).to.equal('active')
  })

  it('shows a row that somebody edited as not honoured, prints no PDF of it, and lets it be revoked', async () => {
    const { boss, clerk } = await company()
    const { row } = await stage.give(boss, clerk, { limitFen: 1000 })
    await stores.pglite.query(`UPDATE mandate SET text = replace(text, '10.00元', '99.00元') WHERE id = $1`, [row.id])
    const { body } = await bench.ask(boss, `/mandates/${row.id}`)
    expect(body).to.include('不予认可').and.not.include('99.00')
    expect((await bench.ask(boss, '/mandates?state=tampered')).body).to.include(row.id)
    expect((await bench.ask(boss, `/mandates/${row.id}/pdf`)).type).to.include('text/html')
    const words = textOn((await bench.ask(boss, `/mandates/${row.id}/revoke`)).body)
    expect((await bench.ask(boss, `/mandates/${row.id}/revoke`, { text: words, signature: boss.sign(words) })).location).to.include('done=revoked')
  })

  it('passes on within what was given, and says that the lower one stands or falls with the upper', async () => {
    const { boss, clerk, other } = await company()
    const { row } = await stage.give(boss, clerk, { acts: ['bond_pay', 'delegate'], depth: 1, limitFen: 100_000 })
    const wider = await bench.ask(clerk, '/give', form(filled(other, { from: row.id, limit: '1000.01', term: 'upper' })))
    expect([wider.status, wider.body.includes('id="limit-error"')]).to.deep.equal([422, true])
    const longer = await bench.ask(clerk, '/give', form(filled(other, { from: row.id, limit: '10', term: '365' })))
    expect(longer.body).to.include('id="end-error"')
    const { location } = await bench.ask(clerk, '/give', form(filled(other, { from: row.id, limit: '1000', term: 'upper' })))
    const id = /mandates\/([\w-]+)\/sign/.exec(location)?.[1] ?? ''
    const text = textOn((await bench.ask(clerk, `/mandates/${id}/sign`)).body)
    await bench.ask(clerk, `/mandates/${id}/offer`, { signature: clerk.sign(text) })
    await stage.accept(other, id)
    await use(other, 100)
    await stage.change(boss, row.id, 'suspend')
    expect((await bench.ask(other, `/mandates/${id}`)).body).to.include('它转自的授权已暂停')
    expect((await bench.ask(boss, '/mandates')).body).to.include('原授权已暂停')
    expect((await bench.ask(other, `/give?from=${id}`)).body).to.include('mandate_too_deep')
  })

  it('prints the same PDF twice, small, saying that it is a rendering', async () => {
    const { boss, clerk } = await company()
    const { row } = await stage.give(boss, clerk)
    const [one, two] = [await bench.ask(clerk, `/mandates/${row.id}/pdf`), await bench.ask(boss, `/mandates/${row.id}/pdf`)]
    expect(one.type).to.equal('application/pdf')
    expect(one.bytes.subarray(0, 5).toString()).to.equal('%PDF-')
    expect(one.bytes.length).to.be.below(80_000)
    expect(one.bytes.equals(two.bytes)).to.equal(true)
  })

  it('shows an operator their own history, the legal representative all of it, and exports it without formulas', async () => {
    const { boss, clerk, other } = await company()
    await stage.give(boss, clerk, { projects: ['=1+1'] })
    await stage.give(boss, other)
    await stage.authority.use(
      clerk.actor,
      { act: 'bond_pay', center: '@center', project: '=1+1', amountFen: 12_34 },
      { reference: 'r1', trace: 'K7QM-3F9T' },
    )
    await use(other, 77_00)
    const mine = await bench.ask(clerk, '/history')
    expect(mine.body).to.include('12.34 元').and.not.include('77 元')
    const all = await bench.ask(boss, '/history?act=bond_pay')
    expect(all.body).to.include('12.34 元').and.include('77 元').and.not.include('签发授权书')
    const changes = await bench.ask(boss, '/history?act=none')
    expect(changes.body).to.include('签发授权书').and.not.include('77 元')
    const { body, type } = await bench.ask(boss, '/history.csv?act=bond_pay')
    expect(type).to.include('text/csv')
    expect(body.split('\r\n')).to.have.length(4)
    expect(body).to.include(`'=1+1`).and.include(`'@center`).and.include('12.34')
    expect((await bench.ask(clerk, '/history.csv')).body).to.not.include('77.00')
  })

  it('shows an act that others have to agree to, takes a signed agreement, and performs it', async () => {
    const { boss, clerk } = await company()
    await stage.give(boss, clerk, { approvals: 1 })
    const { id } = await stage.approvals.request({
      actor: clerk.actor,
      request: { act: 'bond_pay', center: 'center-1', amountFen: 900_00 },
      reference: 'bond-9',
      rows: [{ name: { zh: '收款账户', en: 'Account' }, value: '演示专户' }],
      center: { id: 'center-1', name: '演示交易中心' },
      from: '192.0.2.x',
      trace: 'K7QM-3F9T',
      expiresAt: new Date(clock.now().getTime() + days(1)).toISOString(),
    })
    expect((await bench.ask(boss, '/')).body).to.include(`/workbench/approvals/${id}`)
    expect((await bench.ask(clerk, `/approvals/${id}`)).body)
      .to.include('等待同意')
      .and.not.include('shield-form')
    const words = textOn((await bench.ask(boss, `/approvals/${id}`)).body)
    expect(words).to.include('金额:900.00元')
    expect((await bench.ask(boss, `/approvals/${id}/agree`, { text: words, signature: clerk.sign(words) })).body).to.include('notice-bad')
    expect((await bench.ask(boss, `/approvals/${id}/agree`, { text: words, signature: boss.sign(words) })).location).to.include('done=agreed')
    expect((await bench.ask(clerk, `/approvals/${id}`)).body).to.include('已办理')
    expect((await bench.ask(clerk, `/approvals/${id}/progress`)).body).to.include('done.1')
    const stranger = await company()
    expect((await bench.ask(stranger.boss, `/approvals/${id}`)).body).to.include('ask_unknown')
  })
})

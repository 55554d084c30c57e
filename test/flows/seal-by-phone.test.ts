import { expect } from 'chai'
import { seatsAt } from '../../bank-adapters/mock-bank/companies.ts'
import { readSignedData } from '../../server/pki/cms-signed-data.ts'
import { centerProgram } from '../../server/sandbox/center-program.ts'
import { attributeOf, forms, type Page } from '../../server/sandbox/http-browser.ts'
import { goOn, logIn, sign, walkFrom } from '../../server/sandbox/walk.ts'
import { VerifyAnswer } from '../../server/seals/api/open-verifying.ts'
import { made } from '../seals/ofd/stage.ts'
import { makeDocument } from '../seals/pdf/builder.ts'
import { shieldBySerial } from './common.ts'
import type { Shield } from './expectations.ts'
import { codeOn, enrolPhone, type Phone } from './phone.ts'
import { openSandbox, type TestSandbox, type TestWalker } from './sandbox.ts'

/** A company whose seal lists the app on its legal representative's phone; nothing is played but the bank and the people. */
describe('sealing with the bank’s app on the phone', function () {
  this.timeout(120_000)
  let sandbox: TestSandbox
  let desk: TestWalker
  let shield: Shield
  let phone: Phone
  let bearer: string
  let subject: string
  let sealId: string
  let broker: string

  before(async () => {
    sandbox = await openSandbox()
    broker = sandbox.plan.urls.broker
    const seat = seatsAt('abc').find(({ role }) => role === 'legal-representative')
    if (seat === undefined) throw new Error('the bank has no legal representative')
    shield = shieldBySerial(sandbox, 'abc', (await sandbox.bank.issue('abc', seat)).serial)
    desk = sandbox.walker()
    subject = String((await logIn(desk, { bank: 'abc', shield, company: shield.company.uscc }))['sub'])
    phone = await enrolPhone(sandbox, shield)
    await logInByPhone(phone, shield)
    await at('/workbench/seals')
    bearer = await machineToken()
    sealId = await makeSeal()
  })
  after(() => sandbox.close())

  /** a page of the workbench, entered first where need be */
  async function at(path: string): Promise<Page> {
    const page = await walkFrom(desk, { bank: 'abc', shield, company: shield.company.uscc }, `${broker}${path}`, 'nowhere:', ({ url }) =>
      new URL(url).pathname.startsWith('/workbench'),
    )
    return page
  }
  async function signed(page: Page): Promise<Page> {
    const form = forms(page).find(({ id }) => id === 'shield-form')
    return await desk.browser.post(form?.action ?? '', { ...form?.fields, ...(await sign(desk, { bank: 'abc', shield }, page)) })
  }
  /** the certificate in the app is seen here for the first time, as any shield's is: at a login */
  async function logInByPhone(by: Phone, of: Shield): Promise<void> {
    const computer = sandbox.walker()
    const started = await computer.browser.get(`${sandbox.plan.urls.center}/login?bank=abc`)
    const login = new URL(started.url).pathname
    const shown = await computer.browser.post(`${broker}${login}/phone`, { bank: 'abc' })
    await by.sign(codeOn(shown))
    const on = await computer.browser.get(`${broker}${login}/phone`)
    await goOn(computer, { bank: 'abc', company: of.company.uscc }, on, page => page.body.includes('id="claims"'))
  }
  const machineToken = () => centerProgram(sandbox.plan, '/api/seals', ['seals.tasks', 'seals.read']).token()
  async function makeSeal(): Promise<string> {
    const asked = forms(await at('/workbench/seals/shield')).find(({ action }) => action.endsWith('/shield/phone'))
    const shown = await desk.browser.post(asked?.action ?? '', {})
    await phone.sign(codeOn(shown))
    const listed = await desk.browser.get(shown.url)
    expect(listed.url, 'the page goes on once the phone has signed').to.include('done=shown')
    const applying = await at('/workbench/seals/apply')
    const form = forms(applying).find(({ action }) => action.endsWith('/apply'))
    const own = [...applying.body.matchAll(/<input type="checkbox" name="shield" value="([0-9a-f]+)"/g)].map(([, thumbprint = '']) => thumbprint)
    const phones = await Promise.all(own.map(async thumbprint => ({ thumbprint, serial: await serialOf(thumbprint) })))
    const ours = phones.find(({ serial }) => serial !== shield.serial)
    const draft = await desk.browser.post(form?.action ?? '', { ...form?.fields, kind: 'company', shield: ours?.thumbprint ?? '' })
    const sealed = await signed(draft)
    expect(sealed.url).to.include('done=apply')
    return /\/seals\/([\w-]+)\?/.exec(sealed.url)?.[1] ?? ''
  }
  const serialOf = async (thumbprint: string): Promise<string | undefined> =>
    (await sandbox.app.stores.mandates.holderOf(thumbprint))?.certificate.serial

  async function openTask(documents: readonly { name: string; bytes: Buffer }[], elsewhere: readonly object[] = []): Promise<string> {
    const held = documents.map(({ name, bytes }) => ({ name, content: bytes.toString('base64'), places: [{ kind: 'at', page: 1, x: 100, y: 100 }] }))
    const body = { subject, title: '投标文件盖章', documents: [...held, ...elsewhere] }
    const answer = await fetch(`${broker}/api/seals/tasks`, {
      method: 'POST',
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json', 'idempotency-key': `seal-by-phone-${keys++}` },
      body: JSON.stringify(body),
    })
    const opened = await answer.json()
    expect(answer.status, JSON.stringify(opened)).to.equal(201)
    return String(opened.id)
  }
  let keys = 0
  const pages = { pdf: makeDocument({ pages: 2, page: '/MediaBox [0 0 595 842]' }), ofd: made() }
  const both = [
    { name: '投标函.pdf', bytes: pages.pdf },
    { name: '投标文件.ofd', bytes: pages.ofd },
  ]

  /** as the page's script does: everything is fitted for the phone's certificate, and a phone is asked */
  async function askPhone(task: string): Promise<{ shown: Page; numbers: number[] }> {
    const page = await at(`/workbench/seals/tasks/${task}`)
    const numbers = JSON.parse(attributeOf(/<form\b[^>]*id="shield-form"[^>]*>/.exec(page.body)?.[0] ?? '', 'data-waiting') ?? '[]')
    const certificate = /<select id="phone-certificate"><option value="([^"]+)"/.exec(page.body)?.[1] ?? ''
    for (const n of numbers) {
      const fitted = await desk.browser.json(`${page.url}/fit/${n}`, { seal: sealId, certificate })
      expect(fitted.status, fitted.body).to.equal(200)
    }
    const { next } = JSON.parse((await desk.browser.json(`${page.url}/phone`, {})).body)
    return { shown: await desk.browser.get(`${broker}${next}`), numbers }
  }
  const set = (shown: Page, n: number) => desk.browser.json(`${shown.url}/seal/${n}`, {})
  const codeOf = ({ body }: Page): string => String(JSON.parse(body).code)
  const idOf = ({ url }: Page): string => url.slice(url.lastIndexOf('/') + 1)
  /** why the ask ended without a yes */
  const endOf = async (shown: Page) => (await sandbox.app.authorization.asks.status(idOf(shown))).ask.failure
  const uses = async () => (await sandbox.app.stores.mandates.history(await enterprise(), 2000)).filter(({ act }) => act === 'seal_use').length
  const enterprise = async () => (await sandbox.app.stores.parties.membership(subject))?.enterprise.id ?? ''
  const wordsOf = (page: Page) => /<pre id="app-text"[^>]*>([\s\S]*?)<\/pre>/.exec(page.body)?.[1] ?? ''

  it('seals a PDF and an OFD with one PIN; anybody verifies them, the signer in the seal’s list byte for byte', async () => {
    const task = await openTask(both)
    const { shown, numbers } = await askPhone(task)
    const app = await phone.app(await phone.open(codeOn(shown)))
    expect(wordsOf(app)).to.include('盖章清单').and.to.include('投标函.pdf').and.to.include('投标文件.ofd')
    await phone.hand(await phone.agree(app))
    expect((await desk.browser.get(shown.url)).body).to.include(`data-waiting="${JSON.stringify(numbers)}"`)
    for (const n of numbers) expect((await set(shown, n)).status).to.equal(200)
    for (const n of numbers) {
      const sealed = await fetch(`${broker}/api/seals/tasks/${task}/documents/${n}/sealed`, { headers: { authorization: `Bearer ${bearer}` } })
      expect(sealed.status).to.equal(200)
      const report = await (await fetch(`${broker}/api/seals:verify`, { method: 'POST', body: new Uint8Array(await sealed.arrayBuffer()) })).json()
      expect(VerifyAnswer.parse(report), 'as the OpenAPI document tells it').to.deep.equal(report)
      expect(report.seals, JSON.stringify(report)).to.have.length(1)
      const [found] = report.seals
      const failed = found.checks.filter(({ ok, of }: { ok: string; of: string }) => ok === 'no' && of !== 'note')
      expect([found.intact, failed]).to.deep.equal(['yes', []])
    }
  })

  it('signs beside a file that the center keeps, of which the phone is told the digest', async () => {
    const task = await openTask([], [{ name: 'model.ifc', digests: { size: 4_000_000_000, sm3: 'ab'.repeat(32) } }])
    const { shown } = await askPhone(task)
    const app = await phone.app(await phone.open(codeOn(shown)))
    expect(wordsOf(app)).to.include('model.ifc').and.to.include('4000000000').and.to.include('ab'.repeat(32))
    await phone.hand(await phone.agree(app))
    expect((await set(shown, 1)).status).to.equal(200)
    const fetched = (what: string) =>
      fetch(`${broker}/api/seals/tasks/${task}/documents/1/${what}`, { headers: { authorization: `Bearer ${bearer}` } })
    const report = await (await fetched('report')).json()
    expect([report.sm3, report.seals[0].intact, report.seals[0].trusted], JSON.stringify(report)).to.deep.equal(['ab'.repeat(32), 'yes', 'yes'])
    expect(report.seals[0].proven_at, 'a time stamp').to.be.a('string')
    const message = readSignedData(Buffer.from(await (await fetched('sealed')).arrayBuffer()))
    expect(message.crlDer, 'what shows later that the certificate was good').not.to.deep.equal([])
  })

  it('goes on from the same answer where the page was lost, and nothing is signed or written down twice', async () => {
    const task = await openTask(both)
    const { shown } = await askPhone(task)
    const form = await phone.agree(await phone.app(await phone.open(codeOn(shown))))
    await phone.hand(form)
    const before = await uses()
    expect((await set(shown, 1)).status).to.equal(200)
    const back = await at(`/workbench/seals/tasks/${task}`)
    expect(back.body, 'the way back').to.include(new URL(shown.url).pathname)
    for (const n of [1, 2]) expect((await set(shown, n)).status).to.equal(200)
    expect(await uses()).to.equal(before + 2)
    expect((await set(shown, 2)).status, 'its answer was lost').to.equal(200)
    const { next } = JSON.parse((await desk.browser.json(`${broker}/workbench/seals/tasks/${task}/phone`, {})).body)
    expect(next, 'nothing is left for a phone to sign').to.equal(`/workbench/seals/tasks/${task}?done=sealed`)
    await phone.hand(form)
    expect(await uses(), 'the same answer handed in once more').to.equal(before + 2)
  })

  it('takes no answer to another list, and no list signed by another person’s app', async () => {
    const [one, two] = [await askPhone(await openTask(both)), await askPhone(await openTask(both))]
    const elsewhere = await phone.agree(await phone.app(await phone.open(codeOn(one.shown))))
    await phone.open(codeOn(two.shown))
    await phone.hand({ ...elsewhere, action: `${broker}/phone/${idOf(two.shown)}/signed` })
    expect(await endOf(two.shown)).to.equal('challenge_mismatch')

    const seat = seatsAt('abc').find(({ person, company }) => person.id !== shield.person.id && company.uscc !== shield.company.uscc)
    if (seat === undefined) throw new Error('nobody else banks there')
    const stranger = await enrolPhone(sandbox, seat)
    const { shown } = await askPhone(await openTask(both))
    const opened = await stranger.open(codeOn(shown))
    expect((await stranger.app(opened)).body, 'the app itself says so').to.include('要用的盾不在这部手机上')
    const { ask } = await sandbox.app.authorization.asks.status(idOf(shown))
    const text = Buffer.from(ask.text ?? '').toString('base64url')
    const back = `${broker}/phone/${ask.id}/signed`
    const page = await stranger.browser.get(`${sandbox.plan.urls.bank}/abc/app/sign?${new URLSearchParams({ text, return: back })}`)
    const forged = await stranger.agree(page)
    await stranger.hand({ ...forged, fields: { ...forged.fields, signatures: 'AAAA,AAAA' } })
    expect(await endOf(shown)).to.equal('mandate_wrong_shield')
  })

  it('sets no seal by a signature that is over something else, and takes no answer with too few of them', async () => {
    const task = await openTask(both)
    const { shown } = await askPhone(task)
    const form = await phone.agree(await phone.app(await phone.open(codeOn(shown))))
    const [first, second] = form.fields['signatures']?.split(',') ?? []
    await phone.hand({ ...form, fields: { ...form.fields, signatures: `${second},${first}` } })
    expect(codeOf(await set(shown, 1))).to.equal('signature_invalid')
    expect((await sandbox.app.stores.sealTasks.document(task, 1))?.state).to.equal('waiting')

    const again = await askPhone(task)
    const other = await phone.agree(await phone.app(await phone.open(codeOn(again.shown))))
    await phone.hand({ ...other, fields: { ...other.fields, signatures: first ?? '' } })
    expect(await endOf(again.shown)).to.equal('signature_invalid')
  })

  it('tells the list to nobody but the phone that gave the number, and no longer than it is asked', async () => {
    const { shown } = await askPhone(await openTask(both))
    const { address, number } = codeOn(shown)
    expect((await fetch(`${address}/request/${'A'.repeat(43)}`)).status).to.equal(404)
    const opened = await phone.open({ address, number })
    const link = /href="([^"]*\/app\/sign[^"]*)"/.exec(opened.body)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const request = new URL(link).searchParams.get('request') ?? ''
    const lines = await (await fetch(`${request}/lines/1`)).json()
    expect(lines.lines).to.have.length(2)
    expect((await fetch(`${request}/lines/501`)).status).to.equal(400)
    await phone.hand(await phone.agree(await phone.app(opened)))
    expect((await fetch(request)).status, 'answered').to.equal(409)

    const wrong = await askPhone(await openTask(both))
    const code = codeOn(wrong.shown)
    await phone.open({ ...code, number: code.number === '11' ? '12' : '11' })
    expect(await endOf(wrong.shown)).to.equal('ask_number_wrong')
    expect(codeOf(await set(wrong.shown, 1))).to.equal('ask_number_wrong')
  })
})

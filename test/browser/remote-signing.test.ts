import { expect } from 'chai'
import type { Page } from 'playwright-core'
import type { IssuedShield } from '../../bank-adapters/mock-bank/shields.ts'
import { codeOf, stepAt } from '../../server/remote-signing/totp.ts'
import { centerProgram } from '../../server/sandbox/center-program.ts'
import { HttpBrowser } from '../../server/sandbox/http-browser.ts'
import { logIn } from '../../server/sandbox/walk.ts'
import { type Stage, useStage } from './stage.ts'
import { shieldAt, signWithShield, textOf } from './steps.ts'
import { useBrowser, type Viewport } from './support.ts'
import { type Visit, visit } from './visit.ts'
import { follow, press } from './workbench-steps.ts'

const PIN = 'Review-2468'

/** An expert's whole way, as they see it: person check at the bank, activation, a report that a center asks for, approved on a phone or with a code, signed, fetched. */
describe('remote signing, in browsers', function () {
  this.timeout(300_000)
  const browser = useBrowser()
  let stage: Stage
  useStage(opened => {
    stage = opened
  })

  const start = (name: string, viewport: Viewport): Promise<Visit> =>
    visit(browser(), stage.houses, { name: `remote-${name}`, viewport, patience: 60_000 })

  /** So that a center knows the person, and we their bank. @returns `sub` at the center */
  async function known(bank: string, { serial }: IssuedShield): Promise<string> {
    const { plan, bank: mock } = stage.sandbox
    const shield = mock.shields(bank).find(each => each.serial === serial)
    if (shield === undefined) throw new Error('the bank does not know its own shield')
    const { sub } = await logIn({ plan, bank: mock, browser: new HttpBrowser(() => Date.now()) }, { bank, shield, company: shield.company.uscc })
    return String(sub)
  }
  const bearer = () => centerProgram(stage.sandbox.plan, '/api/remote-signing', ['remote.signing']).token()
  async function center(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = {
      authorization: `Bearer ${await bearer()}`,
      'content-type': 'application/json',
      'idempotency-key': `remote-key-${asked++}`,
    }
    return await fetch(`${stage.urls.broker}/api/remote-signing${path}`, { ...init, headers })
  }
  let asked = 0
  async function ask(subject: string): Promise<{ id: string; sign_url: string }> {
    const documents = [{ name: '评标报告.txt', content: Buffer.from('评标报告 第一标段 推荐中标候选人').toString('base64') }]
    const answer = await center('/requests', { method: 'POST', body: JSON.stringify({ subject, title: '评标报告签字', documents }) })
    expect(answer.status).to.equal(201)
    return await answer.json()
  }

  /** The bank's own pages: the shield, and the look at the person where it is asked for. */
  async function atBank(page: Page, shield: IssuedShield, check: boolean): Promise<void> {
    await page.getByRole('button', { name: '建设银行' }).first().click()
    await signWithShield(page, shield)
    if (check) await press(page, '完成人脸核验')
  }
  /** From the first page to the choice of the PIN, and the PIN chosen. */
  async function makeKey({ page, look }: Visit, shield: IssuedShield): Promise<void> {
    await page.goto(`${stage.urls.broker}/experts`)
    await atBank(page, shield, false)
    await look('home', '专家云签')
    await follow(page, '启用云签')
    await look('unchecked', '启用云签')
    await follow(page, '去银行核验本人')
    await atBank(page, shield, true)
    await page.getByLabel('签名 PIN').fill('12345678')
    await page.getByLabel('再输入一次').fill('12345678')
    await press(page, '生成密钥')
    await page.getByText('太容易被猜到').waitFor()
    await look('weak-pin', '启用云签', /status of 422/)
    await page.getByLabel('签名 PIN').fill(PIN)
    await page.getByLabel('再输入一次').fill(PIN)
    await press(page, '生成密钥')
  }
  async function openRequest({ page, look }: Visit, address: string): Promise<void> {
    await page.goto(address)
    await look('request', '请您签名')
    expect(await page.locator('main').innerText()).to.include('评标报告.txt')
    await press(page, '我已核对，用云签签名')
  }
  async function fetched(id: string, by: string): Promise<void> {
    const state: unknown = await (await center(`/requests/${id}`)).json()
    expect(state).to.deep.include({ id, state: 'signed' })
    const evidence = JSON.stringify(await (await center(`/requests/${id}/evidence`)).json())
    expect(evidence).to.include(by).and.include('评标报告.txt')
    const signature = await (await center(`/requests/${id}/documents/1`)).arrayBuffer()
    expect(signature.byteLength).to.be.greaterThan(500)
  }

  it('on a phone alone, with one-time codes: activated, a wrong PIN told by the tries left, signed', async () => {
    const shield = shieldAt(stage, 'ccb')
    const sub = await known('ccb', shield)
    const expert = await start('codes', 'phone')
    const { page, look } = expert
    await makeKey(expert, shield)
    await look('enrol', '绑定动态口令')
    const secret = fromBase32((await textOf(page, '#totp-secret')).replaceAll(' ', ''))
    await follow(page, '已绑定，继续')
    await look('activate', '确认启用')
    const first = stepAt(new Date())
    await page.getByLabel('签名 PIN').fill(PIN)
    await page.getByLabel('动态口令').fill(codeOf(secret, first))
    await press(page, '启用')
    await page.getByText('云签已启用').waitFor()
    await look('active', '专家云签')

    const { id, sign_url } = await ask(sub)
    await openRequest(expert, sign_url)
    await look('list', '核对清单并签名')
    await page.getByLabel('签名 PIN').fill('Wrong-13579')
    await page.getByLabel('动态口令').fill('000000')
    await press(page, '签名')
    await page.getByText('还可以试 5 次').waitFor()
    await look('wrong', '核对清单并签名', /status of 403/)
    // a phone's clock may be a step ahead, and no code counts twice: so nobody here waits for the next one
    await page.getByLabel('签名 PIN').fill(PIN)
    await page.getByLabel('动态口令').fill(codeOf(secret, Math.max(stepAt(new Date()), first + 1)))
    await press(page, '签名')
    await look('signed', '已签名')
    await fetched(id, '"totp"')
    await page.goto(`${stage.urls.broker}/experts`)
    await press(page, '停用并吊销')
    await page.getByText('证书已吊销').waitFor()
    await look('revoked', '专家云签')
    await expert.leave()
  })

  it('at a computer, with the bank’s app on the phone showing the same list', async () => {
    const { shield, app } = both(stage)
    const sub = await known('ccb', shield)
    await known('abc', app)
    const [computer, phone] = [await start('computer', 'desktop'), await start('phone', 'phone')]
    /** the phone signs what the computer's page shows; the computer goes on by itself */
    const approve = async (name: string, enrol: boolean) => {
      await computer.page.locator('.qr').waitFor()
      const label = (await computer.page.locator('.qr').getAttribute('aria-label')) ?? ''
      const [words, number] = [await textOf(computer.page, '#signing-text'), await textOf(computer.page, '.ask-digits')]
      await phone.page.goto(label.slice(label.indexOf('http')))
      await phone.look(`${name}-asked`, '确认云签')
      await phone.page.getByLabel('两位数字').fill(number)
      await press(phone.page, '数字一致')
      await phone.look(`${name}-words`, '确认云签')
      expect(await textOf(phone.page, 'pre')).to.equal(words)
      await phone.page.getByRole('link', { name: '手机银行签名' }).click()
      if (enrol) {
        await phone.page.getByLabel('登录名').fill(app.person.login)
        await phone.page.getByLabel('密码').fill(app.person.password)
        await press(phone.page, '绑定')
      }
      await phone.page.getByLabel('PIN').fill(app.person.pin)
      await press(phone.page, '签名')
      await phone.look(`${name}-done`, '已确认')
      await computer.page.locator('#ask[data-state="approved"]').waitFor()
      await computer.page.getByLabel('签名 PIN').fill(PIN)
    }
    await makeKey(computer, shield)
    await computer.look('activate', '确认启用')
    await approve('activate', true)
    await press(computer.page, '启用')
    await computer.page.getByText('云签已启用').waitFor()

    const { id, sign_url } = await ask(sub)
    await openRequest(computer, sign_url)
    await computer.look('list', '核对清单并签名')
    await approve('list', false)
    await computer.look('approved', '核对清单并签名')
    await press(computer.page, '签名')
    await computer.look('signed', '已签名')
    await fetched(id, '"cms"')
    for (const each of [computer, phone]) await each.leave()
  })
})

/** One person with good shields of the bank that checks persons and of the one whose app signs. */
function both({ sandbox: { bank } }: Stage): { shield: IssuedShield; app: IssuedShield } {
  const good = (id: string) => bank.shields(id).filter(({ state, kind }) => state === 'good' && kind === 'SM2-dual')
  const alone = good('ccb')[0]?.person.id
  for (const shield of good('ccb')) {
    const app = good('abc').find(({ person, company }) => person.id === shield.person.id && company.uscc === shield.company.uscc)
    if (app !== undefined && shield.person.id !== alone) return { shield, app }
  }
  throw new Error('nobody has both')
}

function fromBase32(text: string): Buffer {
  const bits = [...text].map(letter => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('')
  return Buffer.from((bits.match(/.{8}/g) ?? []).map(byte => Number.parseInt(byte, 2)))
}

import { expect } from 'chai'
import * as client from 'openid-client'
import type { Page } from 'playwright-core'
import type { IssuedShield } from '../../bank-adapters/mock-bank/shields.ts'
import { HttpBrowser } from '../../server/sandbox/http-browser.ts'
import { demonstrationCenter } from '../../server/sandbox/scene.ts'
import { logIn } from '../../server/sandbox/walk.ts'
import { give, type Holder } from '../flows/mandates.ts'
import { type Stage, useStage } from './stage.ts'
import { agree, signWithShield } from './steps.ts'
import { useBrowser, type Viewport } from './support.ts'
import { type Visit, visit } from './visit.ts'
import { crew, enterWorkbench, follow, goToWorkbench, press, signAtWorkbench } from './workbench-steps.ts'

/** A second pair of eyes, as people see it: a bid bond that two others have to agree to, one at a computer and one at a phone, each with their own shield. Nobody reloads a page. */
describe('a bid bond that two others agree to, in browsers', function () {
  this.timeout(300_000)
  const browser = useBrowser()
  let stage: Stage
  useStage(opened => {
    stage = opened
  })

  const start = (name: string, viewport: Viewport): Promise<Visit> =>
    visit(browser(), stage.houses, { name: `approval-${name}`, viewport, patience: 60_000 })
  async function known(shield: IssuedShield): Promise<Holder> {
    const { plan, bank } = stage.sandbox
    const own = bank.shields('abc').find(({ serial }) => serial === shield.serial)
    if (own === undefined) throw new Error('the bank does not know its own shield')
    const { sub } = await logIn({ plan, bank, browser: new HttpBrowser(() => Date.now()) }, { bank: 'abc', shield: own, company: own.company.uscc })
    return { shield: own, sub: String(sub) }
  }
  /** two operators whose bonds need two others to agree, so that the legal representative and either of them are two others */
  async function company(nth: number) {
    const [boss, clerk, colleague] = await crew(stage, nth)
    const holders = [await known(boss), await known(clerk), await known(colleague)] as const
    const mandate = await give(stage.sandbox, holders[0], holders[1], { acts: ['login', 'bond_pay'], approvals: 2 })
    await give(stage.sandbox, holders[0], holders[2], { acts: ['login', 'bond_pay'], approvals: 2 })
    return { boss, clerk, colleague, mandate }
  }
  async function askAtCenter(project: string) {
    const { urls } = stage
    const { id, metadata } = demonstrationCenter(urls.center)
    const config = await client.discovery(new URL(`${urls.broker}/oidc`), id, undefined, client.ClientSecretBasic(metadata.client_secret), {
      execute: [client.allowInsecureRequests],
    })
    const pkceCodeVerifier = client.randomPKCECodeVerifier()
    const address = await client.buildAuthorizationUrlWithPAR(config, {
      redirect_uri: `${urls.center}/callback`,
      scope: 'openid enterprise',
      bank: 'abc',
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      authorization_details: JSON.stringify([{ type: 'bid_bond', operation: 'pay', project, amount_fen: 80_000_000 }]),
    })
    return { address: address.href, redeem: (callback: string) => client.authorizationCodeGrant(config, new URL(callback), { pkceCodeVerifier }) }
  }
  async function signBond({ page }: Visit, address: string, clerk: IssuedShield): Promise<void> {
    await page.goto(address)
    await signWithShield(page, clerk)
    await page
      .getByRole('heading', { name: '请核对并签名' })
      .or(page.getByRole('button', { name: '同意并登录' }))
      .first()
      .waitFor()
    if (await page.getByRole('button', { name: '同意并登录' }).isVisible()) await agree(page)
    await signAtWorkbench(page, clerk)
    await page.getByRole('heading', { name: '还需要其他人同意' }).waitFor()
  }
  const progress = (page: Page, words: string) => page.locator('#progress', { hasText: words }).waitFor()
  const usesOf = async (mandate: string) => (await stage.sandbox.app.stores.mandates.entriesOf(mandate, 20)).filter(({ kind }) => kind === 'used')

  it('is done once, at the last agreement, and handed to the login that asked; each screen follows', async () => {
    const { boss, clerk, colleague, mandate } = await company(0)
    const asking = await start('clerk', 'desktop')
    const { address, redeem } = await askAtCenter('GZ-2026-021')
    await signBond(asking, address, clerk)
    await asking.look('others-first', '还需要其他人同意')

    const first = await start('boss', 'desktop')
    await enterWorkbench(stage, first.page, boss)
    await first.look('inbox', '您好')
    await follow(first.page, '去处理')
    await first.page.locator('#shield-sign:enabled').waitFor()
    await first.look('agree', '请您同意')
    expect(await first.page.locator('main').innerText()).to.include('800000.00元')
    await signAtWorkbench(first.page, boss)
    await first.page.getByText('您已同意').waitFor()
    await progress(first.page, '等待同意')
    await first.look('half', '要办理')
    await asking.page.locator('#progress li', { hasText: boss.person.name }).waitFor()
    const used = async () => (await usesOf(mandate)).filter(({ act }) => act === 'bond_pay').length
    expect(await used()).to.equal(0)

    const callback = asking.page.waitForRequest(request => request.url().startsWith(`${stage.urls.center}/callback`))
    const second = await start('colleague', 'phone')
    await enterWorkbench(stage, second.page, colleague)
    await second.look('inbox', '您好')
    await follow(second.page, '去处理')
    await second.page.locator('#shield-sign:enabled').waitFor()
    await second.look('agree', '请您同意')
    await signAtWorkbench(second.page, colleague, '000000')
    await second.page.getByText(/PIN 码不正确/).waitFor()
    await signAtWorkbench(second.page, colleague)
    await progress(second.page, '已办理')
    await second.look('done', '要办理')
    await progress(first.page, '已办理')
    await first.look('done', '要办理')
    expect(await used()).to.equal(1)

    const tokens = await redeem((await callback).url())
    expect(tokens.authorization_details?.[0]).to.include({ type: 'bid_bond', power: mandate, project: 'GZ-2026-021' })
    expect(await used(), 'performed once').to.equal(1)
    for (const each of [asking, first, second]) await each.context.close()
  })

  it('ends for everybody when one of them says no on the phone, and nothing was done', async () => {
    const { boss, clerk, colleague, mandate } = await company(1)
    const asking = await start('refused-clerk', 'phone')
    const { address } = await askAtCenter('GZ-2026-022')
    await signBond(asking, address, clerk)

    const first = await start('refused-boss', 'desktop')
    await enterWorkbench(stage, first.page, boss)
    await follow(first.page, '去处理')
    await signAtWorkbench(first.page, boss)
    await progress(first.page, '等待同意')
    const second = await start('refused-colleague', 'phone')
    await enterWorkbench(stage, second.page, colleague)
    await follow(second.page, '去处理')
    await press(second.page, '不同意')
    await progress(second.page, '没有办理')
    await second.look('refused', '要办理')
    await progress(first.page, '没有办理')
    await first.look('refused', '要办理')
    expect((await usesOf(mandate)).filter(({ act }) => act === 'bond_pay')).to.deep.equal([])
    await asking.page.getByText('原因代码：ask_refused').waitFor()
    await asking.look('refused', '这项业务现在不能办理', /403/)
    await goToWorkbench(stage, first.page)
    await first.page.getByText('现在没有等您处理的事').waitFor()
    for (const each of [asking, first, second]) await each.context.close()
  })
})

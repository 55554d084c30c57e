import { expect } from 'chai'
import { pem } from '../../server/pki/pem.ts'
import type { Sandbox } from '../../server/sandbox/start.ts'
import { useSandbox } from './stage.ts'
import { useBrowser } from './support.ts'
import { visit } from './visit.ts'

/** The operator's pages of the trust list and the page of the recognition interface, each looked at as visit.ts says. */
describe('trust list in a browser', function () {
  this.timeout(60_000)
  const browser = useBrowser()
  let sandbox: Sandbox
  useSandbox(opened => {
    sandbox = opened
  })

  it('shows the list, what ends next, the changes, and why a certificate is accepted or refused', async () => {
    const { broker, management } = sandbox.plan.urls
    const { page, look, leave } = await visit(browser(), [broker, management], { name: 'trust', also: 'phone' })
    await page.goto(`${management}/trust`)
    await look('overview', '信任列表')
    await page.getByRole('link', { name: '农业银行' }).first().click()
    await look('bank', '农业银行')
    await page.goto(`${management}/trust/changes`)
    await look('changes', '变更')

    const [good, bad] = sandbox.bank.shields('abc').filter(({ kind, state }) => kind === 'SM2-dual' && state === 'good')
    if (good === undefined || bad === undefined) throw new Error('too few shields')
    sandbox.bank.revoke('abc', bad.serial)
    const explain = async (der: Uint8Array) => {
      await page.goto(`${management}/trust/explain`)
      await page.getByLabel('证书').first().fill(pem(der))
      await page.getByRole('button', { name: '解释' }).click()
    }
    await explain(good.certificate)
    await look('explain-good', '解释')
    expect(await page.locator('main').innerText()).to.include('RFC 5280')
    await page.goto(`${management}/trust/ends`)
    await look('ends', '到期与吊销')
    sandbox.app.certificates.revocation.invalidate()
    await explain(bad.certificate)
    await look('explain-revoked', '解释')
    expect(await page.locator('main').innerText()).to.include('吊销')
    await page.goto(`${broker}/api/trust/`)
    await look('interface', '互认')
    await leave()
  })
})

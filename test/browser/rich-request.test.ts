import { expect } from 'chai'
import * as client from 'openid-client'
import { demonstrationCenter } from '../../server/sandbox/scene.ts'
import { type Stage, useStage } from './stage.ts'
import { agree, shieldAt, signWithShield } from './steps.ts'
import { useBrowser, type Viewport } from './support.ts'
import { visit } from './visit.ts'

/** What a center asks beyond the login, in a real browser: read, signed by the shield through the page's own script and the agent. */
describe('a bid bond in a browser', function () {
  this.timeout(120_000)
  const browser = useBrowser()
  let stage: Stage
  useStage(opened => {
    stage = opened
  })

  for (const viewport of ['desktop', 'phone'] as Viewport[]) {
    it(`is agreed to with the shield of the legal representative, on a ${viewport}`, async () => {
      const { urls, sandbox } = stage
      const { id, metadata } = demonstrationCenter(urls.center)
      const config = await client.discovery(new URL(`${urls.broker}/oidc`), id, undefined, client.ClientSecretBasic(metadata.client_secret), {
        execute: [client.allowInsecureRequests],
      })
      const verifier = client.randomPKCECodeVerifier()
      const asked = await client.buildAuthorizationUrlWithPAR(config, {
        redirect_uri: `${urls.center}/callback`,
        scope: 'openid enterprise',
        bank: 'abc',
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        authorization_details: JSON.stringify([{ type: 'bid_bond', operation: 'pay', project: 'GZ-2026-017', amount_fen: 80_000_000 }]),
      })
      const shield = sandbox.bank
        .shields('abc')
        .find(({ role, state, kind }) => role === 'legal-representative' && state === 'good' && kind === 'SM2-dual')
      if (shield === undefined) throw new Error(`no legal representative at abc beside ${shieldAt(stage, 'abc').person.name}`)
      const { page, look, context } = await visit(browser(), Object.values(urls), { name: `bond-${viewport}`, viewport })
      await page.goto(asked.href)
      await signWithShield(page, shield)
      if (viewport === 'desktop') await agree(page)
      await page.locator('#shield-sign:enabled').waitFor()
      await look('authorize', '请核对并签名')
      expect(await page.locator('main').innerText()).to.contain('800,000.00元(80000000分)')
      // the center's page did not ask for this and knows no such state: what the browser brings it is redeemed here
      const back = page.waitForRequest(request => request.url().startsWith(`${urls.center}/callback`))
      await signWithShield(page, shield)
      const callback = new URL((await back).url())
      const tokens = await client.authorizationCodeGrant(config, callback, { pkceCodeVerifier: verifier })
      expect(tokens.authorization_details?.[0]).to.include({ type: 'bid_bond', power: 'legal-representative' })
      expect(tokens.authorization_details?.[0]?.['evidence']).to.be.a('string')
      await context.close()
    })
  }
})

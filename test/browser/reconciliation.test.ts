import { expect } from 'chai'
import { writeDifference } from '../../bank-adapters/reconciliation/difference.ts'
import { systemClock } from '../../server/kernel/clock.ts'
import type { Sandbox } from '../../server/sandbox/start.ts'
import { dayRow } from '../reconciliation/rows.ts'
import { useSandbox } from './stage.ts'
import { useBrowser } from './support.ts'
import { visit } from './visit.ts'

/** The operator's worklist of differences, each page looked at as visit.ts says. */
describe('reconciliation in a browser', function () {
  this.timeout(60_000)
  const browser = useBrowser()
  let sandbox: Sandbox
  useSandbox(async opened => {
    sandbox = opened
    const store = sandbox.app.stores.reconciliation
    const updatedAt = systemClock.now().toISOString()
    for (const [n, day] of ['2026-11-25', '2026-11-26', '2026-11-27'].entries())
      await store.putDay({
        ...{ bank: 'ccb', day, state: n === 2 ? 'comparing' : 'compared', progress: n === 2 ? 40 : 100, updatedAt },
        counts: JSON.stringify({ agreed: 1200 + n, doubtful: n, found: { amount: n + 1 } }),
      })
    const pair = (n: number) => ({ bank: dayRow(n, { fen: 80_001n }), platform: dayRow(n, { fen: 80_000n }) })
    await store.addCases(
      ['due', 'other', 'later'].map((id, n) => ({
        ...{ id, bank: 'ccb', day: '2026-11-26', kind: 'amount', key: `receipt in/CCB0000000${n}`, state: 'open' as const, owner: '清算岗' },
        body: writeDifference({ kind: 'amount', key: `receipt in/CCB0000000${n}`, ...pair(n) }),
        dueAt: n === 2 ? '2027-12-01T00:00:00.000Z' : '2026-11-27T00:00:00.000Z',
      })),
    )
  })

  it('shows what waits and how far each day is, and lets a person resolve a difference by name', async () => {
    const { management } = sandbox.plan.urls
    const { page, look, leave } = await visit(browser(), [management], { name: 'reconciliation', viewport: 'phone', also: 'desktop' })
    await page.goto(`${management}/reconciliation`)
    await look('worklist', '对账差错')
    const shown = await page.locator('main').innerText()
    expect(shown).to.include('已过处理期限').and.to.include('¥800.01').and.to.include('比对中')
    await page.goto(`${management}/reconciliation/cases/due`)
    await look('case', '金额不符')
    await page.getByLabel('处理人').fill('王芳')
    await page.getByLabel('凭证编号').fill('回单 20261126')
    await page.getByLabel('说明').fill('银行多记一分，已于次日冲正')
    await page.getByRole('button', { name: '确认处理' }).click()
    await page.waitForURL(`${management}/reconciliation/cases/due`)
    await look('resolved', '金额不符')
    expect(await page.locator('main').innerText())
      .to.include('王芳')
      .and.to.include('已于次日冲正')
    expect((await sandbox.app.stores.reconciliation.case('due'))?.state).to.equal('resolved')
    await leave()
  })
})

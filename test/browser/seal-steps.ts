import type { IssuedShield } from '../../bank-adapters/mock-bank/shields.ts'
import type { Stage } from './stage.ts'
import type { Visit } from './visit.ts'
import { follow, goToWorkbench, press, signAtWorkbench } from './workbench-steps.ts'

/** A company seal, applied for and made by the legal representative, who has entered the workbench. */
export async function makeSeal(stage: Stage, { page, look }: Pick<Visit, 'page' | 'look'>, boss: IssuedShield): Promise<void> {
  await goToWorkbench(stage, page, '/seals')
  await look('none', '电子印章')
  await follow(page, '申请印章')
  await look('apply', '申请印章')
  await press(page, '下一步')
  await page.locator('#shield-sign:enabled').waitFor()
  await look('sign', '核对')
  await signAtWorkbench(page, boss)
  await page.locator('.desk').waitFor()
  await page.getByText('使用中').or(page.getByText('有效')).first().waitFor()
  await look('made', '公章')
}

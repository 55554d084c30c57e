import type { Page } from 'playwright-core'
import type { IssuedShield } from '../../bank-adapters/mock-bank/shields.ts'
import type { Stage } from './stage.ts'
import { signWithShield } from './steps.ts'

/** What people do at the company workbench, whatever they came for. Everybody here is a customer of the Agricultural Bank. */

/** A legal representative with a shield of the bank, and two operators of the company, of whom the second has just been given theirs. @param nth which company: tests that change it take their own */
export async function crew({ sandbox: { bank } }: Stage, nth: number): Promise<[IssuedShield, IssuedShield, IssuedShield]> {
  const good = bank.shields('abc').filter(({ state, kind }) => state === 'good' && kind === 'SM2-dual')
  const operators = good.filter(({ role }) => role === 'operator')
  const companies = good
    .filter(({ role, company: { uscc } }) => role === 'legal-representative' && operators.some(({ company }) => company.uscc === uscc))
    .map(giver => ({ giver, clerk: operators.find(({ company }) => company.uscc === giver.company.uscc) }))
  // nobody who is in another crew: with a seat at two companies they would be asked which
  const taken = new Set(companies.map(({ clerk }) => clerk?.person.id))
  const strangers = [...new Map(operators.filter(({ person }) => !taken.has(person.id)).map(each => [each.person.id, each])).values()]
  const { giver, clerk } = companies[nth] ?? {}
  const stranger = strangers.filter(({ company }) => company.uscc !== giver?.company.uscc)[nth]
  if (giver === undefined || clerk === undefined || stranger === undefined) throw new Error('the bank has too few shields')
  const { serial } = await bank.issue('abc', { person: stranger.person, company: giver.company, role: 'operator' })
  const other = bank.shields('abc').find(each => each.serial === serial)
  if (other === undefined) throw new Error('the bank does not know the shield it issued')
  return [giver, clerk, other]
}

export const goToWorkbench = ({ urls }: Stage, page: Page, path = ''): Promise<unknown> => page.goto(`${urls.broker}/workbench${path}`)

export async function enterWorkbench(stage: Stage, page: Page, shield: IssuedShield, path = ''): Promise<void> {
  await goToWorkbench(stage, page, path)
  await page.getByRole('button', { name: '农业银行' }).first().click()
  await signWithShield(page, shield)
  await page.locator('.desk').waitFor()
}

/** A person may have shields of several banks in the computer; this one has logged in. @param pin the right one unless told */
export async function signAtWorkbench(page: Page, { company, person, pin: right }: IssuedShield, pin = right): Promise<void> {
  await page.locator('#shield-sign:enabled').waitFor()
  const option = page.locator('#shield-select option', { hasText: company.name }).filter({ hasText: person.name }).filter({ hasText: '农行' })
  await page.locator('#shield-select').selectOption(await option.first().getAttribute('value'))
  await page.locator('#shield-pin').fill(pin)
  await page.locator('#shield-sign').click()
}

export const press = (page: Page, name: string | RegExp): Promise<void> => page.getByRole('button', { name }).click()
export const follow = (page: Page, name: string | RegExp): Promise<void> => page.getByRole('link', { name }).first().click()

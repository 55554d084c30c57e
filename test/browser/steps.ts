import type { Page } from 'playwright-core'
import type { IssuedShield } from '../../bank-adapters/mock-bank/shields.ts'
import { HttpBrowser } from '../../server/sandbox/http-browser.ts'
import { logIn } from '../../server/sandbox/walk.ts'
import type { Stage } from './stage.ts'

/** What a person does at each stop, by what they see there. */

/** A good shield of the bank. @param holder the person's name, for one who has just one company; the first good one unless told */
export function shieldAt({ sandbox }: Stage, bank: string, holder?: string): IssuedShield {
  const found = sandbox.bank
    .shields(bank)
    .find(({ state, kind, person }) => state === 'good' && kind === 'SM2-dual' && (holder === undefined || person.name === holder))
  if (found === undefined) throw new Error(`bank ${bank} has no good shield of ${holder ?? 'anybody'}`)
  return found
}

/** An earlier login with the shield, in another browser: from then on the person may act for the company by password, too. The center asks for their consent again. */
export async function bindBefore({ sandbox: { plan, bank, app } }: Stage, { bank: id, serial }: IssuedShield): Promise<void> {
  const shield = bank.shields(id).find(each => each.serial === serial)
  if (shield === undefined) throw new Error(`bank ${id} has no shield ${serial}`)
  const { sub } = await logIn({ plan, bank, browser: new HttpBrowser(() => Date.now()) }, { bank: id, shield })
  await app.stores.consents.withdraw(String(sub), 'demo-center')
}

/** From the center's first page by way of the list of banks. */
export async function chooseBank(page: Page, { center }: Stage['urls'], search: string): Promise<void> {
  await page.goto(center)
  await page.getByRole('link', { name: '企业登录' }).click()
  await page.getByLabel('查找银行').fill(search)
}

/** Any page with a shield to choose and a PIN to enter: the bank's or ours. @param pin the right one unless told */
export async function signWithShield(page: Page, shield: IssuedShield, pin = shield.pin): Promise<void> {
  await page.locator('#shield-sign:enabled').waitFor()
  await chooseShield(page, shield)
  await page.locator('#shield-pin').fill(pin)
  await page.locator('#shield-sign').click()
}

export async function chooseShield(page: Page, { company, person }: IssuedShield): Promise<void> {
  const option = page.locator('#shield-select option', { hasText: company.name }).filter({ hasText: person.name })
  await page.locator('#shield-select').selectOption(await option.getAttribute('value'))
}

/** At the bank: user name and password, then the text message's code as the page shows it. */
export async function passwordAtBank(page: Page, person: IssuedShield['person'], between?: () => Promise<void>): Promise<void> {
  await page.getByLabel('登录名').fill(person.login)
  await page.getByLabel('密码').fill(person.password)
  await page.getByRole('button', { name: '下一步' }).click()
  const code = await textOf(page, '#sms-code')
  await between?.()
  await page.getByLabel('短信验证码').fill(code)
  await page.getByRole('button', { name: '登录' }).click()
}

export const agree = (page: Page): Promise<void> => page.getByRole('button', { name: '同意并登录' }).click()

/** From a center's page, through our question, to the center's first page. */
export async function logOutEverywhere(page: Page, between?: () => Promise<void>): Promise<void> {
  await page.getByRole('button', { name: '退出登录' }).click()
  await page.getByRole('heading', { name: '要退出登录吗' }).waitFor()
  await between?.()
  await page.getByRole('button', { name: '全部退出' }).click()
  await page.getByRole('link', { name: '企业登录' }).waitFor()
}

/** What stands there, once something does. */
export const textOf = async (page: Page, selector: string): Promise<string> => (await page.locator(selector).textContent()) ?? ''

/** The bank's app in a person's hand, over HTTP: a phone enrols, opens a code, gives the number, signs, and posts what the app made of it back. */
import { DEMO_PASSWORD, DEMO_PIN, type Person } from '../../bank-adapters/mock-bank/companies.ts'
import { plainText } from '../../bank-adapters/mock-bank/headless.ts'
import { forms, type HttpBrowser, type Page } from '../../server/sandbox/http-browser.ts'
import type { TestSandbox } from './sandbox.ts'

export interface Phone {
  browser: HttpBrowser
  /** opens what the code holds and gives the number; answers the page that leads to the bank's app */
  open(code: Code): Promise<Page>
  /** the app's own page, from the page that leads there */
  app(opened: Page): Promise<Page>
  /** PIN and button in the app; answers the form that it posts to the broker */
  agree(app: Page, pin?: string): Promise<Form>
  /** the app's form to the broker, and from there on with the phone's cookie */
  hand(form: Form): Promise<Page>
  /** all of it */
  sign(code: Code): Promise<Page>
}

export interface Code {
  /** what the QR code holds */
  address: string
  number: string
}
interface Form {
  action: string
  fields: Record<string, string>
}

/** What a page with a code shows. */
export function codeOn({ body }: Page): Code {
  const address = /opens on the phone (http[^"<]+)/.exec(body)?.[1]
  const number = /class="ask-digits">(\d\d)</.exec(body)?.[1]
  if (address === undefined || number === undefined) throw new Error(`no code on the page: ${plainText(body).slice(0, 500)}`)
  return { address: plainText(address), number }
}

/** A phone of somebody at the bank, enrolled for one company. */
export async function enrolPhone(
  sandbox: TestSandbox,
  { person, company }: { person: Pick<Person, 'login'>; company: { uscc: string } },
): Promise<Phone> {
  const { browser } = sandbox.walker()
  const app = `${sandbox.plan.urls.bank}/abc/app`
  await browser.post(`${app}/enrol`, { text: '', return: '', login: person.login, password: DEMO_PASSWORD, seat: company.uscc })
  const phone: Phone = {
    browser,
    open: ({ address, number }) => browser.post(`${address}/number`, { number }),
    async app({ body }) {
      const link = new RegExp(`href="(${app}/sign\\?[^"]*)"`).exec(body)?.[1]
      if (link === undefined) throw new Error(`no way to the app: ${plainText(body).slice(0, 500)}`)
      return await browser.get(plainText(link))
    },
    async agree(page, pin = DEMO_PIN) {
      const form = forms(page).find(({ id }) => id === 'app-form')
      const serial = /<option value="([0-9a-f]+)"/.exec(page.body)?.[1] ?? ''
      const answer = await browser.post(form?.action ?? '', { ...form?.fields, serial, pin })
      const [back] = forms(answer)
      if (back === undefined || answer.status !== 200) throw new Error(`the app did not sign: ${plainText(answer.body).slice(0, 500)}`)
      return back
    },
    async hand({ action, fields }) {
      const bounced = await browser.post(action, fields)
      const [on] = forms(bounced)
      return on?.id === 'auto-submit' ? await browser.post(on.action, on.fields) : bounced
    },
    async sign(code) {
      return await phone.hand(await phone.agree(await phone.app(await phone.open(code))))
    },
  }
  return phone
}

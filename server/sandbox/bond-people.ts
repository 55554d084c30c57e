import { type Seat, seatsAt } from '../../bank-adapters/mock-bank/companies.ts'
import type { Clock } from '../kernel/clock.ts'
import { sm3 } from '../pki/sm2.ts'
import { forms, HttpBrowser, type Page } from './http-browser.ts'
import type { Sandbox } from './start.ts'
import { walkFrom } from './walk.ts'

/** Bidders of the demonstration: legal representatives of demonstration companies, each with a shield of their bank, at their own pages. */
export interface Bidder {
  bank: string
  seat: Seat
  name: string
  /** the company's basic account, as it says */
  basicAccount: string
  browser: HttpBrowser
  /** from the page that gives it out */
  account: string
  /** the bond's own page */
  page: string
}

/** @param wanted how many of each bank */
export async function bidders({ bank }: Sandbox, clock: Clock, wanted: Readonly<Record<string, number>>): Promise<Bidder[]> {
  const taken = new Set<string>()
  const found: Bidder[] = []
  for (const [id, count] of Object.entries(wanted)) {
    const seats = seatsAt(id).filter(({ role, company }) => role === 'legal-representative' && !taken.has(company.uscc))
    for (const seat of seats.slice(0, count)) {
      taken.add(seat.company.uscc)
      await bank.issue(id, seat)
      const browser = new HttpBrowser(() => clock.now().getTime())
      found.push({ bank: id, seat, name: seat.company.name, basicAccount: basicAccountOf(seat), browser, account: '', page: '' })
    }
  }
  return found
}

/** Always the same, and no real one. */
const basicAccountOf = ({ company }: Seat): string => `99${BigInt(`0x${sm3(Buffer.from(company.uscc)).slice(0, 12)}`)}`.slice(0, 17)

/** Logs in on the way to the section's page, chooses the bank, and gets the sub-account. @throws Error with what the page says */
export async function getAccount({ plan, bank }: Sandbox, bidder: Bidder, companyPage: string): Promise<Bidder> {
  const { browser, seat } = bidder
  const shield = bank
    .shields(bidder.bank)
    .findLast(each => each.person.id === seat.person.id && each.company.uscc === seat.company.uscc && each.state === 'good')
  if (shield === undefined) throw new Error(`${bidder.name} has no shield`)
  const walk = { bank: bidder.bank, shield, company: seat.company.uscc }
  const here = (page: Page) => page.url === companyPage
  const form = await walkFrom({ plan, bank, browser }, walk, companyPage, 'nowhere:', here)
  const [asked] = forms(form).filter(({ action }) => action === companyPage)
  if (asked === undefined) throw new Error(`no form at ${form.url}`)
  const page = await browser.post(asked.action, { bank: bidder.bank, basic_account: bidder.basicAccount })
  const account = /data-copy="(\d+)"/.exec(page.body)?.[1]
  if (account === undefined) throw new Error(`no sub-account at ${page.url}: ${page.status}`)
  return { ...bidder, account, page: page.url }
}

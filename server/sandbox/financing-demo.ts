import { setTimeout as wait } from 'node:timers/promises'
import { verifyDocument } from '../credit/report/document.ts'
import { totalCostOf } from '../financing/state/cost.ts'
import type { Clock } from '../kernel/clock.ts'
import { readUscc } from '../kernel/uscc.ts'
import type { Bidder } from './bond-people.ts'
import { centerProgram } from './center-program.ts'
import { forms } from './http-browser.ts'
import type { Sandbox } from './start.ts'
import { sign, walkFrom } from './walk.ts'

/** The last step of the demonstration of bonds: the winner's deal is reported, three banks offer on it by the company's consents, and one lends. */
const BANKS = ['abc', 'ccb', 'icbc']
const DEAL = 350_000_000
const ASKED = 100_000_000
const yuan = (fen: number | bigint) => `${(Number(fen) / 100).toLocaleString('en')} 元`

export async function financingStory(
  sandbox: Sandbox,
  clock: Clock,
  { winner, section, bond }: { winner: Bidder; section: string; bond: string },
  say: (text: string) => void,
) {
  const { plan, app, bank } = sandbox
  const { browser, seat } = winner
  const { applications } = app.financing.room
  const uscc = readUscc(seat.company.uscc)
  const day = clock.now().toISOString().slice(0, 10)
  const deals = centerProgram(plan, '/api/deals')
  const deal = await deals.ask<{ id: string }>('POST', '', { section, bond, fen: DEAL, contract: `HT-${clock.now().getTime()}`, signed_on: day })
  const refused = await deals.refusal('POST', `/${deal.id}/tell`, { bank: 'ccb', ground: { kind: 'consent' } })
  say(`成交    deal       ${winner.name} ${yuan(DEAL)}；未经授权提供给银行：${refused}`)

  const until = new Date(clock.now().getTime() + 30 * 86_400_000).toISOString().slice(0, 10)
  const base = `${plan.urls.broker}/workbench/financing`
  const shield = bank
    .shields(winner.bank)
    .findLast(each => each.person.id === seat.person.id && each.company.uscc === seat.company.uscc && each.state === 'good')
  if (shield === undefined) throw new Error(`${winner.name} has no shield`)
  const walk = { bank: winner.bank, shield, company: seat.company.uscc }
  const begin = `${base}/new?${new URLSearchParams({ kind: 'deal-loan', of: deal.id })}`
  // days went by since the last visit
  const blank = await walkFrom({ plan, bank, browser }, walk, begin, 'nowhere:', page => page.url === begin)
  const found = forms(blank).find(({ action }) => new URL(action).pathname.endsWith('/financing/sign'))
  if (found === undefined) throw new Error(`no form at ${blank.url}: ${blank.status}`)
  const { id = '' } = found.fields
  const asked = new URLSearchParams({ id, kind: 'deal-loan', of: deal.id, amount: String(ASKED / 100), days: '180', until, credit: 'yes' })
  for (const each of BANKS) asked.append('banks', each)
  const words = await browser.get(`${base}/sign?${asked}`)
  const form = forms(words).find(each => each.id === 'shield-form')
  if (form === undefined) throw new Error(`nothing to sign at ${words.url}: ${words.status}`)
  const { banks: _, ...fields } = { ...form.fields, ...(await sign({ plan, bank, browser }, walk, words)) }
  const sent = new URLSearchParams(fields)
  for (const each of BANKS) sent.append('banks', each)
  const after = await browser.postFields(form.action, sent)
  if (after.url !== `${base}/${id}`) throw new Error(`the application was not taken: ${after.status} at ${after.url}`)
  say(`授权    consented  一次签名，${BANKS.length} 家银行的成交信息与投标信用报告`)

  const read = async () => (await applications.one(uscc, id)).financing
  await settled(sandbox, async () => (await read()).cases.every(each => each.state === 'offered'), 'three banks offer')
  const reports = BANKS.flatMap(each => bank.financing(each).heard()).flatMap(({ part }) => {
    const document = typeof part === 'object' && part !== null && 'creditReport' in part ? String(part.creditReport) : undefined
    return document === undefined ? [] : [verifyDocument(document)]
  })
  const genuine = reports.filter(({ ok }) => ok).length
  say(`信用    credit     ${genuine} 份投标信用报告随申请提供，签名已核对`)
  const offers = (await read()).cases.flatMap(({ bank: of, offer }) => (offer === undefined ? [] : [{ of, offer, cost: totalCostOf(offer) }]))
  offers.sort((a, b) => (a.cost < b.cost ? -1 : 1))
  for (const { of, offer, cost } of offers) say(`报价    offered    ${of} 年利率 ${offer.rateMillionths / 10_000}%，总费用 ${yuan(cost)}`)
  const [best] = offers
  if (best === undefined) throw new Error('no bank made an offer')
  await browser.post(`${base}/${id}/accept`, { bank: best.of, serial: best.offer.serial })
  await settled(sandbox, async () => (await read()).cases.some(each => each.state === 'paid-out'), 'the loan is paid out')
  const state = (await read()).cases.find(each => each.bank === best.of)?.state ?? ''
  say(`放款    paid out   ${best.of} ${yuan(best.offer.fen)}；其他银行已通知结束`)
  return {
    credit: { reports: genuine, refusedWithoutConsent: refused },
    offer: { bank: best.of, state, fen: Number(best.offer.fen), total_cost_fen: Number(best.cost), compared: offers.length },
  }
}

/** @throws Error where it does not come about within a minute */
async function settled({ app, bank }: Sandbox, isSo: () => Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await isSo()) return
    await app.bonds.work()
    for (const id of BANKS) await bank.financing(id).settled()
    await wait(200)
  }
  throw new Error(`it took too long until ${what}`)
}

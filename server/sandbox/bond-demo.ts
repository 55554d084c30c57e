import { setTimeout as wait } from 'node:timers/promises'
import { chinaDay } from '../kernel/china-time.ts'
import { days, hours, minutes } from '../kernel/clock.ts'
import type { TestClock } from '../kernel/test-clock.ts'
import { type Bidder, bidders, getAccount } from './bond-people.ts'
import { type CenterProgram, centerProgram } from './center-program.ts'
import { financingStory } from './financing-demo.ts'
import { reconcileStory } from './reconcile-demo.ts'
import type { Sandbox } from './start.ts'

/** `npm run demo -- bond`: a project from its announcement to the last refund, with ten bidders of three banks, over real HTTP. Money is in the mock banks' books; whether it is all accounted for is asked at the end. */
interface Bond {
  id: string
  state: string
  finding?: string
  received_fen: number
  returned_fen: number
  interest_fen: number
  forfeited_fen: number
  performance_fen: number
  balance_fen: number
  bidder?: { name: string }
  payer?: { name: string }
}

const DEMANDED = 20_000_000
const yuan = (fen: number) => `${(fen / 100).toLocaleString('en')} 元`

export async function bondStory(sandbox: Sandbox, clock: TestClock, say: (text: string) => void) {
  const { app, bank } = sandbox
  const center = centerProgram(sandbox.plan)
  const at = (milliseconds: number) => new Date(clock.now().getTime() + milliseconds).toISOString()

  const project = await center.ask<{ id: string }>('POST', '/projects', {
    code: `YS-${clock.now().getTime()}`,
    title: '演示项目（示范）',
    law: 'bidding',
  })
  const began = chinaDay(clock.now())
  const opensAt = at(days(2))
  const { section, shares } = await center.ask<{ section: { id: string; company_page: string }; shares: string[] }>(
    'POST',
    `/projects/${project.id}/sections`,
    {
      ...{ name: '一标段', demanded_fen: DEMANDED, deadline: opensAt, opens_at: opensAt, validity_days: 90, custodians: 3, threshold: 2 },
    },
  )
  const bonds = async () => (await center.ask<{ bonds: Bond[] }>('GET', `/sections/${section.id}/bonds`)).bonds
  say(`公告    announced  一标段 ${yuan(DEMANDED)}，保管人份额 ${shares.length}`)

  const people: Bidder[] = []
  for (const bidder of await bidders(sandbox, clock, { ccb: 4, icbc: 3, abc: 3 }))
    people.push(await getAccount(sandbox, bidder, section.company_page))
  say(`子账户  accounts   ${people.length} 家投标人，三家银行`)
  await settled(
    () => Promise.resolve(people.every(({ bank: id, account }) => bank.channel(id).book.hasAccount(account))),
    'the banks know the sub-accounts',
  )

  const pay = (who: Bidder, more: { fen?: number; from?: { account: string; name: string }; at?: string } = {}) =>
    bank.channel(who.bank).bonds.pay({
      ...{ account: who.account, payer: more.from ?? { account: who.basicAccount, name: who.name }, fen: more.fen ?? DEMANDED },
      ...(more.at === undefined ? {} : { at: more.at }),
    })
  const [first, second, third, fourth, ...others] = people
  if (first === undefined || second === undefined || third === undefined || fourth === undefined) throw new Error('ten companies bid')
  // one from an account of somebody else, one too little, one twice, one too late
  pay(first, { from: { account: '990000000000001', name: '演示个人（示范）' } })
  pay(second, { fen: DEMANDED - 100 })
  pay(third)
  pay(third)
  for (const each of [first, second, ...others]) pay(each)
  await told(sandbox)
  say(`缴纳    paid       ${people.length - 1} 家足额；另有他人代付、金额不足、重复缴纳各一笔`)
  const before = await center.refusal('GET', `/sections/${section.id}/bonds`)
  say(`开标前  secret     中心查询：${before}`)

  clock.advance(days(2) + minutes(1))
  pay(fourth, { at: opensAt })
  await told(sandbox)
  await center.ask('POST', `/sections/${section.id}/release`, { shares: shares.slice(0, 2) })
  await app.bonds.work()
  await settled(
    async () => (await bonds()).filter(({ finding }) => finding !== 'matched' && finding !== undefined).every(({ state }) => state === 'returned'),
    'what does not count is back',
    sandbox,
  )
  const opened = await bonds()
  for (const each of opened.filter(({ finding }) => finding !== undefined && finding !== 'matched'))
    say(`退回    sent back  ${each.payer?.name} ${each.finding} ${yuan(each.received_fen)}`)

  const counting = opened.filter(({ finding }) => finding === 'matched')
  const bondOf = (who: Bidder) => counting.find(({ bidder }) => bidder?.name === who.name)?.id ?? ''
  clock.advance(days(3))
  await center.ask('POST', `/sections/${section.id}/award`, { winners: [bondOf(third)], at: at(0), reference: 'ZBTZ-0001' })
  say(`中标    awarded    ${third.name}`)
  clock.advance(days(2))
  const kept = { ground: 'contract-refused', fen: DEMANDED, winner: true, at: at(0), reference: 'JD-0001' }
  await center.ask('POST', `/sections/${section.id}/bonds/${bondOf(third)}/forfeit`, kept)
  say(`不退    kept       ${third.name} 无正当理由不订立合同，${yuan(DEMANDED)}`)
  await center.ask('POST', `/sections/${section.id}/award`, { winners: [bondOf(first)], at: at(0), reference: 'ZBTZ-0002' })
  clock.advance(days(2) + hours(1))
  const winner = { bond: bondOf(first), performance_fen: DEMANDED }
  await center.ask('POST', `/sections/${section.id}/contract`, { winners: [winner], at: at(0), reference: 'HT-0001' })
  await app.bonds.work()
  await settled(
    async () => (await bonds()).every(({ state }) => ['returned', 'forfeited', 'to-performance'].includes(state)),
    'every refund is paid',
    sandbox,
  )
  say(`合同    contract   ${first.name}，保证金转为履约保证金；其余连本带息原路退回`)

  const accounted = await accountFor(sandbox, center, section.id, await bonds(), say)
  const reconciled = await reconcileStory(sandbox, clock, began, { pay: () => pay(fourth), settled: () => told(sandbox) }, say)
  const found = (await bonds()).filter(({ state }) => state === 'reconciled').length
  say(`对账    reconciled ${found} 笔退款在双方文件中一致`)
  const financed = await financingStory(sandbox, clock, { winner: first, section: section.id, bond: bondOf(first) }, say)
  const ok = accounted.ok && reconciled.ok && found > 0 && financed.offer.state === 'paid-out'
  return { ...accounted, ...financed, ok, reconciled: { ...reconciled, bonds: found } }
}

/** The banks' books, the bonds and the ledger say the same. */
async function accountFor({ app, bank }: Sandbox, center: CenterProgram, section: string, bonds: readonly Bond[], say: (text: string) => void) {
  const sum = (of: (bond: Bond) => number) => bonds.reduce((all, bond) => all + of(bond), 0)
  const books = ['ccb', 'icbc', 'abc'].map(id => bank.channel(id).book.movements())
  const received = books.flatMap(book => book.in).reduce((all, { fen }) => all + fen, 0)
  const returned = books.flatMap(book => book.out).reduce((all, { fen }) => all + fen, 0)
  const totals = {
    ...{ received_fen: sum(bond => bond.received_fen), returned_fen: sum(bond => bond.returned_fen), interest_fen: sum(bond => bond.interest_fen) },
    ...{
      forfeited_fen: sum(bond => bond.forfeited_fen),
      performance_fen: sum(bond => bond.performance_fen),
      balance_fen: sum(bond => bond.balance_fen),
    },
  }
  const { breaches } = await app.ledger.check()
  const balanced =
    received === totals.received_fen &&
    returned === totals.returned_fen &&
    totals.received_fen + totals.interest_fen === totals.returned_fen + totals.forfeited_fen + totals.performance_fen + totals.balance_fen
  const afterwards = await center.ask<{ state: string }>('GET', `/sections/${section}`)
  say(
    `合计    totals     收 ${yuan(totals.received_fen)} + 息 ${yuan(totals.interest_fen)} = 退 ${yuan(totals.returned_fen)} + 不退 ${yuan(totals.forfeited_fen)} + 履约 ${yuan(totals.performance_fen)}`,
  )
  say(`核对    checked    银行账簿 ${balanced ? '一致 agree' : 'DIFFER'}，总账 ${breaches.length} 处不符`)
  return {
    ok: balanced && breaches.length === 0,
    bidders: 10,
    bonds: bonds.length,
    section: afterwards.state,
    totals,
    balanced,
    breaches: breaches.length,
  }
}

/** Everything that the banks' books have to tell is told, and what follows from it has been sent and answered. */
async function told(sandbox: Sandbox): Promise<void> {
  await settled(
    async () => ['ccb', 'icbc', 'abc'].every(id => sandbox.bank.channel(id).book.pending().length === 0),
    'the banks told everything',
    sandbox,
  )
}

/** @throws Error where it does not come about within a minute */
async function settled(isSo: () => Promise<boolean>, what: string, sandbox?: Sandbox): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await isSo()) return
    if (sandbox !== undefined) for (const id of ['ccb', 'icbc', 'abc']) await sandbox.bank.channel(id).sender.flush()
    await sandbox?.app.bonds.work()
    await wait(200)
  }
  throw new Error(`it took too long until ${what}`)
}

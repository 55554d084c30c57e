import { chinaDay, nextDay } from '../kernel/china-time.ts'
import { days } from '../kernel/clock.ts'
import { newTraceCode } from '../kernel/ids.ts'
import type { TestClock } from '../kernel/test-clock.ts'
import type { Sandbox } from './start.ts'

/** After the last refund of `npm run demo -- bond`: every day since the announcement is reconciled with each bank over HTTP, without a difference; then one is planted, found by both ends and resolved by a person. */
const BANKS = ['ccb', 'icbc', 'abc'] as const

export async function reconcileStory(
  sandbox: Sandbox,
  clock: TestClock,
  began: string,
  money: { pay(): string; settled(): Promise<void> },
  say: (text: string) => void,
) {
  const { bank } = sandbox
  let day = began
  const today = () => chinaDay(clock.now())
  await nextMorning(sandbox, clock)
  const clean = { files: 0, differences: 0, agreed: 0 }
  for (; day < today(); day = nextDay(day))
    for (const id of BANKS) {
      const { differences, agreed } = await exchange(sandbox, id, day)
      clean.files += 1
      clean.differences += differences
      if (agreed) clean.agreed += 1
    }
  say(`对账    compared   ${clean.files} 份日终文件，差错 ${clean.differences}，双方一致 ${clean.agreed}`)

  money.pay()
  await money.settled()
  await nextMorning(sandbox, clock)
  const planted = { found: 0, resolved: 0, agreed: 0 }
  bank.channel('ccb').setTrouble({ dayFile: 'wrong-amount' })
  for (const id of BANKS) {
    const { differences, agreed } = await exchange(sandbox, id, day)
    planted.found += differences
    if (agreed) planted.agreed += 1
  }
  bank.channel('ccb').setTrouble({})
  const management = `${sandbox.plan.urls.management}/reconciliation`
  const { cases } = await ask<{ cases: { id: string; kind: string }[] }>(`${management}/cases?state=open`)
  for (const { id, kind } of cases) {
    const resolution = { by: '王芳', evidence: `回单 ${kind}`, note: '银行日终文件多记一分，回单与总账一致' }
    await ask(`${management}/cases/${id}/resolve`, resolution)
    planted.resolved += 1
  }
  say(`差错    planted    银行文件错一分：找到 ${planted.found}，处理 ${planted.resolved}，双方差错清单一致 ${planted.agreed} 家`)
  const ok =
    clean.differences === 0 && clean.agreed === clean.files && planted.found === 1 && planted.resolved === 1 && planted.agreed === BANKS.length
  return { ok, ...clean, planted }
}

/** To the next day in Beijing, and the ledger closes the one that is over. */
async function nextMorning({ app }: Sandbox, clock: TestClock): Promise<void> {
  clock.advance(days(1))
  await app.ledger.turn()
}

/** One bank, one day: its file in, ours out, both compared, its differences in. */
async function exchange({ app, bank }: Sandbox, id: (typeof BANKS)[number], day: string): Promise<{ differences: number; agreed: boolean }> {
  const end = bank.channel(id).reconciliation
  const sent = await end.sendDay(day)
  if (sent.status !== 200) throw new Error(`the file of ${id} of ${day} was refused: ${sent.body}`)
  const trace = newTraceCode()
  await app.reconciliation.produce(id, day, trace)
  const { found } = await app.reconciliation.compare(id, day, trace)
  const answered = await end.answer(day)
  if (answered.status !== 200) throw new Error(`the differences of ${id} of ${day} were refused: ${answered.body}`)
  const known = await app.stores.reconciliation.day(id, day)
  return { differences: Object.values(found).reduce((all, each) => all + each, 0), agreed: known?.state === 'agreed' }
}

async function ask<T>(url: string, body?: object): Promise<T> {
  const post = body === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const answer = await fetch(url, post)
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`)
  return (await answer.json()) as T
}

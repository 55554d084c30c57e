import { expect } from 'chai'
import { days, fixedClock, minutes } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import type { RequestedDetail, RichAsk } from '../../server/kernel/rich-request.ts'
import { openTestStores } from '../suites/memory-stores.ts'
import { codeOf, createStage, type Somebody, type Stage } from './stage.ts'

describe('what a center asks for and others of the company have to agree to', () => {
  const clock = fixedClock('2026-11-28T08:00:00.000Z')
  let stores: Awaited<ReturnType<typeof openTestStores>>
  let stage: Stage
  before(async () => {
    stores = await openTestStores({ clock })
    stage = createStage(stores, clock)
  })
  after(async () => {
    stage.close()
    await stores.close()
  })

  const detail = (amountFen: number): RequestedDetail => ({
    asked: { type: 'bid_bond', operation: 'pay', project: 'P1', amount_fen: amountFen },
    act: { act: 'bond_pay', center: 'center-1', project: 'P1', amountFen },
    rows: [{ name: { zh: '金额', en: 'Amount' }, value: `${amountFen} 分` }],
    documents: [],
  })
  const ask = (who: Somebody, ...details: RequestedDetail[]): RichAsk => ({
    login: newId(),
    trace: 'K7QM-3F9T',
    center: { id: 'center-1', name: '演示交易中心' },
    company: { uscc: who.uscc, name: '演示企业' },
    person: { membershipId: who.membershipId, personId: who.personId, name: who.name, assurance: 'shield' },
    details,
  })
  /** Shown, signed and sent, as the login room does. */
  async function sign(who: Somebody, asked: RichAsk) {
    const now = clock.now()
    const challenge = { nonce: newId(), at: now.toISOString(), until: new Date(now.getTime() + minutes(10)).toISOString() }
    return await stage.richRequests.grant(asked, { challenge, cms: who.sign(stage.richRequests.text(asked, challenge)) }, async () => undefined)
  }
  /** ids of what waits after it was signed; empty where it was granted at once */
  async function waitsAfter(who: Somebody, asked: RichAsk) {
    const came = await sign(who, asked)
    return 'waits' in came ? came.waits.approvals : []
  }
  async function granted(who: Somebody, asked: RichAsk) {
    const came = await sign(who, asked)
    if ('waits' in came) throw new Error('it waits for others')
    return came.granted
  }
  async function agree(who: Somebody): Promise<void> {
    const [waiting] = await stage.inbox(who)
    const { text } = await stage.approvals.view(stage.by(who), waiting?.progress.id ?? '')
    await stage.approvals.answer(stage.by(who), waiting?.progress.id ?? '', { decision: 'agree', text: text ?? '', cms: who.sign(text ?? '') })
  }
  async function company() {
    const at = stage.company()
    const [boss, clerk] = [await stage.person(at, 'legal-representative'), await stage.person(at, 'operator')]
    const { row } = await stage.give(boss, clerk, { acts: ['login', 'bond_pay'], approvals: 1 })
    return { boss, clerk, mandate: row.id }
  }
  const usesOf = async (mandate: string) => (await stores.mandates.entriesOf(mandate, 50)).filter(({ kind }) => kind === 'used')

  it('waits in their inbox once signed, is performed by the last agreement, and is handed to the next login that asks the same', async () => {
    const { boss, clerk, mandate } = await company()
    const waits = await waitsAfter(clerk, ask(clerk, detail(700)))
    expect(waits).to.have.length(1)
    expect(await usesOf(mandate)).to.deep.equal([])
    expect(await waitsAfter(clerk, ask(clerk, detail(700))), 'asked again while it waits').to.deep.equal(waits)
    expect(await stage.inbox(boss)).to.have.length(1)
    await agree(boss)
    const [used] = await usesOf(mandate)
    expect(used).to.deep.include({ act: 'bond_pay', amountFen: 700 })
    const [used700] = await granted(clerk, ask(clerk, detail(700)))
    expect(used700).to.deep.include({ power: mandate, entry: used?.entry, place: used?.place })
    expect(used700?.['evidence']).to.be.a('string')
    expect(await usesOf(mandate), 'performed once').to.have.length(1)
  })

  it('is handed out to one login alone: the next one has to be agreed to anew', async () => {
    const { boss, clerk, mandate } = await company()
    await sign(clerk, ask(clerk, detail(1)))
    await agree(boss)
    const first = ask(clerk, detail(1))
    await granted(clerk, first)
    await granted(clerk, first)
    expect(await waitsAfter(clerk, ask(clerk, detail(1)))).to.have.length(1)
    expect(await usesOf(mandate)).to.have.length(1)
  })

  it('does not serve for another amount', async () => {
    const { boss, clerk } = await company()
    await sign(clerk, ask(clerk, detail(1)))
    await agree(boss)
    expect(await waitsAfter(clerk, ask(clerk, detail(2)))).to.have.length(1)
  })

  it('goes on in the login that signed it without another signature, as soon as the last one agreed', async () => {
    const { boss, clerk, mandate } = await company()
    const asked = ask(clerk, detail(30), { ...detail(40), asked: { type: 'bid_bond', operation: 'pay', project: 'P1', amount_fen: 40 } })
    const came = await sign(clerk, asked)
    if (!('waits' in came)) throw new Error('it does not wait')
    await agree(boss)
    const half = await stage.richRequests.resume(asked, came.waits)
    expect('progress' in half && half.progress.map(({ done, agreed, open }) => [done, agreed.length, open])).to.have.deep.members([
      [true, 1, []],
      [false, 0, [boss.name]],
    ])
    await agree(boss)
    const whole = await stage.richRequests.resume(asked, came.waits)
    if (!('granted' in whole)) throw new Error('it still waits')
    expect(whole.granted.map(({ amount_fen, power, evidence }) => [amount_fen, power, evidence])).to.deep.equal([
      [30, mandate, came.waits.evidence],
      [40, mandate, came.waits.evidence],
    ])
    expect(await stage.richRequests.resume(asked, came.waits), 'looked at twice').to.deep.equal(whole)
    expect(await usesOf(mandate)).to.have.length(2)
  })

  it('counts what is asked together against the limit in all, and uses none of it where it is too much', async () => {
    const at = stage.company()
    const [boss, clerk] = [await stage.person(at, 'legal-representative'), await stage.person(at, 'operator')]
    const { row } = await stage.give(boss, clerk, { acts: ['login', 'bond_pay'], totalFen: 100 })
    expect(await codeOf(() => sign(clerk, ask(clerk, detail(60), detail(41))))).to.equal('mandate_over_limit')
    expect(await usesOf(row.id)).to.deep.equal([])
    expect(await granted(clerk, ask(clerk, detail(60), detail(40)))).to.have.length(2)
    expect(await codeOf(() => sign(clerk, ask(clerk, detail(1))))).to.equal('mandate_over_limit')
  })

  it('ends where one refuses, and where nobody agrees in time', async () => {
    const { boss, clerk } = await company()
    const [refused, late] = [ask(clerk, detail(50)), ask(clerk, detail(60))]
    const first = await sign(clerk, refused)
    const [waiting] = await stage.inbox(boss)
    await stage.approvals.answer(stage.by(boss), waiting?.progress.id ?? '', { decision: 'refuse' })
    if (!('waits' in first)) throw new Error('it does not wait')
    expect(await codeOf(() => stage.richRequests.resume(refused, first.waits))).to.equal('ask_refused')
    const second = await sign(clerk, late)
    if (!('waits' in second)) throw new Error('it does not wait')
    clock.advance(days(8))
    expect(await codeOf(() => stage.richRequests.resume(late, second.waits))).to.equal('ask_expired')
    clock.advance(-days(8))
  })

  it('is not even put before them without the person’s own signature', async () => {
    const { boss, clerk } = await company()
    expect(await codeOf(() => sign({ ...clerk, sign: boss.sign }, ask(clerk, detail(1))))).to.equal('mandate_wrong_shield')
    expect(await stage.inbox(boss)).to.deep.equal([])
  })
})

import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { offerName } from '../../server/bonds/guarantees/state/offer.ts'
import { newRow } from '../../server/bonds/rows.ts'
import { makeSectionKey } from '../../server/bonds/secrecy/section-key.ts'
import { createTags, newAccountNumber } from '../../server/bonds/secrecy/tags.ts'
import { expectedBond } from '../../server/bonds/state/expected.ts'
import { days, fixedClock, minutes } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import { createSealing } from '../../server/kernel/sealing.ts'
import { centerProgram } from '../../server/sandbox/center-program.ts'
import type { BondSection } from '../../server/storage/stores-bonds.ts'
import { bondWrite } from '../../server/storage/writes.ts'
import { saveSection } from '../suites/guarantee-desk.ts'
import { newUscc } from '../suites/storage.ts'
import { openSandbox, type TestSandbox } from './sandbox.ts'

/** The whole way over real HTTP: platform, data channel and a bank that writes and signs guarantees. */
describe('a guarantee from a bank, over the data channel', () => {
  const clock = fixedClock(new Date())
  const TRACE = 'K7QM-3F9T'
  const FEN = 20_000_000n
  let sandbox: TestSandbox
  before(async function () {
    this.timeout(120_000)
    sandbox = await openSandbox({ clock })
  })
  after(() => sandbox?.close())
  afterEach(() => sandbox.bank.guarantees('ccb').behave('prompt'))

  /** both ends until neither has anything left to say */
  async function exchange(): Promise<void> {
    const { bank } = sandbox
    for (let said = -1; said !== bank.guarantees('ccb').answers().length; ) {
      said = bank.guarantees('ccb').answers().length
      await fetch(`${sandbox.plan.urls.management}/channel/try`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ receiver: 'ccb' }),
      })
      await bank.guarantees('ccb').settled()
    }
  }

  async function applied(bidding = days(10)) {
    const { app, plan } = sandbox
    const sealing = createSealing(Buffer.from(plan.config.secrets.sealingKey, 'base64'))
    const tags = createTags(sealing)
    const id = newId()
    const deadline = new Date(clock.now().getTime() + bidding).toISOString()
    const { shares: _, ...made } = makeSectionKey(id, 3, 2, { sealing, random: randomBytes })
    const section: BondSection = {
      ...{ id, projectId: newId(), center: 'demo-center', law: 'bidding', name: '一标段', demandedFen: FEN, deadline, opensAt: deadline },
      ...{ validityDays: 90, state: 'open', version: 1 },
      ...made,
    }
    await saveSection(app.stores, { ...section, version: 0 })
    const company = { uscc: newUscc(), name: '演示企业有限公司' }
    const bond = expectedBond(newId(), { name: tags.name(company.name), basicAccount: tags.account(newId()) }, section)
    const found = { home: section, companyTag: tags.company(company.uscc), accountTag: tags.account(newAccountNumber('4400')) }
    const row = { ...newRow(bond, found, { bidder: company }, { sealing, tags }), version: 0 }
    await app.stores.effects.apply(async () => ({ lock: bond.id, writes: [bondWrite(row, undefined)] }))
    const { applications } = app.guarantees
    const guarantee = await applications.apply({ bondId: bond.id, issuer: 'ccb', way: 'bank-guarantee', company }, TRACE)
    const mine = { uscc: company.uscc, id: guarantee.id }
    const read = async () => (await applications.forCompany(company.uscc)).find(each => each.id === guarantee.id)
    const accept = async () => await applications.accept(mine, offerName((await read())?.offer), TRACE)
    return { mine, read, accept, guarantee, asked: { sectionId: id, center: 'demo-center' }, deadline }
  }
  const verify = async (code: string) => {
    const answer = await fetch(`${sandbox.plan.urls.broker}/api/guarantees/verify/${code}`)
    return { status: answer.status, body: JSON.parse(await answer.text()) }
  }

  // first, while a center's token is young
  it('is claimed when the center keeps the bond, refused and claimed again until it is paid; and seen to lack what a postponed opening demands', async () => {
    const { mine, read, accept, guarantee, asked, deadline } = await applied(minutes(2))
    await exchange()
    await accept()
    await exchange()
    const center = centerProgram(sandbox.plan)
    const section = `/sections/${asked.sectionId}`
    const later = new Date(Date.parse(deadline) + minutes(2)).toISOString()
    await center.ask('POST', `${section}/postpone`, { opens_at: later })
    clock.set(later)
    interface Seen {
      bonds: { id: string; state: string; guarantee: { lacks?: string; paid_fen: number; valid_until: string; refused?: object } }[]
    }
    const seen = async () => (await center.ask<Seen>('GET', `${section}/bonds`)).bonds[0]
    expect(await seen()).to.deep.include({ id: guarantee.bondId, state: 'held' })
    expect((await seen())?.guarantee).to.include({ lacks: 'period', paid_fen: 0 })
    await sandbox.app.guarantees.applications.amend(mine, { amendment: newId() }, TRACE)
    await exchange()
    expect((await seen())?.guarantee)
      .to.include({ valid_until: (await read())?.document?.validUntil })
      .and.to.not.have.property('lacks')
    const kept = { ground: 'contract-refused', fen: Number(FEN), winner: true, at: clock.now().toISOString(), reference: 'J-1' }
    sandbox.bank.guarantees('ccb').behave('refusing')
    await center.ask('POST', `${section}/bonds/${guarantee.bondId}/forfeit`, kept)
    await exchange()
    const refused = { fen: Number(FEN), demanded_fen: Number(FEN), ground: 'contract-refused', reason: '索赔单据与保函不符', may_claim_again: true }
    expect((await seen())?.guarantee).to.deep.include({ refused, paid_fen: 0 })
    sandbox.bank.guarantees('ccb').behave('prompt')
    const again = { ground: 'contract-refused', fen: Number(FEN), winner: true, reference: 'J-2' }
    const claim = `${section}/bonds/${guarantee.bondId}/claim`
    expect(await center.refusal('POST', claim, { ...again, fen: Number(FEN) + 1 })).to.equal('guarantee_amount_wrong')
    expect(await center.refusal('POST', `${section}/bonds/another/claim`, again)).to.equal('guarantee_unknown')
    // told twice it counts once
    for (let told = 0; told < 2; told++) await center.ask('POST', claim, again)
    expect((await read())?.claims).to.have.length(2)
    expect((await seen())?.guarantee, 'nothing stands refused that is demanded again').to.not.have.property('refused')
    await exchange()
    expect(await read()).to.deep.include({ state: 'drawn' })
    expect(await seen()).to.deep.include({ state: 'forfeited' })
    // told once more when it is paid, it is the one that was
    await center.ask('POST', claim, again)
    expect((await read())?.claims).to.have.length(2)
    expect(await center.refusal('POST', claim, { ...again, reference: 'J-3' })).to.equal('guarantee_unknown')
    expect((await seen())?.guarantee)
      .to.include({ paid_fen: Number(FEN) })
      .and.to.not.have.property('refused')
  }).timeout(60_000)

  it('is offered, accepted, issued and in force; looked up after the opening alone; claimed and paid', async () => {
    const { read, accept, guarantee, asked, deadline } = await applied()
    await exchange()
    expect(await read()).to.deep.include({ state: 'offered' })
    await accept()
    await exchange()
    const now = await read()
    expect(now, JSON.stringify(sandbox.bank.guarantees('ccb').answers())).to.deep.include({ state: 'in-force' })

    const unknown = await verify('K7QM-3F9T-K7QM-3F9T')
    const early = await verify(guarantee.verification)
    expect([early.status, early.body.code]).to.deep.equal([404, 'guarantee_unknown'])
    expect({ ...early.body, trace: '' }).to.deep.equal({ ...unknown.body, trace: '' })

    clock.set(deadline)
    const typed = guarantee.verification.toLowerCase().replaceAll('-', ' ')
    const genuine = await verify(encodeURIComponent(typed))
    expect(genuine.body).to.deep.include({ issuer: 'ccb', fen: Number(FEN), document: now?.document?.sm3, inForce: true })
    expect(Object.keys(genuine.body)).to.not.include.members(['code', 'bondId', 'sectionId'])

    const claim = { claim: newId(), ground: 'contract-refused', winner: true, fen: FEN, decision: 'D-1' } as const
    await sandbox.app.guarantees.beneficiary.claim({ ...asked, id: guarantee.id }, claim, TRACE)
    await exchange()
    expect(await read()).to.deep.include({ state: 'drawn' })
    expect((await verify(guarantee.verification)).body).to.include({ state: 'drawn', inForce: false })
  }).timeout(60_000)

  for (const [manner, code] of [
    ['forged', 'guarantee_document_forged'],
    ['altered', 'guarantee_document_forged'],
  ] as const)
    it(`of a bank whose documents are ${manner} is refused, and told why`, async () => {
      const { read, accept } = await applied()
      await exchange()
      sandbox.bank.guarantees('ccb').behave(manner)
      await accept()
      await exchange()
      expect(await read()).to.deep.include({ state: 'paid' })
      const refused = sandbox.bank.guarantees('ccb').answers().at(-1)
      expect([refused?.type, refused?.status, JSON.parse(refused?.body ?? '{}').code]).to.deep.equal(['guarantee.issued', 422, code])
    }).timeout(60_000)

  for (const [manner, unfit] of [
    ['wrong-amount', 'amount'],
    ['short-period', 'period'],
    ['other-text', 'text'],
  ] as const)
    it(`of a bank that is told ${manner} stands for nothing, until the bank mends it`, async () => {
      const { mine, read, accept } = await applied()
      await exchange()
      const desk = sandbox.bank.guarantees('ccb')
      desk.behave(manner)
      await accept()
      await exchange()
      expect(await read()).to.deep.include({ state: 'issued', unfit })
      desk.behave('prompt')
      await sandbox.app.guarantees.applications.amend(mine, { amendment: newId() }, TRACE)
      await exchange()
      expect(await read()).to.deep.include({ state: 'in-force' })
    }).timeout(60_000)

  it('is refused by a bank that will not, and waits for one that is slow', async () => {
    const desk = sandbox.bank.guarantees('ccb')
    desk.behave('refusing')
    const no = await applied()
    await exchange()
    expect(await no.read()).to.deep.include({ state: 'refused', reason: '授信额度不足' })
    desk.behave('slow')
    const late = await applied()
    await exchange()
    expect(await late.read()).to.deep.include({ state: 'applied' })
    desk.behave('prompt')
    await exchange()
    expect(await late.read()).to.deep.include({ state: 'offered' })
  }).timeout(60_000)

  it('is extended rather than paid, where the bank may ask; and a claim is refused with a reason', async () => {
    const { mine, read, accept, guarantee, asked, deadline } = await applied()
    const { applications, beneficiary } = sandbox.app.guarantees
    const desk = sandbox.bank.guarantees('ccb')
    await exchange()
    await accept()
    await exchange()
    clock.set(deadline)
    const its = { ...asked, id: guarantee.id }
    const claim = { ground: 'revoked-after-deadline', winner: false, fen: FEN, decision: 'D-1' } as const
    desk.behave('asking')
    const extendTo = new Date(Date.parse(guarantee.asked.validUntil) + days(30)).toISOString()
    const first = newId()
    await beneficiary.claim(its, { ...claim, claim: first, extendTo }, TRACE)
    await exchange()
    expect((await read())?.claims[0]).to.include({ state: 'demanded', choice: 'asked' })
    await applications.extendOrPay(mine, { claim: first, choice: 'extend' }, TRACE)
    await exchange()
    expect((await read())?.claims[0], JSON.stringify(desk.answers().at(-1))).to.include({ state: 'extended' })
    expect((await read())?.document?.validUntil).to.equal(extendTo)
    desk.behave('refusing')
    await beneficiary.claim(its, { ...claim, claim: newId() }, TRACE)
    await exchange()
    expect((await read())?.claims[1]).to.include({ state: 'refused', reason: '索赔单据与保函不符' })
    expect(await read()).to.include({ state: 'in-force' })
  }).timeout(60_000)

  it('publishes what an issuer may say and is told, each with a schema', async () => {
    const get = async (path: string) => await (await fetch(`${sandbox.plan.urls.broker}${path}`)).json()
    const { types } = await get('/channel/types')
    const said = types.filter(({ type }: { type: string }) => type.startsWith('guarantee.'))
    expect(said.map(({ type }: { type: string }) => type)).to.include.members(['guarantee.offered', 'guarantee.issued', 'guarantee.extend-or-pay'])
    for (const each of said) expect(each.confidential, each.type).to.be.an('object')
    const { messages } = await get('/api/guarantees/messages')
    for (const each of messages) expect(each.confidential.examples, each.type).to.have.length(1)
    expect((await get('/api/guarantees/texts')).texts).to.have.length(2)
  })
})

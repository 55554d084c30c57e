import { expect } from 'chai'
import { reveal } from '../../../bank-adapters/channel/confidential.ts'
import { createCompanyActs } from '../../../server/bonds/company-acts.ts'
import { createDecisions } from '../../../server/bonds/decisions.ts'
import { createToBank } from '../../../server/bonds/messages/to-bank.ts'
import { fixedClock } from '../../../server/kernel/clock.ts'
import { readUscc } from '../../../server/kernel/uscc.ts'
import { createStage } from '../../authorization/stage.ts'
import { ownKey, partyOf } from '../../bank-adapters/channel/parties.ts'
import type { bondDesk } from '../../suites/bond-desk.ts'
import type { openTestStores } from '../../suites/memory-stores.ts'
import { codeOf } from '../../suites/storage.ts'
import { useBondDesk } from '../use-desk.ts'

/** What a copy of the whole database says before the opening about what companies do, to somebody who has no key: every table but those in which a center announces its tenders is looked through. */
describe('what companies do about bonds, at rest', () => {
  const clock = fixedClock('2026-05-01T08:00:00.000Z')
  const DEADLINE = '2026-05-12T01:30:00.000Z'
  const FEN = 31_415_900n
  /** under which the company's request is known, to whoever was there */
  const TRACE = 'AAAA-2222'
  const encrypt = ownKey('ccb', { use: 'encrypt' })
  let stores: Awaited<ReturnType<typeof openTestStores>>
  let desk: ReturnType<typeof bondDesk>
  let stage: ReturnType<typeof createStage>
  useBondDesk(clock, (opened, on) => {
    desk = opened
    stores = on
    stage = createStage(stores, clock)
  })

  function actsWith(party = partyOf('ccb', [encrypt])) {
    const { register, readings, tasks, tags } = desk
    const wake = () => undefined
    return createCompanyActs({
      ...{ store: stores.bonds, register, readings, tags, clock, wake, prefixOf: () => '4400', use: stage.authority.use },
      decisions: createDecisions({ register, tasks, clock, wake, follow: async () => [] }),
      toBank: createToBank({ sender: 'shared-shield', partyOf: name => (name === party.name ? party : undefined), clock }),
    })
  }
  async function somebody() {
    const at = stage.company()
    const { actor, personId } = await stage.person(at, 'legal-representative')
    return { identity: { uscc: readUscc(at.uscc), name: at.name }, actor, trace: TRACE, whence: { personId } }
  }
  /** every row of every table, in whatever schema, but for the tenders themselves */
  async function whatIsStored(): Promise<{ table: string; text: string }[]> {
    const tables = await stores.pglite.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('public', 'pgboss') AND tablename NOT IN ('bond_project', 'bond_section')`,
    )
    const read = async (table: string) => (await stores.pglite.query<{ row: string }>(`SELECT to_jsonb(t)::text AS row FROM ${table} t`)).rows
    return (await Promise.all(tables.rows.map(async ({ name }) => (await read(name)).map(({ row }) => ({ table: name, text: row }))))).flat()
  }
  const holding = async (secret: string) => [...new Set((await whatIsStored()).filter(({ text }) => text.includes(secret)).map(({ table }) => table))]

  it('does not say for which section a company has an account, pays, or withdraws', async function () {
    this.timeout(60_000)
    const acts = actsWith()
    const section = async (name: string) => await desk.announce({ name, demandedFen: FEN, deadline: DEADLINE, opensAt: '2026-05-12T02:45:00.000Z' })
    const announced = [await section('水厂一标段'), await section('水厂二标段')]
    for (const { section } of announced) {
      const who = await somebody()
      const { bondId, account } = await acts.account(who, { sectionId: section.id, bank: 'ccb', basicAccount: '990000000001' })
      await desk.pay({ account }, { name: who.identity.name, basicAccount: '990000000001' }, { fen: FEN })
      await acts.withdraw(who, bondId)
      expect(await holding(bondId), 'the bond is named where bonds are, and never beside its company').to.not.include('public.company_entry')
    }
    for (const { section } of announced)
      for (const secret of [section.id, section.name, section.projectId, section.center, '2026-05-12T01:30'])
        expect(await holding(secret), secret).to.deep.equal([])
    // the request's own trace code leads to the company's record and no further
    expect(await holding(TRACE)).to.deep.equal(['public.company_entry'])
    expect(desk.told.filter(({ code, trace }) => code === 'bond.happened' && trace === TRACE)).to.have.length(0)
    for (const { facts } of stage.events) expect(JSON.stringify(facts)).to.not.include(announced[0]?.section.center)
  })

  it('writes of every act a line of one length, without its amount', async () => {
    const entries = (await whatIsStored()).filter(({ table }) => table === 'public.company_entry').map(({ text }) => JSON.parse(text))
    expect(entries).to.have.length(4)
    expect(new Set(entries.map(({ reference }) => reference.length))).to.have.length(1)
    for (const { center, project, section, amount_fen } of entries)
      expect([center, project, section, amount_fen]).to.deep.equal([null, null, null, null])
  })

  it('tells the bank until when an account may be paid into, and nobody who reads the queue', async () => {
    const [message] = (await stores.channelOutgoing.list({}, 100)).filter(({ type }) => type === 'bond.account-opened')
    const { confidential, ...open } = JSON.parse(message?.body ?? '{}')
    expect(Object.keys(open)).to.deep.equal(['account'])
    const place = { sender: 'shared-shield', receiver: 'ccb', id: message?.id ?? '' }
    expect(await reveal(confidential, place, message?.encryptionKey ?? '', [encrypt])).to.deep.equal({ until: DEADLINE })
  })

  it('gives out no account at a bank that cannot be told confidentially', async () => {
    const { section } = await desk.announce({ deadline: DEADLINE })
    const acts = actsWith(partyOf('ccb', [ownKey('ccb')]))
    const asked = { sectionId: section.id, bank: 'ccb', basicAccount: '990000000001' }
    expect(await acts.account(await somebody(), asked).then(() => 'done', codeOf)).to.equal('bond_bank_unknown')
  })
})

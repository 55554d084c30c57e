import { expect } from 'chai'
import { isDue, planRemake } from '../../../server/seals/life/remake.ts'
import type { CompanyShield, SealEdition } from '../../../server/storage/stores-seals.ts'

describe('what a remake would change', () => {
  const now = new Date('2026-11-28T08:00:00.000Z')
  const inDays = (count: number) => new Date(now.getTime() + count * 86_400_000).toISOString()
  const shield = (thumbprint: string, membershipId: string, endsIn: number, bank = 'abc'): CompanyShield => ({
    thumbprint,
    membershipId,
    personName: `示例${membershipId}`,
    bank,
    issuer: 'CN=test',
    subject: 'CN=test',
    serial: '01',
    notBefore: inDays(-300),
    notAfter: inDays(endsIn),
    algorithm: 'SM2',
    lastSeenAt: inDays(0),
  })
  const listing = (...shields: CompanyShield[]): Pick<SealEdition, 'certificates'> => ({
    certificates: shields.map(({ thumbprint, membershipId, personName, notAfter }) => ({ thumbprint, membershipId, holder: personName, notAfter })),
  })
  const plan = (listed: CompanyShield[], known: CompanyShield[]) => {
    const { keep, add, drop, ending } = planRemake(listing(...listed), known, now)
    const names = (list: readonly { thumbprint: string }[]) => list.map(({ thumbprint }) => thumbprint)
    return { keep: names(keep), add: names(add), drop: names(drop), ending: ending.map(({ thumbprint, days }) => [thumbprint, days]) }
  }
  const old = shield('old', 'zhao', 100)

  it('is nothing while the shields are the same', () => {
    expect(plan([old], [old])).to.deep.equal({ keep: ['old'], add: [], drop: [], ending: [] })
    expect(isDue(planRemake(listing(old), [old], now))).to.equal(false)
  })
  it('puts a newer shield of the same bank and person in the place of the old one', () => {
    expect(plan([old], [old, shield('new', 'zhao', 900)])).to.deep.include({ keep: [], add: ['new'], drop: ['old'] })
  })
  it('adds a shield of another bank and keeps the old one', () => {
    expect(plan([old], [old, shield('icbc', 'zhao', 900, 'icbc')])).to.deep.include({ keep: ['old'], add: ['icbc'], drop: [] })
  })
  it('brings in nobody who was not on the list', () => {
    expect(plan([old], [old, shield('other', 'wang', 900)])).to.deep.include({ keep: ['old'], add: [] })
  })
  it('drops what ended, and what is no longer known, and adds nothing that ended', () => {
    const over = shield('over', 'wang', 0)
    expect(plan([old, over], [old, over, shield('over-too', 'wang', -1)])).to.deep.include({ keep: ['old'], add: [], drop: ['over'] })
    expect(plan([old], [])).to.deep.include({ keep: [], drop: ['old'] })
  })
  it('counts the days of those that end within thirty, the soonest first', () => {
    const [soon, sooner, late] = [shield('soon', 'a', 30), shield('sooner', 'b', 2.5), shield('late', 'c', 30.5)]
    expect(plan([soon, sooner, late], [soon, sooner, late]).ending).to.deep.equal([
      ['sooner', 3],
      ['soon', 30],
    ])
  })
})

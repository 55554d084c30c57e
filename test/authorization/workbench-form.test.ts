import { expect } from 'chai'
import { cell } from '../../server/authorization/workbench-csv.ts'
import { emptyGive, fenOf, type GiveErrors, type GiveValues, readGive } from '../../server/authorization/workbench-form.ts'

/** From what a person types to what is drafted: every field that may be wrong, and the exactness of days and money. */
describe('the form of a mandate', () => {
  const now = new Date('2026-11-28T15:30:00.000Z')
  const people = [{ personId: 'p1', name: '王示例' }]
  const read = (more: Partial<GiveValues> = {}) => readGive({ ...emptyGive({ now, person: 'p1' }), ...more }, { now, people })
  const errorsOf = (more: Partial<GiveValues>): string[] => {
    const outcome = read(more)
    return 'errors' in outcome ? Object.keys(outcome.errors) : []
  }
  const draftOf = (more: Partial<GiveValues> = {}) => {
    const outcome = read(more)
    if ('errors' in outcome) throw new Error(JSON.stringify(outcome.errors))
    return outcome.draft
  }

  it('makes whole fen of yuan by their digits', () => {
    const errors: GiveErrors = {}
    const fen = (typed: string) => fenOf(typed, 'limit', errors)
    expect([fen('0.29'), fen('1.1'), fen('￥ 1,234,567.89'), fen('8000000元'), fen('')]).to.deep.equal([29, 110, 123_456_789, 800_000_000, undefined])
    expect(errors).to.deep.equal({})
  })
  for (const typed of ['五十万', '-1', '0', '1.234', '1e9', '0x10', '1.', '10000000000.01', '９９'])
    it(`takes no amount of ${typed}`, () => expect(errorsOf({ limit: typed })).to.deep.equal(['limit']))

  it('begins now when it begins today, and ends with the last day in Beijing', () => {
    expect(draftOf({ term: 'end', end: '2026-12-31' })).to.include({ validFrom: now.toISOString(), validUntil: '2026-12-31T16:00:00.000Z' })
    expect(draftOf({ term: '30' }).validUntil).to.equal('2026-12-28T15:30:00.000Z')
    expect(draftOf({ start: '2026-12-01', term: '30' })).to.include({ validFrom: '2026-11-30T16:00:00.000Z', validUntil: '2026-12-30T16:00:00.000Z' })
  })
  for (const [sentence, more, field] of [
    ['a day that is over', { start: '2026-11-27' }, 'start'],
    ['a day that is none', { start: '2026-02-30' }, 'start'],
    ['an end that is not chosen', { term: 'end', end: '' }, 'end'],
    ['an end before its beginning', { start: '2026-12-10', term: 'end', end: '2026-12-01' }, 'end'],
    ['more than five years', { term: 'end', end: '2032-01-01' }, 'end'],
    ['a term of its own making', { term: '9999' }, 'end'],
    ['nobody', { person: '' }, 'person'],
    ['somebody who is not of the company', { person: 'p2' }, 'person'],
    ['no act', { act: [] }, 'act'],
    ['an act that is none', { act: ['rule_the_world'] }, 'act'],
    ['passing on by the back door', { act: ['delegate'] }, 'act'],
    ['a wrong id number', { person: 'new', name: '张示例', idNumber: '990000198001010011' }, 'idNumber'],
    ['no name', { person: 'new', name: ' ', idNumber: '11010519491231002X' }, 'name'],
    ['a phone of letters', { phone: 'abc' }, 'phone'],
    ['a total below the single limit', { limit: '10', total: '9' }, 'total'],
    ['a code with a bracket', { projects: 'P[1]' }, 'projects'],
    ['too many sections', { sections: Array.from({ length: 51 }, (_, i) => `S${i}`).join() }, 'sections'],
    ['a depth beyond the most', { depth: '9' }, 'depth'],
  ] as const) {
    it(`says at its field that there is ${sentence}`, () =>
      expect(errorsOf({ ...more, ...('act' in more ? { act: [...more.act] } : {}) } as Partial<GiveValues>)).to.deep.equal([field]))
  }

  it('reads codes by lines and by any comma, each once, and passing on by its depth', () => {
    const draft = draftOf({ projects: 'P1，P2\r\nP1、 P3 ', act: ['login', 'bond_pay'], depth: '2', seals: 'S1' })
    expect(draft).to.deep.include({ projects: ['P1', 'P2', 'P3'], acts: ['login', 'bond_pay', 'delegate'], depth: 2, seals: [] })
  })

  it('writes no formula into a cell of the export', () => {
    expect([cell('=1+1'), cell('+8'), cell('@a'), cell('-2'), cell('甲,"乙"'), cell('普通')]).to.deep.equal([
      "'=1+1",
      "'+8",
      "'@a",
      "'-2",
      '"甲,""乙"""',
      '普通',
    ])
  })
})

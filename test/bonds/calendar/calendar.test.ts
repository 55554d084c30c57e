import { expect } from 'chai'
import { createCalendar, isWorked, KNOWN_YEARS } from '../../../server/bonds/calendar/calendar.ts'
import { type Day, dayOf, instantOf, minuteOf, plusDays, readDay } from '../../../server/bonds/calendar/day.ts'
import { readCalendarYear } from '../../../server/bonds/calendar/year.ts'
import { calendar, codeOf } from '../stage.ts'

describe('the calendar', () => {
  for (const [day, worked, why] of [
    ['2024-02-04', true, 'a Sunday worked before the Spring Festival'],
    ['2024-02-09', true, 'the eve of the Spring Festival, which was no day off in 2024'],
    ['2024-06-10', false, 'a Monday, the Dragon Boat Festival'],
    ['2025-01-26', true, 'a Sunday worked'],
    ['2025-02-04', false, 'a Tuesday, the last day of the Spring Festival'],
    ['2025-10-08', false, 'a Wednesday, the eighth day of two feasts together'],
    ['2026-01-02', false, 'the Friday after New Year'],
    ['2026-01-04', true, 'the Sunday worked for it'],
    ['2026-02-28', true, 'a Saturday worked after the Spring Festival'],
    ['2026-09-20', true, 'a Sunday worked for National Day'],
    ['2026-09-26', false, 'a Saturday in the Mid-Autumn Festival'],
    ['2026-10-08', true, 'the Thursday after National Day'],
    ['2026-11-28', false, 'a plain Saturday'],
  ] as const) {
    it(`${day} is ${worked ? '' : 'not '}worked: ${why}`, () => expect(isWorked(calendar, day)).to.equal(worked))
  }

  it('names the feast and the notice of a day off', () =>
    expect(calendar.about('2026-10-01')).to.deep.equal({ kind: 'holiday', name: '国庆节', notice: '国办发明电〔2025〕7号' }))

  it('has as many working days as the notices leave', () => {
    const count = (year: number) => {
      let worked = 0
      for (let at: Day = `${year}-01-01`; at.startsWith(`${year}-`); at = plusDays(at, 1)) if (isWorked(calendar, at)) worked++
      return worked
    }
    expect([2024, 2025, 2026].map(count)).to.deep.equal([251, 248, 248])
  })

  for (const day of ['2027-01-01', '2027-10-01', '2023-12-31'] as const)
    it(`says nothing about ${day}`, () => expect(codeOf(() => calendar.about(day))).to.equal('calendar_not_covered'))

  it('lets the last file of a year count', () => {
    const [first] = KNOWN_YEARS
    if (first === undefined) throw new Error('no year')
    const corrected = createCalendar([...KNOWN_YEARS, { ...first, workdays: [] }])
    expect(corrected.about('2024-02-04')).to.deep.equal({ kind: 'weekend' })
  })

  it('reads days as they are in Shanghai, and no day that is not there', () => {
    expect(dayOf(new Date('2026-03-09T16:00:00Z'))).to.equal('2026-03-10')
    expect(minuteOf(new Date('2026-03-09T15:59:59Z'))).to.equal(23 * 60 + 59)
    expect(instantOf('2026-03-10', 570).toISOString()).to.equal('2026-03-10T01:30:00.000Z')
    expect(['2026-02-29', '2026-13-01', '26-1-1', '2026-2-28', '', '2024-02-29'].map(readDay)).to.deep.equal([
      ...Array.from({ length: 5 }, () => undefined),
      '2024-02-29',
    ])
  })
})

describe('a year file', () => {
  const good = {
    year: 2031,
    source: { title: '通知', number: '国办发明电〔2030〕1号', issued: '2030-11-01' },
    daysOff: [{ name: '元旦', from: '2031-01-01', to: '2031-01-02' }],
    workdays: ['2031-01-04'],
  }
  it('is taken', () => expect(readCalendarYear(good).year).to.equal(2031))

  for (const [sentence, change] of [
    ['without its notice', { source: undefined }],
    ['with a day of another year', { daysOff: [{ name: '元旦', from: '2030-12-31', to: '2031-01-01' }] }],
    ['with a span that ends before it begins', { daysOff: [{ name: '元旦', from: '2031-01-02', to: '2031-01-01' }] }],
    ['with a day that is worked and off', { daysOff: [{ name: '元旦', from: '2031-01-01', to: '2031-01-04' }] }],
    ['with a worked day that is no weekend day', { workdays: ['2031-01-06'] }],
    ['with a day twice', { workdays: ['2031-01-04', '2031-01-04'] }],
    ['with overlapping spans', { daysOff: [...good.daysOff, { name: '又', from: '2031-01-02', to: '2031-01-03' }] }],
    ['with a day that does not exist', { workdays: ['2031-02-29'] }],
    ['with something nobody asked for', { more: 1 }],
    ['without a day off', { daysOff: [] }],
  ] as const) {
    it(`is refused ${sentence}`, () => expect(codeOf(() => readCalendarYear({ ...good, ...change }))).to.equal('calendar_malformed'))
  }
})

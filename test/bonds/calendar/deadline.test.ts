import { expect } from 'chai'
import { type BankTimes, bankTimes, lastOrder, settlesOn } from '../../../server/bonds/calendar/bank-times.ts'
import { daysLeft, deadlineOf } from '../../../server/bonds/calendar/deadline.ts'
import type { DeadlineRuleId } from '../../../server/bonds/calendar/rules.ts'
import { calendar, codeOf } from '../stage.ts'

const at = (day: string, time = '10:00') => new Date(`${day}T${time}:00+08:00`)

describe('deadlines of the law', () => {
  for (const [rule, event, due, why] of [
    ['bidding-contract', '2026-03-10', '2026-03-16', 'the fifth day is a Sunday and moves to Monday'],
    ['bidding-contract', '2026-09-15', '2026-09-20', 'the fifth day is a Sunday that is worked, and stays'],
    ['bidding-contract', '2026-09-28', '2026-10-08', 'the fifth day is in the National Day holiday'],
    ['bidding-contract', '2026-02-10', '2026-02-24', 'the fifth day is the first of the Spring Festival'],
    ['bidding-withdrawn', '2026-05-20', '2026-05-25', 'five plain days'],
    ['procurement-lost', '2026-02-13', '2026-02-27', 'a worked Saturday counts, nine days off do not'],
    ['procurement-lost', '2026-09-24', '2026-10-09', 'two feasts in one count'],
    ['procurement-won', '2025-09-26', '2025-10-10', 'a worked Sunday counts'],
    ['procurement-withdrawn', '2026-05-06', '2026-05-12', 'the worked Saturday after Labour Day counts'],
    ['bidding-terminated', '2026-10-03', '2026-10-03', 'at once, on a day off too'],
  ] as const satisfies readonly [DeadlineRuleId, string, string, string][]) {
    it(`${rule} from ${event} is ${due}: ${why}`, () => {
      const found = deadlineOf(rule, at(event), calendar)
      expect(found.day).to.equal(due)
      expect(found.dueAt).to.equal(new Date(`${due}T24:00:00+08:00`).toISOString())
    })
  }

  it('takes the day of the event in Shanghai', () => {
    expect(deadlineOf('bidding-withdrawn', new Date('2026-05-19T16:00:00Z'), calendar).day).to.equal('2026-05-25')
    expect(deadlineOf('bidding-withdrawn', new Date('2026-05-19T15:59:59Z'), calendar).day).to.equal('2026-05-25')
    expect(deadlineOf('bidding-withdrawn', new Date('2026-05-20T16:00:00Z'), calendar).day).to.equal('2026-05-26')
  })

  it('tells every day, and why it counted or not', () => {
    const { reckoning } = deadlineOf('procurement-lost', at('2026-05-07'), calendar)
    expect(reckoning.map(({ day, is, number, note }) => [day, is.kind, number ?? '-', note ?? ''].join(' '))).to.deep.equal([
      '2026-05-07 workday - event',
      '2026-05-08 workday 1 ',
      '2026-05-09 moved-workday 2 ',
      '2026-05-10 weekend - ',
      '2026-05-11 workday 3 ',
      '2026-05-12 workday 4 ',
      '2026-05-13 workday 5 due',
    ])
  })

  it('counts the days left, none on the last day and fewer than none after it', () => {
    const due = deadlineOf('bidding-withdrawn', at('2026-05-20'), calendar)
    expect([at('2026-05-20'), at('2026-05-25', '23:59'), at('2026-05-26', '00:00')].map(now => daysLeft(due, now))).to.deep.equal([5, 0, -1])
  })

  for (const [rule, event, why] of [
    ['bidding-contract', '2026-12-30', 'it ends in a year without a file'],
    ['bidding-contract', '2026-12-26', 'its last day, 31 December, is covered'],
    ['procurement-won', '2026-12-25', 'one of its working days may be a day off of the next year'],
    ['bidding-contract', '2027-01-04', 'the event itself is not covered'],
    ['bidding-contract', '2023-12-29', 'the event lies before all files'],
  ] as const) {
    const covered = event === '2026-12-26'
    it(`${rule} from ${event} is ${covered ? 'counted' : 'refused'}: ${why}`, () =>
      expect(codeOf(() => deadlineOf(rule, at(event), calendar))).to.equal(covered ? 'done' : 'calendar_not_covered'))
  }

  it('takes the validity of bids from the tender documents', () => {
    expect(deadlineOf('validity', at('2026-03-10'), calendar, 90).day).to.equal('2026-06-08')
    for (const wrong of [undefined, 0, -1, 1.5, 1001])
      expect(codeOf(() => deadlineOf('validity', at('2026-03-10'), calendar, wrong))).to.equal('bad_request')
    expect(codeOf(() => deadlineOf('validity', at('2026-12-01'), calendar, 90))).to.equal('calendar_not_covered')
  })
})

describe('a bank’s own hours', () => {
  const bank: BankTimes = bankTimes.parse({
    bank: 'ccb',
    settles: [
      { before: '16:00', workingDays: 2 },
      { before: '24:00', workingDays: 3 },
    ],
    closed: { days: ['2026-03-18'], lastWorkingDayOfMonth: true },
  })

  for (const [ordered, time, through, why] of [
    ['2026-03-10', '15:59', '2026-03-12', 'before the cut-off, the second working day'],
    ['2026-03-10', '16:00', '2026-03-13', 'at the cut-off, the third'],
    ['2026-03-13', '17:00', '2026-03-19', 'over a weekend and a day without service'],
    ['2026-03-14', '17:00', '2026-03-19', 'on a Saturday it counts as given on Monday morning'],
    ['2026-03-30', '10:00', '2026-04-02', 'the last working day of the month serves nobody'],
    ['2026-04-02', '17:00', '2026-04-08', 'over Tomb-Sweeping Day'],
  ] as const) {
    it(`an order on ${ordered} at ${time} is through on ${through}: ${why}`, () =>
      expect(settlesOn(bank, at(ordered, time), calendar)).to.equal(through))
  }

  it('finds the last moment that is in time: a millisecond earlier is, then is not', () => {
    for (const due of ['2026-03-16', '2026-04-09', '2026-10-09'] as const) {
      const last = lastOrder(bank, due, calendar).getTime()
      expect(settlesOn(bank, new Date(last - 1), calendar) <= due, due).to.equal(true)
      expect(settlesOn(bank, new Date(last), calendar) > due, due).to.equal(true)
    }
  })

  it('refuses to look past the calendar', () => expect(codeOf(() => settlesOn(bank, at('2026-12-30'), calendar))).to.equal('calendar_not_covered'))

  for (const [sentence, settles] of [
    ['that do not reach the end of the day', [{ before: '16:00', workingDays: 2 }]],
    [
      'that fall',
      [
        { before: '16:00', workingDays: 2 },
        { before: '09:00', workingDays: 1 },
        { before: '24:00', workingDays: 3 },
      ],
    ],
    ['that are no time', [{ before: '25:00', workingDays: 2 }]],
  ] as const) {
    it(`are refused ${sentence}`, () =>
      expect(bankTimes.safeParse({ bank: 'ccb', settles, closed: { days: [], lastWorkingDayOfMonth: false } }).success).to.equal(false))
  }
})

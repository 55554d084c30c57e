/**
 * The deadlines of the law as data. Owns which article sets which deadline, from which event, how it is counted and who must act; the counting is deadline.ts's. 民法典 201: the day of the event does not
 * count. 民法典 203: a period whose last day is a day off ends with the day after the days off, and a day ends at 24:00.
 */
type Trigger = 'contract-signed' | 'withdrawal-received' | 'tender-terminated' | 'award-notice-sent' | 'ground-ended' | 'bids-due' | 'validity-ended'

export type DeadlineRuleId = keyof typeof deadlineRules

export interface DeadlineRule {
  /** law and article, as they are cited */
  basis: string
  from: Trigger
  /** `validity`: as many as the tender documents say. 0: at once, on the day of the event */
  count: number | 'validity'
  unit: 'days' | 'working-days'
  /** of the last day, where it is a day off */
  endsOnDayOff: 'moves' | 'stands'
  who: 'tenderer' | 'agency-or-buyer' | 'bidder'
  zh: string
  en: string
}

const rule = (row: DeadlineRule): DeadlineRule => row

export const deadlineRules = {
  'bidding-contract': rule({
    basis: '招标投标法实施条例 第五十七条',
    from: 'contract-signed',
    count: 5,
    unit: 'days',
    endsOnDayOff: 'moves',
    who: 'tenderer',
    zh: '书面合同签订后5日内，向中标人和未中标的投标人退还投标保证金及银行同期存款利息',
    en: 'within 5 days of the written contract, to the winner and to all others, with deposit interest',
  }),
  'bidding-withdrawn': rule({
    basis: '招标投标法实施条例 第三十五条',
    from: 'withdrawal-received',
    count: 5,
    unit: 'days',
    endsOnDayOff: 'moves',
    who: 'tenderer',
    zh: '收到书面撤回通知之日起5日内退还',
    en: 'within 5 days of receiving the written withdrawal',
  }),
  'bidding-terminated': rule({
    basis: '招标投标法实施条例 第三十一条',
    from: 'tender-terminated',
    count: 0,
    unit: 'days',
    endsOnDayOff: 'stands',
    who: 'tenderer',
    zh: '终止招标的，及时退还投标保证金及银行同期存款利息（本平台按当日办理）',
    en: 'promptly after the tender is ended, with deposit interest; read here as the same day',
  }),
  'procurement-withdrawn': rule({
    basis: '财政部令第87号 第三十八条第一款',
    from: 'withdrawal-received',
    count: 5,
    unit: 'working-days',
    endsOnDayOff: 'moves',
    who: 'agency-or-buyer',
    zh: '收到书面撤回通知之日起5个工作日内退还',
    en: 'within 5 working days of receiving the written withdrawal',
  }),
  'procurement-lost': rule({
    basis: '财政部令第87号 第三十八条第二款；政府采购法实施条例 第三十三条',
    from: 'award-notice-sent',
    count: 5,
    unit: 'working-days',
    endsOnDayOff: 'moves',
    who: 'agency-or-buyer',
    zh: '中标通知书发出之日起5个工作日内退还未中标供应商的投标保证金',
    en: 'to those who lost, within 5 working days of the award notice',
  }),
  'procurement-won': rule({
    basis: '财政部令第87号 第三十八条第二款；政府采购法实施条例 第三十三条',
    from: 'contract-signed',
    count: 5,
    unit: 'working-days',
    endsOnDayOff: 'moves',
    who: 'agency-or-buyer',
    zh: '采购合同签订之日起5个工作日内退还中标供应商的投标保证金或者转为履约保证金',
    en: 'to the winner, or into its performance bond, within 5 working days of the contract',
  }),
  'procurement-terminated': rule({
    basis: '财政部令第87号 第二十九条',
    from: 'tender-terminated',
    count: 5,
    unit: 'working-days',
    endsOnDayOff: 'moves',
    who: 'agency-or-buyer',
    zh: '终止采购活动后5个工作日内退还投标保证金及其在银行产生的孳息',
    en: 'within 5 working days of ending the procurement, with what it earned at the bank',
  }),
  'no-ground': rule({
    basis: '民法典 第九百八十五条',
    from: 'ground-ended',
    count: 0,
    unit: 'days',
    endsOnDayOff: 'stands',
    who: 'tenderer',
    zh: '不作为或不再作为投标保证金的款项，即予原路退还（本平台按当日办理）',
    en: 'money that is no bond, or is one no longer, goes back; read here as the same day',
  }),
  'validity-over': rule({
    basis: '招标投标法实施条例 第二十六条',
    from: 'validity-ended',
    count: 0,
    unit: 'days',
    endsOnDayOff: 'stands',
    who: 'tenderer',
    zh: '投标有效期届满，投标保证金随之失效，即予退还',
    en: 'the bond ends with the validity of the bid and goes back at once',
  }),
  validity: rule({
    basis: '招标投标法实施条例 第二十五条、第二十六条',
    from: 'bids-due',
    count: 'validity',
    unit: 'days',
    endsOnDayOff: 'stands',
    who: 'bidder',
    zh: '投标保证金有效期与投标有效期一致，自提交投标文件截止之日起算',
    en: 'a bond is valid as long as the bid, counted from the deadline for bids',
  }),
} as const satisfies Record<string, DeadlineRule>

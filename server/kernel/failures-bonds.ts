/** What can be refused about bid bonds. The rules are those of failures.ts. */
export const bondFailures = {
  calendar_not_covered: {
    status: 503,
    who: 'operator',
    zh: '这个期限涉及的年份还没有录入放假安排，不能推算，也不估算。请平台管理员录入国务院办公厅的当年通知后重试。',
    en: 'The days off of a year in this reckoning are not entered, and none are guessed. Have the operator add that year’s notice, then try again.',
  },
  calendar_malformed: {
    status: 422,
    who: 'operator',
    zh: '放假安排文件有误，没有录入。请按说明核对年份、日期和通知文号。',
    en: 'The calendar file is wrong and was not entered. Check its year, its days and the notice against the guide.',
  },
  bond_parameter_malformed: {
    status: 422,
    who: 'operator',
    zh: '利率或银行服务时间有误，没有录入。请按说明核对后重新录入。',
    en: 'The rate or the bank’s hours are wrong and were not entered. Check them against the guide and enter them again.',
  },
  bond_rate_missing: {
    status: 503,
    who: 'operator',
    zh: '计息期间缺少利率，不能计息。请平台管理员录入当时的利率和依据后重试。',
    en: 'No rate is entered for the time interest is due for. Have the operator enter the rate of that time with its source, then try again.',
  },
  bond_unknown: {
    status: 404,
    who: 'clerk',
    zh: '没有这个标段、子账户或保证金，或您不能查看它。',
    en: 'There is no such section, sub-account or bond, or it is not yours to see.',
  },
  bond_before_opening: {
    status: 403,
    who: 'center',
    zh: '还没有到最后公布的开标时间，或开标时间没有公布，保证金的任何情况都不能查看或处理。请在开标后再办理。',
    en: 'Before the latest announced opening time, or without one, nothing about bonds may be seen or done. Come back after the opening.',
  },
  bond_custodians_missing: {
    status: 403,
    who: 'center',
    zh: '解封投标人信息需要至少两位保管人的密钥份额，现有的不够或不对。请核对保管人和标段后重试。',
    en: 'Opening the names takes the shares of at least two custodians of this section, and these are too few or wrong. Check who gave them, and for which section.',
  },
  bond_wrong_state: {
    status: 409,
    who: 'clerk',
    zh: '这笔保证金现在的状态不能这样办理。请刷新页面查看它的进度。',
    en: 'The bond is not in a state for this. Reload the page and look how far it is.',
  },
  bond_event_conflict: {
    status: 409,
    who: 'bank',
    zh: '同一编号以前收到过不同的内容，没有处理。请核对银行流水号或事项编号。',
    en: 'Something else came under this number before; nothing was done. Check the bank’s serial number or the number of the act.',
  },
  bond_evidence_missing: {
    status: 422,
    who: 'center',
    zh: '缺少办理这件事需要的凭证。请补充后重新提交。',
    en: 'The evidence that this takes is missing. Add it and send it again.',
  },
  bond_parts_wrong: {
    status: 422,
    who: 'center',
    zh: '不予退还、转履约保证金、费用和退还的金额与这笔保证金对不上。请重新核对金额。',
    en: 'What is kept, moved, charged and refunded does not fit the bond. Check the amounts.',
  },
  bond_ground_missing: {
    status: 422,
    who: 'center',
    zh: '这种情形没有不予退还或转为履约保证金的法定理由。请退还，或按法律规定的情形重新办理。',
    en: 'The law gives no ground to keep or move the money in this case. Refund it, or name a case that the law knows.',
  },
  bond_withdrawal_late: {
    status: 409,
    who: 'clerk',
    zh: '投标截止时间已过，不能再按撤回退还保证金。请联系招标人按撤销办理。',
    en: 'The deadline for bids has passed: this is no withdrawal any more. Ask the tenderer how it will treat it.',
  },
  bond_not_the_payer: {
    status: 403,
    who: 'center',
    zh: '保证金只能退回付款的账户，没有办理。请改为原付款账户。',
    en: 'A bond goes back only to the account that paid it; nothing was ordered. Name that account.',
  },
  bond_guarantee_unfit: {
    status: 422,
    who: 'clerk',
    zh: '保函的金额、有效期或提交时间不符合招标文件，没有接收。请请出具机构修改，或在截止前改用其他方式。',
    en: 'The guarantee’s amount, validity or time does not meet the tender documents. Have its issuer amend it, or bond another way before the deadline.',
  },
  bond_section_closed: {
    status: 409,
    who: 'clerk',
    zh: '这个标段已经截止或终止，不能再取得子账户。重新招标的标段需要重新取得。',
    en: 'The section is past its deadline or abandoned and gives out no sub-account. A section that is tendered anew needs a new one.',
  },
} as const

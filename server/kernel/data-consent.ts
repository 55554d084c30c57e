import type { Uscc } from './uscc.ts'

/** The words in which a room that gives a company's data asks whether it may, and is answered. The answer is consents/'s; rooms are given `UseConsent` by the composition root. */

/** What a company can let others see, one row a set. Names are stable: they stand in signed consents. */
export const DATA_SETS = {
  'credit.bid': { zh: '投标信用报告', en: 'bid credit report' },
  'credit.financing': { zh: '融资信用报告', en: 'financing credit report' },
  deal: { zh: '成交信息', en: 'the deal' },
  'bond.amount': { zh: '保证金金额（不含项目）', en: 'amount of a bid bond, without its tender' },
} as const
export type DataSet = keyof typeof DATA_SETS

/** What for. */
export const PURPOSES = {
  qualification: { zh: '资格审查', en: 'qualification' },
  evaluation: { zh: '评标', en: 'evaluation of bids' },
  guarantee: { zh: '开立投标保函', en: 'issuing a bid guarantee' },
  financing: { zh: '融资审批', en: 'deciding on financing' },
} as const
export type Purpose = keyof typeof PURPOSES

export interface ConsentQuestion {
  uscc: Uscc
  /** client id of whoever shall be given the data */
  recipient: string
  dataSet: DataSet
  purpose: Purpose
  /** every question is about one */
  project: string
  /** what will be given, such as a report's id; one of a recipient is used once: asked again for the same, that use is the answer while its consent stands */
  reference: string
}

/** What stands in the record of every use. */
export interface ConsentUse {
  consent: string
  /** 1, 2, 3 … of the consent */
  number: number
  at: string
}

/**
 * Checks and writes the use in one statement: after a withdrawal nothing is used.
 * @throws BrokerError consent_missing, consent_withdrawn, consent_expired, consent_used_up, consent_tampered
 */
export type UseConsent = (question: ConsentQuestion, trace: string) => Promise<ConsentUse>

/**
 * For what was given by a use before and is fetched once more: no further use, and none at all after a withdrawal.
 * @throws BrokerError consent_withdrawn, consent_expired
 */
export type ConsentStands = (given: { consent: string; recipient: string; project: string }, trace: string) => Promise<void>

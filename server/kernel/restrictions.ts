import type { Uscc } from './uscc.ts'

/**
 * The words in which a door asks what a measure of joint punishment (联合惩戒) says about an act, and is answered. What measures there are is enforcement/'s; rooms are given `AskRestrictions` by the composition root.
 */

/** What a measure may name. Whoever is punished still decrypts what they handed in, gets their money back, and consents to be looked at. */
export const RESTRICTED_ACTS = ['login', 'mandate_sign', 'bond_pay', 'bid_submit'] as const
export type RestrictedAct = (typeof RESTRICTED_ACTS)[number]
export const isRestrictedAct = (act: string): act is RestrictedAct => RESTRICTED_ACTS.some(each => each === act)

/** Kinds of project by the law or register that rules them. */
export const PROJECT_KINDS = ['bidding', 'procurement', 'land', 'mineral', 'state-property', 'medicine'] as const
export type ProjectKind = (typeof PROJECT_KINDS)[number]

/** Where it is done. What is not known stays out: a measure that is limited by it then only flags. */
export interface Place {
  /** client id of the center; undefined: wherever it may be */
  center: string | undefined
  projectKind?: ProjectKind
}

/** One measure, as those concerned are told of it. */
export interface Restriction {
  id: string
  effect: 'refuse' | 'flag'
  /** the list or measure by its name, such as 失信被执行人 */
  list: string
  /** the provision that it stands on */
  basis: string
  /** number of the decision */
  document: string
  /** who recognised it, and so lifts it */
  authority: string
  /** how to reach them */
  contact: string
  /** the last day, YYYY-MM-DD */
  until: string
}

export interface Restrictions {
  /** the one that stands in the way, of several the last to end */
  refused?: Restriction
  flags: Restriction[]
}

export const NO_RESTRICTIONS: Restrictions = { flags: [] }

/** Asked anew each time: what is repaired or lifted counts no more at once. */
export type AskRestrictions = (uscc: Uscc, act: RestrictedAct, place: Place) => Promise<Restrictions>

/** What it is, by what, until when, and who is to be talked to. */
export const restrictionWords = ({ list, basis, document, authority, contact, until }: Restriction): { zh: string; en: string } => ({
  zh: `依据：${list}（${document}，${basis}），有效期至 ${until}。由${authority}认定，修复或异议请联系：${contact}。`,
  en: `Measure: ${list} (${document}, ${basis}), until ${until}. Recognised by ${authority}; to repair or contest it: ${contact}.`,
})

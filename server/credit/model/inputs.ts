import { hash } from 'node:crypto'
import type { CreditFact, Subject } from '../../storage/stores-credit.ts'
import { canonical } from '../canonical.ts'
import type { Model } from './model.ts'

/** What a score is made of, frozen: with it and the formula anybody makes the same one again. */
export interface Inputs extends Subject {
  /** the day in China for which it is reckoned */
  asOf: string
  /** in the order of their ids */
  facts: InputFact[]
}

export interface InputFact {
  id: string
  source: string
  type: string
  level: string
  value?: number
  on: string
  /** from when on it can be repaired, and when it stops to count */
  repairableFrom: string
  until: string
  digest: string
  disputed: boolean
}

/** facts of one subject that are looked at: penalties first, then the newest (storage/credit-facts.ts) */
export const MOST_FACTS = 2000

/** @param model only what it looks at goes in, and so out */
export function inputsOf({ kind, subject }: Subject, asOf: string, facts: readonly CreditFact[], { factors }: Model): Inputs {
  const types = new Set<string>(factors.map(({ rule }) => rule.type))
  const read = facts
    .filter(({ type }) => types.has(type))
    .map(
      (fact): InputFact => ({
        id: fact.id,
        source: fact.source,
        type: fact.type,
        level: fact.level,
        ...(fact.value === undefined ? {} : { value: fact.value }),
        on: fact.happenedOn,
        repairableFrom: fact.minUntil,
        until: fact.maxUntil,
        digest: fact.digest,
        disputed: fact.state === 'disputed',
      }),
    )
  return { kind, subject, asOf, facts: read.sort((a, b) => (a.id < b.id ? -1 : 1)) }
}

export const inputsText = ({ kind, subject, asOf, facts }: Inputs): string =>
  canonical({ kind, subject, asOf, facts: facts.map(fact => ({ ...fact })) })
export const inputsDigest = (inputs: Inputs): string => hash('sm3', inputsText(inputs), 'hex')

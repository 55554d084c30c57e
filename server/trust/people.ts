/** Owns who may decide what about the trust list: names of operators, and the rule of two persons. */
import { BrokerError } from '../kernel/errors.ts'

/** The broker itself, where it takes over what its configuration says; no person may bear this name. */
export const CONFIGURATION = 'configuration'

/** A person's name as it is kept. @throws BrokerError trust_entry_invalid */
export function readOperator(given: string): string {
  const name = given.normalize('NFKC').trim().replaceAll(/\s+/g, ' ')
  if (name.length < 2 || name.length > 60 || /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name))
    throw new BrokerError('trust_entry_invalid', 'say who you are: a name of 2 to 60 characters')
  if (isSamePerson(name, CONFIGURATION)) throw new BrokerError('trust_entry_invalid', `"${CONFIGURATION}" is the broker itself, not a person`)
  return name
}

/** @throws BrokerError trust_entry_invalid */
export function readWhy(given: string): string {
  const why = given.normalize('NFC').trim()
  if (why.length < 3 || why.length > 500 || /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(why))
    throw new BrokerError('trust_entry_invalid', 'say why in 3 to 500 characters, on one line')
  return why
}

/** "Li Na" and "li na" are one person, so that a capital letter does not make a second. */
export const isSamePerson = (one: string, other: string): boolean => folded(one) === folded(other)
const folded = (name: string): string => name.normalize('NFKC').trim().replaceAll(/\s+/g, ' ').toLowerCase()

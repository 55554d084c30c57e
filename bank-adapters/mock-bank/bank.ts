/** What all parts of one played bank share. Built once in mock-bank.ts and handed to each. */
import type { Clock } from '../../server/kernel/clock.ts'
import type { Log } from '../../server/kernel/log.ts'
import type { BankProfile } from './bank-profile.ts'
import { type Person, people, type Seat, seatsAt } from './companies.ts'
import type { Evil } from './evil.ts'
import type { IssuedShield, Shields } from './shields.ts'

export interface Bank {
  profile: BankProfile
  /** address of this bank, `http://localhost:7101/ccb` */
  base: string
  /** `/ccb` */
  path: string
  /** the broker, whose login this bank serves; asked anew each time, since in a test it may start later */
  brokerUrl(): string
  agentUrl: string
  clock: Clock
  log: Log
  shields: Shields
  /** everybody with a seat in a company that banks here */
  customers: readonly Customer[]
  evil(): Evil | undefined
  /** the other banks of this process, whose names and keys an evil bank may use */
  others(): readonly Bank[]
}

export interface Customer {
  person: Person
  /** the bank's own number for the person: the subject that its tokens and assertions name */
  number: string
  seats: readonly Seat[]
}

/** `shield-face`: the shield, and a look at the person behind it */
export type Method = 'password' | 'shield' | 'shield-face'

/** A sign-in that the bank has proof of. */
export interface Proven {
  customer: Customer
  method: Method
  shield?: IssuedShield
  at: Date
}

export function customersOf(profile: BankProfile): readonly Customer[] {
  const seats = seatsAt(profile.id)
  return people
    .map((person, i) => ({
      person,
      number: `${profile.id.toUpperCase()}-${String(880_001 + i * 7)}`,
      seats: seats.filter(seat => seat.person === person),
    }))
    .filter(customer => customer.seats.length > 0)
}

/** What the banks call a role: each says 法人, but for an operator each has its own word. */
export const dutyOf = ({ profile }: Bank, { role }: Seat): string =>
  role === 'legal-representative' ? '法人' : profile.protocol === 'oidc' ? '经办' : '经办人'

export const methodsOf = (method: Method): string[] =>
  method === 'password' ? ['pwd', 'sms'] : method === 'shield' ? ['hwk', 'pin'] : ['hwk', 'pin', 'face']

/** What an honest bank says of whom a sign-in proved; with `identity-mismatch`, a company that is not the one in the shield. */
export function seatsToTell(bank: Bank, { customer, shield }: Pick<Proven, 'customer' | 'shield'>): readonly Seat[] {
  if (bank.evil() !== 'identity-mismatch') return customer.seats
  const held = new Set([...customer.seats.map(({ company }) => company.uscc), shield?.company.uscc])
  const foreign = seatsAt(bank.profile.id).find(({ company }) => !held.has(company.uscc))
  return foreign === undefined ? [] : [{ ...foreign, person: customer.person }]
}

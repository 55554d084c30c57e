/**
 * Owns how each bank's issuer writes the holder into a certificate, as real ones do, each in its own way: the writing side of server/pki/subject-profiles.ts.
 * Where the CN holds fields with '@', O is the CA's own name and the person does not appear at all.
 */
import { printable } from '../../server/pki/der-write.ts'
import type { NameParts } from '../../server/pki/names.ts'
import type { BankProfile } from './bank-profile.ts'
import type { Seat } from './companies.ts'

export interface Holder {
  /** the code as text: a test may ask for one whose check character is wrong */
  company: { name: string; uscc: string }
  person: Seat['person']
  role: Seat['role']
  /** counts the company's shields at this bank; a renewed shield keeps it */
  sequence: number
}

export interface Naming {
  subject: NameParts
  extensions: readonly { oid: string; der: Buffer }[]
}

const namings: Record<BankProfile['naming'], (bank: BankProfile, holder: Holder) => Naming> = {
  'cfca-cn': (bank, { company, sequence }) => ({
    subject: [...caFields(bank), ['CN', `041@${company.name}@N${company.uscc}@${sequence}`]],
    extensions: [],
  }),
  'cfca-cn-swapped': (bank, { company, sequence }) => ({
    subject: [...caFields(bank), ['CN', `0305@8${company.uscc}@${company.name}@${sequence}`]],
    extensions: [],
  }),
  gbt20518: (_, { company, person, role }) => ({
    subject: [
      ['C', 'CN'],
      ['O', company.name],
      ['OU', role === 'legal-representative' ? '法定代表人' : '经办人'],
      ['CN', person.name],
    ],
    extensions: [
      { oid: '1.2.156.10260.4.1.4', der: printable(company.uscc) },
      // the digest that the banks share stands for the identity number, which a certificate shows to everybody
      { oid: '1.2.156.10260.4.1.1', der: printable(person.idDigest) },
    ],
  }),
}

const caFields = (bank: BankProfile): NameParts => [
  ['C', 'CN'],
  ['O', `Mock ${bank.id.toUpperCase()} OCA1`],
  ['OU', 'Mock'],
  ['OU', 'Organizational-1'],
]

export const nameHolder = (bank: BankProfile, holder: Holder): Naming => namings[bank.naming](bank, holder)

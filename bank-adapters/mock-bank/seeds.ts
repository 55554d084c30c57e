/** Which shields a bank has handed out when it opens for the first time. */
import type { BankProfile } from './bank-profile.ts'
import { seatsAt } from './companies.ts'
import type { IssueRequest } from './shields.ts'

/** Each company's first operator has a shield, every fourth company's legal representative too; two operators still hold an RSA one where the bank has such. */
export function* seeds(bank: BankProfile): Generator<IssueRequest> {
  const byCompany = Map.groupBy(seatsAt(bank.id), ({ company }) => company)
  for (const [i, seats] of [...byCompany.values()].entries()) {
    const operator = seats.find(({ role }) => role === 'operator')
    const legal = seats.find(({ role }) => role === 'legal-representative')
    if (operator !== undefined) yield { ...operator, kind: bank.olderShields && (i === 1 || i === 7) ? 'RSA-single' : 'SM2-dual' }
    if (legal !== undefined && i % 4 === 0) yield legal
  }
}

import type { BankBooks } from './bank-books.ts'
import type { PlatformBooks } from './platform-books.ts'

/** Holds the bank's own files against the platform's books, when everything has drained. The bank's word counts. */
export interface Breach {
  kind: 'lost' | 'double' | 'stuck' | 'ledger'
  what: string
}

/** What somebody was answered, and may rely on. */
export interface Told {
  /** sub-accounts that were given out */
  accounts: Set<string>
  /** payments that the bank took */
  serials: Set<string>
}

export const compare = (bank: BankBooks, platform: PlatformBooks, told: Told): Breach[] =>
  [
    ...answered(bank, platform, told),
    ...notices(bank, platform),
    ...orders(bank, platform),
    ...money(bank, platform),
    ...drained(bank, platform),
    ...platform.breaches.map(what => breach('ledger', what)),
    ...(platform.auditHolds ? [] : [breach('lost', 'the audit record does not hold')]),
  ].slice(0, MOST)

const MOST = 20
const breach = (kind: Breach['kind'], what: string): Breach => ({ kind, what })
const missing = (wanted: Iterable<string>, there: Iterable<string>, what: string): Breach[] => {
  const found = new Set(there)
  return [...new Set(wanted)].filter(each => !found.has(each)).map(each => breach('lost', `${what} ${each}`))
}
const repeated = (all: readonly string[], what: string): Breach[] =>
  [...new Set(all.filter((each, n) => all.indexOf(each) !== n))].map(each => breach('double', `${what} ${each}`))

function answered(bank: BankBooks, platform: PlatformBooks, told: Told): Breach[] {
  const accounts = platform.bonds.flatMap(({ account }) => (account === undefined ? [] : [account]))
  return [
    ...missing(told.accounts, accounts, 'a sub-account that was given out:'),
    ...missing(
      told.serials,
      bank.in.map(({ serial }) => serial),
      'a payment that the bank took:',
    ),
    ...(bank.unreadable === 0 ? [] : [breach('lost', `${bank.unreadable} lines of the bank's files can be read by nobody`)]),
  ]
}

/** From the bank: each is in the inbox, and the bank was told so. */
function notices({ tells, told }: BankBooks, { inbox }: PlatformBooks): Breach[] {
  const refused = told.filter(({ outcome }) => outcome !== 'recorded').map(({ id, outcome }) => breach('lost', `notice ${id} ${outcome}`))
  return [...missing(tells, inbox, 'a notice of the bank:'), ...refused, ...repeated(tells, 'the bank noted one notice twice:')]
}

/** From the platform: each stands in the bank's file once, and was acted upon once. */
function orders({ taken, because }: BankBooks, { outbox }: PlatformBooks): Breach[] {
  const delivered = outbox.filter(({ state }) => state === 'delivered').map(({ id }) => id)
  const ids = taken.map(({ id }) => id)
  const own = new Set(outbox.map(({ id }) => id))
  return [
    ...missing(delivered, ids, 'an order that the bank is said to have:'),
    ...missing(ids, because, 'what follows from an order:'),
    ...ids.filter(id => !own.has(id)).map(id => breach('double', `the bank has an order that the platform does not know: ${id}`)),
    ...repeated(ids, 'the bank took one order twice:'),
    ...repeated(because, 'the bank acted twice upon'),
    ...repeated(
      outbox.map(({ key }) => key),
      'the platform ordered twice:',
    ),
  ]
}

/** Each fen that came and went, once, by the bank's own numbers, in bonds and in the ledger. */
function money(bank: BankBooks, platform: PlatformBooks): Breach[] {
  const found: Breach[] = []
  const serials = bank.in.map(({ serial }) => serial)
  for (const { serial, account, fen } of bank.in) {
    const bonds = platform.bonds.filter(each => each.serial === serial)
    const [bond] = bonds
    if (bond === undefined) found.push(breach('lost', `${fen} fen that came as ${serial} to ${account}`))
    else if (bonds.length > 1) found.push(breach('double', `${serial} is ${bonds.length} bonds`))
    else if (bond.in !== BigInt(fen)) found.push(breach(bond.in < BigInt(fen) ? 'lost' : 'double', `${serial}: ${fen} came, ${bond.in} is kept`))
  }
  for (const { id, serial } of platform.bonds)
    if (serial !== undefined && !serials.includes(serial)) found.push(breach('double', `bond ${id} has ${serial}, which never came`))

  for (const { order, fen } of bank.out) {
    const bond = platform.bonds.find(each => each.order === order)
    if (bond === undefined || bond.returned !== BigInt(fen)) found.push(breach('lost', `${fen} fen paid on ${order}, known: ${bond?.returned}`))
  }
  for (const { id, in: received, interest, returned } of platform.bonds) {
    const account = platform.settlements.find(({ owner }) => owner === id) ?? { debits: 0n, credits: 0n, pending: 0n }
    if (account.debits !== received + interest || account.credits !== returned || account.pending !== 0n)
      found.push(breach('ledger', `bond ${id}: ${received} + ${interest} in, ${returned} out; booked ${account.debits}, ${account.credits}`))
  }
  return [
    ...found,
    ...repeated(serials, 'the bank booked one payment twice:'),
    ...repeated(
      bank.out.map(({ order }) => order),
      'the bank paid twice on',
    ),
    ...repeated(
      bank.out.map(({ of }) => of),
      'the bank paid twice out of',
    ),
    ...repeated(bank.frozen, 'the bank froze twice'),
  ]
}

/** Nothing is on its way, and all that was paid in is back. */
function drained(bank: BankBooks, { outbox, bonds }: PlatformBooks): Breach[] {
  const told = new Set(bank.told.map(({ id }) => id))
  return [
    ...bank.tells.filter(id => !told.has(id)).map(id => breach('stuck', `notice ${id} is not answered`)),
    ...outbox.filter(({ state }) => state !== 'delivered').map(({ id, type, state }) => breach('stuck', `${type} ${id} is ${state}`)),
    ...bonds
      .filter(({ serial, state }) => serial !== undefined && state !== 'returned')
      .map(({ id, state }) => breach('stuck', `bond ${id} is ${state}`)),
  ]
}

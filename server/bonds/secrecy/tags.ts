import { randomInt } from 'node:crypto'
import type { Sealing } from '../../kernel/sealing.ts'
import type { Uscc } from '../../kernel/uscc.ts'
import type { Tag } from '../../storage/stores-bonds.ts'

/** Codes by which rows are found and names compared, under the platform's key. Owns that none of them shows what it stands for, and that a section's rows do not show that they belong together. */
export interface Tags {
  /** names as banks and registers write them: full and half width are one */
  name(name: string): Tag
  account(number: string): Tag
  company(uscc: Uscc): Tag
  /** of a company in a section */
  slot(sectionId: string, companyTag: Tag): Tag
  /** of an event; `whose` is the bond, or the bank for what it alone numbers */
  key(whose: string, key: string): Tag
  /** from where something was asked for; `what` keeps a person's from an address's */
  whence(what: string, value: string): Tag
  /** one of a section's places, at random */
  place(sectionId: string): Tag
  /** all of them */
  places(sectionId: string): Tag[]
}

/** More than any section has bidders and payments; two drawn alike are drawn again. */
const PLACES = 4096

export function createTags(sealing: Sealing): Tags {
  const place = (sectionId: string, n: number) => sealing.code(`${sectionId}/${n}`, 'bond-place')
  return {
    name: name => sealing.code(name.normalize('NFKC').replaceAll(/\s+/g, ''), 'bond-name'),
    account: number => sealing.code(number.replaceAll(/[\s-]/g, ''), 'bond-account'),
    company: uscc => sealing.code(uscc, 'bond-company'),
    slot: (sectionId, companyTag) => sealing.code(JSON.stringify([sectionId, companyTag]), 'bond-slot'),
    key: (whose, key) => sealing.code(JSON.stringify([whose, key]), 'bond-event'),
    whence: (what, value) => sealing.code(JSON.stringify([what, value]), 'bond-whence'),
    place: sectionId => place(sectionId, randomInt(PLACES)),
    places: sectionId => Array.from({ length: PLACES }, (_, n) => place(sectionId, n)),
  }
}

/**
 * A sub-account's number: the bank's prefix and digits that nobody can guess or count on from another.
 * @param prefix the bank's digits
 */
export function newAccountNumber(prefix: string): string {
  const digits = () => String(randomInt(1_000_000)).padStart(6, '0')
  return `${prefix}${digits()}${digits()}`
}

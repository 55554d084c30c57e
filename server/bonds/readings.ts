import type { KeyObject } from 'node:crypto'
import type { Trail } from '../audit/events.ts'
import type { Clock } from '../kernel/clock.ts'
import { asBrokerError } from '../kernel/errors.ts'
import type { Sealing } from '../kernel/sealing.ts'
import type { Uscc } from '../kernel/uscc.ts'
import { readJson } from '../storage/json.ts'
import type { Bond, BondIdentity, BondRow, BondStore } from '../storage/stores-bonds.ts'
import { keptOf, type Payer } from './rows.ts'
import { openBox } from './secrecy/box.ts'
import { privateKeyOf } from './secrecy/section-key.ts'
import type { Tags } from './secrecy/tags.ts'
import type { Whose } from './sections.ts'

/** Who may see what of bonds. Each reading is named after the one that may ask; a center's goes through the storage's own gate, and is refused in one way whatever there is behind it. */
export interface Readings {
  /**
   * From the latest announced opening time on. Names and payers are there once custodians released them.
   * @throws BrokerError `bond_unknown`, `bond_before_opening`
   */
  forCenter(asked: Whose, trace: string): Promise<Seen[]>
  /** The company's own, at any time. At most 200, the next after the last one's id. */
  forCompany(uscc: Uscc, after?: string): Promise<Bond[]>
  /** The bank's own account, at any time. */
  forBank(account: string): Promise<Bond | undefined>
}

interface Seen {
  bond: Bond
  bidder?: BondIdentity
  payer?: Payer
}

const PAGE = 200

export function createReadings(deps: { store: BondStore; sealing: Sealing; tags: Tags; clock: Clock; audit: Trail }): Readings {
  const { store, sealing, tags, clock, audit } = deps
  async function seen(row: BondRow): Promise<Seen> {
    const { bond, home } = keptOf(row, sealing)
    const released = home === undefined ? undefined : (await store.section(home))?.releasedKey
    return { bond, ...(released === undefined ? {} : namesOf(row, privateKeyOf(sealing.open(released, `bond-released:${home}`)))) }
  }

  return {
    async forCenter({ sectionId, center }, trace) {
      try {
        const rows = await store.forCenter({ sectionId, center, now: clock.now(), placeTags: tags.places(sectionId) })
        return await Promise.all(rows.map(row => seen(row)))
      } catch (thrown) {
        await audit.append({ code: 'bond.refused', trace, facts: { code: asBrokerError(thrown).code, by: center } })
        throw thrown
      }
    },
    forCompany: async (uscc, after) => (await store.forCompany(tags.company(uscc), PAGE, after)).map(row => keptOf(row, sealing).bond),
    async forBank(account) {
      const row = await store.forBank(tags.account(account))
      return row === undefined ? undefined : keptOf(row, sealing).bond
    },
  }
}

function namesOf(row: BondRow, key: KeyObject): Pick<Seen, 'bidder' | 'payer'> {
  const bidder = readJson<Partial<BondIdentity>>(openBox(key, row.bidder, `bidder:${row.id}`))
  const payer = readJson<Partial<Payer>>(openBox(key, row.payer, `payer:${row.id}`))
  return { ...(isIdentity(bidder) ? { bidder } : {}), ...(isPayer(payer) ? { payer } : {}) }
}

const isIdentity = (names: Partial<BondIdentity>): names is BondIdentity => names.uscc !== undefined
const isPayer = (names: Partial<Payer>): names is Payer => names.account !== undefined

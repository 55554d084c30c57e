import type { KeyObject } from 'node:crypto'
import type { Clock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { pagesOf } from '../kernel/pages.ts'
import type { Sealing } from '../kernel/sealing.ts'
import type { Uscc } from '../kernel/uscc.ts'
import { readFenJson } from '../storage/fen-json.ts'
import { readJson } from '../storage/json.ts'
import type { Bond, BondIdentity, BondRow, BondSection, BondStore } from '../storage/stores-bonds.ts'
import { keptOf, type Payer } from './rows.ts'
import { openBox } from './secrecy/box.ts'
import { privateKeyOf } from './secrecy/section-key.ts'
import type { Tags } from './secrecy/tags.ts'
import type { Whose } from './sections.ts'
import type { BondEvent } from './state/events.ts'

/** Who may see what of bonds. Each reading is named after the one that may ask; a center's goes through the storage's own gate, and is refused in one way whatever there is behind it. */
export interface Readings {
  /**
   * From the latest announced opening time on. Names and payers are there once custodians released them.
   * @throws BrokerError `bond_unknown`, `bond_before_opening`
   */
  forCenter(asked: Whose): Promise<Seen[]>
  /** The company's own, at any time. At most 200, the next after the last one's id. */
  forCompany(uscc: Uscc, after?: string): Promise<Bond[]>
  /** One of the company's own, with its account and what happened to it. @throws BrokerError `bond_unknown`, for another's too */
  oneOf(uscc: Uscc, bondId: string): Promise<{ bond: Bond; account?: string; events: BondEvent[] }>
  /**
   * The company's own in one project, with what happened to each. Looked for among its first 2,000.
   * @throws BrokerError `bond_unknown` for a project in which it has none
   */
  inProject(uscc: Uscc, projectId: string): Promise<{ bond: Bond; events: BondEvent[] }[]>
  /** The bank's own account, at any time. */
  forBank(account: string): Promise<Bond | undefined>
}

export interface Seen {
  bond: Bond
  bidder?: BondIdentity
  payer?: Payer
}

const PAGE = 200
const PAGES = 10
/** of one bond; a life has some ten */
const LINES = 100

export function createReadings(deps: { store: BondStore; sealing: Sealing; tags: Tags; clock: Clock }): Readings {
  const { store, sealing, tags, clock } = deps

  /** Names of many rows: the key of each home is asked for once. */
  function keys() {
    const known = new Map<string, Promise<KeyObject | undefined>>()
    const ask = async (home: string) => {
      const released = (await store.section(home))?.releasedKey
      return released === undefined ? undefined : privateKeyOf(sealing.open(released, `bond-released:${home}`))
    }
    return (home: string): Promise<KeyObject | undefined> => {
      const key = known.get(home) ?? ask(home)
      known.set(home, key)
      return key
    }
  }

  async function seen(row: BondRow, keyOf: ReturnType<typeof keys>): Promise<Seen> {
    const { bond, home } = keptOf(row, sealing)
    const key = home === undefined ? undefined : await keyOf(home)
    return { bond, ...(key === undefined ? {} : namesOf(row, key)) }
  }

  const own = async (uscc: Uscc, after?: string): Promise<Bond[]> =>
    (await store.forCompany(tags.company(uscc), PAGE, after)).map(row => keptOf(row, sealing).bond)
  const eventOf = (bondId: string, sealed: string) => readFenJson<BondEvent>(sealing.open(sealed, `bond-event:${bondId}`))

  return {
    async forCenter({ sectionId, center }) {
      const rows = await store.forCenter({ sectionId, center, now: clock.now(), placeTags: tags.places(sectionId) })
      const key = keys()
      const found = await Promise.all(rows.map(row => seen(row, key)))
      // money beside a bond came without a name: it is that of the company's own bond
      const names = new Map(rows.flatMap(({ companyTag }, i) => (found[i]?.bidder === undefined ? [] : [[companyTag, found[i].bidder]])))
      return found.map((each, i) => {
        const bidder = each.bidder ?? names.get(rows[i]?.companyTag ?? '')
        return { ...each, ...(bidder === undefined ? {} : { bidder }) }
      })
    },
    forCompany: own,
    async inProject(uscc, projectId) {
      const sections = new Set<string>()
      for await (const page of pagesOf<BondSection>(after => store.ofProject(projectId, after?.id ?? '', PAGE), PAGE, PAGES))
        for (const { id } of page) sections.add(id)
      const bonds: Bond[] = []
      for await (const page of pagesOf<Bond>(after => own(uscc, after?.id), PAGE, PAGES))
        bonds.push(...page.filter(({ sectionId }) => sectionId !== undefined && sections.has(sectionId)))
      if (bonds.length === 0) throw new BrokerError('bond_unknown', 'no bond of this company in the project')
      const lines = await store.linesOf(
        bonds.map(({ id }) => id),
        LINES * bonds.length,
      )
      const events = Map.groupBy(lines, ({ bondId }) => bondId)
      return bonds.map(bond => ({ bond, events: (events.get(bond.id) ?? []).map(({ sealed }) => eventOf(bond.id, sealed)) }))
    },
    async oneOf(uscc, bondId) {
      const row = await store.forStep(bondId)
      if (row?.companyTag !== tags.company(uscc)) throw new BrokerError('bond_unknown', 'no bond of this company')
      const lines = await store.lines(bondId, LINES)
      const { bond, account } = keptOf(row, sealing)
      const events = lines.map(({ sealed }) => eventOf(bondId, sealed))
      return { bond, ...(account === undefined ? {} : { account }), events }
    },
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

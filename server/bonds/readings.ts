import type { KeyObject } from 'node:crypto'
import type { Clock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { pagesOf } from '../kernel/pages.ts'
import type { Sealing } from '../kernel/sealing.ts'
import type { Uscc } from '../kernel/uscc.ts'
import { readFenJson } from '../storage/fen-json.ts'
import { readJson } from '../storage/json.ts'
import type { Bond, BondIdentity, BondRow, BondSection, BondStore, Tag } from '../storage/stores-bonds.ts'
import type { OpenedBondStore } from '../storage/stores-opened-bonds.ts'
import { type Kept, keptOf, type Payer } from './rows.ts'
import { openBox } from './secrecy/box.ts'
import { idsOfOpened } from './secrecy/opened.ts'
import { privateKeyOf } from './secrecy/section-key.ts'
import type { Tags } from './secrecy/tags.ts'
import type { Whose } from './sections.ts'
import type { BondEvent } from './state/events.ts'

/** Who may see what of bonds. Each reading is named after the one that may ask; a center's goes through the storage's own gate, and is refused in one way whatever there is behind it. */
export interface Readings {
  /** For the section's center, from the latest announced opening time on; before, every reading of it is refused. */
  ofSection(asked: Whose): SectionReading
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

/**
 * One look at a section, in parts: which bonds it has is asked once, and each part is in the order of the ids. Names and payers are there once custodians released them.
 * Each part @throws BrokerError `bond_unknown`, `bond_before_opening`
 */
interface SectionReading {
  /** behind an id; at most 200 */
  page(after?: string, limit?: number): Promise<Seen[]>
  /** those of the section among at most 200 ids */
  some(ids: readonly string[]): Promise<Seen[]>
  /** all without a name, for sums over it: no more than the section has places */
  all(): Promise<Bond[]>
}

export interface Seen {
  bond: Bond
  bidder?: BondIdentity
  payer?: Payer
}

type Opened = Kept & { row: BondRow }

const PAGE = 200
const PAGES = 10
/** of one bond; a life has some ten */
const LINES = 100

export function createReadings(deps: { store: BondStore; opened: OpenedBondStore; sealing: Sealing; tags: Tags; clock: Clock }): Readings {
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

  /** Rows of the section: money that was assigned to another one meanwhile is that one's. */
  async function opened({ sectionId, center }: Whose, ids: readonly string[], companyTags?: readonly Tag[]): Promise<Opened[]> {
    const asked = { sectionId, center, now: clock.now(), ids, ...(companyTags === undefined ? {} : { companyTags }) }
    const rows = await store.forCenter(asked)
    return rows
      .map(row => ({ row, ...keptOf(row, sealing) }))
      .filter(({ bond, home }) => (bond.sectionId ?? home) === sectionId)
      .sort((a, b) => (a.row.id < b.row.id ? -1 : 1))
  }

  async function seen({ row, bond, home }: Opened, keyOf: ReturnType<typeof keys>): Promise<Seen> {
    const key = home === undefined ? undefined : await keyOf(home)
    return { bond, ...(key === undefined ? {} : namesOf(row, key)) }
  }

  function ofSection(asked: Whose): SectionReading {
    const key = keys()
    let asking: Promise<string[]> | undefined
    /** in one order on every database, whatever its collation */
    const idsOf = (): Promise<string[]> => (asking ??= idsOfOpened(deps, asked).then(ids => ids.sort()))

    /** Money beside a bond came without a name: it is that of the company's own bond, which may stand on another page. */
    async function some(ids: readonly string[]): Promise<Seen[]> {
      const these = await opened(asked, ids)
      const found = await Promise.all(these.map(each => seen(each, key)))
      const companyOf = (i: number): Tag => these[i]?.row.companyTag ?? ''
      const nameless = new Set(found.flatMap(({ bidder }, i) => (bidder === undefined ? [companyOf(i)] : [])))
      if (nameless.size === 0 || (await key(asked.sectionId)) === undefined) return found
      const names = new Map<Tag, BondIdentity>()
      for (const own of await opened(asked, await idsOf(), [...nameless])) {
        const { bidder } = await seen(own, key)
        if (bidder !== undefined) names.set(own.row.companyTag, bidder)
      }
      return found.map((each, i) => {
        const bidder = each.bidder ?? names.get(companyOf(i))
        return { ...each, ...(bidder === undefined ? {} : { bidder }) }
      })
    }

    return {
      some: ids => some(ids.slice(0, PAGE)),
      async page(after = '', limit = PAGE) {
        const behind = (await idsOf()).filter(id => id > after)
        const most = Math.min(limit, PAGE)
        const found: Seen[] = []
        // a page is full as long as there are more
        for (let from = 0; found.length < most && from < behind.length; ) {
          const part = behind.slice(from, from + most - found.length)
          found.push(...(await some(part)))
          from += part.length
        }
        return found
      },
      async all() {
        const ids = await idsOf()
        const bonds: Bond[] = []
        for (let from = 0; from < ids.length; from += PAGE) bonds.push(...(await opened(asked, ids.slice(from, from + PAGE))).map(({ bond }) => bond))
        return bonds
      },
    }
  }

  const own = async (uscc: Uscc, after?: string): Promise<Bond[]> =>
    (await store.forCompany(tags.company(uscc), PAGE, after)).map(row => keptOf(row, sealing).bond)
  const eventOf = (bondId: string, sealed: string) => readFenJson<BondEvent>(sealing.open(sealed, `bond-event:${bondId}`))

  return {
    ofSection,
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

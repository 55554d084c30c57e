import { days } from '../kernel/clock.ts'
import { obtainSealedKey, type SealedKeyDeps } from './sealed-keys.ts'
import type { SigningKey } from './stores-keys.ts'

/**
 * Keys of one purpose, each followed by the next after some time. The next is made and published before it is used, so that whoever verifies has it in time; those before stay, so that what they signed stays verifiable.
 * Of several processes one makes each: its number is its name.
 */
export interface KeyLine<Key> {
  /** the one in use */
  current(): Promise<Key>
  /** all that there are, the one in use first */
  all(): Promise<Key[]>
}

export interface KeyLineOptions<Key> {
  /** what every kid begins with; a number follows */
  line: string
  use: SigningKey['use']
  /** the text to keep */
  make: () => Promise<string>
  /** @throws Error where it is another text */
  read: (text: string) => Key
  /** hears once of each change, on one of all processes */
  changed: (key: { use: string; kid: string; state: string }) => Promise<unknown>
}

/** Milliseconds: how long a key is in use before the next is made, and how long that is published before it is used. */
const KEY_USED = days(2 * 365)
const KEY_PUBLISHED = days(30)

interface Held<Key> {
  number: number
  key: Key
  row: SigningKey
}

/** Its keys throw Error when one was sealed under another sealing key. */
export function createKeyLine<Key>(deps: SealedKeyDeps, options: KeyLineOptions<Key>): KeyLine<Key> {
  const { store, sealing, clock } = deps
  const { line, use, make, read, changed } = options
  let held: Held<Key>[] = []
  /** milliseconds: until when nothing has to be done */
  let until = 0
  let looking: Promise<void> | undefined

  async function load(): Promise<void> {
    const rows = (await store.list(use)).flatMap(row => {
      const number = row.kid.startsWith(`${line}-`) ? Number(row.kid.slice(line.length + 1)) : Number.NaN
      return Number.isSafeInteger(number) ? [{ number, row }] : []
    })
    held = rows
      .sort((a, b) => a.number - b.number)
      .map(({ number, row }) => {
        const known = held.find(each => each.number === number)
        return { number, row, key: known?.key ?? read(sealing.open(row.sealed, `signing-key:${use}:${row.kid}`)) }
      })
  }

  async function look(): Promise<void> {
    await load()
    if (held.length === 0) {
      await obtainSealedKey(deps, { kid: `${line}-1`, use }, make)
      await load()
    }
    const now = clock.now().getTime()
    const last = held.at(-1)
    if (last !== undefined && dueAt(last.row) <= now) {
      const kid = `${line}-${last.number + 1}`
      // found late, it is used at once: the one before should long be out of use
      const activeFrom = new Date(Math.max(now, dueAt(last.row) + KEY_PUBLISHED)).toISOString()
      const sealed = sealing.seal(await make(), `signing-key:${use}:${kid}`)
      const first = await store.insert({ kid, use, state: 'initial', sealed, createdAt: clock.now().toISOString(), activeFrom })
      if (first) await changed({ use, kid, state: 'initial' })
      await load()
    }
    await settle(now)
    until = Math.min(...held.filter(({ row }) => row.state === 'initial').map(({ row }) => Date.parse(row.activeFrom)), dueOf(held.at(-1)))
  }

  /** What is written of each follows the hour. */
  async function settle(now: number): Promise<void> {
    const inUse = currentAt(now)
    for (const { row, number } of held) {
      const state = number > inUse.number ? 'initial' : number === inUse.number ? 'active' : 'retired'
      if (row.state === state) continue
      if (await store.setState(row.kid, row.state, state)) await changed({ use, kid: row.kid, state })
      row.state = state
    }
  }

  function currentAt(now: number): Held<Key> {
    const found = held.findLast(({ row }) => Date.parse(row.activeFrom) <= now) ?? held[0]
    if (found === undefined) throw new Error(`no key of ${line}`)
    return found
  }

  async function ready(): Promise<number> {
    const now = clock.now().getTime()
    if (now >= until) {
      looking ??= look().finally(() => {
        looking = undefined
      })
      await looking
    }
    return now
  }

  return {
    current: async () => currentAt(await ready()).key,
    async all() {
      const inUse = currentAt(await ready())
      return [inUse, ...held.filter(each => each !== inUse).reverse()].map(({ key }) => key)
    },
  }
}

const dueAt = ({ activeFrom }: SigningKey): number => Date.parse(activeFrom) + KEY_USED
const dueOf = (last: { row: SigningKey } | undefined): number => (last === undefined ? 0 : dueAt(last.row))

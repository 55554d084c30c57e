import { createHash } from 'node:crypto'
import { type Clock, minutes } from '../kernel/clock.ts'
import type { Uscc } from '../kernel/uscc.ts'
import type { BidNoticeStore, BidStore } from '../storage/stores-bids.ts'
import { minuteOf } from '../web/beijing.ts'
import type { Words } from '../web/words.ts'
import { bidPath } from './pages/words.ts'
import type { Watch } from './watch.ts'

/**
 * What a bidder's people are told on their way into any center: the worst that was found of each bid that waits, once a person and finding. Owns that nobody is told twice, and that no more is said than the project's name, its
 * opening time, and what to do. What only reminds, or is left to test, waits for the workbench.
 */
export interface LoginReminder {
  title: string
  what: Words
  /** as a person reads it */
  until: string
  path: string
}

export interface LoginRemindersDeps {
  store: Pick<BidStore, 'isWaiting' | 'ofCompany'>
  notices: BidNoticeStore
  watch: Pick<Watch, 'troubles'>
  clock: Clock
}

interface Who {
  membershipId: string
  uscc: Uscc
}

/** bids looked at, and shown on one page */
const LOOKED_AT = 50
const SHOWN = 5

export function createLoginReminders({ store, notices, watch, clock }: LoginRemindersDeps) {
  async function unseen({ membershipId, uscc }: Who): Promise<{ key: string; reminder: LoginReminder }[]> {
    if (!(await store.isWaiting(uscc))) return []
    const found = (await store.ofCompany(uscc, LOOKED_AT)).filter(({ bid, opening }) => bid.state === 'waiting' && opening.state === 'announced')
    if (found.length === 0) return []
    const troubles = await watch.troubles(found)
    const all = found.flatMap(({ bid, opening }, i) => {
      const [worst] = troubles[i] ?? []
      if (worst === undefined || worst.severity === 'remind' || worst.cause === 'untested') return []
      const { zh, en, cause } = worst
      const key = createHash('sm3').update(`login ${membershipId} ${bid.envelope} ${cause}`).digest('hex')
      return [{ key, reminder: { title: opening.title, what: { zh, en }, until: minuteOf(opening.opensAt), path: bidPath(opening.id) } }]
    })
    const known = await notices.among(all.map(({ key }) => key))
    return all.filter(({ key }) => !known.has(key)).slice(0, SHOWN)
  }

  return {
    of: async (who: Who): Promise<LoginReminder[]> => (await unseen(who)).map(({ reminder }) => reminder),
    /** The person went on from the page that showed them. */
    async seen(who: Who): Promise<void> {
      const now = clock.now()
      for (const { key } of await unseen(who)) if (await notices.claim(key, now, new Date(now.getTime() - minutes(1)))) await notices.sent(key, now)
    },
  }
}

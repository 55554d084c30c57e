import { type Clock, minutes } from '../kernel/clock.ts'
import type { Log } from '../kernel/log.ts'
import { pagesOf } from '../kernel/pages.ts'
import type { Uscc } from '../kernel/uscc.ts'
import type { Bid, BidNoticeStore, BidStore, Opening } from '../storage/stores-bids.ts'
import { createTellOnce } from './tell-once.ts'

/**
 * Tells bidders at the opening itself: that decrypting has begun, and once more shortly before its time is over, where their bid still waits. Owns that each is told once, by whichever process (tell-once.ts). No step is written of it: a center hears the steps, and whom the platform reminds is none of its business.
 */
export interface DecryptNotice {
  /** unique; a notice that comes twice is the same one */
  key: string
  to: Uscc
  opening: Pick<Opening, 'id' | 'title' | 'decryptBy' | 'drill'>
  envelope: string
  stage: 'begun' | 'ending'
}

export interface DecryptNoticePorts {
  store: Pick<BidStore, 'opening' | 'openingsBetween' | 'bids' | 'ofCompany'>
  notices: BidNoticeStore
  clock: Clock
  log: Log
  /** by every channel the company's people have; resolves when the notice is in safe hands */
  notify(notice: DecryptNotice): Promise<void>
}

const PAGE = 200
/** when the time is called short */
const SHORT = minutes(10)
/** after how long a claimed notice that was not sent is taken over: soon, for what is told last has ten minutes */
const LOST = minutes(2)

export function createDecryptNotices({ store, notices, clock, log, notify }: DecryptNoticePorts) {
  const tell = createTellOnce<DecryptNotice>({
    notices,
    clock,
    lapse: LOST,
    notify,
    failed: (thrown, { stage }) => log.warn({ err: thrown, stage }, 'a bidder could not be told of the opening'),
  })

  async function tellAll(opening: Opening): Promise<number> {
    let told = 0
    for await (const bids of pagesOf<Bid>(after => store.bids(opening.id, PAGE, after?.uscc, 'waiting'), PAGE))
      told += await tell(bids.flatMap(bid => noticesFor(bid, opening, clock.now())))
    return told
  }

  return {
    /** Looks at every open opening. To be called about once a minute, on any number of processes. @returns how many notices went out */
    async round(): Promise<number> {
      let told = 0
      for await (const openings of pagesOf<Opening>(after => store.openingsBetween('open', new Date(0), clock.now(), PAGE, after), PAGE))
        for (const opening of openings) told += await tellAll(opening)
      return told
    },
    /** The center has just opened this one. @returns how many notices went out */
    async opened(openingId: string): Promise<number> {
      const opening = await store.opening(openingId)
      return opening === undefined ? 0 : await tellAll(opening)
    },
    /** What a company's people are to be told at this moment, told before or not. */
    async standing(uscc: Uscc): Promise<DecryptNotice[]> {
      const now = clock.now()
      return (await store.ofCompany(uscc, PAGE)).flatMap(({ bid, opening }) => noticesFor(bid, opening, now))
    },
  }
}

function noticesFor({ uscc, envelope, state }: Bid, { id, title, decryptBy, drill, openedAt, ...opening }: Opening, now: Date): DecryptNotice[] {
  const until = Date.parse(decryptBy)
  if (opening.state !== 'open' || openedAt === undefined || state !== 'waiting' || now.getTime() >= until) return []
  const notice = { to: uscc, opening: { id, title, decryptBy, drill }, envelope }
  const begun = { ...notice, key: `${envelope} decrypt begun`, stage: 'begun' as const }
  // who is told to hurry as it begins needs no second word at once; after an extension there is another end
  const short = now.getTime() >= until - SHORT && Date.parse(openedAt) < until - SHORT
  return [begun, ...(short ? [{ ...notice, key: `${envelope} decrypt ending ${decryptBy}`, stage: 'ending' as const }] : [])]
}

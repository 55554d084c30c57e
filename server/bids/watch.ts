/**
 * Owns the watch over bids until their opening: what may become of the certificates they are encrypted to, told to the bidder while there is time, once for each cause and stage; and the reminders of the
 * opening's calendar. How a notice reaches people (message, page, phone) is the port's; a notice that its process did not see off is sent again by another one.
 *
 * Nobody but the bidder is told: a center that heard of warnings before the opening would learn who bids.
 */

import { type Clock, days, minutes } from '../kernel/clock.ts'
import type { Log } from '../kernel/log.ts'
import { pagesOf } from '../kernel/pages.ts'
import type { Uscc } from '../kernel/uscc.ts'
import type { Bid, BidNoticeStore, BidStore, Opening } from '../storage/stores-bids.ts'
import { adviseRenewal, type RenewalAdvice } from './renewal-advice.ts'
import { createTellOnce } from './tell-once.ts'
import { type CertificateStatus, type Stage, stageAt, type Trouble, troublesOf, wasThere } from './watch-rules.ts'
import { wordsOf } from './watch-words.ts'

export interface BidNotice extends Trouble {
  /** unique; a notice that comes twice is the same one */
  key: string
  to: Uscc
  opening: Pick<Opening, 'id' | 'title' | 'opensAt' | 'drill'>
  envelope: string
  stage: Stage
  zh: string
  en: string
}

export interface WatchPorts {
  store: BidStore
  notices: BidNoticeStore
  clock: Clock
  log: Log
  /** what is known of the certificates of these bids now, by thumbprint; those of which nothing is known may be left out */
  statuses: (bids: readonly Bid[]) => Promise<ReadonlyMap<string, CertificateStatus>>
  /** by every channel the company has; resolves when the notice is in safe hands */
  notify: (notice: BidNotice) => Promise<void>
}

export type Watch = ReturnType<typeof createWatch>

const PAGE = 200
/** how far ahead certificates are looked at */
const AHEAD = days(120)
/** after how long a claimed notice that was not sent is taken over */
const LOST = minutes(10)

export function createWatch(ports: WatchPorts) {
  const { store, notices, clock, log } = ports

  const tell = createTellOnce<BidNotice>({
    notices,
    clock,
    lapse: LOST,
    notify: ports.notify,
    failed: (thrown, { cause }) => log.warn({ err: thrown, cause }, 'a bidder could not be warned'),
    note: ({ to: uscc, opening, envelope, cause, stage, action }, at) =>
      store.note({
        openingId: opening.id,
        uscc,
        kind: 'warned',
        at: at.toISOString(),
        by: 'platform',
        facts: { envelope, cause, stage, action },
        trace: '',
      }),
  })

  async function look(bids: readonly { bid: Bid; opening: Opening }[]): Promise<number> {
    const statuses = bids.length === 0 ? new Map<string, CertificateStatus>() : await ports.statuses(bids.map(({ bid }) => bid))
    const now = clock.now()
    return tell(bids.flatMap(({ bid, opening }) => noticesFor(bid, opening, statuses, now)))
  }

  const waitingOf = async (uscc: Uscc) =>
    (await store.ofCompany(uscc, PAGE)).filter(({ bid, opening }) => bid.state === 'waiting' && opening.state === 'announced')

  return {
    /** Looks at every bid whose opening lies ahead. To be called every few minutes, on any number of processes. @returns how many notices went out */
    async round(): Promise<number> {
      const now = clock.now()
      let told = 0
      const until = new Date(now.getTime() + AHEAD)
      for await (const openings of pagesOf<Opening>(after => store.openingsBetween('announced', now, until, PAGE, after), PAGE))
        for (const opening of openings)
          for await (const bids of pagesOf<Bid>(after => store.bids(opening.id, PAGE, after?.uscc, 'waiting'), PAGE))
            told += await look(bids.map(bid => ({ bid, opening })))
      return told
    },

    /** Something happened to a certificate: its bidders are told at once. @returns how many notices went out */
    async certificateChanged(thumbprint: string): Promise<number> {
      return look(await store.byCertificate(thumbprint, PAGE))
    },

    /** Somebody came with a new shield for this company: its bids are looked at at once. @returns how many notices went out */
    async companyChanged(uscc: Uscc): Promise<number> {
      return look(await waitingOf(uscc))
    },

    /** What the bidder is to be told of each bid now, the worst first; for the bidder's own pages. */
    async troubles(bids: readonly { bid: Bid; opening: Opening }[]): Promise<(Trouble & { zh: string; en: string })[][]> {
      const waiting = bids.filter(({ bid, opening }) => bid.state === 'waiting' && opening.state === 'announced')
      const statuses = waiting.length === 0 ? new Map<string, CertificateStatus>() : await ports.statuses(waiting.map(({ bid }) => bid))
      const now = clock.now()
      const isWaiting = new Set(waiting.map(({ bid }) => bid))
      return bids.map(({ bid, opening }) =>
        isWaiting.has(bid) ? troublesOf(bid, opening, statuses, now).map(trouble => ({ ...trouble, ...wordsOf(trouble) })) : [],
      )
    },

    /** What a company's people are to be told at this moment, told before or not. */
    async standing(uscc: Uscc): Promise<BidNotice[]> {
      const bids = await waitingOf(uscc)
      const statuses = bids.length === 0 ? new Map<string, CertificateStatus>() : await ports.statuses(bids.map(({ bid }) => bid))
      const now = clock.now()
      return bids.flatMap(({ bid, opening }) => noticesFor(bid, opening, statuses, now))
    },

    /** When to renew this certificate, by the bids that wait for it. */
    async advise(thumbprint: string, notAfter: Date): Promise<RenewalAdvice> {
      const waiting = await store.byCertificate(thumbprint, PAGE)
      return adviseRenewal(
        { notAfter },
        waiting.map(each => each.opening),
        clock.now(),
      )
    },
  }
}

/** What is wrong is told when it is found and at each stage while it lasts; that nothing is, at each stage. */
function noticesFor(bid: Bid, opening: Opening, statuses: ReadonlyMap<string, CertificateStatus>, now: Date): BidNotice[] {
  const stage = stageAt(opening, now)
  return troublesOf(bid, opening, statuses, now).flatMap(trouble => {
    // an untested bid is no news on the day of its upload
    const atOnce: Stage[] = trouble.severity === 'remind' || trouble.cause === 'untested' ? [] : ['found']
    const byCalendar: Stage[] = stage !== undefined && wasThere(bid, opening, stage) ? [stage] : []
    return [...atOnce, ...byCalendar].map(each => noticeOf(bid, opening, trouble, each))
  })
}

function noticeOf({ uscc, envelope }: Bid, { id, title, opensAt, drill }: Opening, trouble: Trouble, stage: Stage): BidNotice {
  // after a postponement the calendar begins anew
  const key = [envelope, trouble.cause, stage, ...(stage === 'found' ? [] : [opensAt])].join(' ')
  return { ...trouble, ...wordsOf(trouble), key, to: uscc, opening: { id, title, opensAt, drill }, envelope, stage }
}

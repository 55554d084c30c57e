import type { Clock } from '../kernel/clock.ts'
import type { BidNoticeStore } from '../storage/stores-bids.ts'

/** Tells a notice once, by whichever process. Owns the claim: a notice that its process did not see off is sent again by another one, once the claim has lapsed. */
export interface TellOnce<Notice extends { key: string }> {
  notices: BidNoticeStore
  clock: Clock
  /** milliseconds after which a claimed notice that was not sent is taken over */
  lapse: number
  /** resolves when the notice is in safe hands */
  notify(notice: Notice): Promise<void>
  /** it could not be told; a later round tries again */
  failed(thrown: unknown, notice: Notice): void
  /** written before it counts as sent */
  note?(notice: Notice, at: Date): Promise<void>
}

/** @returns tells those of the notices that nobody told yet, one after the other, and answers how many */
export function createTellOnce<Notice extends { key: string }>(by: TellOnce<Notice>): (found: readonly Notice[]) => Promise<number> {
  const { notices, clock, lapse } = by
  async function send(notice: Notice): Promise<boolean> {
    const now = clock.now()
    if (!(await notices.claim(notice.key, now, new Date(now.getTime() - lapse)))) return false
    try {
      await by.notify(notice)
    } catch (thrown) {
      by.failed(thrown, notice)
      return false
    }
    await by.note?.(notice, now)
    await notices.sent(notice.key, now)
    return true
  }
  return async found => {
    if (found.length === 0) return 0
    const known = await notices.among(found.map(({ key }) => key))
    let told = 0
    for (const notice of found) if (!known.has(notice.key) && (await send(notice))) told += 1
    return told
  }
}

import { createTelling, type Telling, type TellingDeps } from '../../notices/telling.ts'
import type { Stores } from '../../storage/stores.ts'
import type { BidNews, StepKind } from '../../storage/stores-bids.ts'
import { isReason, REASONS } from '../opening/reasons.ts'

/**
 * Tells centers what happens in their openings, each step once it is evidence. Owns the words, and, beside the store, that nothing of any bid is told before its opening was opened: a warning to a bidder would tell the center
 * who bids. What was held back is told when it opens, so that the center can call whoever may be unable to decrypt.
 */
export interface BidNewsDeps extends Pick<TellingDeps<BidNews>, 'sealing' | 'fetch' | 'trail' | 'trace' | 'clock' | 'log'> {
  stores: Pick<Stores, 'bidNews' | 'outbox'>
}

const OPENING_EVENTS = {
  announced: 'opening.announced',
  postponed: 'opening.postponed',
  cancelled: 'opening.cancelled',
  'opening-opened': 'opening.opened',
  extended: 'opening.extended',
  closed: 'opening.closed',
} as const satisfies Partial<Record<StepKind, string>>

const BID_EVENTS = {
  warned: 'bid.warned',
  opened: 'bid.decrypted',
  failed: 'bid.decrypt_failed',
  interrupted: 'bid.decrypt_failed',
  late: 'bid.decrypt_failed',
  attributed: 'bid.attributed',
  'rescue-asked': 'bid.rescue_asked',
  rescued: 'bid.rescued',
  'rescue-failed': 'bid.rescue_failed',
} as const satisfies Partial<Record<StepKind, string>>

export const EVENTS = [...new Set([...Object.values(OPENING_EVENTS), ...Object.values(BID_EVENTS)])] as unknown as readonly [string, ...string[]]

/** webhooks of one center; more than it may have */
const CONCERNED = 100

export function createBidNews({ stores: { bidNews, outbox }, ...deps }: BidNewsDeps): Telling {
  return createTelling({
    ...deps,
    queue: 'bid-webhook',
    store: bidNews,
    outbox,
    async noticesOf(news) {
      const told = noticeOf(news)
      if (told === undefined) return []
      const { step, opening } = news
      const hooks = await bidNews.concerned(opening.center, told.type, CONCERNED)
      const body = JSON.stringify({ type: told.type, timestamp: step.at, data: told.data })
      return [{ hooks, key: news.id, type: told.type, subject: opening.id, body, trace: step.trace }]
    },
    about: 'subject',
    failed: 'steps of openings could not be handed on yet',
  })
}

function noticeOf({ step, opening }: BidNews): { type: string; data: Record<string, unknown> } | undefined {
  const { uscc, kind, facts } = step
  const about = {
    opening: opening.id,
    project: opening.project,
    ...(opening.section === undefined ? {} : { section: opening.section }),
    drill: opening.drill,
  }
  if (uscc === undefined) {
    const type = eventOf(OPENING_EVENTS, kind)
    const times = { opens_at: opening.opensAt, decrypt_by: opening.decryptBy }
    return type === undefined ? undefined : { type, data: { ...about, state: opening.state, ...times, ...some(facts, ['why']) } }
  }
  const type = eventOf(BID_EVENTS, kind)
  if (type === undefined || (opening.state !== 'open' && opening.state !== 'closed')) return undefined
  const { reason } = facts
  const cause = typeof reason === 'string' && isReason(reason) ? { reason, cause: REASONS[reason].cause } : {}
  const warning = kind === 'warned' ? { found: facts['cause'], stage: facts['stage'], action: facts['action'] } : {}
  return { type, data: { ...about, uscc, ...cause, ...warning, ...some(facts, ['ticket']) } }
}

const eventOf = (events: Readonly<Partial<Record<StepKind, string>>>, kind: StepKind): string | undefined => events[kind]

const some = (facts: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(names.flatMap(name => (facts[name] === undefined ? [] : [[name, facts[name]]])))

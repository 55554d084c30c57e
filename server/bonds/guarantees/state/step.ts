import { BrokerError } from '../../../kernel/errors.ts'
import { unreachable } from '../../../kernel/unreachable.ts'
import type { Guarantee, GuaranteeState } from '../../../storage/stores-guarantees.ts'
import { claim, extended, extendOrPay, paid, refused } from './claims.ts'
import { endOf, type GuaranteeContext } from './context.ts'
import { demandedBy, digestOf, type GuaranteeEvent, type GuaranteeEventKind } from './events.ts'
import { requireNoLess, unfitOf } from './fit.ts'
import { offerName } from './offer.ts'

/**
 * The life of a guarantee (保函): a pure function from a guarantee, an event and what it is judged by to the next guarantee. Owns which event is possible in which state, that each counts once, and that none counts without
 * its evidence. Money is the issuer's and the applicant's; messages and storing are other files'.
 */
export interface GuaranteeStep {
  guarantee: Guarantee
  /** it was told before, in the same words: nothing is to be done */
  repeated: boolean
}

/** What an issuer says late is taken wherever it changes nothing that was relied on: messages keep no order. */
const TAKES: Readonly<Record<GuaranteeEventKind, readonly GuaranteeState[]>> = {
  offered: ['applied', 'offered'],
  refused: ['applied', 'offered', 'accepted'],
  withdrawn: ['applied', 'offered', 'accepted'],
  accepted: ['offered'],
  'premium-paid': ['accepted', 'issued', 'in-force', 'claimed', 'released', 'expired'],
  issued: ['accepted', 'paid'],
  verified: ['issued'],
  'amendment-asked': ['issued', 'in-force'],
  amended: ['issued', 'in-force', 'claimed'],
  'amendment-refused': ['issued', 'in-force', 'claimed'],
  claimed: ['in-force', 'claimed'],
  'claim-paid': ['in-force', 'claimed', 'expired'],
  'claim-refused': ['claimed'],
  'extend-or-pay': ['claimed'],
  'extend-or-pay-answered': ['claimed'],
  'non-extension': ['issued', 'in-force', 'claimed'],
  released: ['issued', 'in-force'],
  expired: ['applied', 'offered', 'accepted', 'paid', 'issued', 'in-force'],
}

/**
 * @throws BrokerError `guarantee_event_conflict` for a key that came with something else, `guarantee_evidence_missing`, `guarantee_wrong_state`, `guarantee_offer_changed`, `guarantee_offer_over`, `guarantee_over`, `guarantee_amount_wrong`, and those of
 * claims.ts and fit.ts
 */
export function step(guarantee: Guarantee, event: GuaranteeEvent, context: GuaranteeContext): GuaranteeStep {
  const digest = digestOf(event)
  const before = guarantee.counted[event.key]
  if (before !== undefined && before !== digest) throw new BrokerError('guarantee_event_conflict', `${event.key} came with something else before`)
  if (before !== undefined) return { guarantee, repeated: true }
  const demanded = demandedBy(event)
  const missing = demanded.filter(kind => !event.evidence.some(each => each.kind === kind && each.ref !== ''))
  if (missing.length > 0)
    throw new BrokerError('guarantee_evidence_missing', `${event.kind} without ${missing.join(', ')}`, { expected: demanded.join(', ') })
  if (!TAKES[event.kind].includes(guarantee.state)) throw wrong(`${event.kind} in ${guarantee.state}`)
  const taken = take(guarantee, event, context)
  return { guarantee: { ...taken, counted: { ...guarantee.counted, [event.key]: digest } }, repeated: false }
}

function take(guarantee: Guarantee, event: GuaranteeEvent, context: GuaranteeContext): Guarantee {
  switch (event.kind) {
    case 'offered':
      requireRoom(guarantee)
      return { ...guarantee, state: 'offered', offer: { priceFen: event.priceFen, terms: event.terms, until: event.until } }
    case 'refused':
      return { ...guarantee, state: 'refused', reason: event.reason }
    case 'withdrawn':
      return { ...guarantee, state: 'withdrawn' }
    case 'accepted':
      return accepted(guarantee, event, context)
    case 'premium-paid':
      return premium(guarantee, event)
    case 'issued':
      return { ...guarantee, state: 'issued', document: event.document }
    case 'verified':
      return verified(guarantee, context)
    case 'amendment-asked':
      return ask(guarantee, event)
    case 'amended':
      return amended(guarantee, event)
    case 'amendment-refused':
      if (guarantee.amendment?.id !== event.amendment) throw wrong(`nothing asked as ${event.amendment}`)
      return { ...withoutAmendment(guarantee), notAmended: event.reason }
    case 'claimed':
      return claim(guarantee, event, context)
    case 'claim-paid':
      return paid(guarantee, event)
    case 'claim-refused':
      return refused(guarantee, event)
    case 'extend-or-pay':
      return extendOrPay(guarantee, event.claim, 'asked')
    case 'extend-or-pay-answered':
      return extendOrPay(guarantee, event.claim, event.choice)
    case 'non-extension':
      if (guarantee.noExtension !== undefined) throw wrong('it said so before')
      return { ...guarantee, noExtension: event.reason }
    case 'released':
      return { ...guarantee, state: 'released' }
    case 'expired':
      // whoever says so: our clock decides
      if (context.now.getTime() < Date.parse(endOf(guarantee))) throw wrong(`not over before ${endOf(guarantee)}`)
      return { ...guarantee, state: 'expired' }
    default:
      return unreachable(event)
  }
}

function accepted(guarantee: Guarantee, { offer: seen }: Extract<GuaranteeEvent, { kind: 'accepted' }>, { now }: GuaranteeContext): Guarantee {
  const stands = offerName(guarantee.offer)
  if (seen !== stands)
    throw new BrokerError('guarantee_offer_changed', 'another offer than the one that was seen', { received: seen.slice(0, 60), expected: stands })
  const until = guarantee.offer?.until ?? ''
  if (!(now.getTime() < Date.parse(until)))
    throw new BrokerError('guarantee_offer_over', 'the offer stood no longer', { received: now.toISOString(), expected: `before ${until}` })
  return { ...guarantee, state: 'accepted' }
}

function premium(guarantee: Guarantee, { serial, fen }: Extract<GuaranteeEvent, { kind: 'premium-paid' }>): Guarantee {
  const price = guarantee.offer?.priceFen ?? 0n
  if (guarantee.payment !== undefined) throw wrong('the premium is paid')
  if (fen < price) throw new BrokerError('guarantee_amount_wrong', 'less than the premium', { received: `${fen} fen`, expected: `${price} fen` })
  return { ...guarantee, state: guarantee.state === 'accepted' ? 'paid' : guarantee.state, payment: { serial, fen } }
}

/** Fit, it stands for the bond; unfit, it stays issued with what it lacks until it is amended. */
function verified(guarantee: Guarantee, context: GuaranteeContext): Guarantee {
  const { unfit: _, ...rest } = guarantee
  if (rest.document === undefined) throw wrong('no document to verify')
  const unfit = unfitOf(rest, rest.document, context)
  return unfit === undefined ? { ...rest, state: 'in-force' } : { ...rest, unfit }
}

function ask(guarantee: Guarantee, { amendment: id, fen, validUntil }: Extract<GuaranteeEvent, { kind: 'amendment-asked' }>): Guarantee {
  if (guarantee.amendment !== undefined) throw wrong('an amendment is asked for already')
  requireRoom(guarantee)
  const { notAmended: _, ...rest } = guarantee
  if (rest.noExtension !== undefined && validUntil > (rest.document?.validUntil ?? '')) throw wrong('the issuer does not extend')
  if (fen < rest.asked.fen || validUntil < rest.asked.validUntil)
    throw new BrokerError('guarantee_amount_wrong', 'less than the tender demands', {
      received: `${fen} fen until ${validUntil}`,
      expected: `${rest.asked.fen} fen until ${rest.asked.validUntil}`,
    })
  return { ...rest, amendment: { id, fen, validUntil } }
}

/** What was asked for, or for a claim to extend or pay its extension. */
function amended(guarantee: Guarantee, { amendment: id, document }: Extract<GuaranteeEvent, { kind: 'amended' }>): Guarantee {
  const toExtend = guarantee.claims.find(each => each.id === id)
  if (toExtend !== undefined) {
    requireNoLess(guarantee, document, toExtend.extendTo ?? '')
    return extended({ ...guarantee, document }, id)
  }
  const asked = guarantee.amendment
  if (asked?.id !== id) throw wrong(`nothing asked as ${id}`)
  // what stands for nothing yet is judged by `verified`, as when it was issued
  if (guarantee.state !== 'issued') requireNoLess(guarantee, document, asked.validUntil)
  return { ...withoutAmendment(guarantee), document }
}

/** What may be said again and again is said a bounded number of times: nobody makes a guarantee grow until it is slow to read. */
function requireRoom({ counted }: Guarantee): void {
  if (Object.keys(counted).length >= MOST_EVENTS) throw wrong(`${MOST_EVENTS} events`)
}
const MOST_EVENTS = 100

function withoutAmendment(guarantee: Guarantee): Guarantee {
  const { amendment: _, ...rest } = guarantee
  return rest
}

const wrong = (facts: string) => new BrokerError('guarantee_wrong_state', facts)

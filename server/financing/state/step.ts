import { BrokerError } from '../../kernel/errors.ts'
import { unreachable } from '../../kernel/unreachable.ts'
import type { CaseState, Financing, FinancingCase, ProgressStage } from '../../storage/stores-financing.ts'
import { digestOf, type FinancingEvent, type FinancingEventKind } from './events.ts'

/**
 * The life of an application for financing: a pure function from an application, an event and the time to the next application. Owns which event is possible in which state of a bank's part, that each counts once, that of
 * all offers one is accepted at most, and none after its time. Messages and storing are other files'.
 */
export interface FinancingStep {
  financing: Financing
  /** it was told before, in the same words: nothing is to be done */
  repeated: boolean
}

/** Messages keep no order: what comes late is taken wherever it changes nothing that was relied on. */
const TAKES: Readonly<Record<FinancingEventKind, readonly CaseState[]>> = {
  offered: ['applied', 'offered'],
  declined: ['applied', 'offered'],
  accepted: ['offered'],
  progress: ['accepted', 'approved', 'signed', 'paid-out'],
  withdrawn: ['applied', 'offered'],
}

/** A bank's steps to the loan, in order; each once. */
const STAGES: readonly CaseState[] = ['approved', 'signed', 'paid-out']
/** what may be said again and again is said a bounded number of times */
const MOST_EVENTS = 200

/** @throws BrokerError `financing_event_conflict` for a key that came with something else, `financing_wrong_state`, `financing_offer_over`, `financing_offer_changed`, `financing_offer_invalid` */
export function step(financing: Financing, event: FinancingEvent, now: Date): FinancingStep {
  const digest = digestOf(event)
  const before = financing.counted[event.key]
  if (before !== undefined && before !== digest) throw new BrokerError('financing_event_conflict', `${event.key} came with something else before`)
  if (before !== undefined) return { financing, repeated: true }
  if (Object.keys(financing.counted).length >= MOST_EVENTS) throw wrong(`${MOST_EVENTS} events`)
  const taken = take(financing, event, now)
  return { financing: { ...taken, counted: { ...financing.counted, [event.key]: digest } }, repeated: false }
}

function take(financing: Financing, event: FinancingEvent, now: Date): Financing {
  switch (event.kind) {
    case 'offered': {
      const { offer } = event
      if (Date.parse(offer.validUntil) <= now.getTime() || offer.fen > financing.fen || offer.fen <= 0n || offer.termDays <= 0)
        throw new BrokerError('financing_offer_invalid', 'an offer that is over, or for more than was asked', {
          received: `${offer.fen} fen until ${offer.validUntil}`,
          expected: `at most ${financing.fen} fen, after ${now.toISOString()}`,
        })
      return change(financing, event, one => ({ ...one, state: 'offered', offer }))
    }
    case 'declined':
      return change(financing, event, one => ({ ...one, state: 'declined', reason: event.reason }))
    case 'accepted':
      return accept(financing, event, now)
    case 'progress':
      return change(financing, event, one => advance(one, event.stage, event.at, event.reason))
    case 'withdrawn': {
      if (acceptedOf(financing) !== undefined || !isOpen(financing)) throw wrong('nothing to withdraw')
      return { ...financing, cases: financing.cases.map(one => (waits(one) ? { ...one, state: 'withdrawn' } : one)) }
    }
    default:
      return unreachable(event)
  }
}

function change(financing: Financing, event: { kind: FinancingEventKind; bank: string }, next: (one: FinancingCase) => FinancingCase): Financing {
  const one = caseOf(financing, event.bank)
  if (!TAKES[event.kind].includes(one.state)) throw wrong(`${event.kind} in ${one.state}`)
  return { ...financing, cases: financing.cases.map(each => (each === one ? next(each) : each)) }
}

/** The others' parts are over with it. */
function accept(financing: Financing, event: Extract<FinancingEvent, { kind: 'accepted' }>, now: Date): Financing {
  const { offer } = caseOf(financing, event.bank)
  const accepted = change(financing, event, one => ({ ...one, state: 'accepted' }))
  if (offer === undefined) throw wrong('no offer')
  if (offer.serial !== event.serial)
    throw new BrokerError('financing_offer_changed', 'another offer than the one that was seen', { received: event.serial, expected: offer.serial })
  if (now.getTime() >= Date.parse(offer.validUntil))
    throw new BrokerError('financing_offer_over', 'the offer stood no longer', {
      received: now.toISOString(),
      expected: `before ${offer.validUntil}`,
    })
  return { ...accepted, cases: accepted.cases.map(one => (waits(one) ? { ...one, state: 'closed' } : one)) }
}

/** Each stage once; one that comes after a later one is noted and changes nothing. After money was paid out nothing is refused. */
function advance(one: FinancingCase, stage: ProgressStage, at: string, reason: string | undefined): FinancingCase {
  if (one.progress.some(each => each.stage === stage)) throw wrong(`${stage} twice`)
  const progress = [...one.progress, { stage, at }]
  if (stage === 'refused') {
    if (one.state === 'paid-out') throw wrong('refused after it was paid out')
    return { ...one, progress, state: 'refused', ...(reason === undefined ? {} : { reason }) }
  }
  return { ...one, progress, state: STAGES.indexOf(stage) > reached(one.state) ? stage : one.state }
}

const reached = (state: CaseState): number => STAGES.indexOf(state)
const waits = ({ state }: FinancingCase): boolean => state === 'applied' || state === 'offered'

function caseOf({ cases }: Financing, bank: string): FinancingCase {
  const found = cases.find(one => one.bank === bank)
  if (found === undefined) throw wrong(`no part of ${bank}`)
  return found
}

const WON: readonly CaseState[] = ['accepted', 'approved', 'signed', 'paid-out', 'refused']
/** the bank whose offer was accepted, whatever became of it */
export const acceptedOf = ({ cases }: Pick<Financing, 'cases'>): FinancingCase | undefined => cases.find(({ state }) => WON.includes(state))
/** A bank may yet answer or be accepted, or the loan is under way or paid. */
export const isRunning = (financing: Pick<Financing, 'cases'>): boolean => {
  const won = acceptedOf(financing)
  return won === undefined ? isOpen(financing) : won.state !== 'refused'
}
const isOpen = ({ cases }: Pick<Financing, 'cases'>): boolean => cases.some(waits)

const wrong = (facts: string) => new BrokerError('financing_wrong_state', facts)

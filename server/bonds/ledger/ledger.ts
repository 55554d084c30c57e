import { hash } from 'node:crypto'
import type { Trail } from '../../audit/events.ts'
import { asBrokerError, BrokerError } from '../../kernel/errors.ts'
import { markRecorded } from '../../kernel/recorded.ts'
import type { LedgerLine, LedgerOrder, LedgerStore } from '../../storage/stores-ledger.ts'
import { onlyCny } from './fen.ts'
import type { Movement } from './movements.ts'
import { ordered } from './order.ts'

/**
 * The double-entry ledger of bonds: what was received, is owed, held back and paid, to the fen. Owns that every journal is checked, written once however often it is asked for, and that a refusal is in the audit
 * record. Does not own whether a movement is lawful now, nor moving the money, which is the bank's.
 */
export interface Ledger {
  /**
   * Books a movement. Asked again under the same key it answers with what was booked.
   * @throws BrokerError ledger_malformed, ledger_currency_refused, ledger_unbalanced, ledger_key_reused, ledger_account_elsewhere, ledger_insufficient, ledger_try_again
   */
  post(facts: Facts & Money, movement: Movement): Promise<Booked>
  /**
   * Reserves a movement, until a time (ISO 8601). What is reserved can be reserved or moved by nobody else, so posting it later is never refused for want of money.
   * @throws BrokerError as `post`, and ledger_hold_expired where the time is over
   */
  hold(facts: Facts & Money & { expiresAt: string }, movement: Movement): Promise<Booked>
  /**
   * Books a hold: all of it, or as much as a movement over the same accounts says; the rest is free again.
   * @throws BrokerError ledger_hold_unknown, ledger_hold_posted, ledger_hold_voided, ledger_hold_expired, ledger_hold_exceeded, and as `post`
   */
  postHold(facts: Facts, hold: string, part?: Movement): Promise<Booked>
  /** Frees a hold. @throws BrokerError as `postHold` */
  voidHold(facts: Facts, hold: string): Promise<Booked>
  /** Frees a hold whose time is over. @throws BrokerError as `postHold`, and ledger_hold_not_expired */
  expireHold(facts: Facts, hold: string): Promise<Booked>
  /**
   * Takes a journal back by its mirror image; the journal stays. Two persons do it.
   * @throws BrokerError ledger_not_reversible, ledger_reversed_already, ledger_insufficient where the money has moved on, ledger_try_again
   */
  reverse(facts: Facts, what: { key: string; reason: string; askedBy: string; agreedBy: string }): Promise<Booked>
}

/** What stands behind whatever is booked. */
export interface Facts {
  /** names this posting for ever, 1 to 128 visible ASCII characters */
  key: string
  /** YYYY-MM-DD: from which day it bears interest */
  valueOn: string
  /** the bank's own date and time, ISO 8601 */
  bankAt?: string
  /** the paper behind it: its kind, its number, and its SM3 in lower-case hexadecimal */
  evidence: { kind: string; reference: string; digest: string }
  trace: string
}
interface Money {
  /** CNY */
  currency: string
}

interface Booked {
  journal: bigint
  /** our clock, ISO 8601 */
  bookedAt: string
  /** the accounting day, YYYY-MM-DD */
  bookedOn: string
  /** it had been booked before */
  again: boolean
}

export function createLedger({ store, trail }: { store: Pick<LedgerStore, 'post'>; trail: Trail }): Ledger {
  async function book(order: Omit<LedgerOrder, 'content'>, currency = 'CNY'): Promise<Booked> {
    try {
      onlyCny(currency)
      const answer = await store.post(ordered(order))
      if (answer.outcome === 'refused') throw new BrokerError(answer.code, `${order.phase} of ${order.movement} was refused`)
      const { journal, bookedAt, bookedOn } = answer
      return { journal, bookedAt, bookedOn, again: answer.outcome === 'same' }
    } catch (thrown) {
      const error = asBrokerError(thrown)
      const facts = { failure: error.code, phase: order.phase, key: hash('sm3', order.key, 'hex') }
      await trail.append({ code: 'ledger.refused', trace: order.trace, facts })
      markRecorded(error)
      throw error
    }
  }

  const end = (facts: Facts, hold: string, outcome: 'posted' | 'voided' | 'expired', lines: readonly LedgerLine[] = []) =>
    book({ ...facts, phase: 'resolve', movement: '', lines, resolves: { hold, outcome } })

  return {
    post: ({ currency, ...facts }, { kind, lines }) => book({ ...facts, phase: 'post', movement: kind, lines }, currency),
    hold: ({ currency, ...facts }, { kind, lines }) => book({ ...facts, phase: 'hold', movement: kind, lines }, currency),
    postHold: (facts, hold, part) => end(facts, hold, 'posted', part?.lines),
    voidHold: (facts, hold) => end(facts, hold, 'voided'),
    expireHold: (facts, hold) => end(facts, hold, 'expired'),
    async reverse(facts, reverses) {
      const booked = await book({ ...facts, phase: 'reverse', movement: '', lines: [], reverses })
      const { askedBy, agreedBy } = reverses
      if (!booked.again)
        await trail.append({ code: 'ledger.reversed', trace: facts.trace, facts: { journal: String(booked.journal), askedBy, agreedBy } })
      return booked
    },
  }
}

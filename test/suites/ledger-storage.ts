import { hash } from 'node:crypto'
import { expect } from 'chai'
import { createLedger, type Facts, type Ledger } from '../../server/bonds/ledger/ledger.ts'
import * as move from '../../server/bonds/ledger/movements.ts'
import { days, minutes } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import type { Stores } from '../../server/storage/stores.ts'
import type { LedgerAccountKind, LedgerStatementLine } from '../../server/storage/stores-ledger.ts'
import { codeOf, type SuiteClock } from './storage.ts'

export const CNY = { currency: 'CNY' }

/** @param key a new one unless given */
export const factsOf = (key: string = newId()): Facts => ({
  key,
  valueOn: '2026-05-01',
  bankAt: '2026-05-01T07:59:30.000Z',
  evidence: { kind: 'bank-receipt', reference: key, digest: hash('sm3', key, 'hex') },
  trace: 'K7QM-3F9T',
})

/** What every database behind the ledger has to do. Owners are new in each test, so tests run in any order. */
export function ledgerStorageSuite(name: string, open: () => Promise<{ stores: Stores; clock: SuiteClock }>): void {
  describe(`the ledger on ${name}`, () => {
    let stores: Stores
    let clock: SuiteClock
    let ledger: Ledger
    before(async function () {
      this.timeout(60_000)
      ;({ stores, clock } = await open())
      ledger = createLedger({ store: stores.ledger, trail: { append: async () => undefined } })
    })

    const placeOf = (owner: string = newId()) => ({ owner, bank: 'ccb' })
    const refusal = (work: Promise<unknown>) => work.then(() => 'booked', codeOf)
    const inTime = (milliseconds: number) => new Date(clock.now().getTime() + milliseconds).toISOString()
    async function paid(amount = 80_000n) {
      const at = placeOf()
      const facts = factsOf()
      await ledger.post({ ...facts, ...CNY }, move.receipt(at, amount, 'bond'))
      return { at, key: facts.key }
    }
    /** what an account holds, and what of it is reserved */
    async function balance(owner: string, kind: LedgerAccountKind): Promise<[bigint, bigint]> {
      const found = await stores.ledger.account(owner, kind)
      if (found === undefined) return [0n, 0n]
      const { debitsPosted: debits, creditsPosted: credits, debitsPending, creditsPending } = found
      return found.side === 'debit' ? [debits - credits, creditsPending] : [credits - debits, debitsPending]
    }
    async function hold(at: move.Place, amount: bigint, expiresAt = inTime(minutes(10))): Promise<string> {
      const facts = factsOf()
      await ledger.hold({ ...facts, ...CNY, expiresAt }, move.refund(at, { bond: amount }))
      return facts.key
    }

    describe('posting', () => {
      it('moves money between the accounts of a bond and keeps what stands behind it', async () => {
        const { at, key } = await paid()
        expect([await balance(at.owner, 'settlement'), await balance(at.owner, 'bond')]).to.deep.equal([
          [80_000n, 0n],
          [80_000n, 0n],
        ])
        expect(await stores.ledger.journal(key)).to.deep.include({
          movement: 'receipt',
          bankAt: '2026-05-01T07:59:30.000Z',
          valueOn: '2026-05-01',
          entries: 2,
        })
      })

      it('gives back in one journal what is owed with interest, less what is kept', async () => {
        const { at } = await paid()
        await ledger.post({ ...factsOf(), ...CNY }, move.interest(at, 12n))
        await ledger.post({ ...factsOf(), ...CNY }, move.refund(at, { bond: 80_000n, interest: 12n }, { forfeited: 30_000n }))
        const kinds = ['bond', 'interest', 'forfeited', 'settlement'] as const
        expect(await Promise.all(kinds.map(async kind => (await balance(at.owner, kind))[0]))).to.deep.equal([0n, 0n, 30_000n, 30_000n])
      })

      it('moves what stood in suspense to its bond, and leaves nothing with the receipt', async () => {
        const [receipt, bond] = [placeOf(), placeOf()]
        await ledger.post({ ...factsOf(), ...CNY }, move.receipt(receipt, 500n, 'suspense'))
        await ledger.post({ ...factsOf(), ...CNY }, move.match('ccb', { receipt: receipt.owner }, { bond: bond.owner }, 500n))
        expect([await balance(receipt.owner, 'settlement'), await balance(bond.owner, 'settlement')]).to.deep.equal([
          [0n, 0n],
          [500n, 0n],
        ])
      })

      it('answers the same key and content with what was booked, at another time and under another trace too', async () => {
        const at = placeOf()
        const facts = factsOf()
        const first = await ledger.post({ ...facts, ...CNY }, move.receipt(at, 7n, 'bond'))
        const again = await ledger.post({ ...facts, ...CNY, trace: 'XXXX-XXXX' }, move.receipt(at, 7n, 'bond'))
        expect(again).to.deep.equal({ ...first, again: true })
        expect(await balance(at.owner, 'bond')).to.deep.equal([7n, 0n])
      })

      it('refuses the same key with other content', async () => {
        const at = placeOf()
        const facts = factsOf()
        await ledger.post({ ...facts, ...CNY }, move.receipt(at, 7n, 'bond'))
        expect(await refusal(ledger.post({ ...facts, ...CNY }, move.receipt(at, 8n, 'bond')))).to.equal('ledger_key_reused')
      })

      it('refuses to take more than there is, and to touch an account under the name of another bank', async () => {
        const { at } = await paid(100n)
        expect(await refusal(ledger.post({ ...factsOf(), ...CNY }, move.forfeit(at, 101n)))).to.equal('ledger_insufficient')
        expect(await refusal(ledger.post({ ...factsOf(), ...CNY }, move.receipt({ ...at, bank: 'icbc' }, 1n, 'bond')))).to.equal(
          'ledger_account_elsewhere',
        )
      })

      it('keeps what is refused away from its neighbours of the same moment', async () => {
        const places = Array.from({ length: 20 }, () => placeOf())
        const answers = await Promise.all(
          places.map((at, i) => refusal(ledger.post({ ...factsOf(), ...CNY }, i % 2 === 0 ? move.receipt(at, 5n, 'bond') : move.forfeit(at, 5n)))),
        )
        expect(answers).to.deep.equal(places.map((_, i) => (i % 2 === 0 ? 'booked' : 'ledger_insufficient')))
      })

      it('of a thousand posts of one key at once books one and answers all alike', async () => {
        const at = placeOf()
        const facts = factsOf()
        const booked = await Promise.all(Array.from({ length: 1000 }, () => ledger.post({ ...facts, ...CNY }, move.receipt(at, 3n, 'bond'))))
        expect(new Set(booked.map(({ journal }) => journal)).size).to.equal(1)
        expect(booked.filter(({ again }) => !again)).to.have.length(1)
        expect(await balance(at.owner, 'bond')).to.deep.equal([3n, 0n])
      })
    })

    describe('holds', () => {
      it('reserve money that nobody else can then take', async () => {
        const { at } = await paid(100n)
        await hold(at, 70n)
        expect(await balance(at.owner, 'bond')).to.deep.equal([100n, 70n])
        expect(await refusal(ledger.post({ ...factsOf(), ...CNY }, move.forfeit(at, 31n)))).to.equal('ledger_insufficient')
        expect(await refusal(ledger.post({ ...factsOf(), ...CNY }, move.forfeit(at, 30n)))).to.equal('booked')
      })

      it('are booked whole, or in part with the rest free again', async () => {
        const { at } = await paid(100n)
        const [whole, part] = [await hold(at, 40n), await hold(at, 50n)]
        await ledger.postHold(factsOf(), whole)
        await ledger.postHold(factsOf(), part, move.refund(at, { bond: 20n }))
        expect(await balance(at.owner, 'bond')).to.deep.equal([40n, 0n])
        expect(await balance(at.owner, 'settlement')).to.deep.equal([40n, 0n])
      })

      it('are not booked beyond what was held, nor on other accounts', async () => {
        const { at } = await paid(100n)
        const key = await hold(at, 40n)
        expect(await refusal(ledger.postHold(factsOf(), key, move.refund(at, { bond: 41n })))).to.equal('ledger_hold_exceeded')
        expect(await refusal(ledger.postHold(factsOf(), key, move.forfeit(at, 10n)))).to.equal('ledger_hold_exceeded')
      })

      it('end once, each end with its own refusal', async () => {
        const { at } = await paid(100n)
        const [posted, voided, over] = [await hold(at, 10n), await hold(at, 10n), await hold(at, 10n, inTime(1000))]
        await ledger.postHold(factsOf(), posted)
        await ledger.voidHold(factsOf(), voided)
        expect(await refusal(ledger.expireHold(factsOf(), over))).to.equal('ledger_hold_not_expired')
        clock.advance(1000)
        const ends = (key: string) => Promise.all([refusal(ledger.postHold(factsOf(), key)), refusal(ledger.voidHold(factsOf(), key))])
        expect(await ends(over), 'before anybody swept it').to.deep.equal(['ledger_hold_expired', 'ledger_hold_expired'])
        expect((await balance(at.owner, 'bond'))[1]).to.equal(10n)
        const found = await stores.ledger.overdueHolds(new Date(clock.now().getTime() - minutes(5)), clock.now(), 1000)
        expect(found.map(({ key }) => key)).to.include(over)
        await ledger.expireHold(factsOf(), over)
        expect(await ends(posted)).to.deep.equal(['ledger_hold_posted', 'ledger_hold_posted'])
        expect(await ends(voided)).to.deep.equal(['ledger_hold_voided', 'ledger_hold_voided'])
        expect(await ends(over)).to.deep.equal(['ledger_hold_expired', 'ledger_hold_expired'])
        expect(await balance(at.owner, 'bond')).to.deep.equal([90n, 0n])
      })

      it('answer an end that is asked again as the first time, even when the time is over', async () => {
        const { at } = await paid(100n)
        const key = await hold(at, 10n, inTime(1000))
        const facts = factsOf()
        const first = await ledger.postHold(facts, key)
        clock.advance(1000)
        expect(await ledger.postHold(facts, key)).to.deep.equal({ ...first, again: true })
      })

      it('are unknown where there are none, and a posting is none', async () => {
        const { key } = await paid()
        expect(await refusal(ledger.voidHold(factsOf(), newId()))).to.equal('ledger_hold_unknown')
        expect(await refusal(ledger.voidHold(factsOf(), key))).to.equal('ledger_hold_unknown')
      })

      it('that are over before they begin reserve nothing', async () => {
        const { at } = await paid(100n)
        const late = { ...factsOf(), ...CNY, expiresAt: inTime(0) }
        expect(await refusal(ledger.hold(late, move.forfeit(at, 1n)))).to.equal('ledger_hold_expired')
      })
    })

    describe('a reversal', () => {
      const two = { reason: '银行退票', askedBy: 'p1', agreedBy: 'p2' }

      it('takes a journal back once, and leaves both to be read', async () => {
        const { at, key } = await paid()
        await ledger.reverse(factsOf(), { key, ...two })
        expect(await balance(at.owner, 'bond')).to.deep.equal([0n, 0n])
        const read = await stores.ledger.history(at.owner, { journal: 0n, n: 0 }, 10)
        expect(read.map(({ phase, movement, side }) => [phase, movement, side])).to.deep.equal([
          ['post', 'receipt', 'debit'],
          ['post', 'receipt', 'credit'],
          ['reverse', 'receipt', 'credit'],
          ['reverse', 'receipt', 'debit'],
        ])
        expect(await refusal(ledger.reverse(factsOf(), { key, ...two }))).to.equal('ledger_reversed_already')
      })

      it('is refused where the money has moved on, for a hold, for a reversal, and for what is not there', async () => {
        const { at, key } = await paid(100n)
        const held = await hold(at, 60n)
        expect(await refusal(ledger.reverse(factsOf(), { key, ...two }))).to.equal('ledger_insufficient')
        expect(await refusal(ledger.reverse(factsOf(), { key: held, ...two }))).to.equal('ledger_not_reversible')
        await ledger.voidHold(factsOf(), held)
        const facts = factsOf()
        await ledger.reverse(facts, { key, ...two })
        expect(await refusal(ledger.reverse(factsOf(), { key: facts.key, ...two }))).to.equal('ledger_not_reversible')
        expect(await refusal(ledger.reverse(factsOf(), { key: newId(), ...two }))).to.equal('ledger_not_reversible')
      })

      it('takes a booked hold back as well', async () => {
        const { at } = await paid(100n)
        const facts = factsOf()
        await ledger.postHold(facts, await hold(at, 60n))
        await ledger.reverse(factsOf(), { key: facts.key, ...two })
        expect(await balance(at.owner, 'bond')).to.deep.equal([100n, 0n])
      })
    })

    describe('accounts', () => {
      it('are summed by bank and kind when somebody asks', async () => {
        const bank = newId()
        for (const amount of [3n, 4n]) await ledger.post({ ...factsOf(), ...CNY }, move.receipt({ owner: newId(), bank }, amount, 'bond'))
        expect(await stores.ledger.total(bank, 'settlement')).to.deep.equal({
          debitsPending: 0n,
          creditsPending: 0n,
          debitsPosted: 7n,
          creditsPosted: 0n,
        })
        expect((await stores.ledger.total(newId(), 'bond')).creditsPosted).to.equal(0n)
      })

      it('have a statement for every day, whose opening is what the day before closed with', async () => {
        const { at } = await paid(100n)
        clock.advance(days(1))
        await ledger.post({ ...factsOf(), ...CNY }, move.forfeit(at, 40n))
        await ledger.post({ ...factsOf(), ...CNY }, move.charge(at, 1n))
        const bond = await stores.ledger.account(at.owner, 'bond')
        const today = clock.now().toISOString().slice(0, 10)
        const read = async (after: bigint) => await stores.ledger.statement(bond?.id ?? 0n, today, after, 1)
        const shown = ([entry]: LedgerStatementLine[]) => [entry?.movement, entry?.side, entry?.amount, entry?.balance]
        const [first] = await read(0n)
        expect(shown(await read(0n))).to.deep.equal(['forfeit', 'debit', 40n, -60n])
        expect(shown(await read(first?.version ?? 0n))).to.deep.equal(['charge', 'debit', 1n, -59n])
        const before = new Date(clock.now().getTime() - days(1)).toISOString().slice(0, 10)
        expect(await stores.ledger.balanceAfter(bond?.id ?? 0n, before)).to.equal(-100n)
        expect(await stores.ledger.balanceAfter(bond?.id ?? 0n, today)).to.equal(-59n)
      })

      it('never go back a day, whatever a clock says', async () => {
        const { at } = await paid(100n)
        const opened = (await stores.ledger.account(at.owner, 'bond'))?.id ?? 0n
        const today = clock.now().toISOString().slice(0, 10)
        clock.advance(-days(2))
        const { bookedOn } = await ledger.post({ ...factsOf(), ...CNY }, move.forfeit(at, 1n))
        clock.advance(days(2))
        expect(bookedOn).to.equal(today)
        expect(await stores.ledger.balanceAfter(opened, today)).to.equal(-99n)
      })
    })
  })
}

/** The bank's bond desk: opens sub-accounts as the platform asks, takes money in, keeps it, pays it back to where it came from, and tells the platform each of it. */
import { Router } from 'express'
import { z } from 'zod'
import { newId } from '../../server/kernel/ids.ts'
import type { AccountBook, MoneyIn, Tell } from './account-book.ts'
import type { Bank } from './bank.ts'
import { jsonBody, read } from './http.ts'
import { type Trouble, troubles } from './trouble.ts'

export interface BondDesk {
  /** What follows from a message of the platform's, once however often it is asked. */
  react(message: { id: string; type: string; body: string }): void
  /** a transfer reaches a sub-account. @returns the bank's serial number */
  pay(money: Payment): string
  /** the same over HTTP, for demonstrations */
  router: Router
}

const payment = z.strictObject({
  account: z.string().regex(/^\d{8,32}$/),
  payer: z.strictObject({ account: z.string().regex(/^[0-9A-Za-z-]{4,40}$/), name: z.string().min(1).max(200) }),
  fen: z.int().min(1).max(1_000_000_000_000),
  /** by the bank's clock; now, where it is absent */
  at: z.iso.datetime().optional(),
})
type Payment = z.infer<typeof payment>

/** until when it may be paid into is confidential, and this bank takes what comes later too */
const opened = z.object({ account: z.string() })
const freeze = z.object({ account: z.string(), serial: z.string() })
const refund = z.object({ order: z.string(), serial: z.string(), fen: z.int(), interestFen: z.int(), valueDay: z.string().optional() })

export function createBondDesk(
  bank: Bank,
  book: AccountBook,
  deps: { trouble: { now(): Trouble; set(trouble: Trouble): void }; flush(): Promise<void> },
): BondDesk {
  const { clock } = bank
  const now = () => clock.now().toISOString()
  const telling = (key: string, type: string, body: Tell['body'], confidential?: Tell['confidential']): Tell => ({
    ...{ id: newId(), key, type, body },
    ...(confidential === undefined ? {} : { confidential }),
  })

  function payBack({ order, serial, fen, interestFen, valueDay }: z.infer<typeof refund>, because: string): void {
    const came = book.receipt(serial)
    const trouble = deps.trouble.now()
    if (came === undefined || trouble.closedAccounts?.includes(came.payer.account) === true) {
      const reason = came === undefined ? '没有这笔来款' : '账户已销户'
      book.write({ because, tell: telling(`failed/${order}`, 'bond.refund-failed', { order, at: now(), reason }) })
      return
    }
    const paid = { serial: book.nextSerial(clock.now()), fen: fen + interestFen - (trouble.wrongAmount === true ? 1 : 0), at: now() }
    const toAccount = came.payer.account
    book.write({
      because,
      out: { ...paid, order, of: came.account, toAccount, interestFen, ...(valueDay === undefined ? {} : { valueDay }) },
      tell: telling(`out/${paid.serial}`, 'bond.refund-paid', { order, ...paid, currency: 'CNY' }, { toAccount }),
    })
  }

  function pay({ account, payer, fen, at = now() }: Payment): string {
    const money: MoneyIn = { serial: book.nextSerial(clock.now()), account, payer, fen, at }
    book.write({
      in: money,
      tell: telling(`in/${money.serial}`, 'bond.received', { account, serial: money.serial, fen, currency: 'CNY', at }, { payer }),
    })
    return money.serial
  }

  const router = Router()
  router.post('/payments', jsonBody, async (req, res) => {
    const serial = pay(read(payment, req.body))
    await deps.flush()
    res.json({ serial })
  })
  router.post('/flush', async (_req, res) => {
    await deps.flush()
    res.json({ pending: book.pending().length })
  })
  router.get('/book', (_req, res) => {
    const { in: came, out: went } = book.movements()
    res.json({ in: came, out: went, pending: book.pending().length })
  })
  router.post('/trouble', jsonBody, (req, res) => {
    deps.trouble.set(read(troubles, req.body))
    res.json(deps.trouble.now())
  })

  return {
    router,
    pay,
    react({ id, type, body }) {
      if (book.reacted(id)) return
      const said: unknown = JSON.parse(body)
      if (type === 'bond.account-opened') book.write({ because: id, opened: opened.parse(said) })
      else if (type === 'bond.freeze-ordered') {
        const { account, serial } = freeze.parse(said)
        book.write({ because: id, frozen: serial, tell: telling(`frozen/${serial}`, 'bond.frozen', { account, serial, at: now() }) })
      } else if (type === 'bond.refund-ordered') payBack(refund.parse(said), id)
    },
  }
}

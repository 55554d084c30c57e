import type { Request, Response } from 'express'
import passport from 'passport'
import type { Answer, Attempt, BankAdapter, Challenge, Memo } from '../../bank-adapters/contract.ts'
import { BrokerError } from '../kernel/errors.ts'
import type { BankIdentity } from '../kernel/identity.ts'

/**
 * Banks as passport strategies, one name a bank (`bank:ccb`). One class for all of them: what differs between banks is their adapter. No passport session: who is
 * proven is kept in the login record alone.
 */
export interface BankGate {
  begin(at: Hop, attempt: Attempt): Promise<{ challenge: Challenge; memo: Memo }>
  /** @throws BrokerError with the exact reason */
  complete(at: Hop, attempt: Attempt, answer: Answer, memo: Memo): Promise<BankIdentity>
}

/** One request at one bank. */
interface Hop {
  bank: string
  req: Request
  res: Response
}

type Task =
  | { phase: 'begin'; attempt: Attempt; done?: { challenge: Challenge; memo: Memo } }
  | { phase: 'complete'; attempt: Attempt; answer: Answer; memo: Memo; done?: BankIdentity }

const given = Symbol('task')
type Tasked = Request & { [given]?: Task }

class BankStrategy implements passport.Strategy {
  readonly adapter: BankAdapter

  constructor(adapter: BankAdapter) {
    this.adapter = adapter
  }

  authenticate(this: passport.StrategyCreated<this>, req: Tasked): void {
    const task = req[given]
    perform(this.adapter, task).then(
      // a challenge is passport's `fail`: not authenticated yet, and this is what it takes
      () => (task?.phase === 'complete' && task.done !== undefined ? this.success(task.done) : this.fail('challenge')),
      (error: unknown) => this.error(error),
    )
  }
}

async function perform(adapter: BankAdapter, task: Task | undefined): Promise<void> {
  if (task?.phase === 'begin') task.done = await adapter.begin(task.attempt)
  else if (task?.phase === 'complete') task.done = await adapter.complete(task.attempt, task.answer, task.memo)
  else throw new BrokerError('internal', 'a bank’s strategy ran without a task')
}

export function createBankGate(banks: ReadonlyMap<string, { adapter: BankAdapter }>): BankGate {
  const gate = new passport.Passport()
  for (const [id, { adapter }] of banks) gate.use(`bank:${id}`, new BankStrategy(adapter))

  const pass = ({ bank, req, res }: Hop & { req: Tasked }, task: Task): Promise<void> => {
    if (!banks.has(bank)) throw new BrokerError('unknown_bank', 'no such bank is connected', { received: bank.slice(0, 20) })
    req[given] = task
    return new Promise((resolve, reject) => {
      const settled = (error: unknown) => (error === null || error === undefined ? resolve() : reject(error))
      gate.authenticate(`bank:${bank}`, { session: false }, settled)(req, res, reject)
    })
  }

  return {
    async begin(at, attempt) {
      const task: Task = { phase: 'begin', attempt }
      await pass(at, task)
      if (task.done === undefined) throw new BrokerError('internal', 'a bank began without a challenge')
      return task.done
    },
    async complete(at, attempt, answer, memo) {
      const task: Task = { phase: 'complete', attempt, answer, memo }
      await pass(at, task)
      if (task.done === undefined) throw new BrokerError('internal', 'a bank proved nobody and refused nobody')
      return task.done
    },
  }
}

/** The bank that is killed: the mock bank with one of its banks, over real HTTP. */
import { threeBanks } from '../../bank-adapters/mock-bank/bank-profile.ts'
import { createMockBank } from '../../bank-adapters/mock-bank/mock-bank.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { hookBank } from './bank-hooks.ts'
import { type CommonCalls, givenTo, serveCalls } from './calls.ts'
import { createCut } from './cut.ts'
import { createShiftedClock } from './shifted-clock.ts'

export interface BankGiven {
  dataDir: string
  port: number
  url: string
  brokerUrl: string
  bank: string
  offset: number
}
export type BankCalls = CommonCalls & {
  /** A transfer reaches a sub-account, unless the book has one there. @returns its serial number */
  pay: { given: { account: string; payer: { account: string; name: string }; fen: number }; answer: string }
  /** whether everything is sent twice, as another attempt and as another message */
  doubled: { given: boolean; answer: unknown }
  /** Tries once to tell everything. @returns how many notices are not answered yet */
  flush: { given: null; answer: number }
}

const given = givenTo<BankGiven>()
const clock = createShiftedClock(given.offset)
const cut = createCut()
hookBank(cut)
const { dataDir, port, url, brokerUrl } = given
const banks = threeBanks.filter(({ id }) => id === given.bank)
const mock = await createMockBank({ dataDir, port, url, brokerUrl, agentUrl: 'ws://127.0.0.1:1', banks, clock, log: silentLog })
const { bonds, book, sender, setTrouble } = mock.channel(given.bank)

serveCalls<BankCalls>({
  arm: ({ point, nth }) => cut.arm(point, nth),
  clock: clock.shift,
  pay(payment) {
    const before = book.movements().in.find(({ account }) => account === payment.account)
    const serial = before?.serial ?? bonds.pay(payment)
    void sender.flush()
    return serial
  },
  doubled: yes => setTrouble({ doubled: yes }),
  async flush() {
    await sender.flush()
    return book.pending().length
  },
})

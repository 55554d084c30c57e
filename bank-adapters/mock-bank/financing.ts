/** Owns the bank's desk of financing: prices an application by what it was given, declines, and leads an accepted offer to the loan. How it behaves can be switched. */
import { z } from 'zod'
import { days } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import type { MessageHead } from '../channel/head.ts'
import type { Bank } from './bank.ts'
import { createLine } from './channel-line.ts'

/**
 * `slow`: says nothing until it is told to behave otherwise. `declining`: offers nothing. `refusing`: offers, and then refuses the loan. `brief`: its offers stand for a minute. `waiting`: offers, and lends nothing until it
 * is told to behave otherwise
 */
type FinancingManner = 'prompt' | 'slow' | 'declining' | 'refusing' | 'brief' | 'waiting'

export interface FinancingDesk {
  /** A message of the platform that is on disk; what is no financing's is passed over. */
  took(head: MessageHead, body: string): void
  /** From now on; what was held back is said. */
  behave(manner: FinancingManner): void
  /** what the platform told of deals and applications, in order */
  heard(): readonly { type: string; part: unknown }[]
  /** what the platform answered, in the order of the bank's messages */
  answers(): readonly { type: string; status: number; body: string }[]
  /** when nothing is left to be said */
  settled(): Promise<void>
}

const applied = z.object({ fen: z.number(), termDays: z.number(), creditReport: z.string().optional() })
const coded = z.object({ code: z.string() })

/** a year, in millionths, and fees in fen; a bank that saw the credit report asks for a little less */
const PRICES: Readonly<Record<string, { rate: number; fee: number }>> = {
  ccb: { rate: 38_500, fee: 20_000 },
  icbc: { rate: 36_500, fee: 60_000 },
  abc: { rate: 39_500, fee: 0 },
}
const USUAL = { rate: 43_500, fee: 10_000 }
const REPORT_WORTH = 1_500

export function createFinancingDesk(bank: Bank): FinancingDesk {
  const { clock, log, profile } = bank
  const line = createLine(bank)
  const heard: { type: string; part: unknown }[] = []
  const answers: { type: string; status: number; body: string }[] = []
  let manner: FinancingManner = 'prompt'
  let held: (() => Promise<void>)[] = []
  let work: Promise<void> = Promise.resolve()

  const say = async (type: string, code: string, more: object) => {
    const serial = `${profile.id.toUpperCase()}-RZ-${newId().slice(0, 16)}`
    const part = { serial, at: clock.now().toISOString(), ...more }
    answers.push({ type, ...(await line.send({ type, code, key: serial, part })) })
  }

  async function offer(code: string, { fen, termDays, creditReport }: z.infer<typeof applied>): Promise<void> {
    if (manner === 'declining') return await say('financing.declined', code, { reason: '授信额度不足' })
    const { rate, fee } = PRICES[profile.id] ?? USUAL
    const validUntil = new Date(clock.now().getTime() + (manner === 'brief' ? 60_000 : days(5))).toISOString()
    const rateMillionths = creditReport === undefined ? rate : rate - REPORT_WORTH
    await say('financing.offered', code, { fen, rateMillionths, termDays, feeFen: fee, validUntil, conditions: '按月付息，到期还本；可提前还款。' })
  }

  async function lend(code: string): Promise<void> {
    if (manner === 'refusing') return await say('financing.progress', code, { stage: 'refused', reason: '审批未通过' })
    for (const stage of ['approved', 'signed', 'paid-out']) await say('financing.progress', code, { stage })
  }

  async function onMessage(head: MessageHead, body: string): Promise<void> {
    const { code } = coded.parse(JSON.parse(body))
    const part = await line.open(head, body)
    heard.push({ type: head.type, part })
    if (head.type === 'financing.applied') return await offer(code, applied.parse(part))
    if (head.type !== 'financing.accepted') return
    if (manner === 'waiting') held.push(() => lend(code))
    else await lend(code)
  }

  function run(task: () => Promise<void>): void {
    work = work.then(async () => {
      try {
        await task()
      } catch (thrown) {
        log.warn({ err: thrown, bank: profile.id }, 'mock bank: an application could not be dealt with')
      }
    })
  }

  return {
    took(head, body) {
      if (!head.type.startsWith('financing.') && !head.type.startsWith('deal.')) return
      const task = () => onMessage(head, body)
      if (manner === 'slow') held.push(task)
      else run(task)
    },
    behave(next) {
      manner = next
      if (manner === 'slow' || manner === 'waiting') return
      for (const task of held) run(task)
      held = []
    },
    heard: () => heard,
    answers: () => answers,
    async settled() {
      // what is done may bring more to do
      let seen: Promise<void> | undefined
      while (seen !== work) {
        seen = work
        await seen
      }
    },
  }
}

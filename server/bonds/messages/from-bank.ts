import { z } from 'zod'
import type { MessageType } from '../../channel/types.ts'
import { BrokerError } from '../../kernel/errors.ts'
import type { BondStore } from '../../storage/stores-bonds.ts'
import { NO_EFFECT, type Write } from '../../storage/stores-effects.ts'
import { bondOfOrder } from '../refunds.ts'
import type { Planned, Register } from '../register.ts'
import type { Tags } from '../secrecy/tags.ts'
import { account, fen, serial, type ToBank } from './to-bank.ts'

/** What banks say about bonds, and what follows from it. Owns that a fact of the bank's is taken for what it is, and once, by the bank's own number. */
export interface FromBankDeps {
  register: Register
  store: Pick<BondStore, 'forBank' | 'forStep'>
  tags: Tags
  toBank: ToBank
  /** by which a payer stands in the bank's day file */
  payerCode(bank: string, serial: string, account: string): string
  /** there are messages to send */
  wake(): void
}

const at = z.iso.datetime().describe('By the bank’s clock, in UTC.')
const payerAccount = z.string().regex(/^[0-9A-Za-z-]{4,40}$/)
const received = z.strictObject({ account, serial, fen, currency: z.literal('CNY'), at })
const payer = z.strictObject({ payer: z.strictObject({ account: payerAccount, name: z.string().min(1).max(200) }) })
const frozen = z.strictObject({ account, serial, at })
const paid = z.strictObject({ order: z.string().max(100), serial, fen, currency: z.literal('CNY'), at })
const toAccount = z.strictObject({ toAccount: payerAccount })
const failed = z.strictObject({ order: z.string().max(100), at, reason: z.string().min(1).max(200) })

const AT = '2026-12-01T02:00:00.000Z'

export function messagesFromBank({ register, store, tags, toBank, payerCode, wake }: FromBankDeps): MessageType[] {
  const receipt = (id: string) => [{ kind: 'bank-receipt' as const, ref: id }]

  const moneyReceived: MessageType<z.infer<typeof received>, z.infer<typeof payer>> = {
    type: 'bond.received',
    version: 1,
    what: { zh: '子账户收到款项', en: 'Money came into a sub-account' },
    body: received,
    confidential: payer,
    example: { account: '621700123456789012', serial: 'CCB20261201000001', fen: 20_000_000, currency: 'CNY', at: AT },
    async effect({ sender, id, body, confidential, trace }) {
      const planned = await register.arrival({
        account: body.account,
        receipt: {
          ...{ bank: sender, serial: body.serial, at: new Date(body.at).toISOString(), fen: BigInt(body.fen) },
          payerCode: payerCode(sender, body.serial, confidential.payer.account),
        },
        payer: confidential.payer,
        evidence: receipt(id),
        trace,
      })
      return countsNow(planned) ? withMore(planned, toBank.freeze({ bank: sender, account: body.account, serial: body.serial, trace })) : planned
    },
    done: wake,
  }

  const moneyFrozen: MessageType<z.infer<typeof frozen>> = {
    type: 'bond.frozen',
    version: 1,
    what: { zh: '保证金已冻结', en: 'The bond is frozen' },
    body: frozen,
    example: { account: '621700123456789012', serial: 'CCB20261201000001', at: AT },
    async effect({ id, body, trace }) {
      const row = await store.forBank(tags.account(body.account))
      if (row === undefined) throw new BrokerError('bond_unknown', 'a freeze in an account that nobody was given')
      return await register.event(
        row.id,
        { kind: 'frozen', key: `frozen/${body.serial}`, at: new Date(body.at).toISOString(), evidence: receipt(id) },
        trace,
      )
    },
  }

  const refundPaid: MessageType<z.infer<typeof paid>, z.infer<typeof toAccount>> = {
    type: 'bond.refund-paid',
    version: 1,
    what: { zh: '退款已付', en: 'A refund was paid' },
    body: paid,
    confidential: toAccount,
    example: { order: '…', serial: 'CCB20261205000042', fen: 20_004_083, currency: 'CNY', at: AT },
    async effect({ sender, id, body, confidential, trace }) {
      const bondId = bondOfOrder(body.order)
      // what a bank paid is a fact: one that names no bond of ours is kept with its message, for reconciliation
      if ((await store.forStep(bondId)) === undefined) return NO_EFFECT
      const fact = { kind: 'refund-paid' as const, order: body.order, bank: sender, serial: body.serial, fen: BigInt(body.fen) }
      const told = { key: '', at: new Date(body.at).toISOString(), evidence: receipt(id), toAccount: tags.account(confidential.toAccount) }
      return await register.event(bondId, { ...fact, ...told }, trace)
    },
  }

  const refundFailed: MessageType<z.infer<typeof failed>> = {
    type: 'bond.refund-failed',
    version: 1,
    what: { zh: '退款未能付出', en: 'A refund could not be paid' },
    body: failed,
    example: { order: '…', at: AT, reason: '账户已销户' },
    async effect({ id, body, trace }) {
      const event = { kind: 'refund-failed' as const, key: `failed/${body.order}`, at: new Date(body.at).toISOString(), evidence: receipt(id) }
      return await register.event(bondOfOrder(body.order), { ...event, order: body.order, reason: body.reason }, trace)
    },
  }

  return [moneyReceived, moneyFrozen, refundPaid, refundFailed]
}

/** The bond itself came, in full and in time, and by this notice. */
const countsNow = ({ repeated, extra, bond, movements }: Planned): boolean =>
  !repeated && extra === undefined && bond.finding === 'matched' && movements.some(({ kind }) => kind === 'received')

const withMore = (planned: Planned, write: Write): Planned => ({ ...planned, writes: [...planned.writes, write] })

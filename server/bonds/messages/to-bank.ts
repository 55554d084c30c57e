import { z } from 'zod'
import { type ConfidentialDeps, confidentialWrite } from '../../channel/confidential-write.ts'
import { newId } from '../../kernel/ids.ts'
import type { Write } from '../../storage/stores-effects.ts'
import { outgoingWrite } from '../../storage/writes.ts'

/** What the platform tells a bank about bonds. None of it says who bids for what: a bank hears numbers of its own accounts and receipts. */
export interface ToBank {
  /** A sub-account that may be paid into from now on. @throws BrokerError `bond_bank_unknown` for a bank that nothing can be encrypted to */
  opened(what: { bank: string; account: string; until: string; trace: string }): Promise<Write>
  /** Money that counts as a bond is to be kept. */
  freeze(what: { bank: string; account: string; serial: string; trace: string }): Write
  /** Money goes back to where it came from: to whom, the bank's own receipt says. */
  refund(what: { bank: string; order: string; receipt: { serial: string }; fen: bigint; interestFen: bigint; valueDay: string; trace: string }): Write
}

const account = z.string().regex(/^\d{8,32}$/)
const serial = z.string().regex(/^[!-~]{1,64}$/)
const fen = z.int().min(1).max(1_000_000_000_000)

const OPENED = 'bond.account-opened'

/** As they are published: what a bank's program has to read. */
const TO_BANK = {
  [OPENED]: z.strictObject({ account }),
  'bond.freeze-ordered': z.strictObject({ account, serial }),
  'bond.refund-ordered': z.strictObject({
    order: z.string().max(100),
    serial,
    fen: z.int().min(0),
    interestFen: z.int().min(0),
    currency: z.literal('CNY'),
    valueDay: z.iso.date(),
  }),
}
type Type = keyof typeof TO_BANK
type ToBankBody<T extends Type> = z.infer<(typeof TO_BANK)[T]>

/** Until when it may be paid into is a section's deadline: in the open it would put the accounts of one section together. */
const openedPart = z.strictObject({ until: z.iso.datetime() })

/** The same as JSON Schemas. */
export const publishedToBank = Object.entries(TO_BANK).map(([type, body]) => ({
  ...{ type, version: 1, body: z.toJSONSchema(body) },
  ...(type === OPENED ? { confidential: z.toJSONSchema(openedPart) } : {}),
}))

export { account, fen, serial }

export function createToBank(deps: ConfidentialDeps): ToBank {
  const { clock } = deps
  const write = <T extends Type>(bank: string, type: T, key: string, body: ToBankBody<T>, trace: string) =>
    outgoingWrite({
      id: newId(),
      receiver: bank,
      idempotencyKey: key,
      type,
      schema: '1',
      body: JSON.stringify(body),
      encryptionKey: '-',
      createdAt: clock.now().toISOString(),
      trace,
    })
  return {
    opened: ({ bank, account, until, trace }) =>
      confidentialWrite(
        deps,
        {
          ...{ receiver: bank, type: OPENED, key: `opened/${account}`, trace },
          open: { account } satisfies ToBankBody<typeof OPENED>,
          part: { until } satisfies z.infer<typeof openedPart>,
        },
        'bond_bank_unknown',
      ),
    freeze: ({ bank, trace, ...body }) => write(bank, 'bond.freeze-ordered', `freeze/${body.serial}`, body, trace),
    refund: ({ bank, order, receipt, fen: sum, interestFen, valueDay, trace }) =>
      write(
        bank,
        'bond.refund-ordered',
        `refund/${order}`,
        { order, serial: receipt.serial, fen: Number(sum), interestFen: Number(interestFen), currency: 'CNY', valueDay },
        trace,
      ),
  }
}

/**
 * The mock bank's book: sub-accounts, money that came in and went out, and what the platform has yet to be told of it. Owns that a line is on disk before it counts, and that money and the word about it are one line; so
 * whoever compares this file with the platform knows what is true.
 */
import { z } from 'zod'
import { openLines } from './lines-on-disk.ts'

const payer = z.object({ account: z.string(), name: z.string() })
const tell = z.object({
  id: z.string(),
  key: z.string(),
  type: z.string(),
  body: z.record(z.string(), z.unknown()),
  confidential: z.record(z.string(), z.unknown()).optional(),
})
const sealed = z.object({ id: z.string(), body: z.string(), encryptionKey: z.string() })
const moneyIn = z.object({ serial: z.string(), account: z.string(), payer, fen: z.int(), at: z.string() })
const moneyOut = z.object({
  ...{ serial: z.string(), order: z.string(), of: z.string(), toAccount: z.string(), fen: z.int(), at: z.string() },
  /** what of it the bank credited as interest, and from which day */
  interestFen: z.int().default(0),
  valueDay: z.string().optional(),
})
const entry = z.object({
  /** id of the platform's message that brought it about */
  because: z.string().optional(),
  opened: z.object({ account: z.string() }).optional(),
  in: moneyIn.optional(),
  out: moneyOut.optional(),
  frozen: z.string().optional(),
  tell: tell.optional(),
  /** what is told, in the bytes in which it is sent as often as it has to be: encrypted anew, it would be another message */
  sealed: sealed.optional(),
  /** id of what was told, once the platform's answer is here; `given up` where it said no for good */
  told: z.object({ id: z.string(), outcome: z.string() }).optional(),
})
type Entry = z.infer<typeof entry>
type Written = z.input<typeof entry>
export type Tell = z.infer<typeof tell>
export type Sealed = z.infer<typeof sealed>
export type MoneyIn = z.infer<typeof moneyIn>
type MoneyOut = z.infer<typeof moneyOut>

export interface AccountBook {
  /** on disk when it returns */
  write(entry: Written): void
  reacted(messageId: string): boolean
  receipt(serial: string): MoneyIn | undefined
  hasAccount(account: string): boolean
  /** what the platform has not answered yet, the oldest first */
  pending(): Tell[]
  /** of one of those, once it was sent or about to be */
  sealed(id: string): Sealed | undefined
  movements(): { in: MoneyIn[]; out: MoneyOut[] }
  /** a number that no movement has */
  nextSerial(at: Date): string
}

export function openAccountBook(path: string, prefix: string): AccountBook {
  const [ins, outs] = [new Map<string, MoneyIn>(), new Map<string, MoneyOut>()]
  const [accounts, because] = [new Set<string>(), new Set<string>()]
  const untold = new Map<string, Tell>()
  const bytes = new Map<string, Sealed>()
  let numbered = 0

  function take(line: Entry): void {
    numbered++
    if (line.because !== undefined) because.add(line.because)
    if (line.opened !== undefined) accounts.add(line.opened.account)
    if (line.in !== undefined) ins.set(line.in.serial, line.in)
    if (line.out !== undefined) outs.set(line.out.serial, line.out)
    if (line.tell !== undefined) untold.set(line.tell.id, line.tell)
    if (line.sealed !== undefined) bytes.set(line.sealed.id, line.sealed)
    if (line.told !== undefined) {
      untold.delete(line.told.id)
      bytes.delete(line.told.id)
    }
  }
  const lines = openLines<Entry>(path, entry)
  for (const line of lines.found) take(line)

  return {
    write(written) {
      const line = entry.parse(written)
      lines.append(line)
      take(line)
    },
    reacted: id => because.has(id),
    receipt: serial => ins.get(serial),
    hasAccount: account => accounts.has(account),
    pending: () => [...untold.values()],
    sealed: id => bytes.get(id),
    movements: () => ({ in: [...ins.values()], out: [...outs.values()] }),
    nextSerial: at => `${prefix}${at.toISOString().slice(0, 10).replaceAll('-', '')}${String(numbered + 1).padStart(8, '0')}`,
  }
}

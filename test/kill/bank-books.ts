import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

/** What the bank has on disk, read by nothing of the bank's own: every line that it ever counted, as often as it stands there. */
export interface BankBooks {
  opened: string[]
  in: { serial: string; account: string; fen: number }[]
  frozen: string[]
  out: { serial: string; order: string; of: string; fen: number; interestFen: number }[]
  /** ids of what it has to tell, and how each that was answered came out */
  tells: string[]
  told: { id: string; outcome: string }[]
  /** ids of the platform's messages, as taken in and as acted upon */
  taken: { id: string; type: string; key: string }[]
  because: string[]
  /** lines in the middle of a file that nobody can read */
  unreadable: number
}

const accountLine = z.object({
  because: z.string().optional(),
  opened: z.object({ account: z.string() }).optional(),
  in: z.object({ serial: z.string(), account: z.string(), fen: z.int() }).optional(),
  frozen: z.string().optional(),
  out: z.object({ serial: z.string(), order: z.string(), of: z.string(), fen: z.int(), interestFen: z.int().default(0) }).optional(),
  tell: z.object({ id: z.string() }).optional(),
  told: z.object({ id: z.string(), outcome: z.string() }).optional(),
})
const receivedLine = z.object({ id: z.string(), type: z.string(), idempotencyKey: z.string() })

/** @param folder of the bank's channel */
export function readBankBooks(folder: string): BankBooks {
  const accounts = linesOf(join(folder, 'accounts.jsonl'), accountLine)
  const received = linesOf(join(folder, 'received.jsonl'), receivedLine)
  const all = <Part>(part: (line: z.infer<typeof accountLine>) => Part | undefined): Part[] =>
    accounts.lines.flatMap(line => {
      const found = part(line)
      return found === undefined ? [] : [found]
    })
  return {
    opened: all(line => line.opened?.account),
    in: all(line => line.in),
    frozen: all(line => line.frozen),
    out: all(line => line.out),
    tells: all(line => line.tell?.id),
    told: all(line => line.told),
    because: all(line => line.because),
    taken: received.lines.map(({ id, type, idempotencyKey }) => ({ id, type, key: idempotencyKey })),
    unreadable: accounts.unreadable + received.unreadable,
  }
}

/** What a crash cut short at the end of a file is no line yet. */
function linesOf<Line>(path: string, shape: z.ZodType<Line>): { lines: Line[]; unreadable: number } {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const lines: Line[] = []
  let unreadable = 0
  for (const each of text.split('\n').slice(0, -1)) {
    try {
      lines.push(shape.parse(JSON.parse(each)))
    } catch {
      unreadable++
    }
  }
  return { lines, unreadable }
}

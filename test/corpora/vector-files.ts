import { readFileSync } from 'node:fs'
import { z } from 'zod'

/** Owns the two text forms of published vectors: `Key = value` blocks (OpenSSL, Botan), and Wycheproof's JSON. */
export interface Block {
  /** names as written, values as text; a name keeps its value for the blocks below it, as the files mean it */
  [name: string]: string
}

/**
 * One block each time `last` is given.
 * @param last the field that ends a block
 */
export function readBlocks(file: string, last: string): Block[] {
  const blocks: Block[] = []
  let open: Block = {}
  for (const line of readFileSync(file, 'utf8').split(/\r?\n/)) {
    const [, key, value] = /^\s*([A-Za-z]+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (key === undefined || value === undefined || line.startsWith('#')) continue
    open = { ...open, [key]: value }
    if (key === last) {
      blocks.push(open)
      const { Iterations: _once, ...rest } = open
      open = rest
    }
  }
  return blocks
}

/** Blocks that are set apart by an empty line, and remember nothing of each other. */
export function readParagraphs(file: string): Block[] {
  return readFileSync(file, 'utf8')
    .split(/\n\s*\n/)
    .map(paragraph => {
      const lines = paragraph.split(/\r?\n/).filter(line => !line.startsWith('#'))
      return Object.fromEntries(
        lines.flatMap(line => [...line.matchAll(/^([A-Za-z0-9]+)\s*=\s*(.*?)\s*$/g)].map(([, key = '', value = '']) => [key, value])),
      )
    })
    .filter(block => Object.keys(block).length > 0)
}

const caseSchema = z.looseObject({ tcId: z.number(), comment: z.string(), result: z.enum(['valid', 'invalid', 'acceptable']) })
const fileSchema = z.object({
  numberOfTests: z.number(),
  testGroups: z.array(z.looseObject({ publicKeyDer: z.string().optional(), tagSize: z.number().optional(), tests: z.array(caseSchema) })),
})
export type WycheproofFile = z.infer<typeof fileSchema>
type WycheproofCase = z.infer<typeof caseSchema>

export const readWycheproof = (file: string): WycheproofFile => fileSchema.parse(JSON.parse(readFileSync(file, 'utf8')))

/** A field of hexadecimal digits. */
export function field(one: WycheproofCase, name: string): Buffer {
  const value = one[name]
  if (typeof value !== 'string') throw new Error(`case ${one.tcId} has no ${name}`)
  return Buffer.from(value, 'hex')
}

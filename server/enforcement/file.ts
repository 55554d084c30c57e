import { z } from 'zod'
import { asBrokerError, BrokerError, isOurFault } from '../kernel/errors.ts'
import type { MeasureStore } from '../storage/stores-enforcement.ts'
import { line, measureContent } from './content.ts'
import { type Measures, PLATFORM } from './measures.ts'

/** The operator's file: measures that came on paper, and the ends of some. Owns its form, and that it is worked through in the order written; the same file again changes nothing. */
const ending = z.strictObject({ number: line(100), outcome: z.enum(['repaired', 'lifted']), why: line(500) })
const file = z.strictObject({ measures: z.array(measureContent).max(1000).default([]), ends: z.array(ending).max(1000).default([]) })

/** characters */
export const MAX_FILE = 2_000_000
export const enterBody = z.object({ text: z.string().max(MAX_FILE), by: z.string().trim().min(1).max(60) })
export const entered = z.union([
  z.object({ recorded: z.number(), known: z.number(), ended: z.number() }),
  z.object({ refused: z.string(), facts: z.string() }),
])

export async function enterOrTell(
  { measures, store }: { measures: Measures; store: Pick<MeasureStore, 'byNumber'> },
  { text, by, trace }: z.infer<typeof enterBody> & { trace: string },
): Promise<z.infer<typeof entered>> {
  try {
    const { measures: given, ends } = read(text)
    const made = await measures.record({ id: PLATFORM, everywhere: true }, given, trace)
    const taken = made.findIndex(({ outcome }) => outcome === 'other')
    if (taken >= 0) throw new BrokerError('measure_conflict', `number ${given[taken]?.number} stands for another measure`)
    let ended = 0
    for (const { number, outcome, why } of ends) {
      const found = await store.byNumber(PLATFORM, number)
      if (found === undefined) throw new BrokerError('measure_unknown', `no measure ${number}`)
      if (found.state !== 'in-force') continue
      await measures.end(PLATFORM, found.id, outcome, `${why}（${by}）`, trace)
      ended++
    }
    const recorded = made.filter(({ outcome }) => outcome === 'recorded').length
    return { recorded, known: made.length - recorded, ended }
  } catch (thrown) {
    const { code, facts } = asBrokerError(thrown)
    if (isOurFault(code)) throw thrown
    return { refused: code, facts }
  }
}

function read(text: string): z.output<typeof file> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new BrokerError('measure_invalid', 'not JSON', { cause })
  }
  const parsed = file.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new BrokerError('measure_invalid', `${issue?.path.join('.')}: ${issue?.message}`)
}

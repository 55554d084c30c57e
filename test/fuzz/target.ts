import type { Seed } from './mutate.ts'

/** What a reader or verifier made of an input. `accepted` carries what it believed, for the target to hold against the originals. */
export type Answer = 'refused' | 'read' | { accepted: string }

export interface Target {
  name: string
  /** share of the inputs of a whole campaign */
  weight: number
  seeds: readonly Seed[]
  /** a MAC covers the whole input, so that every change is refused at the door: what lies behind needs a target of its own */
  sealed?: true
  /** what an input may be believed to say: what the originals say and nothing else */
  truths: ReadonlySet<string>
  /** runs what is tested; anything thrown out of it is a find */
  run(input: Buffer): Answer | Promise<Answer>
}

/** The truths are what the originals themselves are believed to say. @throws Error where an original says nothing: the target would prove nothing */
export async function targetOf(parts: Omit<Target, 'truths'> & { /** seeds that are refused on purpose */ silent?: number }): Promise<Target> {
  const truths = new Set<string>()
  let silent = 0
  for (const seed of parts.seeds) {
    const answer = await parts.run(seed.bytes)
    if (typeof answer === 'object') truths.add(answer.accepted)
    else silent++
  }
  if (silent > (parts.silent ?? 0)) throw new Error(`${parts.name}: ${silent} of ${parts.seeds.length} originals are not accepted`)
  return { ...parts, truths }
}

import type { Breach } from './compare.ts'
import type { House } from './house.ts'
import type { Point } from './points.ts'
import { killRound } from './rounds.ts'

/** What many rounds at one point came to. */
export interface Tally {
  point: Point
  /** that were held against the bank's files */
  rounds: number
  found: (Breach & { round: number })[]
  /** milliseconds */
  took: number
}

/** @param open a house for these rounds; another after each that something was found in, so that nothing is counted twice */
export async function killAt(
  point: Point,
  { rounds, seed, open, onRound }: { rounds: number; seed: string; open(): Promise<House>; onRound(round: number): void },
): Promise<Tally> {
  const began = performance.now()
  const found: Tally['found'] = []
  let house: House | undefined
  try {
    for (let round = 1; round <= rounds; round++) {
      house ??= await open()
      const breaches = await killRound(house, point, { seed, round }).catch((thrown: unknown): Breach[] => [{ kind: 'stuck', what: String(thrown) }])
      found.push(...breaches.map(breach => ({ ...breach, round })))
      onRound(round)
      if (breaches.length === 0) continue
      await house.close()
      house = undefined
    }
  } finally {
    await house?.close()
  }
  return { point, rounds, found, took: performance.now() - began }
}

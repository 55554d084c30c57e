import { randomInt } from 'node:crypto'

/** In another order each time: where nobody may stand before another, such as banks that offer the same thing. */
export function shuffled<T>(all: readonly T[]): T[] {
  const left = [...all]
  return all.flatMap(() => left.splice(randomInt(left.length), 1))
}

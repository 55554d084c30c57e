/** Owns measuring several calls against each other: in short turns, so that a machine busy with something else slows all of them alike. */

export type Call = () => unknown

/** Calls a second of each row, turn by turn. */
export type Rates<Name extends string> = Record<Name, readonly number[]>

const TURNS = 15

/** @param calls may return promises @param milliseconds of each row in all */
export async function ratesOf<Name extends string>(calls: Record<Name, Call>, milliseconds: number): Promise<Rates<Name>> {
  const rates = new Map<Name, number[]>()
  const names = Object.keys(calls) as Name[]
  for (const name of names) await rateFor(calls[name], milliseconds / TURNS)
  for (let turn = 0; turn < TURNS; turn++) {
    for (const name of names) rates.set(name, [...(rates.get(name) ?? []), await rateFor(calls[name], milliseconds / TURNS)])
  }
  return Object.fromEntries(names.map(name => [name, rates.get(name) ?? []])) as unknown as Rates<Name>
}

async function rateFor(call: Call, milliseconds: number): Promise<number> {
  const began = performance.now()
  let calls = 0
  while (performance.now() - began < milliseconds) {
    const done = call()
    if (done instanceof Promise) await done
    calls++
  }
  return (calls * 1000) / (performance.now() - began)
}

/** Things done a second. @param work does so many */
export async function rate(count: number, work: (count: number) => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work(count)
  return (count * 1000) / (performance.now() - began)
}

/** So many calls, of which so many are under way at a time. @param work told which call it is, and which of the callers makes it */
export async function byMany(count: number, atOnce: number, work: (call: number, caller: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const caller = async (who: number) => {
    while (next < count) await work(next++, who)
  }
  await Promise.all(Array.from({ length: atOnce }, (_, who) => caller(who)))
}

export const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN

/** How many times as fast one row is as another: the median over the turns, each turn compared with itself. */
export const ratioOf = (one: readonly number[], other: readonly number[]): number =>
  median(one.map((each, turn) => each / (other[turn] ?? Number.NaN)))

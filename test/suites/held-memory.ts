/**
 * What a process holds while work goes on, in MiB above what it held before: heap, and octets outside of it. Garbage that waits for the collector does not count, so that the answer is the same on a busy machine.
 * For a process of its own, started with `--expose-gc`.
 */
export function watchHeldMemory(everyNth = 1): { look: () => void; grownMiB: () => number } {
  const { gc } = globalThis
  if (gc === undefined) throw new Error('start this with --expose-gc')
  const held = () => {
    // what the first one frees outside of the heap, the second one has counted
    gc()
    gc()
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
  const before = held()
  let highest = before
  let looks = 0
  return {
    look: () => {
      if (looks++ % everyNth === 0) highest = Math.max(highest, held())
    },
    grownMiB: () => Math.ceil((highest - before) / 1024 / 1024),
  }
}

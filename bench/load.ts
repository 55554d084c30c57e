/** A load of concurrent logins and what it measured. */
export interface Load {
  loginsPerSecond: number
  /** milliseconds */
  p50: number
  p99: number
  logins: number
}

/**
 * Runs `login` in `clients` loops at once: first `warmUp` logins that do not count, then counts for `seconds`.
 * `started` and `ended` are called around the counted part, to read the server's meters.
 */
export async function load(
  login: (client: number) => Promise<void>,
  options: { clients: number; warmUp: number; seconds: number; started: () => Promise<void>; ended: () => Promise<void> },
): Promise<Load> {
  let left = options.warmUp
  const everyClient = (one: (client: number) => Promise<void>) => Promise.all(Array.from({ length: options.clients }, (_, client) => one(client)))
  await everyClient(async client => {
    while (left-- > 0) await login(client)
  })
  const took: number[] = []
  await options.started()
  const begin = performance.now()
  const end = begin + options.seconds * 1000
  await everyClient(async client => {
    while (performance.now() < end) {
      const start = performance.now()
      await login(client)
      took.push(performance.now() - start)
    }
  })
  const elapsed = (performance.now() - begin) / 1000
  await options.ended()
  took.sort((a, b) => a - b)
  const at = (share: number) => took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? Number.NaN
  return { loginsPerSecond: took.length / elapsed, p50: at(0.5), p99: at(0.99), logins: took.length }
}

import type { Log } from './kernel/log.ts'

/** Stops in order on SIGINT or SIGTERM; a second signal does not wait. */
export function stopOnSignal(close: () => Promise<void>, log: Log): void {
  let stopping = false
  const stop = (signal: string) => {
    if (stopping) process.exit(1)
    stopping = true
    log.info({ signal }, 'stopping')
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'did not stop in order')
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
}

import { startBroker } from './broker.ts'
import { loadConfig } from './config.ts'
import { systemClock } from './kernel/clock.ts'
import { asBrokerError } from './kernel/errors.ts'
import { createLog } from './kernel/log.ts'
import { startThreads } from './kernel/threads.ts'
import { stopOnSignal } from './stop.ts'

/** The broker alone: start, listen, stop on a signal. */
try {
  const config = await loadConfig()
  const log = createLog({ level: config.logLevel, pretty: config.logPretty })
  const threads = startThreads(cause => log.error({ err: cause }, 'a thread is lost: its work is done beside the rest'))
  const broker = await startBroker(config, { clock: systemClock, log, processMetrics: true })
  log.info({ publicUrl: config.publicUrl, mode: config.mode }, 'the broker serves')
  stopOnSignal(async () => {
    await broker.close()
    await threads.close()
  }, log)
} catch (thrown) {
  console.error(asBrokerError(thrown).message)
  process.exitCode = 1
}

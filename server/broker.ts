import { type App, type AppParts, createApp } from './app.ts'
import type { Config } from './config.ts'
import { listen } from './listen.ts'
import { announceBroker } from './operations/running.ts'

/** A broker that serves: composed, listening on both ports, announced to the command line. */
export interface Broker {
  app: App
  close(): Promise<void>
}

export async function startBroker(config: Config, parts: AppParts): Promise<Broker> {
  for (const note of config.notes) parts.log.warn(note)
  const app = await createApp(config, parts)
  const closing: (() => Promise<void>)[] = [app.close]
  const close = async () => {
    for (const step of closing.splice(0).reverse()) await step()
  }
  try {
    closing.push((await listen(app.broker, config.port, config.host)).close)
    closing.push((await listen(app.management, config.managementPort, config.managementHost)).close)
    closing.push(await announceBroker(config.dataDir, app.managementUrl))
    await app.started()
  } catch (thrown) {
    await close()
    throw thrown
  }
  return { app, close }
}

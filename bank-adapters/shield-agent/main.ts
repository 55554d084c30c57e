/** The shield agent as a program of its own: `node bank-adapters/shield-agent/main.ts --folder DIR --allow-origin URL …`. It shows in its terminal what is signed. */
import { parseArgs } from 'node:util'
import { createLog } from '../../server/kernel/log.ts'
import { startAgent } from './agent.ts'
import { createSoftwareDriver } from './software-driver.ts'

const { values } = parseArgs({
  options: {
    folder: { type: 'string', default: 'data/shields' },
    port: { type: 'string', default: '7130' },
    'allow-origin': { type: 'string', multiple: true, default: [] },
    'pin-in-page': { type: 'boolean', default: false },
  },
})

const log = createLog({ level: 'info', pretty: process.stdout.isTTY })
const agent = await startAgent({
  driver: createSoftwareDriver(values.folder),
  allowedOrigins: values['allow-origin'],
  port: Number(values.port),
  pinInPage: values['pin-in-page'] ? 'allowed' : 'own-window',
  onShown: ({ origin, shield, words }) => process.stdout.write(`\n${origin} · ${shield}\n${words.replaceAll(/^/gm, '  | ')}\n\n`),
  log,
})
log.info({ url: agent.url, folder: values.folder, origins: values['allow-origin'] }, 'shield agent listens')
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void agent.close())

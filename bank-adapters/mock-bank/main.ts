/** The mock bank as a program of its own: reads its few variables, starts, stops on a signal. */
import { resolve } from 'node:path'
import { systemClock } from '../../server/kernel/clock.ts'
import { createLog } from '../../server/kernel/log.ts'
import { createMockBank } from './mock-bank.ts'

const {
  MOCK_BANK_PORT = '7101',
  MOCK_BANK_URL,
  MOCK_BANK_DATA_DIR = './data',
  SHIELD_PUBLIC_URL = 'http://localhost:7100',
  SHIELD_AGENT_URL = 'ws://127.0.0.1:7130',
} = process.env

const log = createLog({ level: 'info', pretty: process.stdout.isTTY })
const bank = await createMockBank({
  dataDir: resolve(MOCK_BANK_DATA_DIR),
  clock: systemClock,
  log,
  port: Number(MOCK_BANK_PORT),
  ...(MOCK_BANK_URL === undefined ? {} : { url: MOCK_BANK_URL }),
  brokerUrl: SHIELD_PUBLIC_URL,
  agentUrl: SHIELD_AGENT_URL,
})
log.info({ url: bank.url }, 'mock bank: three demonstration banks are open')

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    bank.close().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  })
}

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { asBrokerError } from '../kernel/errors.ts'
import { createLog } from '../kernel/log.ts'
import { installTestClock } from '../kernel/test-clock.ts'
import { stopOnSignal } from '../stop.ts'
import { planSandbox, startSandbox } from './start.ts'

/** `npm start`: the whole sandbox on the usual ports, with a few lines that say where to begin. */
const began = performance.now()
try {
  const plan = await planSandbox({ ports: 'usual' })
  const log = createLog({ level: plan.config.logLevel, pretty: plan.config.logPretty })
  const testClock = installTestClock(await savedOffset(plan.config.dataDir))
  const sandbox = await startSandbox(plan, { clock: testClock, testClock, log, processMetrics: true, onStep: what => console.log(`  … ${what}`) })
  stopOnSignal(sandbox.close, log)
  const { urls } = plan
  console.log(`
  共享盾 shared shield · ready in ${((performance.now() - began) / 1000).toFixed(1)} s

    从这里登录 log in here      ${urls.center}
    企业工作台 workbench        ${urls.broker}/workbench
    身份枢纽   broker           ${urls.broker}
    演示银行   mock banks       ${urls.bank}   (names, passwords, PINs)
    演示短信   messages         ${urls.bank}/messages
    管理端口   management       ${urls.management}/health

  银行密码、盾 PIN 都写在演示银行页面上。按 Ctrl+C 停止。 Passwords and PINs are on the mock banks’ pages. Ctrl+C stops.
`)
} catch (thrown) {
  console.error(asBrokerError(thrown).message)
  process.exit(1)
}

async function savedOffset(dataDir: string): Promise<number> {
  const text = await readFile(join(dataDir, 'clock.json'), 'utf8').catch(() => '{}')
  const { offset } = JSON.parse(text) as { offset?: unknown }
  return typeof offset === 'number' && Number.isFinite(offset) ? offset : 0
}

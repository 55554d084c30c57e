import { readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import type { z } from 'zod'
import { createTrail } from '../audit/trail.ts'
import { enterBody, entered, enterOrTell } from '../enforcement/file.ts'
import { createMeasures } from '../enforcement/measures.ts'
import { systemClock } from '../kernel/clock.ts'
import { newTraceCode } from '../kernel/ids.ts'
import { silentLog } from '../kernel/log.ts'
import { findBroker } from '../operations/running.ts'
import { openStores } from '../storage/open.ts'
import { askBroker } from './broker.ts'
import { type Asked, EXIT, type Outcome } from './command.ts'

export async function enter({ args: [file = ''], options, config }: Asked): Promise<Outcome> {
  const content = await readFile(file, 'utf8').catch(() => undefined)
  const asked = enterBody.safeParse({ text: content, by: options['as']?.[0] ?? userInfo().username })
  if (!asked.success) return { exit: EXIT.usage, json: { error: 'no file that can be read' }, text: 'Say a file of at most 2,000,000 characters.\n' }
  const settings = await config()
  const running = await findBroker(settings.dataDir)
  const found =
    running === undefined
      ? await enterHere(settings, asked.data)
      : await askBroker(running.managementUrl, '/enforcement/measures', entered, asked.data)
  if ('refused' in found) return { exit: EXIT.found, json: found, text: `Not entered (${found.refused}): ${found.facts}\n` }
  return { exit: EXIT.ok, json: found, text: `Entered ${found.recorded} measures (${found.known} known before) and ended ${found.ended}.\n` }
}

async function enterHere({ dataDir, databaseUrl }: Awaited<ReturnType<Asked['config']>>, asked: z.infer<typeof enterBody>) {
  const stores = await openStores({ dataDir, clock: systemClock, log: silentLog, ...(databaseUrl === undefined ? {} : { databaseUrl }) })
  const trail = createTrail({ store: stores.audit, clock: systemClock })
  try {
    const measures = createMeasures({ store: stores.measures, clock: systemClock, trail })
    return await enterOrTell({ measures, store: stores.measures }, { ...asked, trace: newTraceCode() })
  } finally {
    await trail.close()
    await stores.close()
  }
}

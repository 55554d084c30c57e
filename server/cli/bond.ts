import { readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { systemClock } from '../kernel/clock.ts'
import { newTraceCode } from '../kernel/ids.ts'
import { silentLog } from '../kernel/log.ts'
import { findBroker } from '../operations/running.ts'
import { askBroker } from './broker.ts'
import { type Asked, type Command, EXIT, type Outcome } from './command.ts'

/** What an operator enters for bid bonds: the days off of a year, rates, banks' hours. Each entry counts at once, here or in the running broker, and stays in the record. */
export const bondCommands: readonly Command[] = [
  {
    name: 'bond enter',
    args: ['KIND', 'FILE'],
    options: { as: { value: 'NAME', about: 'who you are; the name of your account unless given' } },
    about: 'enters a calendar, deposit-rate, loan-rate or bank-times file (docs/bonds.md); a correction is entered the same way',
    run: enter,
  },
]

async function enter({ args, options, config }: Asked): Promise<Outcome> {
  const { enterBody, enterOrTell, entered } = await import('../bonds/parameter-routes.ts')
  const [kind, file = ''] = args
  const asked = enterBody.safeParse({
    kind,
    text: await readFile(file, 'utf8').catch(() => undefined),
    by: options['as']?.[0] ?? userInfo().username,
  })
  if (!asked.success)
    return {
      exit: EXIT.usage,
      json: { error: 'no such kind, or no file that can be read' },
      text: 'Say calendar, deposit-rate, loan-rate or bank-times, and a file of at most 20,000 characters.\n',
    }
  const settings = await config()
  const running = await findBroker(settings.dataDir)
  const found =
    running === undefined
      ? await here(settings, parameters => enterOrTell(parameters, { ...asked.data, trace: newTraceCode() }))
      : await askBroker(running.managementUrl, '/bonds/parameters', entered, asked.data)
  if ('refused' in found) return { exit: EXIT.found, json: found, text: `Not entered (${found.refused}): ${found.facts}\n` }
  return { exit: EXIT.ok, json: found, text: `Entered ${asked.data.kind} ${found.key}, revision ${found.revision}. It counts from now on.\n` }
}

type Parameters = import('../bonds/parameters.ts').BondParameters
async function here<T>({ dataDir, databaseUrl }: Awaited<ReturnType<Asked['config']>>, work: (parameters: Parameters) => Promise<T>): Promise<T> {
  // loaded late, so that commands which need no database start at once
  const [{ openStores }, { createTrail }, { createBondParameters }] = await Promise.all([
    import('../storage/open.ts'),
    import('../audit/trail.ts'),
    import('../bonds/parameters.ts'),
  ])
  const stores = await openStores({ dataDir, clock: systemClock, log: silentLog, ...(databaseUrl === undefined ? {} : { databaseUrl }) })
  const audit = createTrail({ store: stores.audit, clock: systemClock })
  try {
    return await work(createBondParameters({ store: stores.bondParameters, clock: systemClock, audit }))
  } finally {
    await audit.close()
    await stores.close()
  }
}

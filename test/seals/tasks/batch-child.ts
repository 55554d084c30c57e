import { fixedClock, systemClock } from '../../../server/kernel/clock.ts'
import { asBrokerError } from '../../../server/kernel/errors.ts'
import { silentLog } from '../../../server/kernel/log.ts'
import { openStores } from '../../../server/storage/open.ts'
import { createStage } from '../../authorization/stage.ts'
import { createTaskRooms, type Held, sealerOf } from './stage.ts'

/** A process that seals, and that a test kills. The shield is the parent's: it holds the key and signs, as a person's shield does. */
export interface Given {
  databaseUrl?: string
  dataDir: string
  held: Held
  taskId: string
  who: { membershipId: string; personId: string; name: string }
  /** base64 */
  certificate: string
}
export interface Call {
  id: number
  call: 'fit' | 'list' | 'begin' | 'item' | 'seal'
  n?: number
  text?: string
  /** base64 */
  signature?: string
}
export type Reply = { id: number; value: string } | { id: number; error: string }

const { databaseUrl, dataDir, held, taskId, who, certificate } = JSON.parse(process.argv[2] ?? '{}') as Given
const stores = await openStores({ databaseUrl, dataDir, clock: systemClock, log: silentLog })
const house = createStage(stores, fixedClock(systemClock.now()))
const { sealing } = createTaskRooms(stores, systemClock, house, held)
const by = sealerOf(held, who)
const task = async () => {
  const found = await stores.sealTasks.find(taskId)
  if (found === undefined) throw new Error('no task')
  return found
}

async function answer({ call, n = 0, text = '', signature = '' }: Call): Promise<string> {
  switch (call) {
    case 'fit':
      return (await sealing.fit(by, await task(), n, { sealId: 'seal-1', certificate: Buffer.from(certificate, 'base64') })).state
    case 'list':
      return (await sealing.list(by, await task())).text
    case 'begin':
      return await sealing.begin(by, await task(), { text, cms: signature })
    case 'item':
      return (await sealing.item(by, await task(), n)).toString('base64')
    case 'seal':
      return (await sealing.seal(by, await task(), n, Buffer.from(signature, 'base64'))).sealed?.digest ?? ''
  }
}

process.on('message', (call: Call) => {
  answer(call).then(
    value => process.send?.({ id: call.id, value } satisfies Reply),
    (thrown: unknown) => process.send?.({ id: call.id, error: asBrokerError(thrown).code } satisfies Reply),
  )
})
process.send?.({ id: 0, value: 'ready' } satisfies Reply)

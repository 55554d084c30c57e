/**
 * The process that is killed: it appends audit events and proofs as fast as it is answered, and prints what was acknowledged. Arguments: data folder, database URL or "-".
 */
import { createTrail } from '../../server/audit/trail.ts'
import { systemClock } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { openStores } from '../../server/storage/open.ts'

const [dataDir = '', databaseUrl = '-'] = process.argv.slice(2)
const stores = await openStores({ dataDir, databaseUrl: databaseUrl === '-' ? undefined : databaseUrl, clock: systemClock, log: silentLog })
const trail = createTrail({ store: stores.audit, clock: systemClock })

async function login(): Promise<void> {
  const id = newId()
  await stores.proofs.insert({
    id,
    membershipId: 'm',
    bank: 'ccb',
    subject: 's',
    assurance: 'shield',
    methods: ['hwk'],
    authenticatedAt: '',
    trace: id,
  })
  await trail.append({ code: 'login.granted', trace: id, facts: { proof: id } })
  // a synchronous write to a pipe: what was printed has left this process
  process.stdout.write(`${id}\n`)
}

await Promise.all(
  Array.from({ length: 8 }, async () => {
    for (;;) await login()
  }),
)

import { BrokerError } from '../server/kernel/errors.ts'
import type { AdapterDeps } from './contract.ts'

/**
 * A bank's word that sessions have ended counts once, and only after they did: to end them again is harmless, and one that was lost over an error is sent again by the bank.
 * @throws BrokerError bank_replayed, and what `end` throws
 */
export async function endOnce(id: string, until: Date, { once, seen }: Pick<AdapterDeps, 'once' | 'seen'>, end: () => Promise<void>): Promise<void> {
  if (await seen(id)) throw new BrokerError('bank_replayed', 'this logout message came before')
  await end()
  await once(id, until)
}

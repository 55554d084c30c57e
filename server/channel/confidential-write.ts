import { hide } from '../../bank-adapters/channel/confidential.ts'
import { newestEncryptionKey, type Party } from '../../bank-adapters/channel/keys.ts'
import type { Clock } from '../kernel/clock.ts'
import { BrokerError, type FailureCode } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import type { Write } from '../storage/stores-effects.ts'
import { outgoingWrite } from '../storage/writes.ts'

/** A message of ours with a part for its receiver alone, as an effect writes it. Owns that this part is encrypted before it is stored, to the receiver's newest key in force. */
export interface ConfidentialDeps {
  /** our own name in the channel */
  sender: string
  partyOf: (name: string) => Party | undefined
  clock: Clock
}

export interface ConfidentialMessage {
  receiver: string
  type: string
  /** under which its receiver is told it once */
  key: string
  /** what stands in the open */
  open: object
  part: object
  trace: string
}

/**
 * @param none the code for a receiver that nothing can be encrypted to
 * @throws BrokerError with that code
 */
export async function confidentialWrite(
  { sender, partyOf, clock }: ConfidentialDeps,
  { receiver, type, key, open, part, trace }: ConfidentialMessage,
  none: FailureCode,
): Promise<Write> {
  const id = newId()
  const now = clock.now()
  const party = partyOf(receiver)
  const to = party && newestEncryptionKey(party, now)
  if (to === undefined) throw new BrokerError(none, `${receiver} has no encryption key in force`)
  return outgoingWrite({
    ...{ id, receiver, type, trace, idempotencyKey: key, schema: '1', encryptionKey: to.id },
    body: JSON.stringify({ ...open, confidential: await hide(part, { sender, receiver, id }, to) }),
    createdAt: now.toISOString(),
  })
}

/** What is done with a key and takes a third of a millisecond or more: the jobs of key-work.ts. */
import type { KeyObject } from 'node:crypto'
import { algorithmFor, algorithmOf } from './algorithms.ts'
import { decryptSm2 } from './sm2.ts'

export type KeyJob =
  | { kind: 'sign'; data: Uint8Array }
  /** `oid` of the signature algorithm */
  | { kind: 'verify'; oid: string; data: Uint8Array; signature: Uint8Array }
  /** SM2; `data` as decryptSm2 takes it */
  | { kind: 'decrypt'; data: Uint8Array }

/** @throws BrokerError those of the algorithm, and of decryptSm2 */
export function perform(job: KeyJob, key: KeyObject): Uint8Array | boolean {
  switch (job.kind) {
    case 'sign':
      return algorithmFor(key).sign(key, job.data)
    case 'verify':
      return algorithmOf(job.oid).verify(key, job.data, job.signature)
    case 'decrypt':
      return decryptSm2(key, job.data)
  }
}

import type { KeyObject } from 'node:crypto'
import { algorithmFor, algorithmOf } from './algorithms.ts'
import { decryptSm2 } from './sm2.ts'

/** What is done with a key and takes a third of a millisecond or more: the jobs of key-work.ts, and the way a thread is told of them. */
export type KeyJob =
  | { kind: 'sign'; data: Uint8Array }
  /** `oid` of the signature algorithm */
  | { kind: 'verify'; oid: string; data: Uint8Array; signature: Uint8Array }
  /** SM2; `data` as decryptSm2 takes it */
  | { kind: 'decrypt'; data: Uint8Array }

/** @throws BrokerError those of the algorithm, and of decryptSm2 */
export function perform(key: KeyObject, job: KeyJob): Uint8Array | boolean {
  switch (job.kind) {
    case 'sign':
      return algorithmFor(key).sign(key, job.data)
    case 'verify':
      return algorithmOf(job.oid).verify(key, job.data, job.signature)
    case 'decrypt':
      return decryptSm2(key, job.data)
  }
}

/** To a thread: keys that it has not seen, numbers of keys that nobody has any more, and jobs. */
export interface ToThread {
  keys: { number: number; key: KeyObject }[]
  gone: number[]
  jobs: { id: number; key: number; job: KeyJob }[]
}

/** From a thread: what came of each job, in any order. */
export type FromThread = { id: number; done?: Uint8Array | boolean; refused?: { code: string; facts: string } }[]

/** Signing, verifying and SM2 decryption beside the event loop: most of what a message of a bank costs is done with keys, and everybody else waits for it. */
import type { KeyObject } from 'node:crypto'
import { BrokerError } from '../kernel/errors.ts'
import { aside } from '../kernel/threads.ts'
import { perform } from './key-jobs.ts'

const run = aside(new URL('./key-jobs.ts', import.meta.url), perform)

/** The algorithm follows from the key. @returns as SignatureAlgorithm.sign. @throws BrokerError algorithm_refused */
export const signAside = async (key: KeyObject, data: Uint8Array): Promise<Buffer> => octets(await run({ kind: 'sign', data }, key))

/** @param oid of the signature algorithm. @throws BrokerError algorithm_refused */
export const verifyAside = async (oid: string, key: KeyObject, data: Uint8Array, signature: Uint8Array): Promise<boolean> =>
  (await run({ kind: 'verify', oid, data, signature }, key)) === true

/** @throws BrokerError as decryptSm2 */
export const decryptSm2Aside = async (key: KeyObject, cipher: Uint8Array): Promise<Buffer> =>
  octets(await run({ kind: 'decrypt', data: cipher }, key))

const octets = (done: Uint8Array | boolean): Buffer => {
  if (typeof done === 'boolean') throw new BrokerError('internal', 'a job for a key was answered with a word')
  return Buffer.from(done.buffer, done.byteOffset, done.byteLength)
}

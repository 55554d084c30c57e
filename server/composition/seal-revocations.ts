import { newTraceCode } from '../kernel/ids.ts'
import type { Log } from '../kernel/log.ts'
import { Certificate } from '../pki/certificate.ts'
import type { SealWatch } from '../seals/life/watch.ts'
import type { SealStore } from '../storage/stores-seals.ts'
import type { Certificates } from './certificates.ts'

/**
 * Carries the news that a certificate was revoked to the seals that list it: from a new list of its CA, and from any answer, OCSP included, to whoever asked about it. What is only named by a list is asked about again,
 * since a serial alone says neither which CA gave it nor whether a delta took it back.
 */
export interface SealRevocations {
  /** Tries again what failed. */
  work(): Promise<void>
  close(): Promise<void>
}

export interface SealRevocationDeps {
  revocation: Pick<Certificates['revocation'], 'onListChanged' | 'onRevoked'>
  store: Pick<SealStore, 'withSerials'>
  watch: Pick<SealWatch, 'revoked'>
  /** by the trust list and its CA, now */
  isRevoked(certificate: Certificate): Promise<boolean>
  log: Log
}

/** serials in one question to the database */
const TOGETHER = 1000

export function watchSealRevocations({ revocation, store, watch, isRevoked, log }: SealRevocationDeps): SealRevocations {
  /** what is still to be done, each by a name of its own: whatever comes twice meanwhile is done once */
  const due = new Map<string, () => Promise<void>>()
  let working: Promise<void> | undefined
  let closed = false

  async function ofList(serials: Iterable<string>): Promise<void> {
    for (const some of inPieces(serials, TOGETHER))
      for (const { der, thumbprint } of await store.withSerials(some))
        if (!closed && (await isRevoked(new Certificate(Buffer.from(der, 'base64'))))) await watch.revoked(thumbprint, newTraceCode())
  }

  /** One thing at a time; what fails stays for the next look. */
  async function look(): Promise<void> {
    for (const [name, task] of [...due]) {
      if (closed) return
      due.delete(name)
      try {
        await task()
      } catch (thrown) {
        if (!due.has(name)) due.set(name, task)
        log.error({ err: thrown }, 'a revocation did not reach the seals yet')
      }
    }
  }

  async function work(): Promise<void> {
    if (working !== undefined) await working
    const mine = look()
    working = mine
    await mine
    if (working === mine) working = undefined
  }
  function owe(name: string, task: () => Promise<void>): void {
    due.set(name, task)
    void work()
  }

  const stops = [
    revocation.onListChanged(({ url, thisUpdate, newSerials }) => owe(`list ${url} ${thisUpdate.toISOString()}`, () => ofList(newSerials()))),
    revocation.onRevoked(({ thumbprint }) => owe(`certificate ${thumbprint}`, async () => void (await watch.revoked(thumbprint, newTraceCode())))),
  ]
  return {
    work,
    async close() {
      closed = true
      for (const stop of stops) stop()
      await working
    },
  }
}

function* inPieces<T>(all: Iterable<T>, size: number): Generator<T[]> {
  let piece: T[] = []
  for (const each of all) {
    piece.push(each)
    if (piece.length < size) continue
    yield piece
    piece = []
  }
  if (piece.length > 0) yield piece
}

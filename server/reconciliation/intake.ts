import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { MOST_FILE, readDayFile } from '../../bank-adapters/reconciliation/file.ts'
import {
  demandFollows,
  hashOf,
  type Manifest,
  readManifest,
  type SignedManifest,
  verifyManifest,
} from '../../bank-adapters/reconciliation/manifest.ts'
import { editionOf } from '../../bank-adapters/reconciliation/payer.ts'
import { BrokerError } from '../kernel/errors.ts'
import type { ReconciliationFile } from '../storage/stores-reconciliation.ts'
import { arrivingPath, type Desk, placeFor } from './desk.ts'

/** Takes a bank's file in. Owns the order of the checks: who signed, whether it follows the one before, and then every byte and row of it as it comes; nothing counts before all of it was read. The same file again is answered as the first. */
export async function takeIn(desk: Desk, sealed: SignedManifest, bytes: AsyncIterable<Uint8Array>, trace: string): Promise<ReconciliationFile> {
  const manifest = await verifyManifest(sealed, desk.partyOf, desk.clock.now())
  const { bank, sender, receiver, what, day, sequence } = manifest
  if (sender !== bank || receiver !== desk.platform)
    throw new BrokerError('channel_misdirected', 'a file of or for somebody else', {
      received: `${sender} to ${receiver}`,
      expected: `${bank} to ${desk.platform}`,
    })
  const [whose, hash] = [{ bank, sender, what }, hashOf(sealed)]
  // the last one first: another attempt of this file may end in between, and is then found
  const last = await desk.store.lastFile(whose)
  const there = await desk.store.fileOf(whose, day)
  if (there !== undefined) return same(there, hash)
  demandFollows(manifest, last === undefined ? undefined : { manifest: readManifest(last.text), hash: last.hash })
  if (what === 'day') await desk.payerKeys.demand(bank, editionOf(manifest))
  const named = { ...whose, day, hash }
  const [arriving, place] = [arrivingPath(desk, named), placeFor(desk, named)]
  try {
    await spool(bytes, arriving, manifest)
    // rows of differences are the other side's reading of rows that both sides have
    if (what === 'day') for await (const _lot of readDayFile(arriving, manifest));
    await rename(arriving, place)
  } finally {
    await rm(arriving, { force: true })
  }
  const file = { ...whose, sequence, day, ...sealed, hash, takenAt: desk.clock.now().toISOString() }
  if (!(await desk.store.addFile(file))) {
    const first = await desk.store.fileOf(whose, day)
    if (first?.hash !== hash) await rm(place, { force: true })
    if (first === undefined) throw new BrokerError('reconciliation_sequence', 'another file took its number', { received: String(sequence) })
    return same(first, hash)
  }
  await desk.audit.append({
    code: 'reconciliation.taken',
    trace,
    facts: { bank, day, what, number: sequence, rows: manifest.rows, file: manifest.file },
  })
  return file
}

function same(there: ReconciliationFile, hash: string): ReconciliationFile {
  if (there.hash === hash) return there
  throw new BrokerError('reconciliation_conflict', 'another file stands for this day', { received: hash, expected: there.hash })
}

async function spool(bytes: AsyncIterable<Uint8Array>, path: string, { fileBytes, file }: Manifest): Promise<void> {
  if (fileBytes > MOST_FILE) throw new BrokerError('reconciliation_too_large', 'a file that is too large', { expected: `at most ${MOST_FILE} bytes` })
  const hash = createHash('sm3')
  let count = 0
  const seen = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      count += chunk.length
      if (count > fileBytes)
        return done(new BrokerError('reconciliation_file_differs', 'more bytes than the manifest tells', { expected: `${fileBytes} bytes` }))
      hash.update(chunk)
      done(null, chunk)
    },
  })
  await pipeline(Readable.from(bytes), seen, createWriteStream(path, { mode: 0o600 }))
  if (count !== fileBytes || hash.digest('hex') !== file)
    throw new BrokerError('reconciliation_file_differs', 'not the file of the manifest', { expected: `${fileBytes} bytes of ${file}` })
}

/**
 * Owns what stands in the files of an import: a folder of certificates and lists in any form, or a CSV of holders' certificates. It reads and sorts; certificates of holders go on as they come, for there may
 * be a hundred thousand.
 *
 * Columns of the CSV, named in its first line in any order: `certificate` (base64, PEM, or the path of a file beside the CSV), and if wanted `ca` (the id of a row of the list) and `uscc`.
 */

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { opendir, readFile, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { asBrokerError, BrokerError } from '../kernel/errors.ts'
import { CERTIFICATE_LIMIT, Certificate } from '../pki/certificate.ts'
import { CRL_LIMIT, type Crl, readCrl } from '../pki/crl.ts'
import { pemBlocks } from '../pki/pem.ts'
import { type CsvRow, readCsv } from './csv.ts'
import type { FoundCa } from './import-cas.ts'
import type { IntakeItem } from './intake.ts'

export type Found =
  /** @property place where a person finds it: `line 7`, a file's name */
  | { kind: 'holder'; place: string; item: IntakeItem }
  | { kind: 'ca'; place: string; ca: FoundCa }
  | { kind: 'crl'; place: string; crl: Crl }
  | { kind: 'bad'; place: string; facts: string }

const MOST_FILES = 1_000_000
const MOST_BYTES = Math.max(CRL_LIMIT, 1024 * 1024)

/** SM3 of what an import reads: the same source goes on where it stopped. For a folder its names, sizes and times, for a file its bytes. */
export async function sourceOf(path: string): Promise<string> {
  const hash = createHash('sm3')
  if ((await stat(path)).isDirectory()) {
    for await (const file of filesIn(path)) {
      const { size, mtimeMs } = await stat(file)
      hash.update(`${relative(path, file)}\0${size}\0${mtimeMs}\n`)
    }
  } else for await (const chunk of createReadStream(path)) hash.update(chunk)
  return hash.digest('hex')
}

/** Everything in a folder, file by file, CA certificates and lists among the holders'. */
export async function* readFolder(folder: string): AsyncGenerator<Found> {
  for await (const path of filesIn(folder)) {
    const place = relative(folder, path)
    const inRoots = place.split(sep).slice(0, -1).includes('roots') || basename(folder) === 'roots'
    try {
      if ((await stat(path)).size > MOST_BYTES) throw new BrokerError('certificate_malformed', 'too large to be a certificate or a list')
      yield* contents(place, await readFile(path), inRoots)
    } catch (thrown) {
      yield { kind: 'bad', place, facts: asBrokerError(thrown).facts }
    }
  }
}

function contents(place: string, bytes: Buffer, inRoots: boolean): Found[] {
  const head = bytes.subarray(0, 64).toString('latin1')
  if (head.includes('-----BEGIN X509 CRL')) return pemBlocks(bytes, CRL_LIMIT, 'X509 CRL').map(der => ({ kind: 'crl', place, crl: readCrl(der) }))
  try {
    const found = pemBlocks(bytes, CERTIFICATE_LIMIT).map((der): Found => {
      const certificate = new Certificate(der)
      const isCa = certificate.basicConstraints?.ca === true || (certificate.version < 3 && certificate.selfIssued)
      return isCa ? { kind: 'ca', place, ca: { certificate, inRoots } } : { kind: 'holder', place, item: { certificate: der.toString('base64') } }
    })
    if (found.length === 0) throw new BrokerError('certificate_malformed', 'no certificate in it')
    return found
  } catch (notCertificate) {
    try {
      return [{ kind: 'crl', place, crl: readCrl(bytes) }]
    } catch {
      throw notCertificate
    }
  }
}

/** @throws BrokerError bad_request when the first line does not name the columns */
export async function* readCertificateCsv(file: string): AsyncGenerator<Found> {
  let columns: Record<'certificate' | 'ca' | 'uscc', number> | undefined
  for await (const row of readCsv(createReadStream(file, { encoding: 'utf8', highWaterMark: 256 * 1024 }))) {
    if (columns === undefined) columns = columnsOf(row)
    else yield await fromRow(row, columns, dirname(file))
  }
}

function columnsOf(row: CsvRow): Record<'certificate' | 'ca' | 'uscc', number> {
  const names = 'fields' in row ? row.fields.map(name => name.trim().toLowerCase()) : []
  const certificate = names.indexOf('certificate')
  if (certificate < 0) throw new BrokerError('bad_request', 'the first line of the CSV names no column "certificate" (others: ca, uscc)')
  return { certificate, ca: names.indexOf('ca'), uscc: names.indexOf('uscc') }
}

async function fromRow(row: CsvRow, columns: NonNullable<ReturnType<typeof columnsOf>>, folder: string): Promise<Found> {
  const place = `line ${row.line}`
  if ('bad' in row) return { kind: 'bad', place, facts: row.bad }
  const field = (at: number) => (at < 0 ? '' : (row.fields[at] ?? '').trim())
  const [given, ca, uscc] = [field(columns.certificate), field(columns.ca), field(columns.uscc)]
  try {
    const certificate = isPath(given) ? await fileBeside(folder, given) : given
    if (certificate === '') throw new BrokerError('certificate_malformed', 'no certificate in the row')
    return { kind: 'holder', place, item: { certificate, ...(ca === '' ? {} : { ca }), ...(uscc === '' ? {} : { uscc }) } }
  } catch (thrown) {
    return { kind: 'bad', place, facts: asBrokerError(thrown).facts }
  }
}

/** Base64 of DER begins with `M` and is long; the shortest certificate has some 200 octets. */
const isPath = (text: string): boolean => text !== '' && !text.includes('-----BEGIN') && !/^M[A-Za-z0-9+/=\s]{250,}$/.test(text)

/** A file that the CSV names, never one outside of its folder. */
async function fileBeside(folder: string, name: string): Promise<string> {
  const unreadable = (facts: string, cause?: unknown) => new BrokerError('certificate_malformed', `${name.slice(0, 100)}: ${facts}`, { cause })
  if (name.length > 500) throw unreadable('neither a certificate nor the name of a file')
  const [home, path] = await Promise.all([realpath(folder), realpath(resolve(folder, name))]).catch((cause: unknown) => {
    throw unreadable('neither a certificate nor a file beside the CSV', cause)
  })
  if (path !== home && !path.startsWith(home + sep)) throw unreadable('outside of the folder of the CSV')
  if ((await stat(path)).size > 2 * CERTIFICATE_LIMIT) throw unreadable('too large')
  const [der, another] = pemBlocks(await readFile(path), CERTIFICATE_LIMIT)
  if (der === undefined || another !== undefined) throw unreadable('it does not hold exactly one certificate')
  return der.toString('base64')
}

/** Depth first, by name; nothing hidden, no links. */
async function* filesIn(folder: string, seen = { count: 0 }): AsyncGenerator<string> {
  const entries: { name: string; isFile: boolean; isFolder: boolean }[] = []
  for await (const entry of await opendir(folder)) {
    if (!entry.name.startsWith('.')) entries.push({ name: entry.name, isFile: entry.isFile(), isFolder: entry.isDirectory() })
    if (++seen.count > MOST_FILES) throw new BrokerError('too_large', `more than ${MOST_FILES} files`)
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const { name, isFile, isFolder } of entries) {
    if (isFile) yield join(folder, name)
    else if (isFolder) yield* filesIn(join(folder, name), seen)
  }
}

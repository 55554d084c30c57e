/**
 * Owns the entries of a list, of which there may be hundreds of thousands: one walk over the bytes that makes no object per entry, and a table of offsets built when
 * somebody first asks, which is after the signature was checked. RFC 5280 5.1.2.6 and 5.3.
 */
import { randomBytes } from 'node:crypto'
import { BrokerError } from '../kernel/errors.ts'
import { onlyElement, TAG } from './der.ts'
import { readFirstNames } from './general-names.ts'
import { shortest } from './serial.ts'

/** Whose certificates an entry may be about, by number; 0 is the list's own issuer. */
const MAX_ISSUERS = 1000
/** Probes after which the table is held to be poisoned by chosen serials. */
const MAX_PROBES = 128

const malformed = (facts: string): BrokerError => new BrokerError('certificate_malformed', `a CRL entry: ${facts}`)

export class CrlEntries {
  readonly count: number
  /** why nobody may rely on these entries (5.3: a critical extension that is not understood); undefined when all is well */
  readonly strange: string | undefined
  readonly #bytes: Buffer
  /** of each entry, until they are in the table */
  #offsets: Uint32Array
  /** the issuer of each entry, where entries may name one */
  #issuerOf: Uint16Array | undefined
  readonly #issuers = new Map<string, number>()
  /** the same by the octets of the extension */
  readonly #written = new Map<string, number>()
  /** hash and offset of an entry side by side, offsets counted from 1 */
  #table: Uint32Array | undefined
  #plain: Map<string, number[]> | undefined
  #seed = 0

  /**
   * @param bytes contents of revokedCertificates
   * @param kind `indirect` when the list says that entries may name their certificate's issuer
   * @param own key of the name of the list's issuer, which an entry may name again after others
   * @throws BrokerError `certificate_malformed`
   */
  constructor(bytes: Buffer, kind: 'own' | 'indirect', own: string) {
    this.#bytes = bytes
    this.#issuers.set(own, 0)
    // an entry takes 20 octets at the least: header, serial, time
    const most = Math.floor(bytes.length / 20) + 1
    const offsets = new Uint32Array(most)
    const issuerOf = kind === 'indirect' ? new Uint16Array(most) : undefined
    let count = 0
    let issuer = 0
    let strange: string | undefined
    for (let offset = 0; offset < bytes.length; count++) {
      const entry = this.#header(offset, bytes.length, TAG.sequence)
      if (count >= most) throw malformed('too short')
      offsets[count] = offset
      const serial = this.#header(entry, this.#end(offset), TAG.integer)
      const serialEnd = this.#end(entry)
      if (serialEnd === serial || serialEnd - serial > 40) throw malformed('a serial number of no or too many octets')
      const end = this.#end(offset)
      const time = bytes[serialEnd]
      if (time !== TAG.utcTime && time !== TAG.generalizedTime) throw malformed('without a time')
      this.#header(serialEnd, end, time)
      const list = this.#end(serialEnd)
      if (list < end) {
        const named = this.#extensions(list, end)
        if (named === 'strange' || (named !== undefined && kind === 'own')) strange ??= 'an entry has a critical extension that is not understood'
        else if (named !== undefined) issuer = this.#numberOf(named)
      }
      if (issuerOf !== undefined) issuerOf[count] = issuer
      offset = end
    }
    this.count = count
    this.strange = strange
    this.#offsets = offsets.subarray(0, count)
    this.#issuerOf = issuerOf
  }

  /**
   * The contents of the entries of one serial.
   * @param serial contents octets of the integer, in the shortest form
   * @param issuer key of the name of the certificate's issuer
   */
  find(serial: Buffer, issuer: string): Buffer[] {
    const wanted = this.#issuers.get(issuer)
    if (wanted === undefined) return []
    return this.#candidates(serial, wanted).map(offset => this.#bytes.subarray(this.#contents(offset), this.#end(offset)))
  }

  /** The contents of every serial, one after the other; whose certificates they are is `find`'s to say. */
  *serials(): Generator<Buffer> {
    const bytes = this.#bytes
    for (let offset = 0; offset < bytes.length; offset = this.#end(offset)) yield bytes.subarray(this.#serialStart(offset), this.#serialEnd(offset))
  }

  /** Offsets of the entries of one serial and issuer. */
  #candidates(serial: Buffer, issuer: number): number[] {
    if (this.#table === undefined && this.#plain === undefined) this.#index()
    if (this.#plain !== undefined) return this.#plain.get(`${issuer}/${serial.toString('latin1')}`) ?? []
    const table = this.#table ?? new Uint32Array(2)
    const mask = table.length / 2 - 1
    const hash = withIssuer(hashOf(serial, 0, serial.length, this.#seed), issuer)
    const found: number[] = []
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const offset = (table[2 * slot + 1] ?? 0) - 1
      if (offset < 0) return found
      if (table[2 * slot] === hash && this.#is(offset, serial)) found.push(offset)
    }
  }

  #is(offset: number, serial: Buffer): boolean {
    const to = this.#serialEnd(offset)
    return this.#bytes.compare(serial, 0, serial.length, this.#serialStart(offset), to) === 0
  }

  /** Where the serial of the entry at `offset` begins, without octets that say nothing. */
  #serialStart(offset: number): number {
    const header = this.#contents(offset)
    return shortest(this.#bytes, this.#contents(header), this.#end(header))
  }

  #serialEnd(offset: number): number {
    return this.#end(this.#contents(offset))
  }

  /** Offsets stand in the table itself: one look at it, one at the bytes. */
  #index(): void {
    let size = 4
    while (size < 2 * this.count) size *= 2
    const table = new Uint32Array(2 * size)
    // drawn for each list, so that nobody can choose serials that fall together
    this.#seed = randomBytes(4).readUInt32BE()
    for (let entry = 0; entry < this.count; entry++) {
      const offset = this.#offsets[entry] ?? 0
      const serial = hashOf(this.#bytes, this.#serialStart(offset), this.#serialEnd(offset), this.#seed)
      const hash = withIssuer(serial, this.#issuerOf?.[entry] ?? 0)
      let slot = hash & (size - 1)
      for (let probes = 0; table[2 * slot + 1] !== 0; slot = (slot + 1) & (size - 1)) {
        if (++probes > MAX_PROBES) {
          this.#plain = this.#indexPlainly()
          return
        }
      }
      table[2 * slot] = hash
      table[2 * slot + 1] = offset + 1
    }
    this.#table = table
    this.#offsets = new Uint32Array(0)
    this.#issuerOf = undefined
  }

  /** Slower and larger, and nobody can poison it. One serial many times ends here too. */
  #indexPlainly(): Map<string, number[]> {
    const plain = new Map<string, number[]>()
    for (let entry = 0; entry < this.count; entry++) {
      const offset = this.#offsets[entry] ?? 0
      const serial = this.#bytes.toString('latin1', this.#serialStart(offset), this.#serialEnd(offset))
      const key = `${this.#issuerOf?.[entry] ?? 0}/${serial}`
      const same = plain.get(key)
      if (same === undefined) plain.set(key, [offset])
      // one certificate named over and over: its first words and its last one say all there is
      else if (same.length < MAX_PROBES) same.push(offset)
      else same[MAX_PROBES - 1] = offset
    }
    return plain
  }

  /** Looks through the extensions of an entry: the value of certificateIssuer, or `strange`, or nothing to say. */
  #extensions(offset: number, entryEnd: number): Buffer | 'strange' | undefined {
    const bytes = this.#bytes
    let at = this.#header(offset, entryEnd, TAG.sequence)
    const end = this.#end(offset)
    if (end !== entryEnd) throw malformed('an element too many')
    let issuer: Buffer | undefined
    while (at < end) {
      const oid = this.#header(at, end, TAG.sequence)
      const next = this.#end(at)
      const oidContents = this.#header(oid, next, TAG.oid)
      let value = this.#end(oid)
      // id-ce is 55 1d; the number after it tells which
      const known = value - oidContents === 3 && bytes[oidContents] === 0x55 && bytes[oidContents + 1] === 0x1d ? bytes[oidContents + 2] : undefined
      let critical = false
      if (bytes[value] === TAG.boolean) {
        const flag = this.#header(value, next, TAG.boolean)
        critical = bytes[flag] !== 0
        value = this.#end(value)
      }
      const contents = this.#header(value, next, TAG.octets)
      if (this.#end(value) !== next) throw malformed('an extension')
      // reasonCode 21, holdInstruction 23 (obsolete), invalidityDate 24, certificateIssuer 29
      if (known === 29) issuer = bytes.subarray(contents, next)
      else if (critical && known !== 21 && known !== 24) return 'strange'
      at = next
    }
    return issuer
  }

  /** A list may name one issuer a hundred thousand times: its name is read once. */
  #numberOf(value: Buffer): number {
    const written = value.toString('latin1')
    const before = this.#written.get(written)
    if (before !== undefined) return before
    if (this.#written.size >= MAX_ISSUERS) throw malformed('certificates of too many issuers')
    const name = readFirstNames(onlyElement(value, TAG.sequence).content, 16).find(({ kind }) => kind === 'directory')
    if (name === undefined) throw malformed('the issuer of a certificate without a name')
    const number = this.#issuers.get(name.key) ?? this.#issuers.size
    this.#issuers.set(name.key, number)
    this.#written.set(written, number)
    return number
  }

  /** Checks the header at `offset` against what surrounds it. @returns where its contents begin */
  #header(offset: number, limit: number, tag: number): number {
    if (this.#bytes[offset] !== tag || offset + 2 > limit) throw malformed(`no tag ${tag.toString(16)} where one belongs`)
    const start = this.#contents(offset)
    if (start > limit || this.#end(offset) > limit) throw malformed('contents longer than what holds them')
    const length = this.#end(offset) - start
    if (length < 0 || (start > offset + 2 && length < (start === offset + 3 ? 0x80 : 2 ** (8 * (start - offset - 3))))) throw malformed('a length')
    return start
  }

  #contents(offset: number): number {
    const first = this.#bytes[offset + 1] ?? 0
    return first < 0x80 ? offset + 2 : offset + 2 + (first & 0x7f)
  }

  /** Where the element at `offset` ends; beyond everything for a length of a form that DER does not have. */
  #end(offset: number): number {
    const bytes = this.#bytes
    const first = bytes[offset + 1] ?? 0xff
    if (first < 0x80) return offset + 2 + first
    if (first === 0x81) return offset + 3 + (bytes[offset + 2] ?? 0)
    if (first === 0x82) return offset + 4 + (((bytes[offset + 2] ?? 0) << 8) | (bytes[offset + 3] ?? 0))
    if (first === 0x83) return offset + 5 + (((bytes[offset + 2] ?? 0) << 16) | ((bytes[offset + 3] ?? 0) << 8) | (bytes[offset + 4] ?? 0))
    return Number.MAX_SAFE_INTEGER
  }
}

function hashOf(bytes: Uint8Array, from: number, to: number, seed: number): number {
  let hash = seed
  for (let i = from; i < to; i++) {
    hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x5bd1e995)
    hash ^= hash >>> 15
  }
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** One serial of two issuers never has one hash: the factor is odd, and there are few issuers. */
const withIssuer = (hash: number, issuer: number): number => (hash + Math.imul(issuer, 0x9e3779b1)) >>> 0

/**
 * Owns making an envelope in the browser while the file is read: docs/bid-envelopes.md, version 1, the same as server/bids/envelope/encrypt.ts makes. Its header stands before the file is read, so that the
 * shield can be tried on it first; its size is known then, too.
 */
import { readRecipient } from './certificate.js'
import { COVER, coverName, writeCover } from './cover.js'
import { BidFailure } from './failure.js'
import { bindingOf, factsOf, MOST_KEYS, writeHead } from './header.js'
import { base64url, hex, joined, random } from './octets.js'
import { isBidKey, KIND, wrapTo } from './part.js'
import { chunksOf, measure, readChunk } from './reading.js'
import { CHUNK, FRAME, RECORD, Records, TAG } from './records.js'
import { makeRescue } from './rescue.js'
import { Sm3 } from './sm3.js'

/** @typedef {import('./octets.js').Octets} Octets */
/**
 * @typedef {object} BidRequest
 * @property {Blob & { name?: string }} file
 * @property {Omit<import('./header.js').Facts, 'id'> & { id?: string }} facts
 * @property {{ name: string, uscc: string }} bidder
 * @property {readonly Octets[]} certificates DER of the bidder's encryption certificates, 1 to 8
 * @property {{ custodians: readonly Octets[], platform: Octets, threshold: number }} [rescue] DER of who can rescue; none: nobody but the bidder ever opens it
 */

class EncryptedBid {
  #file
  #bidder
  #bidKey
  #binding
  #thumbprints
  #records
  #hash = new Sm3()

  /** @param {BidRequest} request @param {{ id: string, header: { keys: import('./part.js').Part[] }, bidKey: Octets, binding: Octets, thumbprints: string[] }} made */
  constructor({ file, bidder }, { id, header, bidKey, binding, thumbprints }) {
    this.#file = file
    this.#bidder = bidder
    this.#bidKey = bidKey
    this.#binding = binding
    this.#thumbprints = thumbprints
    this.id = id
    /** the bid key, encrypted to each of the certificates */
    this.keys = header.keys
    this.head = writeHead(header)
    this.#records = new Records(bidKey, this.head)
    /** octets of the whole envelope */
    this.size = this.head.length + TAG + FRAME + COVER + TAG + file.size + chunksOf(file.size) * (FRAME + TAG)
  }

  /** Whether this is what a shield has to find in its part of the header. @param {Uint8Array} plain what it decrypted */
  opensWith(plain) {
    return isBidKey(plain, this.#bidKey, this.#binding)
  }

  /** for checkOpens, in the same worker */
  get bidKey() {
    return this.#bidKey
  }

  /**
   * The envelope, in pieces of at most 1 MiB and a little; once.
   * @param {(progress: { phase: 'measure' | 'encrypt', done: number, of: number }) => void} [onProgress]
   * @throws BidFailure
   */
  async *pieces(onProgress) {
    const { size } = this.#file
    const sm3 = await measure(this.#file, done => onProgress?.({ phase: 'measure', done, of: size }))
    const cover = writeCover({
      bidder: this.#bidder,
      certificates: this.#thumbprints,
      content: { name: coverName(this.#file.name ?? ''), size, sm3 },
      madeAt: new Date().toISOString(),
    })
    yield this.#seen(joined(this.head, this.#records.seal, this.#records.write(RECORD.cover, 0, cover)))
    const hash = new Sm3()
    const chunks = chunksOf(size)
    for (let number = 1; number <= chunks; number++) {
      const plain = await readChunk(this.#file, number)
      hash.update(plain)
      // the last record is what makes it an envelope: it is not written for another content
      if (number === chunks && hex(hash.digest()) !== sm3) throw new BidFailure('file_changed', 'the content changed since it was measured')
      const record = this.#records.write(number === chunks ? RECORD.last : RECORD.chunk, number, plain)
      onProgress?.({ phase: 'encrypt', done: Math.min(size, number * CHUNK), of: size })
      yield this.#seen(record)
    }
  }

  /** SM3 of all pieces so far; after the last one, what the platform's receipt has to say. */
  get sm3() {
    return hex(this.#hash.digest())
  }

  /** @param {Octets} piece */
  #seen(piece) {
    this.#hash.update(piece)
    return piece
  }
}

/**
 * Makes key and header; nothing of the file is read yet.
 * @param {BidRequest} request
 * @returns {Promise<EncryptedBid>}
 * @throws BidFailure `bad_request`, `certificate_malformed`, `certificate_wrong_use`, `algorithm_refused`
 */
export async function encryptBid(request) {
  const { facts: given, certificates, rescue } = request
  if (certificates.length < 1 || certificates.length > MOST_KEYS) throw new BidFailure('bad_request', `${certificates.length} certificates`)
  const facts = factsOf({ ...given, id: given.id ?? base64url(random(20)) })
  const recipients = certificates.map(readRecipient)
  const keepers = rescue && keepersOf(rescue)
  const binding = bindingOf(
    facts,
    keepers && { custodians: keepers.custodians.map(each => each.thumbprint), platform: keepers.platform.thumbprint, threshold: keepers.threshold },
  )
  const bidKey = random(32)
  const header = {
    ...facts,
    cipher: 'SM4-CTR-HMAC-SM3',
    keys: await Promise.all(recipients.map(each => wrapTo(each, { kind: KIND.bidKey, place: 0, value: bidKey }, binding))),
    ...(keepers === undefined ? {} : { rescue: await makeRescue(bidKey, keepers, binding) }),
  }
  return new EncryptedBid(request, { id: facts.id, header, bidKey, binding, thumbprints: recipients.map(each => each.thumbprint) })
}

/** @param {NonNullable<BidRequest['rescue']>} rescue @returns {import('./rescue.js').Keepers} */
function keepersOf({ custodians, platform, threshold }) {
  const keepers = { custodians: custodians.map(readRecipient), platform: readRecipient(platform), threshold }
  const names = new Set(keepers.custodians.map(each => each.thumbprint))
  // the platform among the custodians would hold both locks
  if (names.size !== custodians.length || names.has(keepers.platform.thumbprint)) throw new BidFailure('bad_request', 'one keeper in two places')
  return keepers
}

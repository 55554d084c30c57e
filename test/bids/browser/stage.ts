import { type BidRequest, encryptBid } from '../../../server/web/browser/bid/encrypt.js'
import { BidFailure } from '../../../server/web/browser/bid/failure.js'
import { checkOpens } from '../../../server/web/browser/bid/opening.js'
import type { Party } from '../../pki/hierarchy.ts'
import { opening, parties } from '../envelope/stage.ts'

/** Envelopes made by the very modules that a bidder's browser runs; Node has all that they ask of it. */
export const der = (party: Party): Uint8Array<ArrayBuffer> => Uint8Array.from(party.certificate.der)

export const fileOf = (content: Uint8Array, name = '投标文件.pdf'): File => new File([Uint8Array.from(content)], name)

export const keepers = (custodians: readonly Party[] = parties.custodians, threshold = 2, platform = parties.platform) => ({
  custodians: custodians.map(der),
  platform: der(platform),
  threshold,
})

export const requestOf = (content: Uint8Array, wishes: Partial<BidRequest> = {}): BidRequest => ({
  file: fileOf(content),
  facts: { center: 'demo-center', project: 'JG2027-0001', section: '001', opening },
  bidder: { uscc: '91350200556207664B', name: '演示建设有限公司' },
  certificates: [der(parties.bidder)],
  rescue: keepers(),
  ...wishes,
})

export async function all(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const held: Uint8Array[] = []
  for await (const piece of pieces) held.push(piece)
  return Buffer.concat(held)
}

/** A whole envelope, as it leaves the worker: made, and seen to open. */
export async function browserEnvelope(content: Uint8Array, wishes: Partial<BidRequest> = {}) {
  const request = requestOf(content, wishes)
  const bid = await encryptBid(request)
  return { bid, envelope: await all(checkOpens(bid.pieces(), { file: request.file, bidKey: bid.bidKey })) }
}

/** The code that work refuses with. */
export async function failureOf(work: Promise<unknown> | (() => unknown)): Promise<string> {
  try {
    await (typeof work === 'function' ? work() : work)
    return 'accepted'
  } catch (thrown) {
    if (thrown instanceof BidFailure) return thrown.code
    throw thrown
  }
}

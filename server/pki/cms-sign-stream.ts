/**
 * Owns signing what is too large to hold, in one pass: several signers share the hashing. Where the size is known beforehand the message is DER; where it is not, the
 * lengths around the content are indefinite (BER, which RFC 5652 5.2 allows there), and everything else stays DER.
 */
import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { asBrokerError } from '../kernel/errors.ts'
import { bytesOf, exactly, Passing, readableOf, type Source } from './cms-bytes.ts'
import {
  type CmsSigner,
  certificatesOf,
  type Digests,
  digestAlgorithms,
  digestNames,
  type Names,
  type Naming,
  namesOf,
  signCmsBy,
  signerInfo,
  versionOf,
} from './cms-sign.ts'
import { TAG } from './der.ts'
import { closed, headerOf, headOf, opened } from './der-stream-write.ts'
import { integer, oid, setOf } from './der-write.ts'

export interface CmsStreamRequest extends Naming {
  content: Source
  signers: readonly CmsSigner[]
}

/**
 * A signature beside its content: reads the content to its end, holding one piece at a time.
 * @returns DER of a ContentInfo with SignedData, without the content
 * @throws BrokerError `bad_request`, `algorithm_refused`; `internal` when the source fails
 */
export async function signDetachedCms({ content, signers, ...naming }: CmsStreamRequest): Promise<Buffer> {
  namesOf(signers, naming)
  return signCmsBy({ ...naming, signers, content: await streamDigests(content, signers), detached: true })
}

/** The digests these signers need, of a content read once to its end. @throws BrokerError `internal` when the source fails */
export async function streamDigests(content: Source, signers: readonly CmsSigner[]): Promise<Digests> {
  const passing = new Passing(digestNames(signers))
  for await (const piece of bytesOf(content)) passing.update(piece)
  return passing.digests()
}

/**
 * A message with its content inside, as a stream.
 * @param request.size octets of the content, where known: then the message is DER
 * @returns its errors are BrokerErrors: `bad_request` also when the content is not of the promised size, `algorithm_refused`, `internal` when the source fails
 */
export function signAttachedCms(request: CmsStreamRequest & { size?: number }): Readable {
  return readableOf(written(request))
}

async function* written({ content, signers, size, ...naming }: CmsStreamRequest & { size?: number }): AsyncGenerator<Buffer, void, undefined> {
  try {
    const names = namesOf(signers, naming)
    const passing = new Passing(digestNames(signers))
    if (size === undefined) {
      yield indefiniteHead(names, signers)
      for await (const piece of bytesOf(content)) {
        passing.update(piece)
        if (piece.length > 0) yield Buffer.concat([headerOf(TAG.octets, piece.length), piece])
      }
      yield Buffer.concat([closed(3), tail(names, signers, passing.digests(), 'any'), closed(3)])
      return
    }
    yield definiteHead(names, signers, size)
    for await (const piece of bytesOf(content)) {
      passing.update(piece)
      if (passing.total > size) exactly(size, passing.total)
      yield piece
    }
    exactly(size, passing.total)
    yield tail(names, signers, passing.digests(), 'constant')
  } catch (thrown) {
    throw asBrokerError(thrown)
  }
}

function indefiniteHead({ type, contentType }: Names, signers: readonly CmsSigner[]): Buffer {
  return Buffer.concat([
    ...[opened(TAG.sequence), oid(type), opened(0xa0), opened(TAG.sequence)],
    ...[integer(versionOf({ contentType })), setOf(...digestAlgorithms(signers))],
    ...[opened(TAG.sequence), oid(contentType), opened(0xa0), opened(TAG.octets | 0x20)],
  ])
}

/** Everything after the content, which must come out at the length of the draft when the lengths before it said so. */
function tail({ contentType }: Names, signers: readonly CmsSigner[], digests: Digests, length: 'any' | 'constant'): Buffer {
  const infos = signers.map(signer => signerInfo(signer, contentType, digests, length))
  const certificates = setOf(...certificatesOf(signers))
  return Buffer.concat([Buffer.of(0xa0), certificates.subarray(1), setOf(...infos)])
}

function definiteHead(names: Names, signers: readonly CmsSigner[], size: number): Buffer {
  // any digest will do: only the length counts
  const draft: Digests = new Map([...digestNames(signers)].map(name => [name, createHash(name).digest()]))
  const after = tail(names, signers, draft, 'constant').length
  return headOf(
    [
      { tag: TAG.sequence, before: oid(names.type) },
      { tag: 0xa0 },
      { tag: TAG.sequence, before: Buffer.concat([integer(versionOf(names)), setOf(...digestAlgorithms(signers))]), after },
      { tag: TAG.sequence, before: oid(names.contentType) },
      { tag: 0xa0 },
      { tag: TAG.octets },
    ],
    size,
  )
}

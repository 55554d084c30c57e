/** Owns the structure of a signed message in a stream, RFC 5652 5.1: what stands before the content, and what stands after it. */
import { SIGNED_DATA } from './cms-algorithms.ts'
import { invalid, MOST, type SignedData } from './cms-signed-data.ts'
import { onlyElement, readOid, TAG } from './der.ts'
import type { DerStream } from './der-stream.ts'

const HEAD_LIMIT = 64 * 1024
const TAIL_LIMIT = 8 * 1024 * 1024
const CRL_LIMIT = 64 * 1024 * 1024

type Head = Pick<SignedData, 'type' | 'contentType' | 'digestAlgorithms'> & { attached: boolean }
type Tail = Pick<SignedData, 'certificateDer' | 'crlDer' | 'signers'>

/** Reads up to the content's octets, which come next when it is attached. @throws BrokerError `message_malformed`, `signature_invalid` */
export async function readSignedHead(stream: DerStream): Promise<Head> {
  await stream.enter(TAG.sequence)
  const type = oidOf(await stream.element(HEAD_LIMIT, TAG.oid))
  if (!SIGNED_DATA.includes(type)) throw invalid('not signed data')
  await stream.enter(0xa0)
  await stream.enter(TAG.sequence)
  await stream.element(HEAD_LIMIT, TAG.integer)
  await stream.enter(TAG.set)
  const digestAlgorithms = await stream.elements(HEAD_LIMIT, MOST.digestAlgorithms)
  await stream.leave()
  await stream.enter(TAG.sequence)
  const contentType = oidOf(await stream.element(HEAD_LIMIT, TAG.oid))
  const attached = (await stream.peek()) === 0xa0
  if (attached) await stream.enter(0xa0)
  return { type, contentType, digestAlgorithms, attached }
}

/** Reads what is left, to the end of the message. @throws BrokerError `message_malformed` */
export async function readSignedTail(stream: DerStream, attached: boolean): Promise<Tail> {
  if (attached) await stream.leave()
  await stream.leave()
  const certificateDer = await setIf(stream, 0xa0, MOST.certificates)
  const crlDer = await setIf(stream, 0xa1, MOST.crls, CRL_LIMIT)
  const signers = await setIf(stream, TAG.set, MOST.signers)
  await stream.leave()
  await stream.leave()
  await stream.leave()
  await stream.end()
  return { certificateDer, crlDer, signers }
}

async function setIf(stream: DerStream, tag: number, most: number, limit = TAIL_LIMIT): Promise<Buffer[]> {
  if ((await stream.peek()) !== tag) return []
  await stream.enter(tag)
  const found = await stream.elements(limit, most)
  await stream.leave()
  return found
}

const oidOf = (der: Buffer): string => readOid(onlyElement(der))

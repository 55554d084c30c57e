/**
 * Owns writing enveloped data, RFC 5652 6 and GB/T 35275: one fresh key for the content, that key for each recipient. The content flows through. What comes out is
 * secret and not authenticated (enveloped-cipher.ts): sign before encrypting where it matters who wrote it.
 */
import { createCipheriv, randomBytes } from 'node:crypto'
import type { Readable } from 'node:stream'
import { asBrokerError, BrokerError } from '../kernel/errors.ts'
import type { Certificate } from './certificate.ts'
import { FAMILIES, type FamilyName } from './cms-algorithms.ts'
import { bytesOf, exactly, readableOf, type Source } from './cms-bytes.ts'
import { TAG } from './der.ts'
import { closed, headerOf, headOf, opened } from './der-stream-write.ts'
import { integer, oid, setOf } from './der-write.ts'
import { BLOCK, type CipherName, cipherIdentifier, cipherNamed } from './enveloped-cipher.ts'
import { MAX_RECIPIENTS, recipientInfo } from './enveloped-recipient.ts'

export interface EncryptRequest {
  content: Source
  /** encryption certificates; nobody here asks whether they are trusted */
  recipients: readonly Certificate[]
  /** octets of the content, where known: then the message is DER; otherwise the lengths around the content are indefinite */
  size?: number
  /** SM4-CBC where every recipient's key is SM2, otherwise AES-256-CBC, unless told */
  cipher?: CipherName
  /** the national object identifiers or those of PKCS#7; they follow the recipients unless told */
  family?: FamilyName
}

/**
 * Encrypts a content to several recipients, each of whom can open it alone.
 * @returns a stream; its errors are BrokerErrors: `bad_request` without recipient or when the content is not of the promised size, `certificate_wrong_use`,
 * `algorithm_refused`, `internal` when the source fails
 */
export const encryptCmsStream = (request: EncryptRequest): Readable => readableOf(written(request))

async function* written({ content, size, ...request }: EncryptRequest): AsyncGenerator<Buffer, void, undefined> {
  try {
    const { head, cipher } = prepare(request, size)
    yield head
    let came = 0
    const framed = (piece: Buffer) => (size === undefined ? Buffer.concat([headerOf(TAG.octets, piece.length), piece]) : piece)
    for await (const piece of bytesOf(content)) {
      came += piece.length
      if (size !== undefined && came > size) exactly(size, came)
      const encrypted = cipher.update(piece)
      if (encrypted.length > 0) yield framed(encrypted)
    }
    exactly(size ?? came, came)
    yield framed(cipher.final())
    if (size === undefined) yield closed(5)
  } catch (thrown) {
    throw asBrokerError(thrown)
  }
}

function prepare({ recipients, ...wishes }: Omit<EncryptRequest, 'content' | 'size'>, size: number | undefined) {
  if (recipients.length === 0) throw new BrokerError('bad_request', 'nobody to encrypt to')
  if (recipients.length > MAX_RECIPIENTS) throw new BrokerError('too_large', `${recipients.length} recipients where ${MAX_RECIPIENTS} are the most`)
  const national = recipients.every(({ keyName }) => keyName === 'SM2')
  const family = wishes.family ?? (national ? 'gm' : 'pkcs7')
  const { data, envelopedData } = FAMILIES[family]
  const row = cipherNamed(wishes.cipher ?? (national ? 'sm4-cbc' : 'aes-256-cbc'))
  const key = randomBytes(row.keyLength)
  const iv = randomBytes(BLOCK)
  // GB/T 35275 counts both from 1; RFC 5652 6.1 and 6.2.1 from 0
  const version = family === 'gm' ? 1 : 0
  const infos = setOf(...recipients.map(each => recipientInfo(each, key, version)))
  const layers = [
    { tag: TAG.sequence, before: oid(envelopedData) },
    { tag: 0xa0 },
    { tag: TAG.sequence, before: Buffer.concat([integer(version), infos]) },
    { tag: TAG.sequence, before: Buffer.concat([oid(data), cipherIdentifier(row, iv)]) },
  ]
  const head =
    size === undefined
      ? Buffer.concat([...layers.flatMap(({ tag, before = Buffer.alloc(0) }) => [opened(tag), before]), opened(0xa0)])
      : headOf([...layers, { tag: 0x80 }], size + BLOCK - (size % BLOCK))
  return { head, cipher: createCipheriv(row.name, key, iv) }
}

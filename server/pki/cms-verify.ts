/** Owns judging a whole message held in memory: DER of at most 16 MiB, with any number of signers beside each other. Streams are cms-verify-stream.ts's. */
import { createHash } from 'node:crypto'
import { asBrokerError } from '../kernel/errors.ts'
import type { Certificate } from './certificate.ts'
import { DATA } from './cms-algorithms.ts'
import { badSigner, judgeSigner, looksSigned, type OpenSigner, openSigner, type SeenContent, type SignerVerdict } from './cms-judge.ts'
import { invalid, readSignedData } from './cms-signed-data.ts'
import { toDer } from './pem.ts'

export const CMS_LIMIT = 16 * 1024 * 1024

export interface CmsQuestion {
  /** DER, PEM or base64, at most 16 MiB */
  cms: Uint8Array | string
  /** what was signed, for a detached one; where the message carries content too, both must be the same */
  content?: Uint8Array
  /** where a signer's certificate is to be found when the message has none */
  certificates?: readonly Certificate[]
  /** the content types let in; plain data unless told */
  contentTypes?: readonly string[]
}

export interface JudgedCms {
  content: Buffer
  contentType: string
  /** every certificate in the message: candidates for a path, nothing more */
  certificates: readonly Certificate[]
  /** at least one; each judged by itself */
  signers: readonly SignerVerdict[]
}

/**
 * Judges every signer of a message, attached or detached, RFC 5652 5.
 * @throws BrokerError `signature_invalid` when there is no message to judge
 */
export function judgeCms({ cms, content: given, certificates: known = [], contentTypes = DATA }: CmsQuestion): JudgedCms {
  try {
    const message = readSignedData(toDer(cms, CMS_LIMIT))
    if (!contentTypes.includes(message.contentType)) throw invalid(`content of type ${message.contentType}`)
    if (message.signers.length === 0) throw invalid('nobody signed')
    const content = contentOf(message.carried, given)
    const seen = seenContent(content, message.contentType)
    const signers = message.signers.map(der => judge(der, [...message.certificates, ...known], seen))
    return { content, contentType: message.contentType, certificates: message.certificates, signers }
  } catch (thrown) {
    const error = asBrokerError(thrown)
    throw error.code === 'signature_invalid' ? error : invalid('the message cannot be read', error)
  }
}

function judge(der: Buffer, known: readonly Certificate[], seen: SeenContent): SignerVerdict {
  let signer: OpenSigner | undefined
  try {
    signer = openSigner(der, known)
    return judgeSigner(signer, seen)
  } catch (thrown) {
    return badSigner(thrown, signer?.certificate)
  }
}

function contentOf(carried: Buffer | undefined, given: Uint8Array | undefined): Buffer {
  if (carried !== undefined && given !== undefined && !carried.equals(given)) throw invalid('the message carries other content than was given')
  const content = carried ?? (given === undefined ? undefined : Buffer.from(given))
  if (content === undefined) throw invalid('a detached signature without its content')
  return content
}

/** Hashed when asked, and once for all who hashed alike. */
function seenContent(content: Buffer, type: string): SeenContent {
  const made = new Map<string, Buffer>()
  const digests = {
    get: (digest: string) => {
      const value = made.get(digest) ?? createHash(digest).update(content).digest()
      made.set(digest, value)
      return value
    },
  }
  return {
    type,
    digests,
    looksSigned: looksSigned(content, content.length),
    signedDirectly: ({ row, certificate, info }) => row.verify(certificate.publicKey, content, info.signature),
  }
}

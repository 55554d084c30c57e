/**
 * Owns what is added to a message that somebody else signed: another signer beside the first, and unsigned attributes such as the time stamp of one signature. What
 * was there stays as it was, to the octet.
 */
import { BrokerError } from '../kernel/errors.ts'
import { badSigner, retagged } from './cms-judge.ts'
import { type CmsSigner, certificatesOf, type Digests, digestAlgorithms, digestsOf, signerInfo, writeSignedData } from './cms-sign.ts'
import { readSignedData, readSignerInfo } from './cms-signed-data.ts'
import { CMS_LIMIT } from './cms-verify.ts'
import { children, onlyElement, TAG } from './der.ts'
import { oid, sequence, setOf } from './der-write.ts'
import { toDer } from './pem.ts'

/** The time stamp token of one signature, RFC 3161 appendix A. */
export const TIME_STAMP_TOKEN = '1.2.840.113549.1.9.16.2.14'

/**
 * Adds signers to a message; who signed before is neither asked nor changed.
 * @param input.content for a detached message what it is about, or the digests of it
 * @throws BrokerError `signature_invalid` when there is no message, `bad_request` when there is no content
 */
export function addSigners(input: { cms: Uint8Array | string; signers: readonly CmsSigner[]; content?: Uint8Array | Digests }): Buffer {
  const message = read(input.cms)
  const content = message.carried ?? input.content
  if (content === undefined) throw new BrokerError('bad_request', 'a detached message without its content')
  const digests = content instanceof Uint8Array ? digestsOf(content, input.signers) : content
  return writeSignedData({
    ...message,
    content: message.carried,
    signers: [...message.signers, ...input.signers.map(signer => signerInfo(signer, message.contentType, digests))],
    digestAlgorithms: once([...message.digestAlgorithms, ...digestAlgorithms(input.signers)]),
    certificates: once([...message.certificateDer, ...certificatesOf(input.signers)]),
    crls: message.crlDer,
  })
}

/**
 * Adds an unsigned attribute to the signer who made this signature.
 * @param input.value DER
 * @throws BrokerError `signature_invalid` when there is no message or no such signature in it
 */
export function addUnsignedAttribute(input: { cms: Uint8Array | string; signature: Uint8Array; type: string; value: Uint8Array }): Buffer {
  const message = read(input.cms)
  const at = message.signers.findIndex(der => readSignerInfo(der).signature.equals(input.signature))
  const found = message.signers[at]
  if (found === undefined) throw new BrokerError('signature_invalid', 'no signer of this message made that signature')
  const parts = children(onlyElement(found, TAG.sequence)).map(({ raw }) => raw)
  const before = parts.at(-1)?.[0] === 0xa1 ? children(onlyElement(parts.pop() ?? Buffer.of())).map(({ raw }) => raw) : []
  const unsigned = setOf(...before, sequence(oid(input.type), setOf(input.value)))
  const signer = sequence(...parts, retagged(unsigned, 0xa1))
  return writeSignedData({
    ...message,
    content: message.carried,
    signers: message.signers.with(at, signer),
    certificates: message.certificateDer,
    crls: message.crlDer,
  })
}

function read(cms: Uint8Array | string): ReturnType<typeof readSignedData> {
  try {
    return readSignedData(toDer(cms, CMS_LIMIT))
  } catch (thrown) {
    const { code, facts } = badSigner(thrown)
    throw new BrokerError(code, facts, { cause: thrown })
  }
}

const once = (list: readonly Buffer[]): Buffer[] => [...new Map(list.map(each => [each.toString('latin1'), each])).values()]

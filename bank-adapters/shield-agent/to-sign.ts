/**
 * Reads what a shield is asked to sign for a seal: the signed attributes of a message (RFC 5652 5.4, GB/T 35275), the TBS_Sign of an electronic seal (GB/T 38540) or an XML SignedInfo. Owns finding the one digest
 * in it that says which document it is about; anything else is no such thing and is not signed.
 */
import { BrokerError } from '../../server/kernel/errors.ts'
import { children, type Der, onlyElement, readBits, readOid, TAG } from '../../server/pki/der.ts'

const MESSAGE_DIGEST = '1.2.840.113549.1.9.4'
const MOST_ATTRIBUTES = 32
/** in canonical form, the one digest of the document comes first */
const DIGEST_VALUE = /<(?:\w{1,20}:)?DigestValue>([A-Za-z0-9+/]{43}=)<\//g

/** @returns 32 bytes in lower-case hexadecimal. @throws BrokerError `shield_text_refused` */
export function digestToSign(bytes: Buffer): string {
  try {
    const digest = bytes[0] === 0x3c ? inSignedInfo(bytes) : inDer(onlyElement(bytes))
    if (digest?.length === 32) return digest.toString('hex')
  } catch (thrown) {
    throw refused(thrown)
  }
  throw refused()
}

const inDer = (element: Der): Buffer | undefined => (element.tag === TAG.set ? inAttributes(element) : inTbsSign(element))

/** Exactly one message digest with exactly one value: with two, nobody could say which one counts. */
function inAttributes(set: Der): Buffer | undefined {
  const attributes = children(set)
  if (attributes.length > MOST_ATTRIBUTES) return undefined
  const values = attributes.flatMap(attribute => {
    const [type, value] = children(attribute)
    return type !== undefined && value !== undefined && readOid(type) === MESSAGE_DIGEST ? [children(value)] : []
  })
  const [only, another] = values
  const [digest, more] = only ?? []
  return another === undefined && more === undefined && digest?.tag === TAG.octets ? Buffer.from(digest.content) : undefined
}

/** version, seal, time, data hash, property: the hash is the only bit string before the property */
function inTbsSign(sequence: Der): Buffer | undefined {
  const [version, seal, time, hash] = sequence.tag === TAG.sequence ? children(sequence) : []
  if (version?.tag !== TAG.integer || seal?.tag !== TAG.sequence || time?.tag !== TAG.generalizedTime || hash?.tag !== TAG.bits) return undefined
  return readBits(hash)
}

function inSignedInfo(bytes: Buffer): Buffer | undefined {
  const text = bytes.toString('utf8')
  if (!/^<(?:\w{1,20}:)?SignedInfo[ >]/.test(text)) return undefined
  const [first] = [...text.matchAll(DIGEST_VALUE)]
  return first?.[1] === undefined ? undefined : Buffer.from(first[1], 'base64')
}

const refused = (cause?: unknown): BrokerError =>
  new BrokerError('shield_text_refused', 'not what is signed for a seal', {
    cause,
    expected: 'signed attributes, a TBS_Sign of GB/T 38540, or an XML SignedInfo',
  })

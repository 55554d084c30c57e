/**
 * Owns the Signature element that is written: two references, one to the document and one to the signed properties (XAdES, ETSI EN 319 132-1: when, and by which certificate), everything in exclusive form, so that it means the same
 * wherever it stands.
 */
import { createHash } from 'node:crypto'
import { BrokerError } from '../../kernel/errors.ts'
import type { Certificate } from '../../pki/certificate.ts'
import { Cursor, onlyElement, TAG } from '../../pki/der.ts'
import { readSignature } from '../../pki/sm2-signature.ts'
import { DS, digestUri, ENVELOPED, EXCLUSIVE, SIGNED_PROPERTIES, signatureUri, XADES } from './algorithms.ts'
import { canonicalElement } from './c14n.ts'
import { readXml } from './read.ts'
import { elementsOf, type XmlElement } from './tree.ts'

export interface Draft {
  /** NCName; names the element and, with endings, its parts */
  id: string
  at: Date
  certificate: Certificate
  digest: string
  /** of the canonical document */
  documentDigest: Uint8Array
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
const method = (name: string, uri: string): string => `<ds:${name} Algorithm="${uri}"></ds:${name}>`
const transforms = (...uris: string[]): string => `<ds:Transforms>${uris.map(uri => method('Transform', uri)).join('')}</ds:Transforms>`
const digested = (digest: string, value: Uint8Array): string =>
  `${method('DigestMethod', digestUri(digest))}<ds:DigestValue>${base64(value)}</ds:DigestValue>`

/** @param signature in XML's form; absent while it is only drafted. @param stamp time-stamp token over the canonical SignatureValue */
export function writeSignature(draft: Draft, signature?: Uint8Array, stamp?: Uint8Array): string {
  const { id, certificate, digest } = draft
  const properties = canonicalOf(whole(draft, '', '', ''), XADES, 'SignedProperties')
  const info =
    `<ds:SignedInfo>${method('CanonicalizationMethod', EXCLUSIVE)}${method('SignatureMethod', signatureUri(certificate.keyName))}` +
    `<ds:Reference URI="">${transforms(ENVELOPED, EXCLUSIVE)}${digested(digest, draft.documentDigest)}</ds:Reference>` +
    `<ds:Reference Type="${SIGNED_PROPERTIES}" URI="#${id}-properties">${transforms(EXCLUSIVE)}` +
    `${digested(digest, createHash(digest).update(properties).digest())}</ds:Reference></ds:SignedInfo>`
  const unsigned =
    stamp === undefined
      ? ''
      : '<xades:UnsignedProperties><xades:UnsignedSignatureProperties><xades:SignatureTimeStamp>' +
        `${method('CanonicalizationMethod', EXCLUSIVE)}<xades:EncapsulatedTimeStamp>${base64(stamp)}</xades:EncapsulatedTimeStamp>` +
        '</xades:SignatureTimeStamp></xades:UnsignedSignatureProperties></xades:UnsignedProperties>'
  return whole(draft, info, signature === undefined ? '' : base64(signature), unsigned)
}

function whole({ id, at, certificate, digest }: Draft, info: string, value: string, unsigned: string): string {
  const named = createHash(digest).update(certificate.der).digest()
  return (
    `<ds:Signature xmlns:ds="${DS}" Id="${id}">${info}<ds:SignatureValue>${value}</ds:SignatureValue>` +
    `<ds:KeyInfo><ds:X509Data><ds:X509Certificate>${base64(certificate.der)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>` +
    `<ds:Object><xades:QualifyingProperties xmlns:xades="${XADES}" Target="#${id}"><xades:SignedProperties Id="${id}-properties">` +
    `<xades:SignedSignatureProperties><xades:SigningTime>${at.toISOString()}</xades:SigningTime>` +
    `<xades:SigningCertificateV2><xades:Cert><xades:CertDigest>${digested(digest, named)}</xades:CertDigest></xades:Cert>` +
    `</xades:SigningCertificateV2></xades:SignedSignatureProperties></xades:SignedProperties>${unsigned}</xades:QualifyingProperties></ds:Object></ds:Signature>`
  )
}

/** The canonical text of one element of what was written. Exclusive forms are the same here and in the document. */
export function canonicalOf(written: string, namespace: string, local: string): string {
  for (const element of elementsOf(readXml(Buffer.from(written)).root))
    if (isNamed(element, namespace, local)) return canonicalElement(element, { form: 'exclusive' })
  throw new BrokerError('internal', `no ${local} in what was written`)
}

export const isNamed = (element: XmlElement, namespace: string, local: string): boolean => element.namespace === namespace && element.local === local

/** Octets of each of the two integers, by curve; RFC 9231 2.3.6. */
export const WIDTH: Readonly<Record<string, number>> = { prime256v1: 32, secp384r1: 48, secp521r1: 66 }

/**
 * What a shield gives, as XML wants it: RSA as it is, of the others both integers at full length one after the other (XML Signature 6.4.3).
 * @throws BrokerError signature_invalid for what is no signature of such a key
 */
export function xmlForm({ keyName, publicKey }: Certificate, signature: Uint8Array): Buffer {
  const bytes = Buffer.from(signature)
  if (keyName === 'RSA') return bytes
  const width = WIDTH[publicKey.asymmetricKeyDetails?.namedCurve ?? ''] ?? 32
  const plain = keyName === 'SM2' ? readSignature(bytes) : bytes.length === 2 * width ? bytes : pair(bytes, width)
  if (plain === undefined) throw new BrokerError('signature_invalid', `${bytes.length} octets that are no signature of ${keyName}`)
  return plain
}

function pair(der: Buffer, width: number): Buffer | undefined {
  try {
    const numbers = new Cursor(onlyElement(der, TAG.sequence))
    const both = [numbers.take(TAG.integer), numbers.take(TAG.integer)].map(({ content }) => content.subarray(Math.max(0, content.length - width)))
    numbers.end()
    return Buffer.concat(both.map(number => Buffer.concat([Buffer.alloc(width - number.length), number])))
  } catch {
    return undefined
  }
}

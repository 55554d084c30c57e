/**
 * Owns the signer's own word on which certificate is its own, RFC 5035 (RFC 2634 5.4): a signed attribute without which another certificate with the same key could take its
 * place. Time-stamp tokens must have it, and so must signatures in a PDF that want to be PAdES.
 */
import { createHash } from 'node:crypto'
import { BrokerError } from '../kernel/errors.ts'
import { type Certificate, readSerial } from './certificate.ts'
import { Cursor, children, type Der, onlyElement, TAG } from './der.ts'
import { context, integer, octets, sequence } from './der-write.ts'
import { readName } from './names.ts'
import { digestIdentifier, digestIn, digestOf, type TimestampDigest } from './timestamp-algorithms.ts'

const SIGNING_CERTIFICATE = '1.2.840.113549.1.9.16.2.12'
export const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47'

/**
 * Whether the signed attributes name this certificate as the signer's; undefined where they name none. Version 1 names it by SHA-1, which serves here: deceiving it takes a
 * second certificate for a given one, not two of the forger's making, and many authorities still write it.
 * @throws BrokerError `algorithm_refused` for a digest we do not take, `certificate_malformed`
 */
export function namesSigner(attributes: ReadonlyMap<string, Buffer>, certificate: Certificate): boolean | undefined {
  const v2 = attributes.get(SIGNING_CERTIFICATE_V2)
  const named = v2 ?? attributes.get(SIGNING_CERTIFICATE)
  if (named === undefined) return undefined
  // the first of the list is the signer's; the others would limit its path, which the roots do here
  const fields = new Cursor(new Cursor(new Cursor(onlyElement(named, TAG.sequence)).take(TAG.sequence)).take(TAG.sequence))
  const algorithm = v2 === undefined ? undefined : fields.takeIf(TAG.sequence)
  const digest = v2 === undefined ? 'sha1' : algorithm === undefined ? 'sha256' : digestIn(algorithm)
  const hash = fields.take(TAG.octets).content
  const issuerSerial = fields.takeIf(TAG.sequence)
  fields.end()
  if (digest === undefined) throw new BrokerError('algorithm_refused', 'the signer’s certificate is named by a digest that is not accepted')
  return createHash(digest).update(certificate.der).digest().equals(hash) && (issuerSerial === undefined || isIssuerSerial(issuerSerial, certificate))
}

function isIssuerSerial(element: Der, certificate: Certificate): boolean {
  const cursor = new Cursor(element)
  const names = children(cursor.take(TAG.sequence))
  const serial = readSerial(cursor.take(TAG.integer))
  const [name] = names
  return (
    serial === certificate.serial &&
    names.length === 1 &&
    name?.tag === 0xa4 &&
    readName(onlyElement(name.content, TAG.sequence)).key === certificate.issuer.key
  )
}

/** DER of SigningCertificateV2 with this one certificate; SHA-256 is the default of ESSCertIDv2 and therefore left out in DER. */
export function writeSigningCertificate(certificate: Certificate, digest: TimestampDigest): Buffer {
  const issuerSerial = sequence(sequence(context(4, certificate.issuer.der)), integer(Buffer.from(certificate.serial, 'hex')))
  const named = sequence(...(digest === 'sha256' ? [] : [digestIdentifier(digest)]), octets(digestOf(digest, certificate.der)), issuerSerial)
  return sequence(sequence(named))
}

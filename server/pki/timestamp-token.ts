/**
 * Owns the time-stamp token: CMS SignedData around TSTInfo with exactly one signer, RFC 3161 2.4.2 (RFC 5652 5), for SM2 under the identifiers of GB/T 35275. cms-verify.ts reads
 * and judges the message, this file what makes it a token: it shows that the certificate inside signed these bytes; whether that certificate may be believed is timestamp.ts's to decide.
 */
import type { KeyObject } from 'node:crypto'
import { asBrokerError, BrokerError } from '../kernel/errors.ts'
import { keyName } from './algorithms.ts'
import type { Certificate } from './certificate.ts'
import { FAMILIES } from './cms-algorithms.ts'
import { judgeCms } from './cms-verify.ts'
import { context, integer, octets, oid, sequence, setOf } from './der-write.ts'
import { namesSigner, SIGNING_CERTIFICATE_V2, writeSigningCertificate } from './signing-certificate.ts'
import { digestIdentifier, digestOf, writtenFor } from './timestamp-algorithms.ts'
import { readTimestampInfo, type TimestampInfo } from './timestamp-info.ts'

export const TOKEN_LIMIT = 256 * 1024
const TST_INFO = '1.2.840.113549.1.9.16.1.4'
const ATTRIBUTE = {
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
}

export interface TimestampToken {
  info: TimestampInfo
  /** whose key signed; not yet trusted */
  signer: Certificate
  /** every certificate in the token: candidates for a path, nothing more */
  certificates: readonly Certificate[]
  der: Buffer
}

const invalid = (facts: string): BrokerError => new BrokerError('timestamp_invalid', facts)
const malformed = (facts: string): BrokerError => new BrokerError('timestamp_malformed', facts)

/**
 * Reads a token and checks its signature and its reference to the signer's certificate (ESSCertID, RFC 5035).
 * @param der at most 256 KiB
 * @param known where the signer's certificate is to be found when the token has none
 * @throws BrokerError `timestamp_malformed`, `timestamp_invalid`, `algorithm_refused`, `certificate_wrong_use`
 */
export function readTimestampToken(der: Uint8Array, known: readonly Certificate[] = []): TimestampToken {
  if (der.length > TOKEN_LIMIT) throw malformed(`a token of ${der.length} bytes`)
  try {
    return read(Buffer.from(der), known)
  } catch (thrown) {
    const error = asBrokerError(thrown)
    if (error.code !== 'certificate_malformed' && error.code !== 'signature_invalid' && error.code !== 'internal') throw error
    throw new BrokerError('timestamp_malformed', 'the token cannot be read', { cause: error })
  }
}

function read(der: Buffer, known: readonly Certificate[]): TimestampToken {
  const { content, certificates, signers } = judgeCms({ cms: der, certificates: known, contentTypes: [TST_INFO] })
  const [signer, another] = signers
  if (signer === undefined || another !== undefined) throw malformed('not exactly one signer')
  if (!signer.ok) throw signer.code === 'signature_invalid' ? invalid(signer.facts) : new BrokerError(signer.code, signer.facts)
  const info = readTimestampInfo(content)
  const named = namesSigner(signer.signedAttributes, signer.certificate)
  if (named === undefined) throw invalid('the token does not say which certificate signed it (RFC 5035)')
  if (!named) throw invalid('the certificate is not the one that the signer names')
  return { info, signer: signer.certificate, certificates, der }
}

/** @param wish.certificates to send along, the signer's among them or not @returns DER of the token */
export function writeTimestampToken(info: Buffer, wish: { signer: Certificate; key: KeyObject; certificates: readonly Certificate[] }): Buffer {
  const { signer, key, certificates } = wish
  const { digest, row, identifier } = writtenFor(keyName(key))
  const digestAlgorithm = digestIdentifier(digest)
  const attributes = setOf(
    sequence(oid(ATTRIBUTE.contentType), setOf(oid(TST_INFO))),
    sequence(oid(ATTRIBUTE.messageDigest), setOf(octets(digestOf(digest, info)))),
    sequence(oid(SIGNING_CERTIFICATE_V2), setOf(writeSigningCertificate(signer, digest))),
  )
  const signerInfo = sequence(
    integer(1),
    sequence(signer.issuer.der, integer(Buffer.from(signer.serial, 'hex'))),
    digestAlgorithm,
    retagged(attributes),
    identifier,
    octets(row.sign(key, attributes)),
  )
  const signedData = sequence(
    integer(3),
    setOf(digestAlgorithm),
    sequence(oid(TST_INFO), context(0, octets(info))),
    ...(certificates.length === 0 ? [] : [retagged(setOf(...certificates.map(each => each.der)))]),
    setOf(signerInfo),
  )
  return sequence(oid(FAMILIES[row.name === 'SM2' ? 'gm' : 'pkcs7'].signedData), context(0, signedData))
}

const retagged = (element: Buffer): Buffer => Buffer.concat([Buffer.of(0xa0), element.subarray(1)])

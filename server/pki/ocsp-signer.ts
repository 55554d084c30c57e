/** Owns who may sign an OCSP answer: the CA, or a responder that this very CA named. RFC 6960 3.2 (3) and (4), 4.2.2.2. */
import { algorithmIn } from './algorithms.ts'
import type { Certificate } from './certificate.ts'
import { type Der, onlyElement, TAG } from './der.ts'
import { EXTENSION } from './extensions.ts'
import { readName } from './names.ts'
import { keyHash } from './ocsp-id.ts'
import { isSignedBy } from './signed-by.ts'

const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9'

/** ResponderID, 4.2.1: byName [1] or byKey [2], the SHA-1 of the key's bits. */
export type ResponderId = { by: 'name'; key: string } | { by: 'key'; hash: Buffer }

export function readResponderId(element: Der): ResponderId {
  const inner = onlyElement(element.content)
  return element.tag === 0xa1 ? { by: 'name', key: readName(inner).key } : { by: 'key', hash: onlyElement(inner.raw, TAG.octets).content }
}

/** Some responders of SM2 hierarchies use SM3 where the standard says SHA-1; the signature decides, this only says whose it should be. */
function names(id: ResponderId, signer: Certificate): boolean {
  if (id.by === 'name') return signer.subject.key === id.key
  return (
    keyHash(signer, 'sha1').equals(id.hash) ||
    keyHash(signer, 'sm3').subarray(0, id.hash.length).equals(id.hash) ||
    signer.subjectKeyId === id.hash.toString('hex')
  )
}

interface Signed {
  tbs: Buffer
  algorithm: Buffer
  signature: Buffer
  responder: ResponderId
  /** those that came along, trusted in nothing */
  certificates: readonly Certificate[]
}

/** Whether the answer is signed by the issuer or by its delegate. Never throws: one odd certificate in the answer must not hide a good one. */
export function isSignedFor({ tbs, algorithm, signature, responder, certificates }: Signed, issuer: Certificate, at: Date): boolean {
  const made = (signer: Certificate) => attempt(() => algorithmIn(algorithm).verify(signer.publicKey, tbs, signature))
  if (names(responder, issuer) && made(issuer)) return true
  return certificates.some(each => names(responder, each) && attempt(() => isDelegate(each, issuer, at)) && made(each))
}

/**
 * A delegated responder: issued directly by this CA, for OCSP signing by name (anyExtendedKeyUsage is not enough), valid now, and free of revocation checks of its own
 * (id-pkix-ocsp-nocheck), since there is nobody left to ask about it.
 */
function isDelegate(responder: Certificate, issuer: Certificate, at: Date): boolean {
  return (
    responder.issuer.key === issuer.subject.key &&
    responder.extKeyUsage?.has(OCSP_SIGNING) === true &&
    (responder.keyUsage?.has('digitalSignature') ?? true) &&
    responder.extensions.has(EXTENSION.ocspNoCheck) &&
    responder.criticalUnknown.length === 0 &&
    responder.notBefore <= at &&
    at <= responder.notAfter &&
    isSignedBy(responder, issuer)
  )
}

function attempt(call: () => boolean): boolean {
  try {
    return call()
  } catch {
    return false
  }
}

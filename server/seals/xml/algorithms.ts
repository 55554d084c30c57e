/**
 * Owns the identifiers of XML signatures: which URI is which row of pki's algorithms, digest, canonical form. What stands in no row does not exist for us: SHA-1, MD5, DSA, every HMAC (whose key would be in the document), XSLT
 * and XPath.
 */
import type { KeyName } from '../../pki/algorithms.ts'
import type { Canonical } from './c14n.ts'

export const DS = 'http://www.w3.org/2000/09/xmldsig#'
export const XADES = 'http://uri.etsi.org/01903/v1.3.2#'
export const SIGNED_PROPERTIES = 'http://uri.etsi.org/01903#SignedProperties'
export const ENVELOPED = `${DS}enveloped-signature`
export const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#'
const MORE = 'http://www.w3.org/2001/04/xmldsig-more#'
const ENC = 'http://www.w3.org/2001/04/xmlenc#'

interface SignatureRow {
  uri: string
  key: KeyName
  /** as pki's algorithms.ts names the signature */
  oid: string
}

/** RFC 9231, in the order of preference for each kind of key. The row of SM2 is customary in China and none of the W3C's, which has not given it an identifier; OFD names it by object identifiers instead (GM/T 0099). */
const SIGNATURES: readonly SignatureRow[] = [
  { uri: `${MORE}sm2-sm3`, key: 'SM2', oid: '1.2.156.10197.1.501' },
  { uri: `${MORE}rsa-sha256`, key: 'RSA', oid: '1.2.840.113549.1.1.11' },
  { uri: `${MORE}rsa-sha384`, key: 'RSA', oid: '1.2.840.113549.1.1.12' },
  { uri: `${MORE}rsa-sha512`, key: 'RSA', oid: '1.2.840.113549.1.1.13' },
  { uri: `${MORE}ecdsa-sha256`, key: 'ECDSA', oid: '1.2.840.10045.4.3.2' },
  { uri: `${MORE}ecdsa-sha384`, key: 'ECDSA', oid: '1.2.840.10045.4.3.3' },
  { uri: `${MORE}ecdsa-sha512`, key: 'ECDSA', oid: '1.2.840.10045.4.3.4' },
]
export const signatureRow = (uri: string | undefined): SignatureRow | undefined => SIGNATURES.find(row => row.uri === uri)
export const signatureUri = (key: KeyName): string => SIGNATURES.find(row => row.key === key)?.uri ?? ''

/** By URI, as node:crypto names it; that of SM3 is as customary as SM2's. */
const DIGESTS: ReadonlyMap<string, string> = new Map([
  [`${MORE}sm3`, 'sm3'],
  [`${ENC}sha256`, 'sha256'],
  [`${MORE}sha384`, 'sha384'],
  [`${ENC}sha512`, 'sha512'],
])
export const digestOf = (uri: string | undefined): string | undefined => DIGESTS.get(uri ?? '')
export const digestUri = (digest: string): string => [...DIGESTS].find(([, name]) => name === digest)?.[0] ?? ''

/** The forms with comments are taken too: a reference within the document has none left to keep (RFC 3275 4.3.3.3), except in SignedInfo, where read-signature.ts lets none in. */
const FORMS: ReadonlyMap<string, Canonical['form']> = new Map([
  ['http://www.w3.org/TR/2001/REC-xml-c14n-20010315', 'inclusive'],
  ['http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments', 'inclusive'],
  ['http://www.w3.org/2006/12/xml-c14n11', 'inclusive-1.1'],
  ['http://www.w3.org/2006/12/xml-c14n11#WithComments', 'inclusive-1.1'],
  [EXCLUSIVE, 'exclusive'],
  [`${EXCLUSIVE}WithComments`, 'exclusive'],
])
export const formOf = (uri: string | undefined): Canonical['form'] | undefined => FORMS.get(uri ?? '')

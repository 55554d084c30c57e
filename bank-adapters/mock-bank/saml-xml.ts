/** Owns the XML of the SAML identity provider: reading small messages, escaping, enveloped signatures (XML Signature, exclusive canonicalization, RSA with SHA-256). */
import type { KeyObject } from 'node:crypto'
import { DOMParser, type Element, onWarningStopParsing } from '@xmldom/xmldom'
import { SignedXml } from 'xml-crypto'
import { refusals } from './refusal.ts'

export const PROTOCOL = 'urn:oasis:names:tc:SAML:2.0:protocol'
export const ASSERTION = 'urn:oasis:names:tc:SAML:2.0:assertion'
export const METADATA = 'urn:oasis:names:tc:SAML:2.0:metadata'
const SIGNATURE = 'http://www.w3.org/2000/09/xmldsig#'
const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#'
const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature'
const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256'
export const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'
const HMAC_SHA1 = 'http://www.w3.org/2000/09/xmldsig#hmac-sha1'
const LARGEST = 64 * 1024

/** @throws Refusal 400 */
export function parseXml(text: string): Element {
  if (text.length > LARGEST || /<!|<\?(?!xml )/.test(text)) throw refusals.badRequest('The message is too large or holds what no SAML message needs.')
  try {
    const root = new DOMParser({ onError: onWarningStopParsing }).parseFromString(text, 'text/xml').documentElement
    if (root === null) throw new Error('empty')
    return root
  } catch (cause) {
    throw refusals.badRequest('The message is not XML.', cause)
  }
}

export function childrenNamed(parent: Element, namespace: string, name: string): Element[] {
  const found: Element[] = []
  for (let node = parent.firstChild; node !== null; node = node.nextSibling) {
    if (isElement(node) && node.namespaceURI === namespace && node.localName === name) found.push(node)
  }
  return found
}
const isElement = (node: { nodeType: number }): node is Element => node.nodeType === 1

export const textIn = (parent: Element, namespace: string, name: string): string | undefined =>
  childrenNamed(parent, namespace, name)[0]?.textContent?.trim()

export const escapeXml = (text: string): string =>
  text.replaceAll(/[&<>"']/g, letter => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[letter] ?? letter)

/** What signs: a private key with its certificate, or, for one of the evils, an HMAC under a text that everybody knows. */
export type SamlSigner = { privateKey: KeyObject; certificatePem: string } | { hmac: string; certificatePem: string }

/** Puts an enveloped signature over the element of this ID right after its Issuer, where the schema wants it. */
export function signElement(xml: string, id: string, signer: SamlSigner): string {
  const withHmac = 'hmac' in signer
  const signature = new SignedXml({
    privateKey: withHmac ? signer.hmac : signer.privateKey,
    publicCert: signer.certificatePem,
    signatureAlgorithm: withHmac ? HMAC_SHA1 : RSA_SHA256,
    canonicalizationAlgorithm: EXCLUSIVE,
  })
  if (withHmac) signature.enableHMAC()
  const element = `//*[@ID='${id}']`
  signature.addReference({ xpath: element, transforms: [ENVELOPED, EXCLUSIVE], digestAlgorithm: SHA256 })
  signature.computeSignature(xml, { prefix: 'ds', location: { reference: `${element}/*[local-name()='Issuer']`, action: 'after' } })
  return signature.getSignedXml()
}

/**
 * The root element as an enveloped signature of one of these certificates covers it.
 * @throws Refusal 403 when there is none, or it covers something else
 */
export function verifiedRoot(xml: string, certificates: readonly string[]): Element {
  const root = parseXml(xml)
  const [element, ...more] = childrenNamed(root, SIGNATURE, 'Signature')
  if (element === undefined || more.length > 0) throw refusals.unknownPartner('The message is not signed.')
  for (const publicCert of certificates) {
    const signature = new SignedXml({ publicCert, getCertFromKeyInfo: () => null })
    signature.loadSignature(element.toString())
    if (!holds(signature, xml)) continue
    const [covered, ...others] = signature.getSignedReferences()
    const signed = covered === undefined || others.length > 0 ? undefined : parseXml(covered)
    if (signed?.localName === root.localName && signed.getAttribute('ID') === root.getAttribute('ID')) return signed
  }
  throw refusals.unknownPartner('The signature of the message does not verify.')
}

function holds(signature: SignedXml, xml: string): boolean {
  try {
    return signature.checkSignature(xml)
  } catch {
    return false
  }
}

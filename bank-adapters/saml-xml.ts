import { DOMParser, type Document, type Element, onWarningStopParsing } from '@xmldom/xmldom'
import { BrokerError } from '../server/kernel/errors.ts'

/**
 * Reading XML from outside, strictly. Owns what is refused before any signature is looked at: size, depth, document types, entities, comments, and any shape but
 * the one in which a signature covers exactly what will be read. What signature wrapping needs (a second assertion, a second signature, an Object, an ID twice) has
 * no honest use in a login, so it is refused as such and not reasoned about.
 */
export const NS = {
  protocol: 'urn:oasis:names:tc:SAML:2.0:protocol',
  assertion: 'urn:oasis:names:tc:SAML:2.0:assertion',
  signature: 'http://www.w3.org/2000/09/xmldsig#',
} as const

/** characters of base64; a signed response with a certificate is about 30 kB */
const LARGEST = 256 * 1024
const MOST_TAGS = 2000
const DEEPEST = 40

/** Exclusive canonicalization without comments: the only one under which a comment could not hide, had we not refused those already. */
const CANONICAL = 'http://www.w3.org/2001/10/xml-exc-c14n#'
const ENVELOPED = `${NS.signature}enveloped-signature`
const SIGNATURES = new Set(['256', '512'].map(bits => `http://www.w3.org/2001/04/xmldsig-more#rsa-sha${bits}`))
const DIGESTS = new Set(['256', '512'].map(bits => `http://www.w3.org/2001/04/xmlenc#sha${bits}`))

const malformed = (facts: string) => new BrokerError('bank_answer_malformed', facts)
const wrapped = (facts: string) => new BrokerError('bank_wrapped', facts)

/** @throws BrokerError bank_answer_malformed */
export function decodeBase64(text: string | undefined): Buffer {
  if (text === undefined || text === '') throw malformed('no SAML message')
  if (text.length > LARGEST) throw malformed(`a SAML message of ${text.length} characters`)
  if (!/^[A-Za-z0-9+/\r\n]+={0,2}[\r\n]*$/.test(text)) throw malformed('a SAML message that is not base64')
  return Buffer.from(text, 'base64')
}

/** @throws BrokerError bank_answer_malformed, bank_wrapped */
export function parseXml(bytes: Uint8Array): Element {
  const text = utf8(bytes)
  if (text.includes('<!--')) throw wrapped('a comment, which a signature does not see')
  if (text.includes('<!')) throw malformed('a document type, entity or CDATA section')
  if (text.indexOf('<?', 1) !== -1) throw malformed('a processing instruction')
  if (text.split('<').length > MOST_TAGS) throw malformed(`more than ${MOST_TAGS} tags`)
  let document: Document
  try {
    document = new DOMParser({ onError: onWarningStopParsing }).parseFromString(text, 'text/xml')
  } catch (cause) {
    throw new BrokerError('bank_answer_malformed', 'not well-formed XML', { cause })
  }
  const root = document.documentElement
  if (root === null) throw malformed('empty XML')
  checkTree(root)
  return root
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new BrokerError('bank_answer_malformed', 'not UTF-8', { cause })
  }
}

/** Depth, and every ID once: under any of the names by which a reader might look for one. */
function checkTree(root: Element): void {
  const ids = new Set<string>()
  let level: Element[] = [root]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) throw malformed(`deeper than ${DEEPEST} elements`)
    for (const element of level) {
      for (const attribute of element.attributes) {
        if (!/^(?:assertion|response|request)?id$/i.test(attribute.localName ?? attribute.name)) continue
        if (ids.has(attribute.value)) throw wrapped('one ID on two elements')
        ids.add(attribute.value)
      }
    }
    level = level.flatMap(children)
  }
}

export function children(of: Element): Element[] {
  const found: Element[] = []
  for (let at = of.firstChild; at !== null; at = at.nextSibling) {
    if (isElement(at)) found.push(at)
  }
  return found
}

const isElement = (node: { nodeType: number }): node is Element => node.nodeType === 1

export const is = (element: Element, namespace: string, name: string): boolean => element.namespaceURI === namespace && element.localName === name

/** Direct children of this name. */
export const childrenOf = (of: Element, namespace: string, name: string): Element[] => children(of).filter(child => is(child, namespace, name))

/** The only direct child of this name, or none. @throws BrokerError bank_answer_malformed when there are several */
export function childOf(of: Element, namespace: string, name: string): Element | undefined {
  const found = childrenOf(of, namespace, name)
  if (found.length > 1) throw malformed(`${found.length} elements ${name} where one belongs`)
  return found[0]
}

/** How many elements bear this local name, anywhere and in any namespace: a reader that is careless of either must find no other. */
export function countOf(root: Element, name: string): number {
  return [...root.getElementsByTagNameNS('*', name)].length + (root.localName === name ? 1 : 0)
}

export const textOf = (element: Element | undefined): string => element?.textContent?.trim() ?? ''

/**
 * That each of these elements, and no other in the document, has one enveloped signature of the shape that SAML Core 5.4 allows, over itself. It says nothing
 * of whether the signatures verify.
 * @throws BrokerError bank_unsigned, bank_wrapped, algorithm_refused
 */
export function checkSignatureShapes(root: Element, signed: readonly Element[]): void {
  const direct = signed.map(element => childrenOf(element, NS.signature, 'Signature'))
  if (direct.some(list => list.length === 0)) {
    throw countOf(root, 'Signature') > direct.flat().length
      ? wrapped('a signature stands in another place than it should')
      : new BrokerError('bank_unsigned', 'a signature is missing')
  }
  if (countOf(root, 'Signature') !== signed.length) throw wrapped('more signatures than there are parts to sign')
  for (const [i, element] of signed.entries()) {
    const [signature] = direct[i] ?? []
    if (signature !== undefined) checkShape(signature, element)
  }
}

function checkShape(signature: Element, over: Element): void {
  const [info, value, keyInfo, ...rest] = children(signature)
  if (info === undefined || value === undefined || !is(info, NS.signature, 'SignedInfo') || !is(value, NS.signature, 'SignatureValue'))
    throw wrapped('a signature of another shape')
  if (rest.length > 0 || (keyInfo !== undefined && !is(keyInfo, NS.signature, 'KeyInfo')))
    throw wrapped('a signature with more than a signature in it')
  const [canonical, method, reference, ...more] = children(info)
  if (canonical === undefined || method === undefined || reference === undefined || more.length > 0)
    throw wrapped('other than one reference in a signature')
  if (canonical.getAttribute('Algorithm') !== CANONICAL) throw refusedAlgorithm(canonical)
  if (!SIGNATURES.has(method.getAttribute('Algorithm') ?? '')) throw refusedAlgorithm(method)
  const id = over.getAttribute('ID')
  if (id === null || !/^[\w.-]{1,200}$/.test(id) || reference.getAttribute('URI') !== `#${id}`)
    throw wrapped('a signature over another element than the one it stands in')
  const [transforms, digestMethod, digest, ...others] = children(reference)
  if (transforms === undefined || digestMethod === undefined || digest === undefined || others.length > 0)
    throw wrapped('a reference of another shape')
  const steps = children(transforms).map(step => step.getAttribute('Algorithm'))
  if (steps.length !== 2 || steps[0] !== ENVELOPED || steps[1] !== CANONICAL) throw wrapped('a signature with other transforms than it may have')
  if (!DIGESTS.has(digestMethod.getAttribute('Algorithm') ?? '')) throw refusedAlgorithm(digestMethod)
}

const refusedAlgorithm = (element: Element) =>
  new BrokerError('algorithm_refused', `${element.localName} of the signature`, {
    received: (element.getAttribute('Algorithm') ?? 'none').slice(0, 120),
    expected: 'RSA with SHA-256, exclusive canonicalization',
  })

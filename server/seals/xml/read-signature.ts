/**
 * Owns reading a Signature element: exactly the shape of XML Signature's schema, in its order, and of XAdES what matters here. It resolves nothing and believes nothing; what does not fit is told, and judged by nobody.
 */
import { DS, XADES } from './algorithms.ts'
import { attributeOf, elementChildren, elementsOf, plainText, type XmlElement } from './tree.ts'
import { isNamed } from './write-signature.ts'

export interface ReadSignature {
  element: XmlElement
  info: XmlElement
  canonicalization: Method
  signature: Method
  references: readonly Reference[]
  valueElement: XmlElement
  value: Buffer
  /** DER of every X509Certificate */
  certificates: readonly Buffer[]
  /** ds:Object elements */
  objects: readonly XmlElement[]
}
export interface Method {
  uri: string | undefined
  /** of exclusive canonicalization; undefined where there are other parameters, or more */
  prefixes: readonly string[] | undefined
}
export interface Reference {
  uri: string | undefined
  type: string | undefined
  transforms: readonly Method[]
  digest: string | undefined
  value: Buffer
}

/** Thrown and caught within this folder: the Signature element has not the shape of one. */
export class Misshapen extends Error {}

const LIMITS = { references: 8, transforms: 4, certificates: 10, base64: 128 * 1024 } as const
const EXC = 'http://www.w3.org/2001/10/xml-exc-c14n#'

/** @throws Misshapen */
export function readSignatureElement(element: XmlElement): ReadSignature {
  attributesAreKnown(element)
  const [info, valueElement, keyInfo, ...objects] = onlyElements(element)
  if (info === undefined || valueElement === undefined || keyInfo === undefined)
    throw new Misshapen('SignedInfo, SignatureValue and KeyInfo are not all there')
  expect(info, 'SignedInfo')
  expect(valueElement, 'SignatureValue')
  expect(keyInfo, 'KeyInfo')
  for (const object of objects) expect(object, 'Object')
  const [canonicalization, signature, ...references] = onlyElements(info)
  if (canonicalization === undefined || signature === undefined) throw new Misshapen('SignedInfo has no methods')
  if (references.length === 0 || references.length > LIMITS.references) throw new Misshapen(`${references.length} references`)
  return {
    element,
    info,
    canonicalization: methodOf(canonicalization, 'CanonicalizationMethod'),
    signature: methodOf(signature, 'SignatureMethod'),
    references: references.map(referenceOf),
    valueElement,
    value: bytesIn(valueElement),
    certificates: certificatesIn(keyInfo),
    objects,
  }
}

function expect(element: XmlElement, local: string, namespace: string = DS): void {
  if (!isNamed(element, namespace, local)) throw new Misshapen(`${element.local.slice(0, 40)} where ${local} belongs`)
}

/** By the schemas; of what is signed as a whole nothing is asked, since it cannot be changed. */
const ATTRIBUTES: ReadonlyMap<string, readonly string[]> = new Map([
  ['Signature', ['Id']],
  ['SignatureValue', ['Id']],
  ['KeyInfo', ['Id']],
  ['Object', ['Id']],
  ['X509Data', []],
  ['X509Certificate', []],
  ['QualifyingProperties', ['Target', 'Id']],
  ['UnsignedProperties', ['Id']],
  ['UnsignedSignatureProperties', ['Id']],
  ['SignatureTimeStamp', ['Id']],
  ['EncapsulatedTimeStamp', ['Id', 'Encoding']],
  ['CertificateValues', ['Id']],
  ['RevocationValues', ['Id']],
  ['CRLValues', []],
  ['OCSPValues', []],
  ['EncapsulatedX509Certificate', ['Id', 'Encoding']],
  ['EncapsulatedCRLValue', ['Id', 'Encoding']],
  ['EncapsulatedOCSPValue', ['Id', 'Encoding']],
])

/** Nothing covers attributes out here, so there are none but those that mean something. */
function attributesAreKnown(element: XmlElement): void {
  for (const child of elementChildren(element)) {
    if (child.local !== 'SignedInfo' && child.local !== 'SignedProperties') attributesAreKnown(child)
  }
  const known = ATTRIBUTES.get(element.local)
  const other = known === undefined ? undefined : element.attributes.find(({ name }) => !known.includes(name))
  if (other !== undefined) throw new Misshapen(`an attribute ${other.name.slice(0, 40)} of ${element.local}`)
}

/** The children of an element that may have nothing else; white space between them aside. */
function onlyElements(element: XmlElement): XmlElement[] {
  for (const child of element.children) {
    if (child.kind === 'element' || (child.kind === 'text' && /^[\t\n\r ]*$/.test(child.text))) continue
    throw new Misshapen(`a ${child.kind} in ${element.local.slice(0, 40)}`)
  }
  return elementChildren(element)
}

function methodOf(element: XmlElement, local: string): Method {
  expect(element, local)
  const [parameters, more] = onlyElements(element)
  const list = parameters !== undefined && isNamed(parameters, EXC, 'InclusiveNamespaces') ? attributeOf(parameters, 'PrefixList') : undefined
  const known = parameters === undefined ? [] : more === undefined ? list?.split(/[\t\n\r ]+/).filter(each => each !== '') : undefined
  return { uri: attributeOf(element, 'Algorithm'), prefixes: known?.map(prefix => (prefix === '#default' ? '' : prefix)) }
}

function referenceOf(element: XmlElement): Reference {
  expect(element, 'Reference')
  const parts = onlyElements(element)
  const listed = parts[0] !== undefined && isNamed(parts[0], DS, 'Transforms') ? onlyElements(parts.shift() ?? element) : []
  const [method, value, more] = parts
  if (method === undefined || value === undefined || more !== undefined) throw new Misshapen('a reference without digest')
  if (listed.length > LIMITS.transforms) throw new Misshapen(`${listed.length} transforms`)
  expect(value, 'DigestValue')
  return {
    uri: attributeOf(element, 'URI'),
    type: attributeOf(element, 'Type'),
    transforms: listed.map(each => methodOf(each, 'Transform')),
    digest: methodOf(method, 'DigestMethod').uri,
    value: bytesIn(value),
  }
}

/** KeyInfo may say more than certificates; the rest is neither believed nor refused. */
function certificatesIn(keyInfo: XmlElement): Buffer[] {
  const found = onlyElements(keyInfo)
    .filter(each => isNamed(each, DS, 'X509Data'))
    .flatMap(onlyElements)
    .filter(each => isNamed(each, DS, 'X509Certificate'))
  if (found.length > LIMITS.certificates) throw new Misshapen(`${found.length} certificates`)
  return found.map(each => bytesIn(each))
}

/** Base64 as it is written, white space aside. @param most letters @throws Misshapen */
export function bytesIn(element: XmlElement, most: number = LIMITS.base64): Buffer {
  const text = plainText(element)?.replaceAll(/[\t\n\r ]/g, '')
  if (text === undefined || text.length > most) throw new Misshapen(`no base64 in ${element.local.slice(0, 40)}`)
  const bytes = Buffer.from(text, 'base64')
  // what decodes leniently could be written in many ways
  if (bytes.toString('base64') !== text) throw new Misshapen(`no base64 in ${element.local.slice(0, 40)}`)
  return bytes
}

export interface Properties {
  /** SignedProperties, to which the reference must lead */
  signed: XmlElement
  target: string | undefined
  signingTime: string | undefined
  /** digests of the signer's certificate; the first entry of SigningCertificateV2 (or, before 2016, SigningCertificate) is the signer's own */
  certificateDigest: { digest: string | undefined; value: Buffer } | undefined
  stamps: readonly { canonicalization: Method; token: Buffer }[]
  /** CertificateValues and RevocationValues (xml/evidence.ts) */
  evidence: readonly XmlElement[]
  /** there are unsigned properties of another kind */
  others: boolean
}

/**
 * The qualifying properties of a signature, which must be the only thing in its Objects: anything else there would be covered by nothing, and shown by some.
 * @returns undefined without Object. @throws Misshapen
 */
export function readProperties(objects: readonly XmlElement[]): Properties | undefined {
  const [object, another] = objects
  if (object === undefined) return undefined
  const [qualifying, more] = onlyElements(object)
  if (another !== undefined || more !== undefined || qualifying === undefined) throw new Misshapen('objects beside the qualifying properties')
  expect(qualifying, 'QualifyingProperties', XADES)
  const [signed, unsigned, rest] = onlyElements(qualifying)
  if (signed === undefined || rest !== undefined) throw new Misshapen('qualifying properties without signed ones')
  expect(signed, 'SignedProperties', XADES)
  for (const { children } of elementsOf(signed))
    if (children.some(({ kind }) => kind === 'comment')) throw new Misshapen('a comment in the signed properties')
  if (unsigned !== undefined) expect(unsigned, 'UnsignedProperties', XADES)
  const named = (parent: XmlElement | undefined, local: string) =>
    parent === undefined ? [] : elementChildren(parent).filter(each => isNamed(each, XADES, local))
  const [own] = named(signed, 'SignedSignatureProperties')
  const [time, secondTime] = named(own, 'SigningTime')
  const [list, secondList] = [...named(own, 'SigningCertificateV2'), ...named(own, 'SigningCertificate')]
  if (secondTime !== undefined || secondList !== undefined) throw new Misshapen('a signed property twice')
  const [digest] = named(named(list, 'Cert')[0], 'CertDigest')
  const [method, value] = digest === undefined ? [] : onlyElements(digest)
  const added = named(unsigned, 'UnsignedSignatureProperties').flatMap(elementChildren)
  const stamps = added.filter(each => isNamed(each, XADES, 'SignatureTimeStamp'))
  const evidence = added.filter(each => isNamed(each, XADES, 'CertificateValues') || isNamed(each, XADES, 'RevocationValues'))
  if (stamps.length > 4) throw new Misshapen(`${stamps.length} time stamps`)
  return {
    signed,
    target: attributeOf(qualifying, 'Target'),
    signingTime: time === undefined ? undefined : plainText(time),
    certificateDigest:
      method === undefined || value === undefined ? undefined : { digest: methodOf(method, 'DigestMethod').uri, value: bytesIn(value) },
    stamps: stamps.map(stampOf),
    evidence,
    others: added.length > stamps.length + evidence.length || (unsigned !== undefined && elementChildren(unsigned).length > 1),
  }
}

function stampOf(element: XmlElement): { canonicalization: Method; token: Buffer } {
  const parts = onlyElements(element)
  const method =
    parts[0] !== undefined && isNamed(parts[0], DS, 'CanonicalizationMethod')
      ? methodOf(parts.shift() ?? element, 'CanonicalizationMethod')
      : undefined
  const [token, more] = parts
  if (token === undefined || more !== undefined) throw new Misshapen('a time stamp of another shape')
  expect(token, 'EncapsulatedTimeStamp', XADES)
  // XAdES 5.1.4.4.2.2: without a method it is the inclusive form 1.0
  return { canonicalization: method ?? { uri: 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315', prefixes: [] }, token: bytesIn(token) }
}

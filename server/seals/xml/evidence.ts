/**
 * Owns long-term evidence in an XML signature: CertificateValues and RevocationValues among its unsigned properties (XAdES, ETSI EN 319 132-1 5.4). They stand in the Signature element, which its own digest leaves out, so that
 * adding them changes nothing anybody signed.
 */
import { BrokerError } from '../../kernel/errors.ts'
import { type Evidence, LIMITS } from '../contract.ts'
import { EVIDENCE_BYTES, EVIDENCE_KINDS, type EvidenceKind, isOfKind, newAmong } from '../evidence.ts'
import { DS, XADES } from './algorithms.ts'
import { readXml } from './read.ts'
import { bytesIn, Misshapen, readProperties, readSignatureElement } from './read-signature.ts'
import { elementChildren, elementsOf, type XmlDocument, type XmlElement } from './tree.ts'
import { isNamed } from './write-signature.ts'

const ELEMENTS = { certificates: 'EncapsulatedX509Certificate', crls: 'EncapsulatedCRLValue', ocsps: 'EncapsulatedOCSPValue' } as const
const MOST = 1000

/** @returns `whole`: everything in these elements is evidence by its form; what is not is left out */
export function evidenceIn(elements: readonly XmlElement[]): { evidence: Evidence; whole: boolean } {
  const found = { certificates: [] as Buffer[], crls: [] as Buffer[], ocsps: [] as Buffer[] }
  const items = elements.flatMap(each => leavesOf(each))
  let room = EVIDENCE_BYTES
  let read = 0
  for (const item of items.slice(0, MOST)) {
    const kind = EVIDENCE_KINDS.find(each => isNamed(item, XADES, ELEMENTS[each]))
    const bytes = kind === undefined ? undefined : derIn(item, room)
    if (kind === undefined || bytes === undefined || !isOfKind(kind, bytes)) continue
    room -= bytes.length
    read += 1
    found[kind].push(bytes)
  }
  return { evidence: found, whole: read === items.length }
}

function leavesOf(element: XmlElement): XmlElement[] {
  const inside = elementChildren(element)
  return inside.length === 0 ? [element] : inside.flatMap(leavesOf)
}

function derIn(element: XmlElement, room: number): Buffer | undefined {
  try {
    return bytesIn(element, Math.ceil(room / 3) * 4)
  } catch (thrown) {
    if (thrown instanceof Misshapen) return undefined
    throw thrown
  }
}

/** What is to stand in an element: an element of that name with more in it, which may be there already, or words. */
type Wanted = string | { name: string; inside: readonly Wanted[] }

/**
 * The document with this evidence in its signature, beside what that has already; the same document when all of it is there.
 * @throws BrokerError seal_document_unusable
 */
export function addEvidence(bytes: Uint8Array, evidence: Evidence): Buffer {
  const document = readXml(bytes)
  const { qualifying, there } = placeIn(document)
  const known = evidenceIn(there).evidence
  const { prefix } = qualifying
  const named = (name: string): string => (prefix === '' ? name : `${prefix}:${name}`)
  const valuesOf = (kind: EvidenceKind): string[] =>
    newAmong(evidence[kind], known[kind]).map(der => `<${named(ELEMENTS[kind])}>${Buffer.from(der).toString('base64')}</${named(ELEMENTS[kind])}>`)
  const lists = [wanted('CRLValues', valuesOf('crls')), wanted('OCSPValues', valuesOf('ocsps'))].flat()
  const values = [wanted('CertificateValues', valuesOf('certificates')), wanted('RevocationValues', lists)].flat()
  const changes = changesIn(qualifying, wanted('UnsignedProperties', wanted('UnsignedSignatureProperties', values)), named)
  const mark = bytes[0] === 0xef ? bytes.subarray(0, 3) : Buffer.of()
  const built = changes.length === 0 ? Buffer.from(bytes) : Buffer.concat([mark, Buffer.from(changed(document.text, changes))])
  if (built.length > LIMITS.document) throw unusable(`${built.length} octets with its evidence`)
  return built
}

const unusable = (facts: string): BrokerError => new BrokerError('seal_document_unusable', facts)
const wanted = (name: string, inside: readonly Wanted[]): Wanted[] => (inside.length === 0 ? [] : [{ name, inside }])

/** Where it belongs in the one signature of a document, and what stands there of it. */
function placeIn({ root }: XmlDocument): { qualifying: XmlElement; there: readonly XmlElement[] } {
  const [signature, another] = [...elementsOf(root)].filter(each => isNamed(each, DS, 'Signature'))
  if (signature === undefined || another !== undefined) throw unusable('not one signature that evidence could be for')
  try {
    const properties = readProperties(readSignatureElement(signature).objects)
    const qualifying = properties?.signed.parent
    if (properties !== undefined && qualifying?.scope.get(qualifying.prefix) === XADES) return { qualifying, there: properties.evidence }
  } catch (thrown) {
    if (!(thrown instanceof Misshapen)) throw thrown
  }
  throw unusable('a signature without properties, where evidence has no place')
}

interface Change {
  into: XmlElement
  words: string
}

function changesIn(into: XmlElement, what: readonly Wanted[], named: (name: string) => string): Change[] {
  const deeper: Change[] = []
  const fresh: string[] = []
  for (const each of what) {
    const there = typeof each === 'string' ? undefined : elementChildren(into).find(child => isNamed(child, XADES, each.name))
    if (there === undefined || typeof each === 'string') fresh.push(written(each, named))
    else deeper.push(...changesIn(there, each.inside, named))
  }
  return fresh.length === 0 ? deeper : [...deeper, { into, words: fresh.join('') }]
}

function written(what: Wanted, named: (name: string) => string): string {
  if (typeof what === 'string') return what
  return `<${named(what.name)}>${what.inside.map(each => written(each, named)).join('')}</${named(what.name)}>`
}

/** Words as the last thing in elements, also where one is written without end tag. */
function changed(text: string, changes: readonly Change[]): string {
  const out: string[] = []
  let at = 0
  for (const { into, words } of changes.toSorted((a, b) => a.into.endsAt - b.into.endsAt)) {
    out.push(text.slice(at, into.endsAt), into.closed ? `>${words}</${into.name}>` : words)
    at = into.endsAt + (into.closed ? 2 : 0)
  }
  return [...out, text.slice(at)].join('')
}

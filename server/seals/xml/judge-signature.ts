/**
 * Owns the verdict on one Signature element: that it covers exactly this document's root and its own signed properties, by a key whose certificate it carries. What is digested is what was resolved here from the tree that was read:
 * no identifier is looked up that could lead elsewhere, so a part that was moved, doubled or wrapped is not found where it must be.
 */
import { createHash } from 'node:crypto'
import { BrokerError } from '../../kernel/errors.ts'
import { algorithmOf } from '../../pki/algorithms.ts'
import { type Certificate, certificateFacts, readCertificate } from '../../pki/certificate.ts'
import { integer, sequence } from '../../pki/der-write.ts'
import type { SealJudge } from '../contract.ts'
import { answerOf, type Check, type SealReport } from '../report.ts'
import { digestOf, ENVELOPED, formOf, SIGNED_PROPERTIES, signatureRow } from './algorithms.ts'
import { type Canonical, canonicalDocument, canonicalElement } from './c14n.ts'
import { check } from './checks.ts'
import { evidenceIn } from './evidence.ts'
import {
  type Method,
  Misshapen,
  type Properties,
  type ReadSignature,
  type Reference,
  readProperties,
  readSignatureElement,
} from './read-signature.ts'
import { attributeOf, elementsOf, hasSplitText, XML, type XmlDocument, type XmlElement } from './tree.ts'
import { WIDTH } from './write-signature.ts'

/** @param id how the report calls it */
export async function judgeSignature(document: XmlDocument, element: XmlElement, id: string, judge: SealJudge): Promise<SealReport> {
  let read: ReadSignature
  let properties: Properties | undefined
  try {
    read = readSignatureElement(element)
    properties = readProperties(read.objects)
  } catch (thrown) {
    if (!(thrown instanceof Misshapen)) throw thrown
    return {
      id,
      kind: 'unknown',
      covers: { whole: false, parts: [] },
      intact: 'no',
      trusted: 'unknown',
      valid: 'unknown',
      checks: [check('structure', false, thrown.message)],
    }
  }
  const root = read.references.find(({ type }) => type !== SIGNED_PROPERTIES)
  const own = read.references.find(({ type }) => type === SIGNED_PROPERTIES)
  const whole = root?.uri === ''
  const certificates = certificatesOf(read)
  const signer = signerOf(read, certificates, properties)
  const carried = properties === undefined || properties.evidence.length === 0 ? undefined : evidenceIn(properties.evidence)
  const checks: Check[] = [
    check('structure', true),
    check('place', element.parent === document.root),
    check(
      'references',
      refersRight(read, document, properties),
      read.references
        .map(({ uri }) => JSON.stringify(uri ?? null))
        .join(' ')
        .slice(0, 200),
    ),
    check('ids', idsAreUnique(read, document, properties)),
    check('transforms', transformsAreRight(read, root, own)),
    algorithms(read, signer),
    check('digest', root !== undefined && digestHolds(root, how => canonicalRoot(document, element, whole, how))),
    ...(document.comments ? [check('split-text', !hasSplitText(document.root))] : []),
    ...(properties === undefined && own === undefined ? [] : [check('properties', propertiesHold(own, properties))]),
    check('certificate', signer !== undefined),
    check('signature', signer !== undefined && signatureHolds(read, signer)),
    check('signed-certificate', properties?.certificateDigest !== undefined),
    ...(carried === undefined ? [] : [check('evidence-added', true)]),
    ...(properties?.others === true || carried?.whole === false ? [check('other-properties', false)] : []),
  ]
  const intact = answerOf(checks, 'intact')
  const claimed = intact === 'yes' ? timeOf(properties?.signingTime) : undefined
  const stamp = properties?.stamps[0]
  const judged =
    signer !== undefined && intact === 'yes'
      ? await judge.signer?.({
          certificate: signer,
          chain: certificates.filter(each => each !== signer),
          ...(claimed === undefined ? {} : { claimedAt: claimed }),
          ...(carried === undefined ? {} : { evidence: carried.evidence }),
          ...(stamp === undefined ? {} : { stamp: { token: stamp.token, over: stamped(read, stamp.canonicalization) } }),
        })
      : undefined
  const all = [...checks, ...(judged?.checks ?? [check('signer-trust', 'unknown')])]
  return {
    id,
    kind: 'xmldsig',
    ...(signer === undefined ? {} : { signer: judged?.signer ?? { certificate: certificateFacts(signer) } }),
    ...(claimed === undefined ? {} : { claimedAt: claimed.toISOString() }),
    ...(judged?.provenAt === undefined ? {} : { provenAt: judged.provenAt }),
    covers: { whole, parts: root === undefined ? [] : [whole ? '/' : (root.uri ?? '')] },
    intact,
    trusted: answerOf(all, 'trusted'),
    valid: answerOf(all, 'valid'),
    checks: all,
  }
}

/** One to the root, and one to the signed properties exactly when there are some. */
function refersRight({ references }: ReadSignature, { root }: XmlDocument, properties: Properties | undefined): boolean {
  const [first, second, ...more] = references.toSorted((a, b) => Number(a.type === SIGNED_PROPERTIES) - Number(b.type === SIGNED_PROPERTIES))
  if (first === undefined || first.type === SIGNED_PROPERTIES || more.length > 0) return false
  const toRoot = first.uri === '' || idsOf(root).some(id => first.uri === `#${id}`)
  if (properties === undefined) return toRoot && second === undefined
  const id = attributeOf(properties.signed, 'Id')
  return toRoot && second?.type === SIGNED_PROPERTIES && id !== undefined && second.uri === `#${id}`
}

const idsOf = ({ attributes }: XmlElement): string[] =>
  attributes
    .filter(({ namespace, local }) => (namespace === '' && /^id$/i.test(local)) || (namespace === XML && local === 'id'))
    .map(({ value }) => value)

/** Others than those the signature uses may occur as often as they like: without a declaration they are plain attributes. */
function idsAreUnique({ element, references }: ReadSignature, { root }: XmlDocument, properties: Properties | undefined): boolean {
  const own = attributeOf(element, 'Id')
  if (properties !== undefined && (own === undefined || properties.target !== `#${own}`)) return false
  const used = new Set(references.map(({ uri }) => uri?.slice(1)).concat(own))
  const seen = new Set<string>()
  for (const each of elementsOf(root)) {
    for (const id of idsOf(each)) {
      if (!used.has(id)) continue
      if (seen.has(id)) return false
      seen.add(id)
    }
  }
  return true
}

/** The document: enveloped-signature, and at most one canonical form after it. The properties: a canonical form or none. */
function transformsAreRight({ canonicalization }: ReadSignature, root: Reference | undefined, own: Reference | undefined): boolean {
  const [first, ...rest] = root?.transforms ?? []
  const enveloped = first?.uri === ENVELOPED && first.prefixes?.length === 0
  return (
    enveloped &&
    [canonicalization, ...rest, ...(own?.transforms ?? [])].every(each => canonicalOf(each) !== undefined) &&
    rest.length <= 1 &&
    (own?.transforms.length ?? 0) <= 1
  )
}

function canonicalOf({ uri, prefixes }: Method): Canonical | undefined {
  const form = formOf(uri)
  // the list belongs to the exclusive form alone
  return form === undefined || prefixes === undefined || (form !== 'exclusive' && prefixes.length > 0) ? undefined : { form, prefixes }
}

function algorithms({ signature, references }: ReadSignature, signer: Certificate | undefined): Check {
  const row = signatureRow(signature.uri)
  const unknown = [
    ...(row === undefined || signature.prefixes?.length !== 0 || (signer !== undefined && row.key !== signer.keyName) ? [signature.uri] : []),
    ...references.map(({ digest }) => digest).filter(digest => digestOf(digest) === undefined),
  ]
  return check(
    'algorithm',
    unknown.length === 0,
    unknown.length === 0
      ? signature.uri
      : unknown
          .map(uri => JSON.stringify(uri ?? null))
          .join(' ')
          .slice(0, 200),
  )
}

/** RFC 3275 4.3.3.2: what is still a set of nodes after the transforms is made octets by the inclusive form. */
function digestHolds({ transforms, digest, value }: Reference, canonical: (how: Canonical) => string): boolean {
  const name = digestOf(digest)
  const last = transforms.at(-1)
  const how = last === undefined || last.uri === ENVELOPED ? ({ form: 'inclusive' } as const) : canonicalOf(last)
  return name !== undefined && how !== undefined && formed(() => createHash(name).update(canonical(how)).digest().equals(value)) === true
}

const canonicalRoot = (document: XmlDocument, without: XmlElement, whole: boolean, how: Canonical): string =>
  whole ? canonicalDocument(document, how, without) : canonicalElement(document.root, how, without)

/** The very element that is read for time and certificate is digested, wherever the reference claims to lead. */
function propertiesHold(reference: Reference | undefined, properties: Properties | undefined): boolean {
  return reference !== undefined && properties !== undefined && digestHolds(reference, how => canonicalElement(properties.signed, how))
}

function certificatesOf({ certificates }: ReadSignature): Certificate[] {
  return certificates.flatMap(der => {
    try {
      const certificate = readCertificate(der)
      // asked for here, since a key that nobody accepts throws
      return certificate.keyName.length > 0 ? [certificate] : []
    } catch {
      return []
    }
  })
}

/** The one that the signed properties name; where they name none, the one whose key made the signature is all that anybody can go by. */
function signerOf(read: ReadSignature, certificates: readonly Certificate[], properties: Properties | undefined): Certificate | undefined {
  const named = properties?.certificateDigest
  if (named === undefined) return certificates.find(each => signatureHolds(read, each)) ?? certificates[0]
  const digest = digestOf(named.digest)
  return digest === undefined ? undefined : certificates.find(({ der }) => createHash(digest).update(der).digest().equals(named.value))
}

function signatureHolds({ info, canonicalization, signature, value }: ReadSignature, { publicKey, keyName, keyUsage }: Certificate): boolean {
  const [row, how] = [signatureRow(signature.uri), canonicalOf(canonicalization)]
  if (row === undefined || how === undefined || row.key !== keyName) return false
  if (keyUsage !== undefined && !keyUsage.has('digitalSignature') && !keyUsage.has('nonRepudiation')) return false
  const width = keyName === 'ECDSA' ? WIDTH[publicKey.asymmetricKeyDetails?.namedCurve ?? ''] : undefined
  if (width !== undefined && value.length !== 2 * width) return false
  const form = width === undefined ? value : sequence(integer(value.subarray(0, width)), integer(value.subarray(width)))
  return formed(() => algorithmOf(row.oid).verify(publicKey, Buffer.from(canonicalElement(info, how)), form)) === true
}

function stamped({ valueElement }: ReadSignature, method: Method): Buffer {
  const how = canonicalOf(method)
  return (how === undefined ? undefined : formed(() => Buffer.from(canonicalElement(valueElement, how)))) ?? Buffer.of()
}

/** Undefined where a form cannot be made: that is no reason to refuse the whole document. */
function formed<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch (thrown) {
    if (thrown instanceof BrokerError) return undefined
    throw thrown
  }
}

/** xs:dateTime with its zone; without one nobody knows which hour it was. */
function timeOf(text: string | undefined): Date | undefined {
  const trimmed = text?.trim() ?? ''
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/.test(trimmed)) return undefined
  const time = new Date(trimmed)
  return Number.isNaN(time.getTime()) ? undefined : time
}

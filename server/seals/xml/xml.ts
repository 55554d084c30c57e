/**
 * Seals in XML: enveloped signatures by XML Signature (W3C, RFC 3275) with the signed properties of XAdES. Owns which octets change: a Signature is put in right before the root's end tag, and nothing else of the file is touched.
 *
 * XML shows nothing by itself: an order has no places here, and its reason stands nowhere.
 *
 * One signature to a document: an enveloped signature leaves out itself alone, so that a second one would be a change to the first. A document that carries one is not sealed again, rather than broken.
 */
import { createHash } from 'node:crypto'
import { BrokerError } from '../../kernel/errors.ts'
import type { Certificate } from '../../pki/certificate.ts'
import { LIMITS, type SealFormat, type SealJudge, type SealOrder, type SignatureValue, type Stamp } from '../contract.ts'
import type { DocumentReport } from '../report.ts'
import { DS } from './algorithms.ts'
import { canonicalDocument } from './c14n.ts'
import { check } from './checks.ts'
import { addEvidence } from './evidence.ts'
import { judgeSignature } from './judge-signature.ts'
import { readXml } from './read.ts'
import { attributeOf, elementsOf, hasSplitText, type XmlDocument, type XmlElement } from './tree.ts'
import { canonicalOf, type Draft, isNamed, writeSignature, xmlForm } from './write-signature.ts'

/** Each signature is another pass over the whole document: so many, and so many octets in all, but one in any case. */
const JUDGED = { most: 16, octets: 128 * 1024 * 1024 } as const

export const xml: SealFormat = {
  name: 'xml',
  recognises: head =>
    /^\s*<(?:\?xml[\s?]|!--|[A-Za-z_\u00C0-\uFFFD])/u.test(
      Buffer.from(head.subarray(0, 1024))
        .toString('utf8')
        .replace(/^\uFEFF/, ''),
    ),
  prepare: async (document, order, value) =>
    Buffer.from(canonicalOf(writeSignature(draftOf(readXml(document), order, value).draft), DS, 'SignedInfo')),
  build,
  addEvidence,
  verify,
}

/** @throws BrokerError seal_document_unusable, seal_place_unusable, bad_request for a value that is not XML's */
function draftOf(document: XmlDocument, { id, at, places }: SealOrder, value: SignatureValue): { draft: Draft; certificate: Certificate } {
  const { kind, certificate, digest } = value
  if (kind !== 'xmldsig' || certificate === undefined) throw new BrokerError('bad_request', `a ${kind} value cannot stand in XML`)
  if (places.length > 0) throw new BrokerError('seal_place_unusable', 'XML has no pages')
  if (document.comments && hasSplitText(document.root))
    throw new BrokerError('seal_document_unusable', 'comments between words, which no signature would cover')
  if (!/^[A-Za-z0-9_-]{1,100}$/.test(id)) throw new BrokerError('bad_request', 'an order whose id cannot be a name')
  const own = `seal-${id}`
  for (const element of elementsOf(document.root)) {
    if (isNamed(element, DS, 'Signature'))
      throw new BrokerError('seal_document_unusable', 'signed already, and another signature would break that one')
    if (element.attributes.some(each => each.value === own || each.value.startsWith(`${own}-`)))
      throw new BrokerError('bad_request', 'the id is taken')
  }
  const documentDigest = createHash(digest)
    .update(canonicalDocument(document, { form: 'exclusive' }))
    .digest()
  return { draft: { id: own, at, certificate, digest, documentDigest }, certificate }
}

async function build(bytes: Uint8Array, order: SealOrder, value: SignatureValue, signature: Uint8Array, stamp?: Stamp): Promise<Buffer> {
  const document = readXml(bytes)
  const { draft, certificate } = draftOf(document, order, value)
  const form = xmlForm(certificate, signature)
  const written = writeSignature(draft, form)
  // XAdES 5.3: the stamp is over the element SignatureValue, not over the signature's octets
  const token = await stamp?.(Buffer.from(canonicalOf(written, DS, 'SignatureValue')))
  return putIn(document, bytes, token === undefined ? written : writeSignature(draft, form, token))
}

function putIn({ root, text }: XmlDocument, bytes: Uint8Array, written: string): Buffer {
  const mark = bytes[0] === 0xef ? 3 : 0
  const end = mark + Buffer.byteLength(text.slice(0, root.endsAt))
  const rest = root.closed ? Buffer.concat([Buffer.from(`</${root.name}>`), bytes.subarray(end + 2)]) : bytes.subarray(end)
  const built = Buffer.concat([bytes.subarray(0, end), Buffer.from(root.closed ? `>${written}` : written), rest])
  if (built.length > LIMITS.document) throw new BrokerError('seal_document_unusable', `${built.length} octets with its signature`)
  return built
}

async function verify(bytes: Uint8Array, judge: SealJudge): Promise<DocumentReport> {
  const document = readXml(bytes)
  const found: XmlElement[] = []
  for (const element of elementsOf(document.root)) if (isNamed(element, DS, 'Signature')) found.push(element)
  const many = Math.max(1, Math.min(JUDGED.most, Math.floor(JUDGED.octets / bytes.length)))
  const seals = []
  for (const [i, element] of found.slice(0, many).entries()) {
    seals.push(await judgeSignature(document, element, attributeOf(element, 'Id')?.slice(0, 200) ?? `signature-${i + 1}`, judge))
  }
  const outside = [...document.before, ...document.after].some(({ kind }) => kind === 'instruction')
  return {
    format: 'xml',
    seals,
    findings: [
      ...(document.comments ? [check('comments', false)] : []),
      ...(outside && seals.some(({ covers }) => !covers.whole) ? [check('outside-root', false)] : []),
      ...(found.length > many ? [check('too-many', false, `${found.length}`)] : []),
    ],
  }
}

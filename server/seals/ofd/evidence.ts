/**
 * Owns long-term evidence in an OFD: a file beside Signature.xml that no document names, so that readers pass it over, and that came after what the signature protects. It is a signed message without signers (RFC 5652 5.1),
 * as certificates have long been handed around: certificates, revocation lists, and OCSP responses as RFC 5940 puts them there. Its content is the SM3 of the signature file and of all that it carries. Anybody can compute
 * that: it tells of damage and of a file that was meant for another signature, and proves nothing. What is carried counts for what its issuers signed, and that the judge decides.
 */
import { createHash } from 'node:crypto'
import { MOST, readSignedData } from '../../pki/cms-signed-data.ts'
import { children, elementAt, readOid } from '../../pki/der.ts'
import { context, integer, octets, oid, sequence, setOf } from '../../pki/der-write.ts'
import { type Evidence, LIMITS } from '../contract.ts'
import { EVIDENCE_BYTES, EVIDENCE_KINDS, type EvidenceKind, isOfKind, joined, newAmong } from '../evidence.ts'
import { onlyDocument } from './document.ts'
import { unusable } from './limits.ts'
import { attempt, type Opened, roleIn } from './opened.ts'
import { OfdPackage } from './package.ts'
import { writePackage } from './package-write.ts'
import { readSignature, timeOf } from './signature-file.ts'
import { readList } from './signature-list.ts'

const SIGNED_DATA = '1.2.840.113549.1.7.2'
const DATA = '1.2.840.113549.1.7.1'
/** id-ri-ocsp-response, RFC 5940 2.1 */
const OCSP = '1.3.6.1.5.5.7.16.2'
const OTHER = 0xa1

const placeOf = (signature: string): string => `${signature.slice(0, signature.lastIndexOf('/') + 1)}Evidence.p7c`

/** SET OF in DER, so that the same evidence has one form. */
function encoded({ certificates, crls, ocsps }: Evidence, signature: Uint8Array): Buffer {
  const sorted = (all: readonly Uint8Array[]) => all.toSorted((a, b) => Buffer.compare(a, b))
  const lists = [...crls, ...ocsps.map(each => context(1, oid(OCSP), each))]
  const carried = [
    ...(certificates.length === 0 ? [] : [context(0, ...sorted(certificates))]),
    ...(lists.length === 0 ? [] : [context(1, ...sorted(lists))]),
  ]
  const digest = carried.reduce((hash, each) => hash.update(each), createHash('sm3').update(signature)).digest()
  const body = sequence(integer(ocsps.length === 0 ? 1 : 5), setOf(), sequence(oid(DATA), context(0, octets(digest))), ...carried, setOf())
  return sequence(oid(SIGNED_DATA), context(0, body))
}

/** @throws BrokerError or undefined where it is anything but evidence for this signature file, in exactly the form in which it is written */
function decoded(file: Buffer, signature: Uint8Array): Evidence | undefined {
  const { certificateDer: certificates, crlDer } = readSignedData(file)
  const crls = crlDer.filter(each => each[0] !== OTHER)
  const ocsps = crlDer.filter(each => each[0] === OTHER).map(answerIn)
  const evidence = { certificates, crls, ocsps }
  const isWhole = EVIDENCE_KINDS.every(kind => evidence[kind].every(each => isOfKind(kind, each)))
  return isWhole && encoded(evidence, signature).equals(file) ? evidence : undefined
}

function answerIn(der: Buffer): Buffer {
  const [type, answer] = children(elementAt(der))
  return type !== undefined && answer !== undefined && readOid(type) === OCSP ? answer.raw : Buffer.of()
}

/** The evidence of all signatures of a package. */
export class OfdEvidence {
  /** by the path of Signature.xml */
  readonly #found = new Map<string, Evidence>()
  readonly #all: Evidence
  /** files in its place that are none, or none for the signature beside them */
  readonly refused: string[] = []

  /** What is evidence has that role from then on, and is no unknown part. What a document names is what the document says. */
  constructor(of: OfdPackage, opened: readonly Opened[]) {
    let room = EVIDENCE_BYTES
    for (const { path } of opened.flatMap(({ list }) => list?.listed ?? []).slice(0, LIMITS.seals)) {
      const there = path === undefined ? undefined : of.find(placeOf(path))
      if (path === undefined || there === undefined || this.#found.has(path) || roleIn(opened, there) !== 'other') continue
      room -= of.size(there)
      const evidence = room < 0 ? undefined : attempt(() => decoded(of.read(there), of.read(path)))
      if (evidence === undefined) this.refused.push(there)
      else {
        this.#found.set(path, evidence)
        for (const { roles } of opened) roles.set(there, 'evidence')
      }
    }
    this.#all = joined([...this.#found.values()])
  }

  /** The signature's own first: all of it may be more than a judge looks at. */
  for(signature: string | undefined): { evidence?: Evidence } {
    if (this.#found.size === 0) return {}
    const own = this.#found.get(signature ?? '')
    if (own === undefined || this.#found.size === 1) return { evidence: this.#all }
    const of = (kind: EvidenceKind) => [...own[kind], ...this.#all[kind]]
    return { evidence: { certificates: of('certificates'), crls: of('crls'), ocsps: of('ocsps') } }
  }
}

/** As much as a message is read with. */
const bounded = ({ certificates, crls, ocsps }: Evidence): Evidence => ({
  certificates: certificates.slice(0, MOST.certificates),
  crls: crls.slice(0, MOST.crls),
  ocsps: ocsps.slice(0, Math.max(0, MOST.crls - crls.length)),
})

/**
 * The package with this evidence beside its last signature, whose file no later one can have protected yet; the same package when all of it is there.
 * @throws BrokerError seal_document_unusable
 */
export function addEvidence(document: Uint8Array, evidence: Evidence): Buffer {
  const of = new OfdPackage(document)
  const { body } = onlyDocument(of)
  const last = body.list === undefined ? undefined : readList(of, body.list).listed.at(-1)?.path
  if (last === undefined) throw unusable('no signature that evidence could be for')
  const { bytes, references, signedAt } = readSignature(of, last)
  const place = placeOf(last)
  if (references.some(({ path }) => path === place)) throw unusable(`${place} is protected`)
  const there = of.find(place)
  const known = there === undefined ? undefined : attempt(() => decoded(of.read(there), bytes))
  if (known !== undefined && EVIDENCE_KINDS.every(kind => newAmong(evidence[kind], known[kind]).length === 0)) return Buffer.from(document)
  const file = encoded(bounded(joined(known === undefined ? [evidence] : [known, evidence])), bytes)
  const written = writePackage(of, [{ path: there ?? place, bytes: file }], new Date(timeOf(signedAt) ?? 0))
  if (written.length > LIMITS.document) throw unusable(`${written.length} bytes with its evidence`)
  return written
}

/**
 * Owns long-term evidence in a PDF: the document security store, ETSI EN 319 142-1 5.4.2 (ISO 32000-2 12.8.4.3). Certificates, revocation lists and OCSP responses stand there for all signatures; adding them is an
 * update that changes nothing anybody signed. What any of it is worth, the judge decides.
 */
import type { Evidence } from '../contract.ts'
import { EVIDENCE_BYTES, EVIDENCE_KINDS, type EvidenceKind, newAmong } from '../evidence.ts'
import { openPdf, type Revision } from './file.ts'
import { catalogOf } from './form.ts'
import { unusable } from './limits.ts'
import { dict, name, PdfArray, type PdfDict, type PdfObject, PdfRef, PdfStream } from './objects.ts'
import { Update } from './update.ts'

const KEYS = { certificates: 'Certs', crls: 'CRLs', ocsps: 'OCSPs' } as const
/** the same kinds as a signature's own entry in VRI names them */
const OF_SIGNATURE = { certificates: 'Cert', crls: 'CRL', ocsps: 'OCSP' } as const
const MOST = 1000

/** All that a document carries, each once; what cannot be read is left out, as nothing depends on it being there. */
export function evidenceIn(revision: Revision): Evidence {
  const store = revision.dict(catalogOf(revision).get('DSS'))
  const own = [...(revision.dict(store?.get('VRI'))?.entries.values() ?? [])].slice(0, MOST).map(value => revision.dict(value))
  let room = EVIDENCE_BYTES
  const read = (kind: EvidenceKind): Buffer[] => {
    const values = [store?.get(KEYS[kind]), ...own.map(each => each?.get(OF_SIGNATURE[kind]))].flatMap(list => revision.items(list).slice(0, MOST))
    const found = new Map<string, Buffer>()
    for (const value of values.slice(0, MOST)) {
      const key = value instanceof PdfRef ? `${value.num} ${value.gen}` : ''
      const bytes = key === '' || found.has(key) ? undefined : streamIn(revision, value)
      if (bytes === undefined || bytes.length > room) continue
      room -= bytes.length
      found.set(key, bytes)
    }
    return [...found.values()]
  }
  return { certificates: read('certificates'), crls: read('crls'), ocsps: read('ocsps') }
}

function streamIn(revision: Revision, value: PdfObject): Buffer | undefined {
  try {
    const stream = revision.resolve(value)
    return stream instanceof PdfStream ? revision.decoded(stream) : undefined
  } catch {
    return undefined
  }
}

/**
 * The document with this evidence in it, beside what it has already; the same document when all of it is there.
 * @throws BrokerError `seal_document_unusable`
 */
export function addEvidence(document: Uint8Array, evidence: Evidence): Buffer {
  const revision = openPdf(document)
  const known = evidenceIn(revision)
  const catalog = catalogOf(revision)
  const root = revision.trailer.get('Root')
  if (!(root instanceof PdfRef)) throw unusable('a catalog that is no object of its own')
  const place = catalog.get('DSS')
  const store = revision.dict(place) ?? dict({ Type: name('DSS') })
  const update = new Update(revision)
  const changes: Record<string, PdfObject> = {}
  for (const kind of EVIDENCE_KINDS) {
    const added = newAmong(evidence[kind], known[kind])
    if (added.length === 0) continue
    changes[KEYS[kind]] = new PdfArray([...revision.items(store.get(KEYS[kind])), ...added.map(each => update.addStream({}, each))])
  }
  if (Object.keys(changes).length === 0) return Buffer.from(document)
  const changed = store.with(changes)
  const isOwn = place instanceof PdfRef && revision.dict(place) !== undefined
  if (isOwn) update.set(place, changed)
  const extended = withExtension(revision, catalog)
  if (!isOwn || extended !== catalog) update.set(root, isOwn ? extended : extended.with({ DSS: update.add(changed) }))
  return Buffer.concat([document, update.finish().bytes])
}

/** 5.4.2.2: a reader of PDF 1.7 learns from the catalog that the store is there. */
function withExtension(revision: Revision, catalog: PdfDict): PdfDict {
  const extensions = revision.dict(catalog.get('Extensions')) ?? dict({})
  if (extensions.has('ESIC')) return catalog
  return catalog.with({ Extensions: extensions.with({ ESIC: dict({ BaseVersion: name('1.7'), ExtensionLevel: 5 }) }) })
}

/** Owns what a document carries so that it can be verified later: certificates become candidates for a path, and everything goes to whoever judges certificates and stamps. Nothing of it is believed here. */
import { type Certificate, readCertificate } from '../../pki/certificate.ts'
import { readSigned } from '../../pki/cms-signed-data.ts'
import { children, type Der, onlyElement, TAG } from '../../pki/der.ts'
import type { Evidence } from '../contract.ts'

/** of each kind; what a document carries beyond that is passed over */
const MOST = 64

export interface Carried {
  certificates: readonly Certificate[]
  /** the same, as it came and bounded; undefined where there is none */
  evidence: Evidence | undefined
}

/**
 * @param evidence of the document
 * @param more of the value itself
 */
export function carriedIn(
  evidence: Evidence | undefined,
  more: { certificates?: readonly Certificate[]; crls?: readonly Uint8Array[]; ocsps?: readonly Uint8Array[] } = {},
): Carried {
  const bounded = {
    certificates: (evidence?.certificates ?? []).slice(0, MOST),
    crls: [...(more.crls ?? []), ...(evidence?.crls ?? [])].slice(0, MOST),
    ocsps: [...(more.ocsps ?? []), ...(evidence?.ocsps ?? [])].slice(0, MOST),
  }
  const certificates = [...(more.certificates ?? []), ...bounded.certificates.flatMap(readable)].slice(0, MOST)
  return Object.values(bounded).every(list => list.length === 0) ? { certificates, evidence: undefined } : { certificates, evidence: bounded }
}

/** RevocationInfoArchival in the signed attributes (adbe-revocationInfoArchival, ISO 32000-2 12.8.3.3.2); what cannot be read is left out. */
export function archivedIn(attributes: Der | undefined): Pick<Evidence, 'crls' | 'ocsps'> {
  try {
    const value = attributes === undefined ? undefined : readSigned(attributes).get(ARCHIVAL)
    const parts = value?.tag === TAG.sequence ? children(value) : []
    const of = (tag: number) => parts.filter(each => each.tag === tag).flatMap(each => children(onlyElement(each.content, TAG.sequence)))
    return { crls: of(0xa0).map(({ raw }) => raw), ocsps: of(0xa1).map(({ raw }) => raw) }
  } catch {
    return { crls: [], ocsps: [] }
  }
}
const ARCHIVAL = '1.2.840.113583.1.1.8'

function readable(der: Uint8Array): Certificate[] {
  try {
    return [readCertificate(der)]
  } catch {
    return []
  }
}

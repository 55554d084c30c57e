/** Owns what a document carries so that it can be verified later: certificates become candidates for a path, and everything goes to whoever judges certificates and stamps. Nothing of it is believed here. */
import { type Certificate, readCertificate } from '../../pki/certificate.ts'
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
  more: { certificates?: readonly Certificate[]; crls?: readonly Uint8Array[] } = {},
): Carried {
  const bounded = {
    certificates: (evidence?.certificates ?? []).slice(0, MOST),
    crls: [...(more.crls ?? []), ...(evidence?.crls ?? [])].slice(0, MOST),
    ocsps: (evidence?.ocsps ?? []).slice(0, MOST),
  }
  const certificates = [...(more.certificates ?? []), ...bounded.certificates.flatMap(readable)].slice(0, MOST)
  return Object.values(bounded).every(list => list.length === 0) ? { certificates, evidence: undefined } : { certificates, evidence: bounded }
}

function readable(der: Uint8Array): Certificate[] {
  try {
    return [readCertificate(der)]
  } catch {
    return []
  }
}

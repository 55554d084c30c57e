/** Owns what the formats share about long-term evidence: its kinds, what is new beside what is there, and whether something is of its kind at all. What it is worth, the judge decides. */
import { readCertificate } from '../pki/certificate.ts'
import { readCrl } from '../pki/crl.ts'
import { readOcspResponse } from '../pki/ocsp.ts'
import type { Evidence } from './contract.ts'

export type EvidenceKind = keyof Evidence
export const EVIDENCE_KINDS = ['certificates', 'crls', 'ocsps'] as const satisfies readonly EvidenceKind[]

/** bytes of evidence that are read of one document */
export const EVIDENCE_BYTES = 48 * 1024 * 1024

const READERS: Readonly<Record<EvidenceKind, (der: Uint8Array) => unknown>> = {
  certificates: readCertificate,
  crls: readCrl,
  ocsps: readOcspResponse,
}

/** A certificate, a revocation list or an OCSP response by its form, whoever signed it. */
export function isOfKind(kind: EvidenceKind, der: Uint8Array): boolean {
  try {
    READERS[kind](der)
    return true
  } catch {
    return false
  }
}

/** What of these is not known yet, each once. */
export function newAmong(given: readonly Uint8Array[], known: readonly Uint8Array[]): Uint8Array[] {
  const seen = new Set(known.map(keyOf))
  return given.filter(each => {
    const key = keyOf(each)
    const isNew = !seen.has(key)
    seen.add(key)
    return isNew
  })
}

const keyOf = (der: Uint8Array): string => Buffer.from(der.buffer, der.byteOffset, der.byteLength).toString('base64')

/** All of several, each once, in their order. */
export function joined(all: readonly Evidence[]): Evidence {
  const of = (kind: EvidenceKind) =>
    newAmong(
      all.flatMap(each => each[kind]),
      [],
    )
  return { certificates: of('certificates'), crls: of('crls'), ocsps: of('ocsps') }
}

/**
 * Owns what lists and answers that a document carries say about a certificate at the time it was used. They are judged as strictly as fetched ones: by signature, scope, and whether they were in force at that time. One issued
 * later speaks for it too, as long as the certificate was not over: whoever was revoked before is still on it then (RFC 5280 3.3).
 */
import type { Certificate } from './certificate.ts'
import { type Crl, readCrl } from './crl.ts'
import { type OcspResponse, readOcspResponse } from './ocsp.ts'
import type { SignersFor } from './revocation-sources.ts'
import { judgeRevocation, type RevocationVerdict } from './revocation-verdict.ts'

export interface CarriedWords {
  crls: readonly Crl[]
  ocsp: readonly OcspResponse[]
}

/** of each kind, about one certificate */
const MOST = 8

/** What is no list and no answer says nothing. @param ders DER that claims to be them */
export const readCarriedWords = (ders: { crls: readonly Uint8Array[]; ocsps: readonly Uint8Array[] } | undefined): CarriedWords => ({
  crls: readable(ders?.crls ?? [], readCrl),
  ocsp: readable(ders?.ocsps ?? [], readOcspResponse),
})

function readable<T>(ders: readonly Uint8Array[], read: (der: Uint8Array) => T): T[] {
  return ders.flatMap(der => {
    try {
      return [read(der)]
    } catch {
      return []
    }
  })
}

/** Revoked wins over good, whoever says it. @param used when it was used; `now` bounds what may have been issued */
export function judgeCarried(
  certificate: Certificate,
  issuer: Certificate,
  carried: CarriedWords,
  { used, now, signersFor }: { used: Date; now: Date; signersFor: SignersFor },
): RevocationVerdict {
  const crls = carried.crls.filter(crl => crl.issuer.key === certificate.issuer.key || certificate.distributionPoints.length > 0).slice(0, MOST)
  const answers = carried.ocsp.flatMap(answer => {
    const issued = answer.issuedAbout(certificate, issuer)
    return issued === undefined ? [] : [{ answer, issued }]
  })
  const counts = (issued: Date): boolean => issued > used && issued <= now && issued <= certificate.notAfter
  const signersOf = (crl: Crl) => signersFor(crl, issuer)
  const byLists = [used, ...crls.map(({ thisUpdate }) => thisUpdate).filter(counts)].map(at =>
    judgeRevocation(certificate, issuer, { at, crls, signersOf }),
  )
  const byAnswers = answers
    .slice(0, MOST)
    .flatMap(({ answer, issued }) =>
      [used, ...(counts(issued) ? [issued] : [])].map(at => judgeRevocation(certificate, issuer, { at, ocsp: [answer] })),
    )
  const words = [...byLists, ...byAnswers]
  const revoked = words.filter(word => word.state === 'revoked').toSorted((a, b) => (a.since?.getTime() ?? 0) - (b.since?.getTime() ?? 0))
  return (
    revoked[0] ?? words.find(({ state }) => state === 'good') ?? words[0] ?? { state: 'unknown', facts: 'nothing about it came with the document' }
  )
}

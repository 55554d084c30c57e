/**
 * Owns who judges the certificates behind a seal on a terminal: the roots, CA certificates and lists of a folder, as of a time. Without a folder nobody is asked, and nothing is trusted. The rules are the trust
 * list's: each certificate below the root is asked about, and what was revoked later takes nothing back where a time stamp shows the time.
 */
import { fixedClock } from '../kernel/clock.ts'
import type { Certificate } from '../pki/certificate.ts'
import { type Crl, readCrl } from '../pki/crl.ts'
import { type OcspResponse, readOcspResponse } from '../pki/ocsp.ts'
import { verifyChain } from '../pki/path.ts'
import { judgeRevocation, type RevocationVerdict } from '../pki/revocation-verdict.ts'
import { verifyTimestamp } from '../pki/timestamp.ts'
import type { Evidence } from '../seals/contract.ts'
import type { JudgeDeps, SealVerdict, SealVerdictOf } from '../seals/ports.ts'
import type { Trust } from './trust-folder.ts'

/** @param now as of which everything is judged */
export function judgedBy(trust: Trust | undefined, now: Date): JudgeDeps {
  const { roots, intermediates, crls }: Trust = trust ?? { roots: [], intermediates: [], crls: [] }
  return {
    clock: fixedClock(now),
    verdictOf: trust === undefined ? unasked : byFolder(trust, now),
    stampVerdictOf: async (token, data, evidence) => {
      const carried = listsIn(evidence)
      return verifyTimestamp({ token, of: { data }, roots, intermediates, at: now, crls: [...crls, ...carried.crls], ocsp: carried.ocsp })
    },
  }
}

const unasked: SealVerdictOf = async () => ({ ok: false, unasked: true, reasons: [], revocation: { state: 'not-asked' } })

function byFolder(trust: Trust, now: Date): SealVerdictOf {
  return async (leaf, { at, proven, chain, evidence }) => {
    const path = verifyChain({ leaf, roots: trust.roots, intermediates: [...trust.intermediates, ...chain], at })
    if (!path.ok) {
      const { code, facts, clause } = path
      return { ok: false, code, reasons: [{ code, facts: `${facts} (${clause})` }], revocation: { state: 'not-asked' } }
    }
    const carried = listsIn(evidence)
    const known = { crls: [...trust.crls, ...carried.crls], ocsp: carried.ocsp }
    const words = path.path.slice(0, -1).map((each, i) => revocationOf(each, path.path[i + 1] ?? each, known, { at, now }))
    return verdictFrom(words, { at, proven })
  }
}

function verdictFrom(words: readonly RevocationVerdict[], { at, proven }: { at: Date; proven: boolean }): SealVerdict {
  const revoked = words.filter(word => word.state === 'revoked').toSorted((a, b) => (a.since?.getTime() ?? 0) - (b.since?.getTime() ?? 0))[0]
  if (revoked !== undefined) {
    const { since, facts } = revoked
    const revocation = { state: 'revoked', ...(since === undefined ? {} : { since: since.toISOString() }) } as const
    if (proven && since !== undefined && since > at) return { ok: true, reasons: [], revocation }
    return { ok: false, code: 'certificate_revoked', reasons: [{ code: 'certificate_revoked', facts }], revocation }
  }
  const silent = words.find(word => word.state === 'unknown')
  if (silent === undefined) return { ok: true, reasons: [], revocation: { state: 'good' } }
  return {
    ok: false,
    code: 'revocation_unknown',
    reasons: [{ code: 'revocation_unknown', facts: silent.facts }],
    revocation: { state: 'unknown' },
  }
}

/** As of now, and as of then: lists of today forget whoever has expired, and lists of then know nothing of today. */
function revocationOf(
  certificate: Certificate,
  issuer: Certificate,
  known: { crls: readonly Crl[]; ocsp: readonly OcspResponse[] },
  { at, now }: { at: Date; now: Date },
): RevocationVerdict {
  const today = judgeRevocation(certificate, issuer, { ...known, at: now })
  if (today.state === 'revoked' || (today.state === 'good' && now <= certificate.notAfter)) return today
  return judgeRevocation(certificate, issuer, { ...known, at })
}

/** Lists and answers that a document carries: whoever signed them, and whether they are fresh, is judged with them. */
function listsIn(evidence: Evidence | undefined): { crls: Crl[]; ocsp: OcspResponse[] } {
  return { crls: readable(evidence?.crls, readCrl), ocsp: readable(evidence?.ocsps, readOcspResponse) }
}

function readable<T>(ders: readonly Uint8Array[] | undefined, read: (der: Uint8Array) => T): T[] {
  return (ders ?? []).flatMap(der => {
    try {
      return [read(der)]
    } catch {
      // what is no list says nothing
      return []
    }
  })
}

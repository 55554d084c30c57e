import { type Clock, minutes } from '../kernel/clock.ts'
import { type Certificate, readCertificate } from '../pki/certificate.ts'
import type { KeyUnderOwnRoot } from '../pki/own-root.ts'
import type { Evidence } from '../seals/contract.ts'
import { readSeal } from '../seals/ses/seal.ts'
import type { Certificates } from './certificates.ts'

export interface SealEvidenceDeps {
  evidenceFor: Certificates['evidenceFor']
  /** our own maker of this certificate; undefined for another's */
  makerOf(certificate: Certificate): Promise<KeyUnderOwnRoot | undefined>
  authorityFor(certificate: Certificate): Promise<KeyUnderOwnRoot>
  clock: Clock
}

/** of a batch every document carries the same */
const KEPT = minutes(1)
const MOST = 100

/** What a document needs to be verified when certificates are over and their lists are gone: paths and words about signer and maker, and the time-stamp authority's. Gathered once a minute for a shield and seal. */
export function createSealEvidence({ evidenceFor, makerOf, authorityFor, clock }: SealEvidenceDeps) {
  const known = new Map<string, { until: number; evidence: Promise<Evidence> }>()

  async function gather(signer: Certificate, seal: Uint8Array): Promise<Evidence> {
    const parts = [await evidenceFor(signer), bare(await authorityFor(signer))]
    // a name by hand has no maker
    if (seal.length > 0) parts.push(await ofMaker(readCertificate(readSeal(seal).maker.certificate)))
    return {
      certificates: parts.flatMap(({ certificates }) => certificates),
      crls: parts.flatMap(({ crls }) => crls),
      ocsps: parts.flatMap(({ ocsps }) => ocsps),
    }
  }

  async function ofMaker(maker: Certificate): Promise<Evidence> {
    const ours = await makerOf(maker)
    return ours === undefined ? await evidenceFor(maker) : bare(ours)
  }

  return (signer: Certificate, seal: { id: string; der: Uint8Array }): Promise<Evidence> => {
    const key = `${signer.thumbprint} ${seal.id}`
    const now = clock.now().getTime()
    const before = known.get(key)
    if (before !== undefined && now < before.until) return before.evidence
    const evidence = gather(signer, seal.der)
    if (known.size >= MOST) known.clear()
    known.set(key, { until: now + KEPT, evidence })
    evidence.catch(() => known.delete(key))
    return evidence
  }
}

/** Under a root of our own, whose key is forgotten: nobody can revoke it, and no list is needed. */
const bare = ({ certificate, root }: KeyUnderOwnRoot): Evidence => ({ certificates: [certificate.der, root.der], crls: [], ocsps: [] })

import { type Clock, hours } from '../kernel/clock.ts'
import { Certificate } from '../pki/certificate.ts'
import type { Bid, SeenShield, SeenShieldStore } from '../storage/stores-bids.ts'
import type { CertificateStatus } from './watch-rules.ts'

/**
 * Owns what is known of the certificates that bids are encrypted to: whether the CA revoked one, and whether its shield was renewed. A renewal shows when the company comes with a later signing certificate of the same
 * holder and CA: an encryption certificate never logs in, and both are made together.
 */
export interface StatusPorts {
  shields: SeenShieldStore
  /** by the trust list and the CA's revocation, now; what cannot be asked is not revoked as far as we know */
  isRevoked(certificate: Certificate): Promise<boolean>
  clock: Clock
}

/** of one company, the newest */
const MOST_SHIELDS = 200
/** a CA may make the two certificates of a shield one after the other */
const TOGETHER = hours(1)

export function createStatuses({ shields, isRevoked, clock }: StatusPorts) {
  async function statuses(bids: readonly Bid[]): Promise<ReadonlyMap<string, CertificateStatus>> {
    const seen = Map.groupBy(await shields.ofCompanies([...new Set(bids.map(({ uscc }) => uscc))], MOST_SHIELDS), ({ uscc }) => uscc)
    const found = new Map<string, CertificateStatus>()
    for (const bid of bids) {
      for (const { thumbprint, notAfter, der } of bid.certificates) {
        if (der === undefined || found.has(thumbprint)) continue
        const certificate = new Certificate(Buffer.from(der, 'base64'))
        const newer = newerThan(certificate, bid, seen.get(bid.uscc) ?? [])
        found.set(thumbprint, {
          notAfter,
          ...((await isRevoked(certificate)) ? { revokedAt: clock.now().toISOString() } : {}),
          ...(newer === undefined ? {} : { newer: { how: 'renewed', at: newer.firstSeenAt } }),
        })
      }
    }
    return found
  }
  return { statuses, changed: async (bid: Bid): Promise<boolean> => [...(await statuses([bid])).values()].some(({ newer }) => newer !== undefined) }
}

/** The first shield that took the place of this certificate's. */
function newerThan({ issuer, subject, notBefore }: Certificate, { receivedAt }: Bid, seen: readonly SeenShield[]): SeenShield | undefined {
  return seen
    .filter(each => each.issuer === issuer.text && each.subject === subject.text)
    .filter(each => {
      const later = Date.parse(each.notBefore) - notBefore.getTime()
      return later > TOGETHER || (later > 0 && each.firstSeenAt > receivedAt)
    })
    .sort((a, b) => (a.firstSeenAt < b.firstSeenAt ? -1 : 1))[0]
}

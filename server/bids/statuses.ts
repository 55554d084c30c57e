import { type Clock, hours } from '../kernel/clock.ts'
import { Certificate } from '../pki/certificate.ts'
import type { Bid, SeenShield, SeenShieldStore, ShieldReportStore } from '../storage/stores-bids.ts'
import type { CertificateStatus } from './watch-rules.ts'

/**
 * Owns what is known of the certificates that bids are encrypted to: whether the CA revoked one, whether its bank reported the shield lost or replaced, and whether it was renewed. A renewal shows when the company comes
 * with a later signing certificate of the same holder and CA: an encryption certificate never logs in, and both are made together. A shield of another bank says nothing of the first one. What the company says itself
 * stands in the bid.
 */
export interface StatusPorts {
  shields: SeenShieldStore
  reports: ShieldReportStore
  /** the banks whose shields the certificate's CA issues: they alone may speak of it */
  banksOf(certificate: Certificate): readonly string[]
  /** by the trust list and the CA's revocation, now; what cannot be asked is not revoked as far as we know */
  isRevoked(certificate: Certificate): Promise<boolean>
  clock: Clock
}

/** of one company, the newest */
const MOST_SHIELDS = 200
/** a CA may make the two certificates of a shield one after the other */
const TOGETHER = hours(1)

export function createStatuses({ shields, reports, banksOf, isRevoked, clock }: StatusPorts) {
  async function statuses(bids: readonly Bid[]): Promise<ReadonlyMap<string, CertificateStatus>> {
    const seen = Map.groupBy(await shields.ofCompanies([...new Set(bids.map(({ uscc }) => uscc))], MOST_SHIELDS), ({ uscc }) => uscc)
    const said = Map.groupBy(await reports.of([...new Set(bids.flatMap(thumbprintsOf))]), ({ thumbprint }) => thumbprint)
    const found = new Map<string, CertificateStatus>()
    for (const bid of bids) {
      for (const { thumbprint, notAfter, der } of bid.certificates) {
        if (der === undefined || found.has(thumbprint)) continue
        const certificate = new Certificate(Buffer.from(der, 'base64'))
        const banks = banksOf(certificate)
        const word = said.get(thumbprint)?.find(({ bank }) => banks.includes(bank))
        const renewed = newerThan(certificate, bid, seen.get(bid.uscc) ?? [])?.firstSeenAt
        found.set(thumbprint, {
          notAfter,
          ...((await isRevoked(certificate)) ? { revokedAt: clock.now().toISOString() } : {}),
          ...(word?.state === 'lost' ? { lostAt: word.saidAt } : {}),
          ...(word?.state === 'replaced'
            ? { newer: { how: 'replaced', at: word.saidAt } }
            : renewed === undefined
              ? {}
              : { newer: { how: 'renewed', at: renewed } }),
        })
      }
    }
    return found
  }
  return {
    statuses,
    /** whether a shield of the bid was renewed or replaced */
    changed: async (bid: Bid): Promise<boolean> =>
      bid.certificates.some(({ gone }) => gone?.how === 'replaced') || [...(await statuses([bid])).values()].some(({ newer }) => newer !== undefined),
  }
}

const thumbprintsOf = ({ certificates }: Bid): string[] => certificates.map(({ thumbprint }) => thumbprint)

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

import type { Certificate } from '../../pki/certificate.ts'
import type { SourceState } from '../../pki/revocation-sources.ts'
import type { TrustSnapshot } from '../snapshot.ts'

/** Owns which sources of revocation a page about one CA, or about one certificate, has to show. */

/** Those that speak for these authorities, by name, or stand on these hosts. */
export function sourcesFor(sources: readonly SourceState[], issuers: readonly string[], hosts: readonly string[]): SourceState[] {
  return sources.filter(({ issuer, host }) => issuers.includes(issuer) || hosts.includes(host))
}

/**
 * Those that were to be asked about the certificates of a path: what each names itself, what the list adds for its issuer, and the issuer's delta lists.
 * @param path thumbprints, the leaf first
 * @param along certificates of the path that the list does not have
 */
export function sourcesOnPath(
  sources: readonly SourceState[],
  path: readonly string[],
  snapshot: TrustSnapshot,
  along: readonly Certificate[],
): SourceState[] {
  const known = new Map([...along, ...snapshot.roots, ...snapshot.intermediates].map(each => [each.thumbprint, each]))
  const certificates = path.map(thumbprint => known.get(thumbprint))
  return sources.filter(({ issuer, kind, url }) =>
    certificates.some((certificate, i) => {
      const above = certificates[i + 1]
      if (certificate === undefined || above === undefined || above.subject.text !== issuer) return false
      return kind === 'delta' || certificate.crlUrls.includes(url) || certificate.ocspUrls.includes(url) || addedBy(snapshot, above).includes(url)
    }),
  )
}

const addedBy = (snapshot: TrustSnapshot, issuer: Certificate): string[] =>
  snapshot.listings(issuer).flatMap(({ ca }) => Object.values(ca.revocation).flatMap(rule => [...(rule?.crlUrls ?? []), ...(rule?.ocspUrls ?? [])]))

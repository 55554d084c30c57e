/**
 * Owns what our own authority for persons (remote signing) means for the list: one row. It signs documents for persons and nothing else; for seals in government affairs it is not qualified. What operators change of the
 * row stays as they left it.
 */
import type { Certificate } from '../pki/certificate.ts'
import type { Change } from './change.ts'
import { newEntry } from './entry.ts'
import type { TrustSnapshot } from './snapshot.ts'

export interface OwnAuthority {
  id: string
  name: { zh: string; en: string }
  issuing: Certificate
  root: Certificate
  /** where its list of revoked certificates is */
  host: string
}

/** Nothing where the row is there and has both certificates. */
export function ownAuthorityChanges(snapshot: TrustSnapshot, { id, name, issuing, root, host }: OwnAuthority): Change[] {
  const certificates = [
    { role: 'anchor' as const, der: root.der.toString('base64') },
    { role: 'intermediate' as const, der: issuing.der.toString('base64') },
  ]
  const before = snapshot.ca(id)
  if (before !== undefined) {
    const known = new Set(before.certificates.map(({ der }) => der))
    const fresh = certificates.filter(({ der }) => !known.has(der))
    const hosts = before.hosts.includes(host) ? before.hosts : [...before.hosts, host]
    if (fresh.length === 0 && hosts === before.hosts) return []
    return [{ kind: 'put', ca: { ...before, certificates: [...before.certificates, ...fresh].slice(-64), hosts: hosts.slice(-50) } }]
  }
  const rule = { sources: ['crl' as const], lastKnownGood: 0, ocsp: { method: 'post' as const, nonce: 'optional' as const } }
  const ca = newEntry({
    id,
    name,
    certificates,
    scope: { uses: ['seal'], holders: ['person'] },
    hosts: [host],
    // the list is made here: a look costs nothing. Nobody can revoke the issuing certificate but this list, for the root's key is gone
    revocation: { seal: { ...rule, when: 'always', recheckAfter: 10 }, authority: { ...rule, when: 'when-named', recheckAfter: 3600 } },
    joins: root.notBefore.toISOString(),
  })
  return [{ kind: 'put', ca }]
}

/**
 * Owns what the banks' anchor files mean for the list: one row a bank, `bank-<id>`. The file proposes; the list decides. What the list alone knows (scope, dates, qualification, rules) stays as
 * operators left it.
 */
import type { Certificate } from '../pki/certificate.ts'
import { isSelfSigned } from '../pki/signed-by.ts'
import type { Change } from './change.ts'
import { newEntry, type TrustedCa } from './entry.ts'
import type { TrustSnapshot } from './snapshot.ts'

export interface ConfiguredBank {
  id: string
  name: { zh: string; en: string }
  certificates: readonly Certificate[]
  subjectProfile: NonNullable<TrustedCa['subjectProfile']>
  hosts: readonly string[]
}

/**
 * @param keep `all`: certificates that the file no longer has stay (the sandbox, whose banks make new roots); `file`: the row becomes what the file is
 */
export function bankChanges(snapshot: TrustSnapshot, banks: readonly ConfiguredBank[], keep: 'all' | 'file'): Change[] {
  return banks.map(bank => ({ kind: 'put', ca: rowOf(bank, snapshot.ca(`bank-${bank.id}`), keep) }))
}

function rowOf({ id, name, certificates, subjectProfile, hosts }: ConfiguredBank, before: TrustedCa | undefined, keep: 'all' | 'file'): TrustedCa {
  const listed = certificates.map(each => ({
    role: isSelfSigned(each) ? ('anchor' as const) : ('intermediate' as const),
    der: each.der.toString('base64'),
  }))
  const found = new Map(listed.map(each => [each.der, each]))
  if (before === undefined) {
    // the file has no date, so the bank is in since its oldest anchor is valid
    const [oldest] = certificates.map(each => each.notBefore.toISOString()).sort()
    return newEntry({
      id: `bank-${id}`,
      name,
      banks: [id],
      certificates: [...found.values()],
      scope: { uses: ['login', 'seal', 'encryption'], holders: ['enterprise', 'person'] },
      subjectProfile,
      hosts: [...new Set(hosts)],
      joins: oldest ?? '2000-01-01T00:00:00.000Z',
    })
  }
  const held = new Map(before.certificates.map(each => [each.der, each]))
  const same = found.size === held.size && [...found.keys()].every(der => held.has(der))
  const kept =
    keep === 'all'
      ? [...held.values(), ...[...found.values()].filter(({ der }) => !held.has(der))]
      : [...found.values()].map(each => held.get(each.der) ?? each)
  return {
    ...before,
    name,
    subjectProfile,
    certificates: same ? before.certificates : kept.slice(-64),
    hosts: hosts.every(host => before.hosts.includes(host)) ? before.hosts : [...new Set([...before.hosts, ...hosts])],
  }
}

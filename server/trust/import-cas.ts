/**
 * Owns making rows of the list out of a folder's CA certificates: one row an organisation, new ones beside what the list has. It grants what the importer says, or all uses but government
 * affairs; whether the rows count is for the two persons to decide.
 */
import type { Certificate } from '../pki/certificate.ts'
import { valuesOf } from '../pki/names.ts'
import { isSelfSigned } from '../pki/signed-by.ts'
import { sm3 } from '../pki/sm2.ts'
import type { Change } from './change.ts'
import { HOLDERS, newEntry, SCOPES, type TrustedCa } from './entry.ts'
import type { TrustSnapshot } from './snapshot.ts'

export interface FoundCa {
  certificate: Certificate
  /** a self-signed one in a folder named `roots` is an anchor; nothing in a certificate can say so */
  inRoots: boolean
}
export interface CaWishes {
  uses?: TrustedCa['scope']['uses']
  holders?: TrustedCa['scope']['holders']
  /** ISO 8601; the beginning of the oldest certificate's validity unless told */
  joins?: string
}

/** Changes that put what is new on the list; empty when all of it is there. */
export function caChanges(snapshot: TrustSnapshot, found: readonly FoundCa[], wishes: CaWishes = {}): Change[] {
  const groups = new Map<string, FoundCa[]>()
  for (const each of found) {
    const key = groupOf(snapshot, each)
    groups.set(key, [...(groups.get(key) ?? []), each])
  }
  const taken = new Set(snapshot.cas.map(ca => ca.id))
  return [...groups].flatMap(([key, members]): Change[] => {
    const before = key.startsWith(ROW) ? snapshot.ca(key.slice(ROW.length)) : undefined
    const held = new Set(before?.certificates.map(each => each.der))
    const fresh = new Map(
      members.map(({ certificate, inRoots }) => {
        const der = certificate.der.toString('base64')
        return [der, { role: inRoots && isSelfSigned(certificate) ? ('anchor' as const) : ('intermediate' as const), der }] as const
      }),
    )
    const added = [...fresh.values()].filter(({ der }) => !held.has(der))
    if (added.length === 0) return []
    if (before !== undefined) return [{ kind: 'put', ca: { ...before, certificates: [...before.certificates, ...added] } }]
    const id = freeId(members, taken)
    taken.add(id)
    return [{ kind: 'put', ca: rowOf(id, members, added, wishes) }]
  })
}

function rowOf(id: string, members: readonly FoundCa[], certificates: TrustedCa['certificates'], wishes: CaWishes): TrustedCa {
  const named = members.map(({ certificate }) => label(certificate))
  const name = (named.find(text => /\p{Script=Han}/u.test(text)) ?? named[0] ?? id).slice(0, 100)
  const region = members.flatMap(({ certificate }) => valuesOf(certificate.subject, 'ST'))[0]
  // a root leads to others; what its own holders may do stands in the rows of the CAs under it
  const isRoot = members.every(({ inRoots }) => inRoots)
  const [oldest] = members.map(({ certificate }) => certificate.notBefore.toISOString()).sort()
  return newEntry({
    id,
    name: { zh: name, en: (named.find(text => /^[\x20-\x7e]+$/.test(text)) ?? id).slice(0, 100) },
    certificates: [...certificates],
    ...(region === undefined || plain(region) === '' ? {} : { region: plain(region).slice(0, 60) }),
    scope: isRoot ? { uses: [], holders: [] } : { uses: [...(wishes.uses ?? SCOPES)], holders: [...(wishes.holders ?? HOLDERS)] },
    joins: wishes.joins ?? oldest ?? '2000-01-01T00:00:00.000Z',
  })
}

const ROW = 'row:'
/** A row that has the authority already, else the organisation: O, or where there is none the whole name. Roots stand apart from others of their organisation. */
function groupOf(snapshot: TrustSnapshot, { certificate, inRoots }: FoundCa): string {
  const row = snapshot.listings(certificate).find(({ ca }) => ca.banks.length === 0)
  if (row !== undefined) return `${ROW}${row.ca.id}`
  const [organization] = valuesOf(certificate.subject, 'O')
  return `${inRoots ? 'root' : 'ca'}:${organization?.normalize('NFKC').trim().toLowerCase() ?? certificate.subject.key}`
}

/** From the name: `CFCA SM2 OCA1` becomes cfca-sm2-oca1. What leaves no letters, or is taken, gets digits of its digest, so that the same folder gives the same ids. */
function freeId(members: readonly FoundCa[], taken: ReadonlySet<string>): string {
  const [first] = members
  if (first === undefined) return 'ca'
  const names = [...new Set(members.map(({ certificate }) => label(certificate)))]
  const [organization = ''] = valuesOf(first.certificate.subject, 'O')
  const text = names.length === 1 ? (names[0] ?? '') : organization
  const slug = text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[-\d]+|-+$/g, '')
    .slice(0, 40)
  const digest = sm3(Buffer.from(first.certificate.subject.key)).slice(0, 6)
  // what is left of a Chinese name often says nothing
  const base = slug.length >= 3 ? slug : `ca-${digest}`
  return taken.has(base) ? `${base}-${digest}` : base
}

const plain = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').trim()
function label({ subject }: Certificate): string {
  const [common] = valuesOf(subject, 'CN')
  const [organization] = valuesOf(subject, 'O')
  return plain(common ?? organization ?? subject.text) || 'CA'
}

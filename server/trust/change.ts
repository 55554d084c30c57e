/**
 * Owns what a change of the trust list is, what it does to trust, and how it is told in one line. What widens trust takes two persons; what narrows it must not wait for a second, and what
 * only describes need not.
 */
import { z } from 'zod'
import { BrokerError } from '../kernel/errors.ts'
import { sm3 } from '../pki/sm2.ts'
import { readEntry, type TrustedCa, writeEntry } from './entry.ts'

export type Change = { kind: 'put'; ca: TrustedCa } | { kind: 'remove'; id: string }
export type Weight = 'widens' | 'narrows' | 'describes' | 'nothing'

const shape = z
  .array(
    z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('put'), ca: z.unknown() }),
      z.strictObject({ kind: z.literal('remove'), id: z.string().max(48) }),
    ]),
  )
  .min(1)
  .max(1000)

/** Changes as given from outside. @throws BrokerError trust_entry_invalid */
export function readChanges(input: unknown): Change[] {
  const read = shape.safeParse(input)
  if (!read.success) throw new BrokerError('trust_entry_invalid', read.error.issues[0]?.message ?? 'no changes')
  const changes = read.data.map(change => (change.kind === 'put' ? { kind: change.kind, ca: readEntry(change.ca) } : change))
  const ids = changes.map(idOf)
  const twice = ids.find((id, i) => ids.indexOf(id) !== i)
  if (twice !== undefined) throw new BrokerError('trust_entry_invalid', `two changes of ${twice}`)
  return changes
}

export const idOf = (change: Change): string => (change.kind === 'put' ? change.ca.id : change.id)

export const writeChanges = (changes: readonly Change[]): string =>
  `[${changes.map(change => (change.kind === 'put' ? `{"kind":"put","ca":${writeEntry(change.ca)}}` : JSON.stringify(change))).join(',')}]`

export const digestOf = (changes: readonly Change[]): string => sm3(Buffer.from(writeChanges(changes)))

/** Fields that decide over nothing: they are shown. */
const DESCRIPTIVE = ['name', 'region', 'filing', 'fees'] as const satisfies readonly (keyof TrustedCa)[]

/**
 * What a change does to trust. Only what is plainly less counts as narrower; whatever is neither that nor mere description is taken as wider.
 */
export function weigh(before: TrustedCa | undefined, change: Change): Weight {
  // with its row the word that it is distrusted would go, and what older versions said would count again
  if (change.kind === 'remove') return before === undefined ? 'nothing' : before.distrusted === undefined ? 'narrows' : 'widens'
  const { ca } = change
  if (before === undefined) return 'widens'
  if (writeEntry(before) === writeEntry(ca)) return 'nothing'
  const bare = (row: TrustedCa) => writeEntry({ ...row, ...Object.fromEntries(DESCRIPTIVE.map(field => [field, before[field]])) })
  if (bare(before) === bare(ca)) return 'describes'
  return isNarrower(before, ca) ? 'narrows' : 'widens'
}

/** Every field that decides is the same or less. */
function isNarrower(before: TrustedCa, after: TrustedCa): boolean {
  const same = (field: keyof TrustedCa) => JSON.stringify(before[field] ?? null) === JSON.stringify(after[field] ?? null)
  const fewer = <T>(less: readonly T[], more: readonly T[]) => less.every(each => more.includes(each))
  const held = new Map(before.certificates.map(each => [each.der, each.role]))
  return (
    // an anchor that becomes an intermediate is trusted in less, not the other way round
    after.certificates.every(({ der, role }) => held.get(der) === role || (held.get(der) === 'anchor' && role === 'intermediate')) &&
    fewer(after.scope.uses, before.scope.uses) &&
    fewer(after.scope.holders, before.scope.holders) &&
    fewer(after.banks, before.banks) &&
    fewer(after.hosts, before.hosts) &&
    (same('qualification') || after.qualification.state === 'none') &&
    same('subjectProfile') &&
    same('revocation') &&
    after.joins >= before.joins &&
    (before.leaves === undefined || (after.leaves !== undefined && after.leaves <= before.leaves)) &&
    same('algorithmSwitch') &&
    (before.distrusted === undefined || (after.distrusted !== undefined && after.distrusted.since <= before.distrusted.since))
  )
}

/** The weightiest of several: `widens` before `narrows` before `describes`. */
export function weightOf(changes: readonly Change[], rowOf: (id: string) => TrustedCa | undefined): Weight {
  const weights = changes.map(change => weigh(rowOf(idOf(change)), change))
  return (['widens', 'narrows', 'describes'] as const).find(weight => weights.includes(weight)) ?? 'nothing'
}

/** One line a change, for the version's summary and the operator's page. */
export function tell(before: TrustedCa | undefined, change: Change): string {
  if (change.kind === 'remove') return `- ${change.id}`
  const { ca } = change
  if (before === undefined)
    return `+ ${ca.id} (${ca.name.zh}): ${ca.certificates.length} certificates, ${ca.scope.uses.join('/') || 'no use of its own'}`
  const fields = Object.keys({ ...before, ...ca }).filter(field => text(before, field) !== text(ca, field))
  return `~ ${ca.id} (${ca.name.zh}): ${fields.join(', ') || 'nothing'}`
}

const text = (row: TrustedCa, field: string): string => JSON.stringify(Object.entries(row).find(([name]) => name === field)?.[1] ?? null)

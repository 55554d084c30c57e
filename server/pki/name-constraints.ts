/**
 * Owns name constraints, RFC 5280 4.2.1.10 and 6.1.3 (b), (c), 6.1.4 (g): reading the extension, and asking whether the names of a certificate below keep it. Each CA's
 * extension stays a layer of its own: a name has to be within every layer, which is the intersection 6.1.4 (g) asks for without computing it.
 */
import { BrokerError } from '../kernel/errors.ts'
import type { Certificate } from './certificate.ts'
import { Cursor, type Der, elementsOf, onlyElement, TAG } from './der.ts'
import { EXTENSION } from './extensions.ts'
import { type GeneralName, MAX_NAMES, type NameKind, readGeneralName } from './general-names.ts'
import {
  directoryWithin,
  dnsWithin,
  hostOfUri,
  hostWithin,
  ipWithin,
  isRange,
  type Match,
  readDnsName,
  readHost,
  readMailbox,
  starMeets,
  unmapped,
} from './name-constraints-match.ts'
import { valuesOf } from './names.ts'
import type { Budget } from './path-budget.ts'

/** What one CA allows and forbids below it, by the kind of name. */
export interface NameConstraints {
  permitted: ReadonlyMap<NameKind, readonly GeneralName[]>
  excluded: ReadonlyMap<NameKind, readonly GeneralName[]>
}

const malformed = (facts: string): BrokerError => new BrokerError('certificate_malformed', `name constraints: ${facts}`)

/** @param value of the extension. @throws BrokerError `certificate_malformed`, also for one that constrains nothing */
export function readNameConstraints(value: Buffer): NameConstraints {
  const cursor = new Cursor(onlyElement(value, TAG.sequence))
  const permitted = cursor.takeIf(0xa0)
  const excluded = cursor.takeIf(0xa1)
  cursor.end()
  if (permitted === undefined && excluded === undefined) throw malformed('of nothing')
  return { permitted: readSubtrees(permitted), excluded: readSubtrees(excluded) }
}

function readSubtrees(list: Der | undefined): ReadonlyMap<NameKind, readonly GeneralName[]> {
  const found = new Map<NameKind, GeneralName[]>()
  let count = 0
  for (const element of list === undefined ? [] : elementsOf(list)) {
    const cursor = new Cursor(element)
    const base = readConstraint(cursor.take())
    // minimum is 0 and maximum absent in this profile; anything else means what nobody here knows
    const minimum = cursor.takeIf(0x80)
    if (minimum !== undefined && !minimum.content.equals(Buffer.of(0))) throw malformed('a minimum distance')
    cursor.end()
    if (++count > MAX_NAMES) throw malformed('too many')
    const same = found.get(base.kind)
    if (same === undefined) found.set(base.kind, [base])
    else same.push(base)
  }
  if (list !== undefined && count === 0) throw malformed('an empty list')
  return found
}

/** A constraint in the form in which it is compared. */
function readConstraint(element: Der): GeneralName {
  const name = readGeneralName(element)
  if (name.kind === 'ip') {
    if (!isRange(name.octets)) throw malformed('a range of addresses that is none')
    return name
  }
  if (name.kind !== 'dns' && name.kind !== 'uri' && name.kind !== 'email') return name
  const mailbox = name.kind === 'email' && name.text.includes('@') ? readMailbox(name.text) : undefined
  const host = readHost(name.text.replace(/^\./, ''))
  if (mailbox === undefined && host === undefined && !(name.kind === 'dns' && name.text === '')) throw malformed(`${name.kind} that is no host`)
  return { ...name, text: mailbox === undefined ? name.text.toLowerCase() : `${mailbox.local}@${mailbox.host}` }
}

/**
 * The first name of a certificate that breaks a layer, in words; undefined when all keep them.
 * @param layers of the CAs above it
 * @throws BudgetSpent; BrokerError `certificate_malformed` when its alternative names cannot be read
 */
export function brokenConstraint(certificate: Certificate, layers: readonly NameConstraints[], budget: Budget): string | undefined {
  if (layers.length === 0) return undefined
  for (const name of constrainedNames(certificate)) {
    for (const layer of layers) {
      const facts = breach(name, layer, budget)
      if (facts !== undefined) return facts
    }
  }
  return undefined
}

/** The subject, its alternative names, and the address that older certificates carry in the subject (4.2.1.10). */
function constrainedNames(certificate: Certificate): GeneralName[] {
  const { subject } = certificate
  return [
    ...(subject.rdns.length === 0 ? [] : [{ kind: 'directory', name: subject, key: subject.key } as const]),
    ...valuesOf(subject, 'emailAddress').map(text => ({ kind: 'email', text, key: text }) as const),
    ...(certificate.extensions.has(EXTENSION.subjectAltName) ? certificate.altNames : []),
  ]
}

function breach(name: GeneralName, { permitted, excluded }: NameConstraints, budget: Budget): string | undefined {
  const allowed = permitted.get(name.kind)
  const forbidden = excluded.get(name.kind)
  if (allowed === undefined && forbidden === undefined) return undefined
  const compare = comparison(name, budget)
  for (const [list, side] of [
    [forbidden ?? [], 'excluded'],
    [allowed ?? [], 'permitted'],
  ] as const) {
    let within = false
    for (const constraint of list) {
      budget.spend('nameComparisons')
      const match = compare(constraint, side)
      if (match === 'unreadable') return `its ${name.kind} name cannot be compared with a constraint`
      within ||= match === 'within'
    }
    if (side === 'excluded' && within) return `its ${name.kind} name ${shown(name)} is excluded`
    if (side === 'permitted' && list.length > 0 && !within) return `its ${name.kind} name ${shown(name)} is not permitted`
  }
  return undefined
}

const shown = (name: GeneralName): string => {
  if (name.kind === 'directory') return name.name.text.slice(0, 200)
  if (name.kind === 'ip') return name.octets.toString('hex')
  return 'text' in name ? name.text.slice(0, 200) : ''
}

type Compare = (constraint: GeneralName, side: 'excluded' | 'permitted') => Match
const said = (within: boolean): Match => (within ? 'within' : 'outside')
const unreadable = (): Match => 'unreadable'

/** Reads the name once, and then compares it with constraints of its own kind. */
function comparison(name: GeneralName, budget: Budget): Compare {
  switch (name.kind) {
    case 'dns': {
      const host = readDnsName(name.text)
      if (host === undefined) return unreadable
      return (constraint, side) =>
        constraint.kind === 'dns' ? said(dnsWithin(host, constraint.text) || (side === 'excluded' && starMeets(host, constraint.text))) : 'unreadable'
    }
    case 'uri': {
      const host = hostOfUri(name.text)
      if (host === undefined) return unreadable
      return constraint => (constraint.kind === 'uri' ? said(hostWithin(host, constraint.text)) : 'unreadable')
    }
    case 'email': {
      const mailbox = readMailbox(name.text)
      if (mailbox === undefined) return unreadable
      const whole = `${mailbox.local}@${mailbox.host}`
      return constraint => {
        if (constraint.kind !== 'email') return 'unreadable'
        return said(constraint.text.includes('@') ? whole === constraint.text : hostWithin(mailbox.host, constraint.text))
      }
    }
    case 'ip': {
      const { octets } = name
      if (octets.length !== 4 && octets.length !== 16) return unreadable
      return (constraint, side) => {
        if (constraint.kind !== 'ip') return 'unreadable'
        return said(ipWithin(octets, constraint.octets) || (side === 'excluded' && ipWithin(unmapped(octets), constraint.octets)))
      }
    }
    case 'directory':
      return constraint => (constraint.kind === 'directory' ? said(directoryWithin(name.name.rdns, constraint.name.rdns, budget)) : 'unreadable')
    default:
      // otherName, x400, EDI and registered ids: no rule of comparison here, so a constraint on the kind refuses a name of the kind
      return unreadable
  }
}

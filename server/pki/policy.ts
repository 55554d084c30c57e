/** Owns reading the extensions about certificate policies: RFC 5280 4.2.1.4 (policies), 4.2.1.5 (mappings), 4.2.1.11 (constraints), 4.2.1.14 (inhibit anyPolicy). */
import { BrokerError } from '../kernel/errors.ts'
import { Cursor, elementsOf, onlyElement, readOid, readSmallInteger, TAG } from './der.ts'
import { EXTENSION, type Extension } from './extensions.ts'

export const ANY_POLICY = '2.5.29.32.0'

export interface PolicyMapping {
  /** in the issuer's domain, above */
  issuer: string
  /** in the subject's domain, below */
  subject: string
}

/** All that one certificate says about policies. */
export interface PolicyExtensions {
  /** undefined without the extension, which is not the same as none */
  policies: readonly string[] | undefined
  mappings: readonly PolicyMapping[]
  /** certificates below until a policy must be explicit */
  requireExplicit: number | undefined
  inhibitMapping: number | undefined
  inhibitAny: number | undefined
}

const malformed = (facts: string): BrokerError => new BrokerError('certificate_malformed', facts)

/** @throws BrokerError `certificate_malformed` */
export function readPolicyExtensions(extensions: ReadonlyMap<string, Extension>): PolicyExtensions {
  const value = (oid: string) => extensions.get(oid)?.value
  const [policies, mappings, constraints, any] = [
    value(EXTENSION.certificatePolicies),
    value(EXTENSION.policyMappings),
    value(EXTENSION.policyConstraints),
    value(EXTENSION.inhibitAnyPolicy),
  ]
  return {
    policies: policies === undefined ? undefined : readPolicies(policies),
    mappings: mappings === undefined ? [] : readMappings(mappings),
    ...(constraints === undefined ? { requireExplicit: undefined, inhibitMapping: undefined } : readConstraints(constraints)),
    inhibitAny: any === undefined ? undefined : readSmallInteger(onlyElement(any)),
  }
}

/** Qualifiers are for people to read and are left alone. One policy twice is refused (4.2.1.4). */
function readPolicies(value: Buffer): readonly string[] {
  const found = new Set<string>()
  for (const element of elementsOf(onlyElement(value, TAG.sequence))) {
    const cursor = new Cursor(element)
    const oid = readOid(cursor.take(TAG.oid))
    cursor.takeIf(TAG.sequence)
    cursor.end()
    if (found.has(oid)) throw malformed(`certificate policy ${oid} twice`)
    found.add(oid)
  }
  if (found.size === 0) throw malformed('certificate policies of none')
  return [...found]
}

function readMappings(value: Buffer): readonly PolicyMapping[] {
  const found: PolicyMapping[] = []
  for (const element of elementsOf(onlyElement(value, TAG.sequence))) {
    const cursor = new Cursor(element)
    found.push({ issuer: readOid(cursor.take(TAG.oid)), subject: readOid(cursor.take(TAG.oid)) })
    cursor.end()
  }
  if (found.length === 0) throw malformed('policy mappings of none')
  return found
}

function readConstraints(value: Buffer): Pick<PolicyExtensions, 'requireExplicit' | 'inhibitMapping'> {
  const cursor = new Cursor(onlyElement(value, TAG.sequence))
  const [explicit, mapping] = [cursor.takeIf(0x80), cursor.takeIf(0x81)]
  cursor.end()
  if (explicit === undefined && mapping === undefined) throw malformed('policy constraints of nothing')
  return {
    requireExplicit: explicit === undefined ? undefined : readSmallInteger(explicit, 0x80),
    inhibitMapping: mapping === undefined ? undefined : readSmallInteger(mapping, 0x81),
  }
}

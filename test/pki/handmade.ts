/** Extensions that our own CA does not write, for tests of what reads them. */
import { boolean, context, integer, oid, primitive, sequence, write } from '../../server/pki/der-write.ts'
import { type NameParts, writeName } from '../../server/pki/names.ts'

export interface Made {
  oid: string
  der: Buffer
  critical?: boolean
}

const ascii = (text: string): Buffer => Buffer.from(text, 'utf8')
/** GeneralName by kind. */
export const general = {
  dns: (text: string): Buffer => primitive(2, ascii(text)),
  email: (text: string): Buffer => primitive(1, ascii(text)),
  uri: (text: string): Buffer => primitive(6, ascii(text)),
  ip: (...octets: number[]): Buffer => primitive(7, Buffer.from(octets)),
  directory: (parts: NameParts): Buffer => context(4, writeName(parts)),
  registered: (): Buffer => primitive(8, Buffer.of(0x2a, 3)),
  other: (type: string, value: Buffer): Buffer => context(0, oid(type), context(0, value)),
}

export const altNames = (...names: Buffer[]): Made => ({ oid: '2.5.29.17', der: sequence(...names) })
export const constraints = ({ permitted = [], excluded = [] }: { permitted?: Buffer[]; excluded?: Buffer[] }): Made => ({
  oid: '2.5.29.30',
  critical: true,
  der: sequence(
    ...(permitted.length === 0 ? [] : [context(0, ...permitted.map(each => sequence(each)))]),
    ...(excluded.length === 0 ? [] : [context(1, ...excluded.map(each => sequence(each)))]),
  ),
})

export const ANY = '2.5.29.32.0'
export const policies = (...oids: string[]): Made => ({ oid: '2.5.29.32', der: sequence(...oids.map(each => sequence(oid(each)))) })
export const mappings = (...pairs: [issuer: string, subject: string][]): Made => ({
  oid: '2.5.29.33',
  critical: true,
  der: sequence(...pairs.map(([issuer, subject]) => sequence(oid(issuer), oid(subject)))),
})
export const policyConstraints = ({ explicit, mapping }: { explicit?: number; mapping?: number }): Made => ({
  oid: '2.5.29.36',
  critical: true,
  der: sequence(
    ...(explicit === undefined ? [] : [primitive(0, integer(explicit).subarray(2))]),
    ...(mapping === undefined ? [] : [primitive(1, integer(mapping).subarray(2))]),
  ),
})
export const inhibitAny = (skip: number): Made => ({ oid: '2.5.29.54', critical: true, der: integer(skip) })
export const extendedUsage = (critical: boolean, ...oids: string[]): Made => ({
  oid: '2.5.29.37',
  critical,
  der: sequence(...oids.map(each => oid(each))),
})

interface Point {
  name?: Buffer[]
  relative?: Buffer
  reasons?: number[]
  issuer?: Buffer
}
const pointName = ({ name, relative }: Point): Buffer[] =>
  relative === undefined ? (name === undefined ? [] : [context(0, context(0, ...name))]) : [context(0, write(0xa1, relative))]
const flags = (numbers: readonly number[]): Buffer => {
  const octets = Buffer.alloc(2)
  for (const bit of numbers) octets[bit >> 3] = (octets[bit >> 3] ?? 0) | (0x80 >> (bit & 7))
  return Buffer.concat([Buffer.of(0), octets])
}

/** cRLDistributionPoints of a certificate. */
export const points = (...all: Point[]): Made => ({
  oid: '2.5.29.31',
  der: sequence(
    ...all.map(point =>
      sequence(
        ...pointName(point),
        ...(point.reasons === undefined ? [] : [primitive(1, flags(point.reasons))]),
        ...(point.issuer === undefined ? [] : [context(2, point.issuer)]),
      ),
    ),
  ),
})

/** issuingDistributionPoint of a list. */
export const issuingPoint = (point: Point & { only?: 'users' | 'authorities' | 'attributes'; entries?: 'indirect' }): Buffer => {
  const on = (number: number, set: boolean): Buffer[] => (set ? [primitive(number, boolean(true).subarray(2))] : [])
  return sequence(
    ...pointName(point),
    ...on(1, point.only === 'users'),
    ...on(2, point.only === 'authorities'),
    ...(point.reasons === undefined ? [] : [primitive(3, flags(point.reasons))]),
    ...on(4, point.entries === 'indirect'),
    ...on(5, point.only === 'attributes'),
  )
}

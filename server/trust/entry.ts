/**
 * Owns what stands in one row of the trust list: a CA (or a bank's own CA), its certificates, what they are good for, and under which conditions. It reads and writes rows; whether a row
 * counts at a time is standing.ts's, who may change it change.ts's.
 */
import { z } from 'zod'
import { asBrokerError, BrokerError } from '../kernel/errors.ts'
import { CERTIFICATE_LIMIT, Certificate } from '../pki/certificate.ts'
import { toDer } from '../pki/pem.ts'

/** What a holder does with a certificate; a bid is sealed to an `encryption` certificate. */
export const SCOPES = ['login', 'seal', 'encryption'] as const
/** What is asked: a seal in government affairs needs a CA qualified for them (电子政务电子认证服务资质). */
export const USES = [...SCOPES, 'government-seal'] as const
export const HOLDERS = ['enterprise', 'person', 'device'] as const
export type Scope = (typeof SCOPES)[number]
export type Use = (typeof USES)[number]
export type Holder = (typeof HOLDERS)[number]

const line = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    // control and direction characters would let one name show as another
    .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u, 'holds control characters')
const words = z.strictObject({ zh: line(100), en: line(100) })
const date = z.iso.datetime({ precision: 3 })
/** host and port as URL.host has them */
const host = z
  .string()
  .max(255)
  .regex(/^([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:\d{1,5})?$/, 'is not a host')
const address = z.url({ protocol: /^https?$/ }).max(500)

const rule = z.strictObject({
  when: z.enum(['always', 'when-named', 'known-only']),
  sources: z
    .array(z.enum(['crl', 'ocsp']))
    .min(1)
    .max(2),
  lastKnownGood: z.int().min(0).max(604_800),
  recheckAfter: z.int().min(10).max(86_400),
  ocsp: z.strictObject({ method: z.enum(['post', 'get']), nonce: z.enum(['required', 'optional']) }),
  crlUrls: z.array(address).max(10).optional(),
  ocspUrls: z.array(address).max(10).optional(),
})

export const trustedCa = z.strictObject({
  /** short, lower case, stable: it stands in verdicts, statistics and the audit record */
  id: z.string().regex(/^[a-z][a-z0-9-]{1,47}$/, 'is not an id: a letter, then letters, digits and hyphens'),
  name: words,
  /** the banks (bank-adapters) whose shields these certificates may issue; empty for a CA that is none of them */
  banks: z.array(z.string().regex(/^[a-z][a-z0-9-]{1,15}$/)).max(50),
  region: line(60).optional(),
  certificates: z
    .array(z.strictObject({ role: z.enum(['anchor', 'intermediate']), /** base64 of the DER */ der: z.string().max(CERTIFICATE_LIMIT * 2) }))
    .min(1)
    .max(64),
  /** empty uses: its certificates only lead to others (a national root) */
  scope: z.strictObject({ uses: z.array(z.enum(SCOPES)), holders: z.array(z.enum(HOLDERS)) }),
  qualification: z.discriminatedUnion('state', [
    z.strictObject({ state: z.literal('none') }),
    z.strictObject({ state: z.literal('qualified'), number: line(100), from: date, until: date.optional() }),
  ]),
  /** how its certificates name the company (pki/subject-profiles.ts); without it nothing is read out of them */
  subjectProfile: z.enum(['cfca-cn', 'cfca-cn-swapped', 'gbt20518']).optional(),
  /** where lists and answers may be fetched from */
  hosts: z.array(host).max(50),
  /** about certificates that it issued; what is not said follows the default: fail closed */
  revocation: z.strictObject({ login: rule.optional(), seal: rule.optional(), encryption: rule.optional(), authority: rule.optional() }),
  /** registration and filing (备案) */
  filing: z.strictObject({
    state: z.enum(['none', 'pending', 'filed', 'to-correct']),
    number: line(100).optional(),
    authority: line(100).optional(),
  }),
  /** whole fen a year; a note where the price list says more */
  fees: z.strictObject({ certificateFen: z.int().min(0).optional(), mediumFen: z.int().min(0).optional(), note: line(200).optional() }),
  joins: date,
  /** signatures made from then on do not count; those before do */
  leaves: date.optional(),
  /** certificates issued from `at` on have to be of this algorithm; those of another count until `oldUntil`, else until they expire */
  algorithmSwitch: z.strictObject({ at: date, to: z.enum(['SM2', 'RSA', 'ECDSA']), oldUntil: date.optional() }).optional(),
  /** a compromise, say: nothing from then on counts, whatever older versions of the list said */
  distrusted: z.strictObject({ since: date, why: line(300) }).optional(),
})
export type TrustedCa = z.infer<typeof trustedCa>

/** A row as given from outside, checked to the last field; certificates may come as PEM, base64 or DER in base64. @throws BrokerError trust_entry_invalid */
export function readEntry(input: unknown): TrustedCa {
  const read = trustedCa.safeParse(withPlainCertificates(input))
  if (!read.success)
    throw new BrokerError(
      'trust_entry_invalid',
      read.error.issues
        .slice(0, 10)
        .map(issue => `${issue.path.join('.') || 'entry'}: ${issue.message}`)
        .join('; '),
    )
  const seen = new Set<string>()
  for (const { thumbprint, basicConstraints, version, subject, selfIssued } of certificatesOf(read.data)) {
    if (seen.has(thumbprint)) throw new BrokerError('trust_entry_invalid', `one certificate twice: ${subject.text}`)
    seen.add(thumbprint)
    // version 1 roots say nothing of being a CA
    if (basicConstraints?.ca !== true && !(version < 3 && selfIssued))
      throw new BrokerError('trust_entry_invalid', `not a CA's certificate: ${subject.text}`)
  }
  const { joins, leaves } = read.data
  if (leaves !== undefined && leaves < joins) throw new BrokerError('trust_entry_invalid', 'leaves: before it joins')
  return read.data
}

function withPlainCertificates(input: unknown): unknown {
  if (typeof input !== 'object' || input === null || !('certificates' in input) || !Array.isArray(input.certificates)) return input
  return {
    ...input,
    certificates: input.certificates.slice(0, 65).map((each: unknown) => {
      if (typeof each !== 'object' || each === null || !('der' in each) || typeof each.der !== 'string') return each
      try {
        return { ...each, der: toDer(each.der, CERTIFICATE_LIMIT).toString('base64') }
      } catch {
        // said by certificatesOf, in words
        return each
      }
    }),
  }
}

/** The certificates of a row, in its order. @throws BrokerError trust_entry_invalid */
export function certificatesOf(entry: Pick<TrustedCa, 'id' | 'certificates'>): Certificate[] {
  return entry.certificates.map(({ der }, i) => {
    try {
      const certificate = new Certificate(toDer(der, CERTIFICATE_LIMIT))
      void certificate.publicKey
      return certificate
    } catch (thrown) {
      throw new BrokerError('trust_entry_invalid', `${entry.id}: certificates.${i}: ${asBrokerError(thrown).facts}`, { cause: thrown })
    }
  })
}

/** Canonical: the same row is the same text, whatever order its fields came in. */
export function writeEntry(entry: TrustedCa): string {
  return JSON.stringify(sorted(entry))
}

/** What this house wrote. @throws BrokerError trust_entry_invalid */
export const parseEntry = (text: string): TrustedCa => {
  const read = trustedCa.safeParse(JSON.parse(text))
  if (!read.success) throw new BrokerError('trust_entry_invalid', `a stored row: ${read.error.issues[0]?.message ?? ''}`)
  return read.data
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  )
}

/** A row that grants nothing yet: what an import starts from. */
export function newEntry(given: Pick<TrustedCa, 'id' | 'name' | 'certificates' | 'joins'> & Partial<TrustedCa>): TrustedCa {
  return readEntry({
    banks: [],
    scope: { uses: [], holders: [] },
    qualification: { state: 'none' },
    hosts: [],
    revocation: {},
    filing: { state: 'none' },
    fees: {},
    ...given,
  })
}

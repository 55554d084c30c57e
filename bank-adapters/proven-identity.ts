import { z } from 'zod'
import { meets } from '../server/kernel/assurance.ts'
import { seconds } from '../server/kernel/clock.ts'
import { BrokerError } from '../server/kernel/errors.ts'
import type { BankIdentity, EnterpriseSeat } from '../server/kernel/identity.ts'
import { readUscc } from '../server/kernel/uscc.ts'
import { certificateFacts } from '../server/pki/certificate.ts'
import { readSubject } from '../server/pki/subject-profiles.ts'
import type { OidcBank, SamlBank } from './bank-data.ts'
import type { AdapterDeps } from './contract.ts'

/**
 * From what a bank said, in its words, to the neutral identity. Owns the checks that do not depend on the protocol, so that no protocol can forget one:
 * bounds, USCC, known roles and levels, and that the shield's certificate is good and names one of the companies.
 */
const said = z.object({
  subject: z.string().min(1).max(255),
  name: z.string().trim().min(1).max(60),
  idDigest: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'SM3 in lower-case hexadecimal')
    .optional(),
  seats: z
    .array(z.object({ uscc: z.string().max(40), name: z.string().trim().min(1).max(120), role: z.string().max(40) }))
    .min(1)
    .max(200),
  level: z.string().min(1).max(200),
  methods: z.array(z.string().regex(/^[a-z0-9]{1,16}$/)).max(8),
  authenticatedAt: z.date(),
  certificate: z
    .string()
    .max(16_384)
    .regex(/^[A-Za-z0-9+/\s]+={0,2}\s*$/, 'base64 of DER')
    .optional(),
  bankSession: z.string().min(1).max(255).optional(),
})
/** In the bank's words; unchecked. */
export type BankSaid = { [K in keyof z.input<typeof said>]: unknown }

/**
 * @throws BrokerError bank_answer_malformed, uscc_invalid, bank_identity_mismatch, or what the certificate's check throws
 */
export async function provenIdentity(bank: OidcBank | SamlBank, deps: AdapterDeps, answer: BankSaid): Promise<BankIdentity> {
  const parsed = said.safeParse(answer)
  if (!parsed.success) {
    const expected = parsed.error.issues.map(issue => `${issue.path.join('.')}: ${issue.message}`).slice(0, 10)
    throw new BrokerError('bank_answer_malformed', 'the bank’s answer lacks what an identity needs', { expected: expected.join('; ') })
  }
  const { subject, name, idDigest, authenticatedAt, bankSession, methods } = parsed.data
  const assurance = wordOf(bank.assurance, parsed.data.level, 'a known level of assurance')
  if (authenticatedAt.getTime() > deps.clock.now().getTime() + seconds(60)) {
    throw new BrokerError('bank_answer_malformed', 'the person authenticated in the future', { received: authenticatedAt.toISOString() })
  }
  const seats = uniqueSeats(
    parsed.data.seats.map(seat => ({ uscc: readUscc(seat.uscc), name: seat.name, role: wordOf(bank.roles, seat.role, 'a known role') })),
  )
  const shield = parsed.data.certificate === undefined ? undefined : await shieldOf(bank, deps, Buffer.from(parsed.data.certificate, 'base64'), seats)
  if (shield === undefined && meets(assurance, 'shield')) {
    throw new BrokerError('bank_answer_malformed', 'the bank says a shield was used and does not say which', {
      received: parsed.data.level,
      expected: 'a certificate',
    })
  }
  return {
    bank: bank.id,
    subject,
    person: { name, ...(idDigest === undefined ? {} : { idDigest }) },
    // a shield proves one company, whatever other companies the person may act for: those need their own shields, or a login without
    seats: shield === undefined ? seats : [shield.seat],
    assurance,
    methods: methods.length > 0 ? methods : shield === undefined ? ['pwd'] : ['hwk', 'pin'],
    authenticatedAt: authenticatedAt.toISOString(),
    ...(shield === undefined ? {} : { certificate: shield.facts }),
    ...(bankSession === undefined ? {} : { bankSession }),
  }
}

async function shieldOf(bank: OidcBank | SamlBank, deps: AdapterDeps, leaf: Uint8Array, seats: readonly EnterpriseSeat[]) {
  const certificate = await deps.checkCertificate({ bank: bank.id, leaf, use: 'sign' })
  const holder = readSubject(bank.subjectProfile, certificate)
  const seat = seats.find(({ uscc }) => uscc === holder.uscc)
  if (seat === undefined) {
    throw new BrokerError('bank_identity_mismatch', 'the certificate names a company that the bank does not', {
      received: `certificate of ${holder.uscc}`,
      expected: seats.map(({ uscc }) => uscc).join(', '),
    })
  }
  return { seat, facts: certificateFacts(certificate) }
}

function wordOf<T>(words: Record<string, T>, word: string, expected: string): T {
  const known = Object.hasOwn(words, word) ? words[word] : undefined
  if (known === undefined)
    throw new BrokerError('bank_answer_malformed', `no ${expected.slice(2)}`, { received: word, expected: Object.keys(words).join(', ') })
  return known
}

/** Each company once; who is both its legal representative and an operator is the former. */
function uniqueSeats(seats: readonly EnterpriseSeat[]): EnterpriseSeat[] {
  const best = new Map<string, EnterpriseSeat>()
  for (const seat of seats) {
    if (best.get(seat.uscc)?.role !== 'legal-representative') best.set(seat.uscc, seat)
  }
  return [...best.values()]
}

import { z } from 'zod'
import { ACT_NAMES } from '../kernel/acts.ts'
import { BrokerError } from '../kernel/errors.ts'
import { oneLine } from '../kernel/one-line.ts'
import { type Grantee, MOST } from './terms.ts'

/** What a person fills in to give a mandate, checked before anything is written. The id number is digested and masked here and goes no further. */
const code = z
  .string()
  .trim()
  .min(1)
  .max(80)
  // what separates codes in the document cannot stand in one
  .regex(/^[^、\n\r[\]:]+$/u, 'no separators')
const codes = z.array(code).max(MOST.listed).default([])
const fen = z.int().min(0).max(MOST.fen)
const moment = z.iso.datetime({ offset: true }).transform(text => new Date(text).toISOString())

const draftShape = z.object({
  /** the mandate that is passed on; absent: the legal representative's own power */
  from: z.string().max(60).optional(),
  grantee: z.union([
    z.object({ personId: z.string().max(60), name: z.string().trim().min(1).max(40), phone: z.string().max(20).optional() }),
    z.object({ name: z.string().trim().min(1).max(40), idNumber: z.string().trim().max(18), phone: z.string().max(20).optional() }),
  ]),
  acts: z.array(z.enum(ACT_NAMES)).min(1).max(ACT_NAMES.length),
  seals: codes,
  centers: codes,
  projects: codes,
  sections: codes,
  limitFen: fen.optional(),
  totalFen: fen.optional(),
  validFrom: moment,
  validUntil: moment,
  depth: z.int().min(0).max(MOST.depth).default(0),
  approvals: z.int().min(0).max(MOST.approvals).default(0),
})

export type DraftInput = z.input<typeof draftShape>
export interface MandateDraft extends Omit<z.output<typeof draftShape>, 'grantee'> {
  grantee: Grantee
}

/**
 * @param digest SM3, lower-case hexadecimal
 * @throws BrokerError mandate_invalid, naming what is wrong and never the values
 */
export function readDraft(input: unknown, digest: (text: string) => string): MandateDraft {
  const parsed = draftShape.safeParse(input)
  if (!parsed.success)
    throw invalid(
      parsed.error.issues
        .slice(0, 5)
        .map(({ path, message }) => `${path.join('.') || 'mandate'}: ${message}`)
        .join('; '),
    )
  const { grantee, ...draft } = parsed.data
  if (Date.parse(draft.validUntil) <= Date.parse(draft.validFrom)) throw invalid('validUntil: later than validFrom')
  if (Date.parse(draft.validUntil) - Date.parse(draft.validFrom) > MOST.days * 86_400_000)
    throw invalid(`validUntil: at most ${MOST.days} days after validFrom`)
  if (draft.depth > 0 !== draft.acts.includes('delegate')) throw invalid('depth: passing on needs the act delegate, and the act a depth above 0')
  if (draft.seals.length > 0 && !draft.acts.includes('seal_use')) throw invalid('seals: only with the act seal_use')
  return { ...draft, grantee: granteeOf(grantee, digest) }
}

function granteeOf(given: z.output<typeof draftShape>['grantee'], digest: (text: string) => string): Grantee {
  const name = oneLine(given.name)
  const phoneMasked = maskPhone(given.phone)
  const base = { name, ...(phoneMasked === undefined ? {} : { phoneMasked }) }
  if ('personId' in given) return { ...base, personId: given.personId }
  const number = given.idNumber.toUpperCase()
  if (!isIdNumber(number)) throw invalid('grantee.idNumber: 18 characters with a right check character')
  return { ...base, digest: digest(number), idMasked: `${number.slice(0, 4)}**********${number.slice(-4)}` }
}

/** GB 11643: weights 2^(17-i) mod 11. */
export function isIdNumber(number: string): boolean {
  if (!/^\d{17}[\dX]$/.test(number)) return false
  const sum = [...number.slice(0, 17)].reduce((total, digit, i) => total + Number(digit) * (2 ** (17 - i) % 11), 0)
  return '10X98765432'[sum % 11] === number[17]
}

function maskPhone(phone: string | undefined): string | undefined {
  const digits = phone?.replaceAll(/[\s-]/g, '') ?? ''
  if (digits === '') return undefined
  if (!/^\+?\d{5,15}$/.test(digits)) throw invalid('grantee.phone: digits')
  return `${digits.slice(0, 3)}****${digits.slice(-4)}`
}

const invalid = (expected: string): BrokerError => new BrokerError('mandate_invalid', 'the mandate is not filled in correctly', { expected })

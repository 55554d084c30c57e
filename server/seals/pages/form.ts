import { z } from 'zod'
import { BrokerError } from '../../kernel/errors.ts'
import { SEAL_KINDS } from '../../storage/stores-seals.ts'
import type { Application } from '../life/draft.ts'
import { kindOf } from '../life/kinds.ts'

/** What the application form sends, and what becomes of it. What was typed is kept as it was typed, to be shown again. */
const text = (most: number) => z.string().max(most).default('')
const several = z
  .union([z.string().max(64), z.array(z.string().max(64)).max(50)])
  .optional()
  .transform(value => (value === undefined ? [] : typeof value === 'string' ? [value] : value))
export const YEARS = ['1', '2', '3', '5'] as const
/** base64 of the largest PNG that pictures take (2 MiB) */
export const MOST_UPLOAD = 2_800_000

const look = {
  kind: z.enum(SEAL_KINDS).default('company'),
  under: text(40),
  number: text(20),
  style: z.enum(['raised', 'sunk']).default('raised'),
}
export const previewQuery = z.object(look)
export const applyForm = z.object({ ...look, years: z.enum(YEARS).default('3'), shield: several, upload: text(MOST_UPLOAD) })
export type ApplyValues = z.output<typeof applyForm>
export const emptyApply = (): ApplyValues => applyForm.parse({})

export const remakeQuery = z.object({ shield: several, years: z.enum(YEARS).default('3') })
export const signedForm = z.looseObject({
  signature: z
    .string()
    .min(1)
    .max(96 * 1024),
  text: z.string().min(1).max(16_000),
})
export const remakeForm = signedForm.extend({ shield: several, until: z.iso.datetime() })

/** What is drawn: a chop has its name alone, and a round seal without words of its own has those that its kind usually has. */
export function lookOf({
  kind,
  under,
  number,
  style,
}: Pick<ApplyValues, 'kind' | 'under' | 'number' | 'style'>): Pick<Application, 'kind' | 'under' | 'number' | 'style'> {
  const row = kindOf(kind)
  if (row.shape === 'chop') return { kind, style }
  const [words, digits] = [under.trim() === '' ? row.under : under.trim(), number.replaceAll(/\s/g, '')]
  return { kind, ...(words === undefined ? {} : { under: words }), ...(digits === '' ? {} : { number: digits }) }
}

/** @throws BrokerError seal_picture_unusable: what was uploaded is no base64 */
export function applicationOf(values: ApplyValues, now: Date): Application {
  return {
    ...lookOf(values),
    ...(values.upload === '' ? {} : { upload: bytesOf(values.upload) }),
    wanted: values.shield,
    validFrom: now.toISOString(),
    validUntil: inYears(values.years, now),
  }
}

function bytesOf(base64: string): Buffer {
  if (!/^[A-Za-z0-9_-]+$/.test(base64)) throw new BrokerError('seal_picture_unusable', 'the upload is not base64url')
  return Buffer.from(base64, 'base64url')
}

/** The same day so many years on, in whole seconds. */
export function inYears(years: (typeof YEARS)[number], now: Date): string {
  const end = new Date(Math.floor(now.getTime() / 1000) * 1000)
  end.setUTCFullYear(end.getUTCFullYear() + Number(years))
  return end.toISOString()
}

/** A form sends line breaks as CR LF (HTML, "multipart and urlencoded form data"); what was signed has LF. */
export const wordsOf = ({ text: words, signature }: z.output<typeof signedForm>) => ({ text: words.replaceAll('\r\n', '\n'), cms: signature })

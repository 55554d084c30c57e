import { z } from 'zod'
import { chinaDay } from '../kernel/china-time.ts'
import { DATA_SETS, type DataSet, PURPOSES, type Purpose } from '../kernel/data-consent.ts'
import { oneLine } from '../kernel/one-line.ts'
import type { DataConsent } from '../storage/stores-consents.ts'

/** What a company says when it consents, as the form brings it and as the shield signs it. Owns the very words. */
export const consentForm = z.object({
  id: z.string().regex(/^[\w-]{20,40}$/),
  recipient: z.string().min(1).max(100),
  data: z.enum(Object.keys(DATA_SETS) as [DataSet, ...DataSet[]]),
  purpose: z.enum(Object.keys(PURPOSES) as [Purpose, ...Purpose[]]),
  project: z
    .string()
    .trim()
    .max(100)
    .refine(text => text.isWellFormed() && !/\p{C}/u.test(text), 'one line of text'),
  /** the last day, as the calendar in China has it */
  until: z.iso.date(),
  uses: z.union([z.literal(''), z.coerce.number().int().min(1).max(1000)]),
})
export type ConsentForm = z.output<typeof consentForm>

type Terms = Pick<
  DataConsent,
  'id' | 'uscc' | 'companyName' | 'personName' | 'dataSet' | 'purpose' | 'project' | 'validUntil' | 'maxUses' | 'recipient'
>

/** The last day on which it holds, as the calendar in China has it. */
export const lastDayOf = (validUntil: string): string => chinaDay(new Date(Date.parse(validUntil) - 1))

/** @param recipientName as people know the recipient @param at ISO 8601 with milliseconds; the consent begins then */
export function consentText(terms: Terms, recipientName: string, at: string): string {
  return [
    '数据授权书',
    `编号:${terms.id}`,
    `授权企业:${oneLine(terms.companyName)}(${terms.uscc})`,
    `授权给:${oneLine(recipientName)}(${terms.recipient})`,
    `数据:${DATA_SETS[terms.dataSet].zh}[${terms.dataSet}]`,
    `用途:${PURPOSES[terms.purpose].zh}[${terms.purpose}]`,
    `项目:${terms.project === undefined ? '不限' : oneLine(terms.project)}`,
    `最后有效日:${lastDayOf(terms.validUntil)}(含当日)`,
    `次数:${terms.maxUses ?? '不限'}`,
    '声明:可随时撤回，撤回后立即停止提供。每次使用都有记录。',
    `办理人:${oneLine(terms.personName)}`,
    `时间:${at}`,
  ].join('\n')
}

/** Between several consents that one signature gives: no line of a consent is empty. */
export const BETWEEN = '\n\n'

/** Whether the stored terms are those of the signed words, alone or among others; the name under which people knew the recipient then stands in them alone. */
export function isAsSigned(consent: DataConsent): boolean {
  return consent.text.split(BETWEEN).some(text => {
    const name = /^授权给:(.*)\(/m.exec(text)?.[1] ?? ''
    return consentText(consent, name, consent.validFrom) === text
  })
}

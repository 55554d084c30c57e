import { z } from 'zod'
import { ACTS, isAct } from '../kernel/acts.ts'
import { days, later } from '../kernel/clock.ts'
import type { BrokerError } from '../kernel/errors.ts'
import { dayOf } from '../web/beijing.ts'
import type { Words } from '../web/words.ts'
import { type DraftInput, isIdNumber } from './draft.ts'
import { type MandateTerms, MOST } from './terms.ts'

/**
 * The form with which a mandate is given: from what a person typed to a draft, or to a sentence beside each field that is wrong. Yuan become fen by their digits, days are Beijing's. Owns no rule of mandates:
 * draft.ts checks everything again.
 */
const text = (most: number) => z.string().max(most).default('')
const several = z
  .union([
    z
      .string()
      .max(120)
      .transform(one => [one]),
    z.array(z.string().max(120)).max(60),
  ])
  .default([])
export const giveForm = z.object({
  from: text(60),
  person: text(60),
  name: text(100),
  idNumber: text(40),
  phone: text(40),
  act: several,
  center: several,
  projects: text(5000),
  sections: text(5000),
  seals: text(5000),
  limit: text(40),
  total: text(40),
  start: text(20),
  term: text(20),
  end: text(20),
  depth: text(4),
  approvals: text(4),
})
export type GiveValues = z.output<typeof giveForm>
export type GiveField = keyof GiveValues
export type GiveErrors = Partial<Record<GiveField | 'all', Words>>

/** somebody who is not in the list */
export const NEW_PERSON = 'new'
/** how long, by preset; `end`: until a day, `upper`: as long as the mandate it is passed on from */
const TERMS = { '30': 30, '90': 90, '365': 365 } as const

export interface GiveContext {
  now: Date
  people: readonly { personId: string; name: string }[]
  /** the mandate that is passed on */
  upper?: MandateTerms | undefined
}

export function readGive(values: GiveValues, context: GiveContext): { draft: DraftInput } | { errors: GiveErrors } {
  const errors: GiveErrors = {}
  const { upper } = context
  const grantee = granteeOf(values, context, errors)
  const chosen = values.act.filter(isAct).filter(act => act !== 'delegate')
  const depth = smallNumber(values.depth, MOST.depth, 'depth', errors)
  const approvals = smallNumber(values.approvals, MOST.approvals, 'approvals', errors)
  if (chosen.length === 0) errors.act = { zh: '请至少选择一项。', en: 'Choose at least one.' }
  const span = spanOf(values, context, errors)
  const limitFen = fenOf(values.limit, 'limit', errors)
  const totalFen = fenOf(values.total, 'total', errors)
  if (limitFen !== undefined && totalFen !== undefined && totalFen < limitFen)
    errors.total = { zh: '累计上限不能小于单次上限。', en: 'The limit in all cannot be below the limit for each act.' }
  if (upper !== undefined) withinUpper({ limitFen, totalFen, depth, approvals, until: span.until }, upper, errors)
  const draft = {
    ...(values.from === '' ? {} : { from: values.from }),
    grantee,
    acts: depth > 0 ? [...chosen, 'delegate' as const] : chosen,
    // centers not known here were never offered
    centers: codesOf(values.center.join('\n'), 'center', errors),
    projects: codesOf(values.projects, 'projects', errors),
    sections: codesOf(values.sections, 'sections', errors),
    seals: chosen.includes('seal_use') ? codesOf(values.seals, 'seals', errors) : [],
    ...(limitFen === undefined ? {} : { limitFen }),
    ...(totalFen === undefined ? {} : { totalFen }),
    validFrom: span.from.toISOString(),
    validUntil: span.until.toISOString(),
    depth,
    approvals,
  }
  return Object.keys(errors).length > 0 ? { errors } : { draft }
}

function granteeOf(values: GiveValues, { people }: GiveContext, errors: GiveErrors): DraftInput['grantee'] {
  const phone = values.phone.trim()
  if (phone !== '' && !/^\+?\d{5,15}$/.test(phone.replaceAll(/[\s-]/g, '')))
    errors.phone = { zh: '手机号码只能是数字。', en: 'A phone number is digits.' }
  const more = phone === '' ? {} : { phone }
  if (values.person !== NEW_PERSON) {
    const found = people.find(({ personId }) => personId === values.person)
    if (found === undefined) errors.person = { zh: '请选择被授权人。', en: 'Choose whom to give it to.' }
    return { personId: values.person, name: found?.name ?? '', ...more }
  }
  const [name, idNumber] = [values.name.trim(), values.idNumber.trim().toUpperCase()]
  if (name === '' || name.length > 40) errors.name = { zh: '请填写姓名，最多 40 个字。', en: 'Enter the name, at most 40 characters.' }
  if (!isIdNumber(idNumber))
    errors.idNumber = { zh: '身份证号应为 18 位，请核对最后一位。', en: 'An id number has 18 characters; check the last one.' }
  return { name, idNumber, ...more }
}

/** Whole fen, by the digits: never through a fraction. */
export function fenOf(typed: string, field: 'limit' | 'total', errors: GiveErrors): number | undefined {
  const plain = typed.replaceAll(/[\s,，￥¥元]/g, '')
  if (plain === '') return undefined
  const [, whole, cents = ''] = /^(\d{1,11})(?:\.(\d{1,2}))?$/.exec(plain) ?? []
  const fen = whole === undefined ? Number.NaN : Number(whole) * 100 + Number(cents.padEnd(2, '0'))
  if (fen > 0 && fen <= MOST.fen) return fen
  errors[field] = {
    zh: '请填写金额，单位元，最多两位小数，例如 500000 或 500000.00。',
    en: 'Enter an amount in yuan with at most two decimals, such as 500000.',
  }
  return undefined
}

/** One a line, or with commas between them. */
function codesOf(typed: string, field: 'center' | 'projects' | 'sections' | 'seals', errors: GiveErrors): string[] {
  const codes = [...new Set(typed.split(/[\s,，;；、]+/).filter(code => code !== ''))]
  if (codes.length > MOST.listed) errors[field] = { zh: `最多填写 ${MOST.listed} 个。`, en: `At most ${MOST.listed}.` }
  else if (codes.some(code => code.length > 80 || /[[\]:]/.test(code)))
    errors[field] = { zh: '编号最长 80 个字符，不能含方括号和英文冒号。', en: 'A code has at most 80 characters, without brackets or colons.' }
  return codes
}

const beijingMidnight = (day: string): Date | undefined => {
  const at = /^\d{4}-\d\d-\d\d$/.test(day) ? new Date(`${day}T00:00:00+08:00`) : undefined
  return at === undefined || Number.isNaN(at.getTime()) || dayOf(at) !== day ? undefined : at
}

function spanOf({ start, term, end }: GiveValues, { now, upper }: GiveContext, errors: GiveErrors): { from: Date; until: Date } {
  const earliest = upper === undefined ? now : later(now, new Date(upper.from))
  const asked = start === '' || start === dayOf(now) ? earliest : beijingMidnight(start)
  if (asked === undefined || asked.getTime() < earliest.getTime())
    errors.start = { zh: '开始日期不能早于今天，也不能早于原授权。', en: 'It cannot begin before today, nor before the mandate it comes of.' }
  const from = asked ?? earliest
  const until = untilOf(term, end, from, upper)
  if (until === undefined) errors.end = { zh: '请选择到期的日子。', en: 'Choose the day on which it ends.' }
  else if (until.getTime() <= from.getTime()) errors.end = { zh: '到期的日子要晚于开始的日子。', en: 'It has to end after it begins.' }
  else if (until.getTime() - from.getTime() > days(MOST.days)) errors.end = { zh: '有效期最长 5 年。', en: 'At most 5 years.' }
  return { from, until: until ?? from }
}

function untilOf(term: string, end: string, from: Date, upper: MandateTerms | undefined): Date | undefined {
  if (term === 'upper') return upper === undefined ? undefined : new Date(upper.until)
  const preset = Object.entries(TERMS).find(([name]) => name === term)?.[1]
  if (preset !== undefined) return new Date(from.getTime() + days(preset))
  // the day itself still counts
  const last = beijingMidnight(end)
  return last === undefined ? undefined : new Date(last.getTime() + days(1))
}

function smallNumber(typed: string, most: number, field: 'depth' | 'approvals', errors: GiveErrors): number {
  const number = typed === '' ? 0 : /^\d$/.test(typed) ? Number(typed) : Number.NaN
  if (number <= most) return number
  errors[field] = { zh: `请在 0 到 ${most} 之间选择。`, en: `Choose from 0 to ${most}.` }
  return 0
}

/** What decide.ts would refuse, told where it was typed. */
function withinUpper(
  {
    limitFen,
    totalFen,
    depth,
    approvals,
    until,
  }: { limitFen: number | undefined; totalFen: number | undefined; depth: number; approvals: number; until: Date },
  upper: MandateTerms,
  errors: GiveErrors,
): void {
  const above = (of: number | undefined, than: number | undefined) => than !== undefined && (of === undefined || of > than)
  if (errors.limit === undefined && above(limitFen, upper.limitFen))
    errors.limit = { zh: '不能高于原授权的单次上限。', en: 'Not above the limit of the mandate it comes of.' }
  if (errors.total === undefined && above(totalFen, upper.totalFen))
    errors.total = { zh: '不能高于原授权的累计上限。', en: 'Not above the limit of the mandate it comes of.' }
  if (depth >= upper.depth) errors.depth = { zh: '不能超过原授权允许的层数。', en: 'Not deeper than the mandate it comes of allows.' }
  if (approvals < upper.approvals) errors.approvals = { zh: '不能少于原授权要求的人数。', en: 'Not fewer than the mandate it comes of asks for.' }
  if (errors.end === undefined && until.getTime() > Date.parse(upper.until))
    errors.end = { zh: '不能晚于原授权的到期时间。', en: 'Not longer than the mandate it comes of.' }
}

/** A refusal by the mandate's own rules, at the field that it is about. */
export function errorsOf({ code, expected }: BrokerError, words: Words): GiveErrors {
  if (code === 'mandate_self_grant') return { person: words }
  const path = /^([a-z.]+)/i.exec(expected ?? '')?.[1] ?? ''
  const FIELDS: Partial<Record<string, GiveField>> = {
    'grantee.idNumber': 'idNumber',
    'grantee.phone': 'phone',
    'grantee.name': 'name',
    acts: 'act',
    centers: 'center',
    projects: 'projects',
    sections: 'sections',
    seals: 'seals',
    limitFen: 'limit',
    totalFen: 'total',
    validFrom: 'start',
    validUntil: 'end',
  }
  return { [FIELDS[path] ?? 'all']: words }
}

/** What may be chosen: all acts, or those of the mandate that is passed on. Whether it may be passed on is a question of its own. */
export const actsToChoose = (upper: MandateTerms | undefined) =>
  Object.keys(ACTS)
    .filter(isAct)
    .filter(act => act !== 'delegate' && (upper === undefined || upper.acts.includes(act)))

/** The form as it is first shown. */
export function emptyGive(more: { person?: string; upper?: MandateTerms | undefined; now: Date }): GiveValues {
  const { person = '', upper, now } = more
  const start = upper !== undefined && Date.parse(upper.from) > now.getTime() ? dayOf(upper.from) : dayOf(now)
  const base = { person, name: '', idNumber: '', phone: '', projects: '', sections: '', seals: '', limit: '', total: '', start, end: '', depth: '0' }
  if (upper === undefined) return { ...base, from: '', act: ['login'], center: [], term: '90', approvals: '0' }
  const yuan = (fen: number | undefined) => (fen === undefined ? '' : fen % 100 === 0 ? String(fen / 100) : (fen / 100).toFixed(2))
  return {
    ...base,
    from: upper.id,
    act: actsToChoose(upper),
    center: [...upper.centers],
    projects: upper.projects.join('\n'),
    sections: upper.sections.join('\n'),
    seals: upper.seals.join('\n'),
    limit: yuan(upper.limitFen),
    total: yuan(upper.totalFen),
    term: 'upper',
    approvals: String(upper.approvals),
  }
}

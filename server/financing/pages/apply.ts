import { z } from 'zod'
import type { Deal } from '../../storage/stores-financing.ts'
import { both, type Fact, facts, notice, submit } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import { DATA_OF, MOST_BANKS } from '../applications.ts'
import { MOST_DAYS } from '../messages/parts.ts'
import type { ConsentOf, FinancingPage } from './ports.ts'
import { FINANCING, fenOf, plainYuan, yuan } from './words.ts'

/** The form by which a company applies; the next page shows the consents' very words, and signs them all at once. */
export const applyForm = z.object({
  id: z.string().regex(/^[\w-]{20,30}$/),
  kind: z.enum(['deal-loan', 'bond-loan']),
  of: z.string().regex(/^[\w-]{1,60}$/),
  banks: z
    .union([z.string().transform(one => [one]), z.array(z.string()).max(MOST_BANKS)])
    .default([])
    .transform(banks => [...new Set(banks)].sort())
    .pipe(z.array(z.string().regex(/^[\w-]{1,40}$/))),
  amount: z
    .string()
    .max(30)
    .transform(typed => fenOf(typed) ?? 0n),
  days: z.coerce.number().int().min(1).max(MOST_DAYS),
  until: z.iso.date(),
  credit: z.literal('yes').optional(),
})
export type ApplyForm = z.output<typeof applyForm>

/** Of a bond loan all that its consents, and so the banks, hear of what it is for. */
export const codeOf = ({ id }: Pick<ApplyForm, 'id'>): string => `DK-${id}`

/** One consent for each bank and set of data. */
export const consentsOf = ({ id, kind, banks, until, credit }: ApplyForm, project: string): ConsentOf[] =>
  banks.flatMap((recipient, n) => {
    const sets = credit === undefined ? [DATA_OF[kind]] : [DATA_OF[kind], 'credit.bid' as const]
    return sets.map((data, set) => ({ id: `${id}-${n}${set}`, recipient, data, purpose: 'financing' as const, project, until, uses: '' as const }))
  })

/** What a form brings back when it is sent again. */
export const fieldsOf = (form: ApplyForm): (readonly [string, string])[] => [
  ...(['id', 'kind', 'of', 'until'] as const).map(name => [name, form[name]] as const),
  ...form.banks.map(bank => ['banks', bank] as const),
  ['amount', plainYuan(form.amount)],
  ['days', String(form.days)],
  ...(form.credit === undefined ? [] : [['credit', form.credit] as const]),
]

export interface ApplyView {
  id: string
  kind: ApplyForm['kind']
  of: string
  deal?: Deal
  mostFen: bigint
  banks: readonly { id: string; name: Words }[]
  today: string
  until: string
  problem: Words | undefined
}

export function applyPage({ id, kind, of, deal, mostFen, banks, today, until, problem }: ApplyView): FinancingPage {
  const about: Fact[] = [
    ...(deal === undefined ? [] : [{ name: { zh: '成交', en: 'Deal' }, value: `${deal.title} ${deal.contract}` }]),
    { name: { zh: '最多', en: 'At most' }, value: yuan(mostFen) },
  ]
  return {
    title: { zh: '申请融资', en: 'Apply for financing' },
    lead:
      kind === 'deal-loan'
        ? { zh: '选择银行和要提供的数据，下一步用盾签署授权并提交。', en: 'Choose banks and data; then sign the consents and send it.' }
        : {
            zh: '银行只知道金额和一个随机编号，不知道您投的是哪个项目。',
            en: 'The bank hears an amount and a random code, and nothing of the tender.',
          },
    inside: true,
    body: html`${problem !== undefined && notice(problem, 'bad')}
<form class="give" method="get" action="${FINANCING}/sign">
<input type="hidden" name="id" value="${id}"><input type="hidden" name="kind" value="${kind}"><input type="hidden" name="of" value="${of}">
<div class="card give-part">${facts(about)}
<fieldset class="give-part"><legend>${both({ zh: '向哪些银行申请（排列随机）', en: 'To which banks (in random order)' })}</legend>
${banks.map(bank => choice('banks', bank.id, bank.name))}</fieldset>
<div class="give-row">
${field('amount', { zh: '金额（元）', en: 'Amount in yuan' }, html`<input type="text" id="amount" name="amount" inputmode="decimal" required maxlength="20" value="${plainYuan(mostFen)}" autocomplete="off">`)}
${field('days', { zh: '期限（天）', en: 'Term in days' }, html`<input type="number" id="days" name="days" required min="1" max="${MOST_DAYS}" value="180">`)}
</div>
${choice('credit', 'yes', { zh: '同时提供投标信用报告，银行据此定价', en: 'Send the bid credit report along; banks price by it' })}
${field('until', { zh: '授权到哪一天', en: 'Consent until' }, html`<input type="date" id="until" name="until" required min="${today}" value="${until}">`)}
</div>
<div class="actions">${submit({ label: { zh: '下一步：核对并签名', en: 'Next: read and sign' } })}</div>
</form>`,
  }
}

const choice = (name: string, value: string, label: Words): Markup =>
  html`<label class="choice"><input type="checkbox" name="${name}" value="${value}"><span class="choice-words">${both(label)}</span></label>`
const field = (id: string, label: Words, input: Markup): Markup => html`<div class="field"><label for="${id}">${both(label)}</label>${input}</div>`

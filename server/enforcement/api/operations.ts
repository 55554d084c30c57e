import { z } from 'zod'
import { PROJECT_KINDS, RESTRICTED_ACTS, type Restriction, restrictionWords } from '../../kernel/restrictions.ts'
import { isUscc } from '../../kernel/uscc.ts'
import type { Measure } from '../../storage/stores-enforcement.ts'
import { RestrictionAnswer } from '../../web/interface/problem.ts'
import { line, measureContent } from '../content.ts'
import { BASE, type EnforcementOperation } from './operation.ts'

/** What a source does with its own measures, and what a center asks about its own place. */
const NewMeasures = z.strictObject({ measures: z.array(measureContent).min(1).max(100) }).meta({ id: 'NewMeasures' })
const RecordedMeasures = z
  .strictObject({
    measures: z.array(
      z.strictObject({
        number: z.string(),
        outcome: z.enum(['recorded', 'known', 'measure_conflict']).describe('`known`: it came before in the same words.'),
        id: z.string().optional(),
      }),
    ),
  })
  .meta({ id: 'RecordedMeasures', description: 'In the order given.' })
const STATES = ['in-force', 'repaired', 'lifted'] as const
export const MeasureAnswer = z
  .strictObject({
    id: z.string(),
    state: z.enum(STATES).describe('`in-force` has its effect from the first to the last day.'),
    digest: z.string().describe('SM3 of the measure as it came.'),
    recorded_at: z.string(),
    ended_at: z.string().optional(),
    ended_why: z.string().optional(),
    ...measureContent.shape,
  })
  .meta({ id: 'Measure' })
const MeasurePage = z
  .strictObject({ measures: z.array(MeasureAnswer), next: z.string().optional().describe('Give it as `after` for the next page.') })
  .meta({ id: 'Measures' })
const Repair = z
  .strictObject({
    corrected: z.literal(true).describe('The wrong is corrected (已纠正).'),
    duties_done: z.literal(true).describe('The duties are done (已履行义务).'),
    why: line(500).describe('Number of the decision on the repair, and its reason.'),
  })
  .meta({ id: 'MeasureRepair' })
const Lift = z.strictObject({ why: line(500) }).meta({ id: 'MeasureLift' })
const Ended = z.strictObject({ id: z.string(), state: z.enum(STATES) }).meta({ id: 'MeasureEnded' })
const Check = z
  .strictObject({
    uscc: z.string().refine(isUscc, 'a unified social credit code'),
    act: z.enum(RESTRICTED_ACTS),
    project_kind: z.enum(PROJECT_KINDS).optional(),
  })
  .meta({ id: 'MeasureCheck' })
const Checked = z
  .strictObject({ refused: RestrictionAnswer.optional(), flags: z.array(RestrictionAnswer) })
  .meta({ id: 'MeasureChecked', description: 'What measures say about the act at the asking center, now.' })

const path = `${BASE}/measures/{measure}` as const
const OWN = ['measure_unknown', 'measure_wrong_state'] as const
const PAGE = 100

export const operations: readonly EnforcementOperation[] = [
  {
    path: `${BASE}/measures`,
    name: 'recordMeasures',
    title: { zh: '报送惩戒措施', en: 'Record measures' },
    about: {
      zh: '一次最多一百项，以报送方的编号去重；有一项不符合要求，整批不收。只在写明的事项、中心、地区和项目类型生效。没有 enforcement.authority 时，centers 只能写本中心。',
      en: 'A hundred at most; one of a number is recorded once, and one that does not fit refuses all. Each has its effect only where it names act, center, region and kind of project. Without enforcement.authority `centers` is the own center alone.',
    },
    scope: 'enforcement.manage',
    request: NewMeasures,
    status: 200,
    answer: RecordedMeasures,
    refusals: ['measure_invalid', 'measure_not_yours'],
    async run({ measures }, ask) {
      const { measures: given } = ask.body(NewMeasures)
      const made = await measures.record({ id: ask.clientId, everywhere: ask.scopes.includes('enforcement.authority') }, given, ask.trace)
      const told = made.map(({ id, outcome }, i) => {
        const number = given[i]?.number ?? ''
        return outcome === 'other' ? { number, outcome: 'measure_conflict' } : { number, outcome, id }
      })
      return { body: { measures: told }, items: told.length }
    },
  },
  {
    method: 'get',
    path: `${BASE}/measures`,
    name: 'listMeasures',
    title: { zh: '本单位认定的措施', en: 'The source’s own measures' },
    about: { zh: '按编号顺序分页，含已修复和已解除的。', en: 'Page by page, those that ended too.' },
    scope: 'enforcement.manage',
    parameters: [
      { name: 'after', in: 'query', about: { zh: '上一页答复中的 next。', en: 'The next of the page before.' }, schema: { type: 'string' } },
    ],
    status: 200,
    answer: MeasurePage,
    refusals: [],
    async run({ store }, ask) {
      const { after } = ask.query(z.strictObject({ after: z.string().max(60).default('') }))
      const rows = await store.ofSource(ask.clientId, after, PAGE + 1)
      const measures = rows.slice(0, PAGE)
      const next = rows.length > PAGE ? { next: measures.at(-1)?.id } : {}
      return { body: { measures: measures.map(measureBody), ...next }, items: measures.length }
    },
  },
  {
    method: 'get',
    path,
    name: 'getMeasure',
    title: { zh: '查看一项措施', en: 'Look at a measure' },
    about: { zh: '只能查看本单位认定的。', en: 'The source’s own.' },
    scope: 'enforcement.manage',
    status: 200,
    answer: MeasureAnswer,
    refusals: ['measure_unknown'],
    run: async ({ measures }, ask) => ({ body: measureBody(await measures.own(ask.clientId, ask.param('measure'))) }),
  },
  {
    path: `${path}/repair`,
    name: 'repairMeasure',
    title: { zh: '修复', en: 'Repair' },
    about: { zh: '谁认定、谁修复；立即停止生效。', en: 'By whoever recognised it; it stops at once.' },
    scope: 'enforcement.manage',
    request: Repair,
    status: 200,
    answer: Ended,
    refusals: OWN,
    example: { corrected: true, duties_done: true, why: '信用修复决定书 2027-12' },
    async run({ measures }, ask) {
      const id = ask.param('measure')
      await measures.end(ask.clientId, id, 'repaired', ask.body(Repair).why, ask.trace)
      return { body: { id, state: 'repaired' } }
    },
  },
  {
    path: `${path}/lift`,
    name: 'liftMeasure',
    title: { zh: '解除', en: 'Lift' },
    about: { zh: '认定有误或不再需要时；立即停止生效。', en: 'Where it was wrong, or is needed no longer; it stops at once.' },
    scope: 'enforcement.manage',
    request: Lift,
    status: 200,
    answer: Ended,
    refusals: OWN,
    example: { why: '复议撤销' },
    async run({ measures }, ask) {
      const id = ask.param('measure')
      await measures.end(ask.clientId, id, 'lifted', ask.body(Lift).why, ask.trace)
      return { body: { id, state: 'lifted' } }
    },
  },
  {
    path: `${BASE}/checks`,
    name: 'checkRestrictions',
    title: { zh: '查询对一件事的限制', en: 'What measures say about an act' },
    about: {
      zh: '只问本中心。没有写 project_kind 时，按项目类型限定的拒绝只作提示。',
      en: 'At the own center alone. Without project_kind a refusal that is limited by it is told as a flag.',
    },
    scope: 'enforcement.check',
    request: Check,
    status: 200,
    answer: Checked,
    refusals: [],
    async run({ restrictions }, ask) {
      const { uscc, act, project_kind } = ask.body(Check)
      if (!isUscc(uscc)) return { body: { flags: [] } }
      const found = await restrictions(uscc, act, { center: ask.clientId, ...(project_kind === undefined ? {} : { projectKind: project_kind }) })
      return { body: { ...(found.refused === undefined ? {} : { refused: told(found.refused) }), flags: found.flags.map(told) } }
    },
  },
]

const told = (restriction: Restriction): z.output<typeof RestrictionAnswer> => ({ ...restriction, user_message: restrictionWords(restriction) })

const measureBody = ({ id, state, digest, recordedAt, ended, number, uscc, effect, terms }: Measure): z.output<typeof MeasureAnswer> => {
  const { kinds, ...rest } = terms
  return {
    ...{ id, state, digest, recorded_at: recordedAt, number, uscc, effect, ...rest, project_kinds: kinds },
    ...(ended === undefined ? {} : { ended_at: ended.at, ended_why: ended.why }),
  }
}

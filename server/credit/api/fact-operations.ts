import { z } from 'zod'
import type { CreditFact } from '../../storage/stores-credit.ts'
import { factContent } from '../facts/reading.ts'
import { after, afterQuery, BASE, type CreditOperation, line, PAGE, subject } from './operation.ts'

/** What a source does with its own facts: record, look, answer appeals, repair, recall. */
const MOST = 100
const NewFact = factContent.extend({
  signature: z
    .string()
    .min(1)
    .max(48_000)
    .regex(/^[A-Za-z0-9+/]+={0,2}$/)
    .optional()
    .describe('SignedData (GB/T 35275) in base64 over the canonical text of the fact with `source`, where the source signs its records.'),
})
const NewFacts = z.strictObject({ facts: z.array(NewFact).min(1).max(MOST) }).meta({ id: 'NewFacts' })
const Recorded = z
  .strictObject({
    facts: z.array(
      z.strictObject({
        number: z.string(),
        outcome: z.enum(['recorded', 'known', 'credit_fact_conflict']).describe('`known`: it came before in the same words.'),
        id: z.string().optional(),
      }),
    ),
  })
  .meta({ id: 'Recorded', description: 'In the order given.' })
const STATES = ['in-force', 'disputed', 'repaired', 'recalled'] as const
export const Fact = z
  .strictObject({
    id: z.string(),
    number: z.string(),
    ...subject,
    type: z.string(),
    level: z.string(),
    value: z.int().optional(),
    title: z.string(),
    happened_on: z.string(),
    repairable_from: z.string(),
    ages_out: z.string().describe('From this day on it counts no longer.'),
    digest: z.string().describe('SM3 of the record as it came.'),
    signed_by: z.string().optional().describe('Thumbprint of the certificate that signed it.'),
    state: z.enum(STATES),
    steps: z.array(z.strictObject({ kind: z.string(), by: z.string(), why: z.string(), at: z.string() })).optional(),
  })
  .meta({ id: 'Fact' })
const Disputed = z
  .strictObject({ facts: z.array(Fact), next: z.string().optional().describe('Give it as `after` for the next page.') })
  .meta({ id: 'Disputed' })
const Answer = z.strictObject({ outcome: z.enum(['upheld', 'rejected']), why: line(500) }).meta({ id: 'AppealAnswer' })
const Repair = z
  .strictObject({
    corrected: z.boolean().describe('The wrong is corrected (已纠正).'),
    duties_done: z.boolean().describe('The duties are done (已履行义务).'),
    promised: z.boolean().describe('The promise was made in public (已公开承诺).'),
    why: line(500),
  })
  .meta({ id: 'Repair' })
const Why = z.strictObject({ why: line(500) }).meta({ id: 'RecallReason' })
const Changed = z
  .strictObject({ id: z.string(), state: z.enum(STATES), told: z.int().describe('How many recipients are told to stop using it.') })
  .meta({ id: 'Changed' })

const path = `${BASE}/facts/{fact}` as const
const FINAL = ['credit_fact_unknown', 'credit_wrong_state'] as const

export const factOperations: readonly CreditOperation[] = [
  {
    path: `${BASE}/facts`,
    name: 'recordFacts',
    title: { zh: '报送信用记录', en: 'Record facts' },
    about: {
      zh: '一次最多一百条，以报送方的编号去重。有一条不符合要求，整批不收；编号被别的内容占用的，逐条告知。',
      en: 'A hundred at most; one of a number is recorded once. One that does not fit refuses all of them; one whose number is taken by another record is told of.',
    },
    scope: 'credit.facts',
    request: NewFacts,
    status: 200,
    answer: Recorded,
    refusals: ['credit_fact_invalid', 'signature_invalid', 'challenge_mismatch'],
    async run({ facts }, ask) {
      const { facts: given } = ask.body(NewFacts)
      const items = given.map(({ signature, ...content }) => ({ content, cms: signature }))
      const made = await facts.record(ask.clientId, items, ask.trace)
      const told = made.map(({ id, outcome }, i) => {
        const number = given[i]?.number ?? ''
        return outcome === 'other' ? { number, outcome: 'credit_fact_conflict' } : { number, outcome, id }
      })
      return { body: { facts: told }, items: told.length }
    },
  },
  {
    method: 'get',
    path,
    name: 'getFact',
    title: { zh: '查看一条信用记录', en: 'Look at a fact' },
    about: { zh: '报送方自己的记录和它的经过。', en: 'The source’s own, with what happened to it.' },
    scope: 'credit.facts',
    status: 200,
    answer: Fact,
    refusals: ['credit_fact_unknown'],
    async run({ facts, store }, ask) {
      const fact = await facts.ownFact(ask.clientId, ask.param('fact'))
      const steps = (await store.steps(fact.id)).map(({ kind, by, why, at }) => ({ kind, by, why, at }))
      return { body: { ...factBody(fact), steps } }
    },
  },
  {
    method: 'get',
    path: `${BASE}/appeals`,
    name: 'listAppeals',
    title: { zh: '待答复的异议', en: 'Appeals to answer' },
    about: {
      zh: '主体对报送方的记录提出的异议，自收到之日起二十日内答复（征信业管理条例第二十五条）。',
      en: 'Of subjects against the source’s facts; to be answered within twenty days.',
    },
    scope: 'credit.facts',
    parameters: after('上一页答复中的 next。', 'The next of the page before.'),
    status: 200,
    answer: Disputed,
    refusals: [],
    async run({ store }, ask) {
      const rows = await store.disputed(ask.clientId, PAGE + 1, ask.query(afterQuery).after)
      const facts = rows.slice(0, PAGE)
      const next = rows.length > PAGE ? { next: facts.at(-1)?.id } : {}
      return { body: { facts: facts.map(factBody), ...next }, items: facts.length }
    },
  },
  {
    path: `${path}/answer`,
    name: 'answerAppeal',
    title: { zh: '答复异议', en: 'Answer an appeal' },
    about: {
      zh: 'upheld：异议成立，记录撤回，通知已收到它的各方；rejected：不成立，记录照常计入。',
      en: 'upheld: the fact is taken back and its recipients are told; rejected: it counts on.',
    },
    scope: 'credit.facts',
    request: Answer,
    status: 200,
    answer: Changed,
    refusals: FINAL,
    example: { outcome: 'rejected', why: '复核后与处罚决定书一致' },
    async run({ facts }, ask) {
      const { outcome, why } = ask.body(Answer)
      const id = ask.param('fact')
      const told = await facts.answer(ask.clientId, id, outcome, why, ask.trace)
      return { body: { id, state: outcome === 'upheld' ? 'recalled' : 'in-force', told } }
    },
  },
  {
    path: `${path}/repair`,
    name: 'repairFact',
    title: { zh: '信用修复', en: 'Repair' },
    about: {
      zh: '谁认定、谁修复。过了最短公示期，三项条件都成立，记录当日停止公示、共享和使用，通知已收到它的各方。',
      en: 'By whoever recorded it, once the least time is over and all three conditions hold. The same day it is no longer shown, shared or used, and its recipients are told.',
    },
    scope: 'credit.facts',
    request: Repair,
    status: 200,
    answer: Changed,
    refusals: [...FINAL, 'credit_repair_early', 'credit_repair_unproven'],
    example: { corrected: true, duties_done: true, promised: true, why: '信用修复决定书 2026-12' },
    async run({ facts }, ask) {
      const { corrected, duties_done: dutiesDone, promised, why } = ask.body(Repair)
      const id = ask.param('fact')
      return { body: { id, state: 'repaired', told: await facts.repair(ask.clientId, id, { corrected, dutiesDone, promised }, why, ask.trace) } }
    },
  },
  {
    path: `${path}/recall`,
    name: 'recallFact',
    title: { zh: '撤回一条信用记录', en: 'Recall a fact' },
    about: { zh: '报送错了的记录随时可以撤回，通知已收到它的各方。', en: 'One that was wrong, at any time; its recipients are told.' },
    scope: 'credit.facts',
    request: Why,
    status: 200,
    answer: Changed,
    refusals: FINAL,
    example: { why: '主体代码填错' },
    async run({ facts }, ask) {
      const { why } = ask.body(Why)
      const id = ask.param('fact')
      return { body: { id, state: 'recalled', told: await facts.recall(ask.clientId, id, why, ask.trace) } }
    },
  },
]

const factBody = (fact: CreditFact) => ({
  id: fact.id,
  number: fact.sourceKey,
  kind: fact.kind,
  subject: fact.subject,
  type: fact.type,
  level: fact.level,
  ...(fact.value === undefined ? {} : { value: fact.value }),
  title: fact.title,
  happened_on: fact.happenedOn,
  repairable_from: fact.minUntil,
  ages_out: fact.maxUntil,
  digest: fact.digest,
  ...(fact.thumbprint === undefined ? {} : { signed_by: fact.thumbprint }),
  state: fact.state,
})

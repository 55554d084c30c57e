import { z } from 'zod'
import { ACT_NAMES } from '../../kernel/acts.ts'
import { PROJECT_KINDS } from '../../kernel/restrictions.ts'
import { MOST } from '../terms.ts'
import { LIMITS } from './limits.ts'

/** What is asked. The same schemas check requests and make the OpenAPI document. Members nobody knows are refused: a misspelt limit that was passed over would ask another question than the one meant. */

/** As mandates have them: what separates codes in the document cannot stand in one, and what cannot be shown cannot be asked for. */
const plain = (text: string): boolean => text.isWellFormed() && !/[\p{C}\p{Zl}\p{Zp}、[\]:]/u.test(text)
const code = (about: string) =>
  z.string().min(1).max(80).refine(plain, { message: 'holds characters that a code cannot have' }).optional().describe(about)
const token = z
  .string()
  .regex(/^[A-Za-z0-9._~+/=-]{16,510}$/)
  .describe('An access token of the person, issued to your center.')

const who = {
  subject: z
    .string()
    .regex(/^[\w-]{1,60}$/)
    .optional()
    .describe(
      'The `sub` that your center has of the person. What was proven is then taken as a session at the bank and no more: for acts that need a shield send `subject_token`.',
    ),
  subject_token: token
    .optional()
    .describe('An access token of the person, issued to your center: who it is, and what their login had proven. Instead of `subject`.'),
}
const what = {
  act: z.enum(ACT_NAMES).describe('What is to be done.'),
  project: code('Your code of the project. Needed where a mandate is limited to projects.'),
  project_kind: z
    .enum(PROJECT_KINDS)
    .optional()
    .describe('Which law or register rules the project: some measures are limited to kinds. Without it these only flag.'),
  section: code('Your code of the section (标段).'),
  amount_fen: z.int().min(0).max(MOST.fen).optional().describe('The amount in whole fen, for acts with money. Needed where a mandate has a limit.'),
  seal: code('The id of the seal, with the act seal_use.'),
  approvals: z
    .array(token)
    .max(MOST.approvals)
    .optional()
    .describe(
      'Access tokens, issued to your center, of others of the company who agreed at your place. Each counts once, if its login is as strong as the act needs. Only with `subject_token`.',
    ),
}

interface Asked {
  subject?: string | undefined
  subject_token?: string | undefined
  approvals?: readonly string[] | undefined
}
const oneSubject = (asked: Asked): boolean => (asked.subject === undefined) !== (asked.subject_token === undefined)
const ONE_SUBJECT = { path: ['subject'], message: 'either subject or subject_token' }
const provenApprovals = (asked: Asked): boolean => asked.approvals === undefined || asked.subject_token !== undefined
const PROVEN_APPROVALS = { path: ['approvals'], message: 'only with subject_token' }

export const DecisionQuestion = z
  .strictObject({
    ...who,
    ...what,
    perform: z
      .boolean()
      .optional()
      .describe(
        'true: where allowed, write the act down as done, in the company’s own record. Needs the scope authorization.use and the header Idempotency-Key.',
      ),
    reference: z
      .string()
      .min(1)
      .max(100)
      .refine(plain, { message: 'holds characters that a reference cannot have' })
      .optional()
      .describe('With `perform`: your number of the case, as the company’s record shall show it.'),
  })
  .refine(oneSubject, ONE_SUBJECT)
  .refine(provenApprovals, PROVEN_APPROVALS)
  .meta({ id: 'DecisionQuestion', description: 'May this person do this, for their company, at your center, now?' })
export type DecisionQuestion = z.output<typeof DecisionQuestion>

export const BatchItem = z
  .strictObject({ id: z.string().min(1).max(64).optional().describe('Yours; comes back with the answer.'), ...who, ...what })
  .refine(oneSubject, ONE_SUBJECT)
  .refine(provenApprovals, PROVEN_APPROVALS)
  .meta({ id: 'BatchItem', description: 'One question of many. A batch only looks: nothing is written down as done.' })
export type BatchItem = z.output<typeof BatchItem>

/** The envelope alone: each item is read by itself, so that a bad one does not fail the others. */
export const BatchEnvelope = z.strictObject({ items: z.array(z.unknown()).min(1).max(LIMITS.items) })
export const DecisionBatch = z
  .strictObject({ items: z.array(BatchItem).min(1).max(LIMITS.items) })
  .meta({ id: 'DecisionBatch', description: 'Up to 100 questions, answered in the order given.' })

export const EVENTS = ['mandate.suspended', 'mandate.resumed', 'mandate.revoked', 'mandate.expired', 'mandate.frozen'] as const
export const WebhookQuestion = z
  .strictObject({
    url: z.string().min(1).max(500).describe('Where the notices go: https, on a host that the operator has on the list for your center.'),
    events: z.array(z.enum(EVENTS)).min(1).max(EVENTS.length).describe('What to be told of.'),
  })
  .meta({ id: 'WebhookQuestion', description: 'A webhook.' })

/** Query of the list of deliveries. */
export const DeliveriesQuery = z.strictObject({
  undelivered: z.enum(['', 'true', 'false']).optional(),
  limit: z.coerce.number().int().min(1).max(LIMITS.page).default(LIMITS.page),
  before: z
    .string()
    .regex(/^[\w-]{1,60}$/)
    .optional(),
})

/** Draft of the IETF (httpapi): a structured string in quotes; bare ones are taken, too. */
export const IdempotencyKey = z
  .string()
  .transform(text => /^"(.*)"$/.exec(text)?.[1] ?? text)
  .pipe(z.string().regex(/^[A-Za-z0-9._~:-]{8,128}$/))

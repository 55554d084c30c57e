import { z } from 'zod'
import { ACT_NAMES } from '../../kernel/acts.ts'
import { ASSURANCE } from '../../kernel/assurance.ts'
import { Problem, RestrictionAnswer, UserWords, WhoCanFix } from '../../web/interface/problem.ts'
import { EVENTS } from './schemas.ts'

/** What is answered, as the OpenAPI document tells it; a test holds every answer against these schemas. */
const when = z.iso.datetime()
const uscc = z.string().describe('Unified social credit code (统一社会信用代码).')

export const WhyNot = z
  .strictObject({
    code: z.string(),
    user_message: UserWords.describe('A sentence for the person at your page.'),
    who_can_fix: WhoCanFix,
    doc_url: z.string(),
  })
  .meta({ id: 'WhyNot', description: 'Why it is not allowed, or what is missing.' })

export const DecisionAnswer = z
  .strictObject({
    decision: z.enum(['allow', 'deny', 'needs']).describe('`needs`: it would be allowed, and something can still be brought.'),
    code: z.string().optional().describe('The deciding reason, stable; absent with allow.'),
    reasons: z.array(WhyNot),
    power: z
      .enum(['legal-representative', 'bank-named', 'mandate'])
      .optional()
      .describe(
        'Whose power it is done by: the legal representative’s own, that of a person the bank names (login alone), or a mandate. Absent with deny.',
      ),
    mandate: z.string().optional().describe('The mandate it is done by, or that stands in the way.'),
    needs: z
      .strictObject({
        step_up: z.enum(ASSURANCE).optional().describe('Ask for a login with these `acr_values`.'),
        approvals: z.int().optional().describe('How many others of the company still have to agree.'),
      })
      .optional(),
    restrictions: z
      .array(RestrictionAnswer)
      .optional()
      .describe('Measures of joint punishment that reach the act: the one that refuses it, or those that only flag the company.'),
    entry: z.int().optional().describe('With `perform`: the number of the act in the company’s record. Where it is absent nothing was written down.'),
    place: z.int().optional().describe('With `perform`: the place of this use in the mandate’s own order of uses and changes.'),
  })
  .meta({ id: 'DecisionAnswer', description: 'The decision.' })
export type DecisionAnswer = z.output<typeof DecisionAnswer>

export const DecisionBatchAnswer = z
  .strictObject({
    results: z.array(
      z.union([
        z.strictObject({ index: z.int(), id: z.string().optional(), answer: DecisionAnswer }),
        z.strictObject({ index: z.int(), id: z.string().optional(), problem: Problem }),
      ]),
    ),
    counts: z.strictObject({ allow: z.int(), deny: z.int(), needs: z.int(), failed: z.int() }),
  })
  .meta({
    id: 'DecisionBatchAnswer',
    description: 'One result for each item, in the order of the items: an answer, or a problem where the item could not be judged.',
  })

const limited = z.enum(['any', 'listed'])
export const MandateAnswer = z
  .strictObject({
    id: z.string(),
    state: z
      .enum(['offered', 'declined', 'active', 'not-yet', 'suspended', 'frozen', 'expired', 'revoked'])
      .describe(
        'As it counts now, with what became of the mandates it was passed on from. Only `active` allows anything; `frozen`: the legal representative who gave it is no longer.',
      ),
    company: z.strictObject({ uscc, name: z.string() }),
    person: z.string().describe('The name of the person it is given to.'),
    acts: z.array(z.enum(ACT_NAMES)),
    scope: z
      .strictObject({ projects: limited, sections: limited, seals: limited, amount: z.enum(['any', 'limited']) })
      .describe(
        'Whether it is limited, and never to what: which projects and amounts a company has in mind is its secret until the opening. Ask for a decision.',
      ),
    valid_from: when,
    valid_until: when.describe('Exclusive.'),
    approvals: z.int().describe('How many others have to agree to each act.'),
    passed_on: z.boolean().describe('Given by somebody who holds a mandate, and not by the legal representative.'),
  })
  .meta({ id: 'MandateAnswer', description: 'What a center may see of a mandate.' })
export type MandateAnswer = z.output<typeof MandateAnswer>

export const EvidenceAnswer = z
  .strictObject({
    id: z.string(),
    kind: z.string(),
    subject: z.string().describe('The `sub` of who signed.'),
    text: z.string().describe('What the person was shown and signed.'),
    cms: z.string().describe('SignedData (GB/T 35275, RFC 5652) in base64, the text inside. Verify it at /api/trust/signatures:verify.'),
    thumbprint: z.string().describe('SM3 over the signer’s certificate.'),
    at: when,
  })
  .meta({ id: 'EvidenceAnswer', description: 'A text that a person signed at your request.' })
export type EvidenceAnswer = z.output<typeof EvidenceAnswer>

const webhook = { id: z.string(), url: z.string(), events: z.array(z.enum(EVENTS)), created_at: when }
export const WebhookAnswer = z.strictObject(webhook).meta({ id: 'WebhookAnswer', description: 'A webhook.' })
export const WebhookMade = z
  .strictObject({
    ...webhook,
    secret: z.string().describe('Shown this once. `whsec_` and the key in base64, as the libraries of Standard Webhooks take it.'),
  })
  .meta({ id: 'WebhookMade', description: 'A new webhook with its secret.' })
export const WebhookList = z.strictObject({ webhooks: z.array(WebhookAnswer) }).meta({ id: 'WebhookList', description: 'Your webhooks.' })
export const WebhookRotated = z
  .strictObject({ id: z.string(), secret: z.string(), previous_until: when.describe('Until then notices are signed with both.') })
  .meta({ id: 'WebhookRotated', description: 'The new secret, shown this once.' })

export const DeliveryAnswer = z
  .strictObject({
    id: z.string().describe('The `webhook-id` of the notice.'),
    type: z.enum(EVENTS),
    mandate: z.string(),
    state: z.enum(['waiting', 'delivered', 'dead']).describe('`dead`: given up after the last try; it can be replayed.'),
    attempts: z.int(),
    last_status: z.int().optional().describe('HTTP status of the last try; absent where nothing answered.'),
    last_error: z.string().optional(),
    created_at: when,
    done_at: when.optional(),
  })
  .meta({ id: 'DeliveryAnswer', description: 'One notice, and what became of it.' })
export type DeliveryAnswer = z.output<typeof DeliveryAnswer>
export const DeliveryList = z
  .strictObject({ deliveries: z.array(DeliveryAnswer), next: z.string().optional().describe('Give it as `before` for the next page.') })
  .meta({ id: 'DeliveryList', description: 'The newest first, of the last thirty days.' })

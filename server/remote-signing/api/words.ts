import { z } from 'zod'
import { MOST_DOCUMENTS } from '../list-text.ts'
import { LIMITS } from './limits.ts'

/** Questions and answers of the interface, as its document and its checks have them. */
const plain = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u, 'holds control characters')
const when = z.iso.datetime()

export const SigningDocument = z
  .strictObject({
    name: plain(200),
    content: z
      .string()
      .min(1)
      .regex(/^[A-Za-z0-9+/]+={0,2}$/, 'is not base64')
      .describe('The document in base64. PDF, OFD and XML are signed within; any other file beside itself.'),
    words: plain(60)
      .optional()
      .describe('Of a PDF: words on a page where the person’s name chop is shown. Without them the signature shows nothing.'),
  })
  .meta({ id: 'SigningDocument', description: 'A document to be signed.' })

export const RequestQuestion = z
  .strictObject({
    subject: plain(60).describe('Who is asked: the `sub` of somebody who logged in at your center.'),
    title: plain(120),
    documents: z.array(SigningDocument).min(1).max(MOST_DOCUMENTS),
    reference: plain(100).optional().describe('Your number of the case.'),
    project: plain(80).optional(),
    expires_at: when.optional().describe(`At most ${LIMITS.open.most} days ahead; ${LIMITS.open.usual} days unless told.`),
  })
  .meta({ id: 'RequestQuestion', description: 'Documents to be signed by a person, not for a company.' })

export const RequestAnswer = z
  .strictObject({
    id: z.string(),
    state: z.enum(['open', 'signed', 'declined', 'cancelled', 'expired']),
    title: z.string(),
    subject: z.string(),
    reference: z.string().optional(),
    project: z.string().optional(),
    documents: z.array(
      z.strictObject({
        n: z.int(),
        name: z.string(),
        format: z.enum(['pdf', 'ofd', 'xml', 'cms']),
        size: z.int(),
        sm3: z.string().describe('Of the document as it came.'),
        signed: z.strictObject({ size: z.int(), sm3: z.string() }).optional(),
      }),
    ),
    created_at: when,
    expires_at: when,
    sign_url: z.string().describe('For the person to open. They log in there: the address alone allows nothing.'),
  })
  .meta({ id: 'RequestAnswer', description: 'A request, as it stands.' })
export const RequestList = z
  .strictObject({ requests: z.array(RequestAnswer), next: z.string().optional().describe('Give it as `before` for the next page.') })
  .meta({ id: 'RequestList', description: 'The newest first.' })

export const EvidenceAnswer = z
  .strictObject({
    signing: z.string(),
    request: z.string(),
    text: z.string().describe('The list in the very words that the person approved.'),
    list: z.string().describe('SM3 of the list.'),
    certificate: z.string().describe('DER in base64.'),
    thumbprint: z.string(),
    factors: z.strictObject({
      pin: z.literal(true),
      totp: z.strictObject({ step: z.int() }).optional(),
      phone: z
        .strictObject({ ask: z.string(), thumbprint: z.string(), cms: z.string().describe('The list as the bank’s app signed it.') })
        .optional(),
    }),
    personCheck: z.strictObject({ proof: z.string(), bank: z.string(), at: when }),
    documents: z.array(z.strictObject({ n: z.int(), name: z.string(), digest: z.string(), signed: z.string() })),
    at: when,
  })
  .meta({ id: 'EvidenceAnswer', description: 'What proves one signature.' })

export const ListQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(LIMITS.page).default(20),
  before: z
    .string()
    .regex(/^[\w-]{20,40}$/)
    .optional(),
})

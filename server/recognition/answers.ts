import { z } from 'zod'
import { Problem, UserWords, WhoCanFix } from '../web/interface/problem.ts'
import { USES } from './ports.ts'
import { PURPOSES } from './schemas.ts'

/** What is answered, as the OpenAPI document tells it. The answers themselves are put together in tell.ts, and a test holds every one of them against these schemas. */
export { Problem }

const words = UserWords
const code = z.string().describe('`ok`, or a stable code: see /errors.')
const when = z.iso.datetime()

export const Reason = z
  .strictObject({
    code: z.string(),
    clause: z.string().optional().describe('Where the rule stands.'),
    facts: z.string().optional().describe('What was found, for whoever looks into it.'),
    user_message: words.describe('A sentence for the person at your page.'),
    who_can_fix: WhoCanFix,
    doc_url: z.string(),
  })
  .meta({ id: 'Reason', description: 'Why it is not good.' })
export type Reason = z.output<typeof Reason>

export const CertificateAnswer = z
  .strictObject({
    valid: z.boolean().describe('Good for this use at this time.'),
    code,
    use: z.enum(USES),
    at: when.describe('The time the answer is for.'),
    uses: z.array(z.enum(USES)).describe('Everything it is good for at that time.'),
    subject: z
      .strictObject({ name: z.string().optional(), uscc: z.string().optional(), person: z.string().optional() })
      .optional()
      .describe(
        'The holder by the profile of its CA: the enterprise, its unified social credit code, and the person where the certificate names one. Believe it only where `valid` is true.',
      ),
    issuer: z
      .strictObject({
        id: z.string().describe('Stable; also in the statistics.'),
        name: words,
        region: z.string().optional(),
        qualification: z.enum(['none', 'qualified']).describe('For electronic certification in government affairs.'),
        filing: z.enum(['none', 'pending', 'filed', 'to-correct']),
        joins: z.string(),
        leaves: z.string().optional(),
      })
      .optional()
      .describe('The issuer’s place in the trust list; absent where it has none.'),
    certificate: z
      .strictObject({
        thumbprint: z.string().describe('SM3 over the DER.'),
        serial: z.string(),
        subject: z.string(),
        issuer: z.string(),
        not_before: when,
        not_after: when,
        algorithm: z.enum(['SM2', 'RSA', 'ECDSA']),
      })
      .optional()
      .describe('What stands in the certificate; absent where it cannot be read.'),
    path: z.array(z.string()).describe('SM3 thumbprints from the certificate to the root.'),
    revocation: z.enum(['good', 'revoked', 'unknown', 'not-asked']),
    reasons: z.array(Reason).describe('Everything against it, the deciding reason first.'),
    trust_list_version: z.int().optional().describe('Which version of the trust list decided; absent where there was nothing to ask it about.'),
  })
  .meta({ id: 'CertificateAnswer', description: 'Whether one certificate is good. The same whoever asks.' })
export type CertificateAnswer = z.output<typeof CertificateAnswer>

export const SignerAnswer = z
  .strictObject({
    valid: z.boolean().describe('The signature is good and so is the certificate.'),
    code,
    signature: z.enum(['good', 'bad']).describe('By the key of this certificate, over this data; it says nothing about whose certificate it is.'),
    signing_time: when.optional().describe('What the signer claims; it proves nothing.'),
    certificate: CertificateAnswer.optional().describe('Judged only where the signature is good.'),
    reasons: z.array(Reason),
  })
  .meta({ id: 'SignerAnswer', description: 'One signer.' })
export type SignerAnswer = z.output<typeof SignerAnswer>

const signatureAnswer = {
  valid: z.boolean().describe('There is a signer, and every signer is valid.'),
  code: code.describe('`ok`, or the code of the first thing that is wrong.'),
  use: z.enum(USES),
  at: when,
  signers: z.array(SignerAnswer),
  reasons: z.array(Reason).describe('What is wrong with the message as a whole.'),
}
export const SignatureAnswer = z
  .strictObject(signatureAnswer)
  .meta({ id: 'SignatureAnswer', description: 'Whether a signature is good, and whose it is.' })
export type SignatureAnswer = z.output<typeof SignatureAnswer>

export const ChallengeIssued = z
  .strictObject({
    id: z.string(),
    purpose: z.enum(PURPOSES),
    text: z.string().describe('What the person signs: these very characters as UTF-8, lines ended by a line feed, none after the last.'),
    thumbprint: z.string().optional(),
    expires_at: when,
  })
  .meta({ id: 'ChallengeIssued', description: 'A text to sign, once, within five minutes.' })
export type ChallengeIssued = z.output<typeof ChallengeIssued>

export const ChallengeAnswer = z
  .strictObject({ challenge: z.string(), purpose: z.enum(PURPOSES), ...signatureAnswer })
  .meta({ id: 'ChallengeAnswer', description: 'Whether the text was signed, and by whom.' })
export type ChallengeAnswer = z.output<typeof ChallengeAnswer>

const batchOf = <S extends z.ZodType>(answer: S, name: string) =>
  z
    .strictObject({
      results: z.array(
        z.union([
          z.strictObject({ index: z.int(), id: z.string().optional(), answer }),
          z.strictObject({ index: z.int(), id: z.string().optional(), problem: Problem }),
        ]),
      ),
      counts: z.strictObject({ valid: z.int(), invalid: z.int(), failed: z.int() }),
    })
    .meta({
      id: name,
      description: 'One result for each item, in the order of the items: an answer, or a problem where the item could not be judged.',
    })
export const CertificateBatchAnswer = batchOf(CertificateAnswer, 'CertificateBatchAnswer')
export const SignatureBatchAnswer = batchOf(SignatureAnswer, 'SignatureBatchAnswer')

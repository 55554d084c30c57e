import { z } from 'zod'
import type { Operation } from '../../web/interface/operation.ts'
import { QuestionForm, QuestionInJson } from '../verify/question.ts'
import { uscc, when } from './operation.ts'
import { Answer, CheckAnswer } from './reports.ts'

/** How `POST /api/seals:verify` is told to programs: for anybody, without a token. What it does is verify/routes.ts; its answer is the report as `shield verify --json` and the public page write it. */
const octets = z.int().describe('Bytes.')
const hexadecimal = z.string().describe('Hexadecimal, lower case.')

const Certificate = z.strictObject({
  subject: z.string().describe('RFC 4514.'),
  issuer: z.string().describe('RFC 4514.'),
  serial: hexadecimal,
  notBefore: z.string(),
  notAfter: z.string(),
  thumbprint: hexadecimal.describe('SM3 over the certificate.'),
  algorithm: z.enum(['SM2', 'RSA', 'ECDSA']),
})

const FoundSeal = z
  .strictObject({
    id: z.string().describe('Where it stands in the document.'),
    kind: z.enum(['cms', 'ses', 'xmldsig', 'unknown']).describe('`unknown`: it is there and cannot be verified.'),
    signer: z
      .strictObject({
        certificate: Certificate,
        name: z.string().optional(),
        uscc: uscc.optional(),
        government: Answer.optional().describe('Whether its CA may serve government affairs.'),
      })
      .optional(),
    seal: z
      .strictObject({
        id: z.string().describe('esID.'),
        name: z.string(),
        version: z.int(),
        type: z.int(),
        validFrom: z.string(),
        validUntil: z.string(),
        picture: z.strictObject({ type: z.string(), width: z.number(), height: z.number() }).describe('Millimetres.'),
      })
      .optional(),
    claimedAt: z.string().optional().describe('As the signer says.'),
    provenAt: z.string().optional().describe('By a time stamp that holds.'),
    pages: z.array(z.int()).optional(),
    covers: z
      .strictObject({ whole: z.boolean(), parts: z.array(z.string()) })
      .describe('What of the document it protects: parts, or spans of bytes.'),
    intact: Answer.describe('Was the document changed after it?'),
    trusted: Answer.describe('Is the signer known and allowed to?'),
    valid: Answer.describe('Did everything hold when it was sealed?'),
    checks: z.array(CheckAnswer),
  })
  .meta({ id: 'FoundSeal', description: 'One seal or signature.' })

export const VerifyAnswer = z
  .strictObject({
    format: z.enum(['ofd', 'pdf', 'xml', 'cms']),
    document: z
      .strictObject({ digest: hexadecimal, size: octets, sha256: hexadecimal.optional() })
      .describe('SM3 and size of what was verified; of a file beside its signature, SHA-256 where it is known.'),
    signature: z.strictObject({ digest: hexadecimal, size: octets }).optional().describe('Of the message that stands beside the file.'),
    verifiedAt: when,
    seals: z.array(FoundSeal),
    findings: z.array(CheckAnswer).describe('About the document, whichever seal.'),
  })
  .meta({ id: 'VerifyAnswer', description: 'Which seals, by whom, when, over what, still good. Nothing of the document is kept.' })

export const openVerifying: Operation = {
  path: '/api/seals:verify',
  name: 'verify',
  title: { zh: '验章（任何人）', en: 'Verify, for anybody' },
  about: {
    zh: '不用登记，什么都不保存。文件本身就是请求体，最大 64 MiB；文件旁的签名（.p7s）连同文件的大小和摘要以 JSON 交来，文件留在您那里，也可以用表单。验得出就是 200，不论结果。',
    en: 'Without registration; nothing is kept. The document is the body, at most 64 MiB. A signature beside a file (.p7s) comes as JSON with size and digests of the file, which stays with you, or as a form. A document that was judged is 200, whatever the verdict.',
  },
  request: QuestionInJson,
  requestBytes: 'application/octet-stream',
  requestForm: QuestionForm,
  status: 200,
  answer: VerifyAnswer,
  refusals: ['seal_document_unusable', 'seal_signature_unusable', 'seal_pair_incomplete'],
  example: {
    signature: 'MIIK…',
    digests: {
      size: 734003200,
      sm3: '1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b',
      sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    },
  },
}

export const openSchemas = [FoundSeal]

import { z } from 'zod'
import { ALGORITHMS, HASHES } from './algorithms.ts'
import { isBase64 } from './base64.ts'
import { LIMITS, textLimit } from './limits.ts'
import { USES } from './ports.ts'

/**
 * What is asked. The same schemas check requests and make the OpenAPI document, so the two cannot differ. Members nobody knows are refused: a misspelt `at` that was passed over would ask
 * another question than the one meant.
 */
const base64 = (bytes: number, what: string) => z.string().min(1).max(textLimit(bytes)).describe(what)

const use = z.enum(USES).describe('What it is to be used for. There is no default: whether a certificate is good depends on the use.')
const signingUse = z
  .enum(['login', 'seal', 'government-seal'])
  .describe('What the signature is for: the certificate must be good for it. There is no default.')
const at = z.iso
  .datetime({ offset: true })
  .optional()
  .describe('The time the answer is for, RFC 3339; now when absent. Give the time of a time stamp to judge an old signature. Not in the future.')
const id = z.string().min(1).max(64).optional().describe('Yours; comes back with the answer.')
const certificate = base64(LIMITS.certificate, 'The certificate: DER in base64, or PEM. At most 64 KiB.')
const chain = z
  .array(base64(LIMITS.certificate, 'DER in base64, or PEM.'))
  .max(16)
  .optional()
  .describe('CA certificates that came with it. They help to find a path and are trusted in nothing.')
const algorithm = z
  .enum(ALGORITHMS)
  .describe('SM2 signatures as DER or 64 bytes r||s, with the signer id 1234567812345678; ECDSA as DER; RSA with PKCS#1 v1.5.')
// read here and not when it is judged: what is no signature at all must not use up a challenge
const signature = base64(LIMITS.signature, 'The signature, base64.').refine(isBase64, { message: 'is not base64 of RFC 4648 4, padded' })

const digestText = z.string().regex(/^(?:[0-9a-fA-F]{64}|[0-9a-fA-F]{96}|[0-9a-fA-F]{128})$/)

export const CertificateQuestion = z
  .strictObject({ certificate, use, at, chain, id })
  .meta({ id: 'CertificateQuestion', description: 'One certificate.' })
export type CertificateQuestion = z.output<typeof CertificateQuestion>

export const CmsSignature = z
  .strictObject({
    format: z.literal('cms'),
    message: base64(LIMITS.message, 'The signed message (PKCS#7, CMS, GB/T 35275): DER in base64, or PEM.'),
    data: base64(
      LIMITS.data,
      'What was signed, base64, where the message does not carry it. At most 7 MiB; for more, the format cms-digest.',
    ).optional(),
    chain,
    use: signingUse,
    at,
    id,
  })
  .meta({ id: 'CmsSignature', description: 'A signed message; every signer is judged by itself.' })

export const CmsDigestSignature = z
  .strictObject({
    format: z.literal('cms-digest'),
    message: base64(LIMITS.message, 'A signed message without its content: DER in base64, or PEM. It has signed attributes.'),
    hash: z.enum(HASHES).describe('The hash that the signer used, and of which you give the digest.'),
    digest: digestText.describe('The digest of what was signed, hexadecimal.'),
    chain,
    use: signingUse,
    at,
    id,
  })
  .meta({ id: 'CmsDigestSignature', description: 'A signed message over data that stays with you, however large.' })

export const RawSignature = z
  .strictObject({
    format: z.literal('raw'),
    algorithm,
    certificate,
    chain,
    signature,
    data: base64(LIMITS.data, 'What was signed, base64. At most 7 MiB; sign or send the digest of what is larger.'),
    use: signingUse,
    at,
    id,
  })
  .meta({ id: 'RawSignature', description: 'A bare signature over data.' })

export const DigestSignature = z
  .strictObject({
    format: z.literal('digest'),
    algorithm,
    certificate,
    chain,
    signature,
    digest: digestText.describe(
      'The digest that was signed, hexadecimal, of the algorithm’s hash. For SM2 it is e = SM3(ZA || M) of GB/T 32918.2, ZA made with the signer’s public key: the SM3 of the data alone is another number.',
    ),
    use: signingUse,
    at,
    id,
  })
  .meta({ id: 'DigestSignature', description: 'A bare signature over data that stays with you.' })

export const SignatureQuestion = z
  .discriminatedUnion('format', [CmsSignature, CmsDigestSignature, RawSignature, DigestSignature])
  .meta({ id: 'SignatureQuestion', description: 'One signature.' })
export type SignatureQuestion = z.output<typeof SignatureQuestion>

/** The envelope alone: each item is read by itself, so that a bad one does not fail the others. */
export const BatchEnvelope = z.strictObject({ items: z.array(z.unknown()).min(1).max(LIMITS.items) })
const batchOf = <S extends z.ZodType>(item: S, name: string) =>
  z
    .strictObject({ items: z.array(item).min(1).max(LIMITS.items) })
    .meta({ id: name, description: 'Up to 1,000 items, and a body of at most 10 MiB. They are answered in the order given.' })
export const CertificateBatch = batchOf(CertificateQuestion, 'CertificateBatch')
export const SignatureBatch = batchOf(SignatureQuestion, 'SignatureBatch')

export const PURPOSES = ['login', 'bind', 'confirm'] as const
export type Purpose = (typeof PURPOSES)[number]
const purpose = z.enum(PURPOSES).describe('login: 登录; bind: 绑定证书; confirm: 确认一项操作.')

/** Control, format (bidi, zero width), private, unassigned, line separators, blanks that are no spaces: what is signed must read as it is. A shield agent refuses the same. */
const UNSHOWABLE = /[\p{C}\p{Zl}\p{Zp}\u115F\u1160\u3164\uFFA0\u2800]|\s{17}/u

export const ChallengeQuestion = z
  .strictObject({
    purpose,
    statement: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .refine(text => !UNSHOWABLE.test(text) && text.isWellFormed(), { message: 'holds characters that cannot be shown' })
      .optional()
      .describe('What the person confirms, in words they understand; shown and signed on a line of its own. Needed with the purpose confirm.'),
    thumbprint: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional()
      .describe('SM3 of the one certificate that may sign, lower-case hexadecimal. Any certificate that is good for login may, when absent.'),
  })
  .refine(question => question.purpose !== 'confirm' || question.statement !== undefined, {
    path: ['statement'],
    message: 'needed with the purpose confirm',
  })
  .meta({ id: 'ChallengeQuestion', description: 'What the text to sign is for.' })
export type ChallengeQuestion = z.output<typeof ChallengeQuestion>

export const ChallengeResponse = z
  .discriminatedUnion('format', [
    z.strictObject({
      format: z.literal('cms'),
      purpose,
      message: base64(LIMITS.certificate * 2, 'The signed message over the text, UTF-8; attached or detached.'),
    }),
    z.strictObject({ format: z.literal('raw'), purpose, algorithm, certificate, chain, signature }),
  ])
  .meta({ id: 'ChallengeResponse', description: 'The signature over the text of the challenge, UTF-8, letter by letter.' })
export type ChallengeResponse = z.output<typeof ChallengeResponse>

import { createHash } from 'node:crypto'
import { z } from 'zod'
import { BrokerError } from '../../kernel/errors.ts'
import type { Certificate } from '../../pki/certificate.ts'
import { verifyCms } from '../../pki/cms.ts'
import type { Guarantee, GuaranteeDocument } from '../../storage/stores-guarantees.ts'
import { textDigest } from './texts.ts'

/**
 * The issuer's document: CMS signed data around JSON. Owns whether it is the issuer's own and unaltered, and of this application; whether it does what the tender demands is the machine's (state/fit.ts). A certificate of
 * the issuer's authority is not enough, since its customers have those: it takes a key that the issuer registered for signing.
 */
const FORMAT = 'shared-shield guarantee 1'

export const instant = z.iso.datetime({ precision: 3 })
export const fen = z.int().positive()
const sm3 = z.string().regex(/^[0-9a-f]{64}$/)

const paper = z.strictObject({
  format: z.literal(FORMAT),
  way: z.enum(['bank-guarantee', 'insurance-guarantee']),
  number: z.string().min(1).max(64),
  code: z.string().length(32),
  verification: z.string().max(40),
  fen,
  validFrom: instant,
  validUntil: instant,
  textVersion: z.string().min(1).max(20),
  textSm3: sm3,
  text: z.string().min(1).max(20_000),
  issuedAt: instant,
})

/** As it stands in a message: base64 of the file, and the SM3 of its bytes. */
export const documentParts = { document: z.base64().max(87_400), sm3 }

/** Whether a certificate is one that this issuer signs with now. */
export type IsIssuers = (issuer: string, certificate: Certificate) => boolean

/** @throws BrokerError `guarantee_document_malformed`, `guarantee_document_forged`, `guarantee_document_altered` */
export function readDocument(
  said: { document: string; sm3: string },
  { issuer, way, code, verification }: Pick<Guarantee, 'issuer' | 'way' | 'code' | 'verification'>,
  isIssuers: IsIssuers,
): GuaranteeDocument {
  const bytes = Buffer.from(said.document, 'base64')
  const digest = createHash('sm3').update(bytes).digest('hex')
  if (digest !== said.sm3) throw altered('sm3', digest, said.sm3)
  const found = parse(contentOf(bytes, issuer, isIssuers))
  const is: [string, string, string][] = [
    ['code', found.code, code],
    ['verification', found.verification, verification],
    ['way', found.way, way],
    ['textSm3', found.textSm3, textDigest(found.text)],
  ]
  for (const [name, received, expected] of is) if (received !== expected) throw altered(name, received, expected)
  if (found.validUntil <= found.validFrom) throw altered('validUntil', found.validUntil, `after ${found.validFrom}`)
  const { number, validFrom, validUntil, textVersion, textSm3 } = found
  return { sm3: digest, number, fen: BigInt(found.fen), validFrom, validUntil, textVersion, textSm3 }
}

function contentOf(bytes: Buffer, issuer: string, isIssuers: IsIssuers): Buffer {
  try {
    const { content, signer } = verifyCms({ cms: bytes })
    if (isIssuers(issuer, signer)) return content
  } catch (cause) {
    throw forged('the signature does not verify', cause)
  }
  throw forged('signed by a key that its issuer did not register')
}

function parse(content: Buffer): z.infer<typeof paper> {
  try {
    return paper.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content)))
  } catch (cause) {
    const expected =
      cause instanceof z.ZodError ? cause.issues.slice(0, 5).map(({ path, message }) => `${path.join('.')}: ${message}`) : ['one JSON object']
    throw new BrokerError('guarantee_document_malformed', 'not of the published format', { cause, expected: expected.join('; ').slice(0, 500) })
  }
}

const forged = (facts: string, cause?: unknown) => new BrokerError('guarantee_document_forged', facts, { cause })
const altered = (name: string, received: string, expected: string) =>
  new BrokerError('guarantee_document_altered', `${name} is not what it has to be`, {
    received: `${name} ${received}`,
    expected: `${name} ${expected}`,
  })

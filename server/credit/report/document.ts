import { z } from 'zod'
import { Certificate } from '../../pki/certificate.ts'
import type { KeyUnderOwnRoot } from '../../pki/own-root.ts'
import { isSignedBy } from '../../pki/signed-by.ts'
import { signSm2, verifySm2 } from '../../pki/sm2.ts'

/** A text and the platform's SM2 signature over its very octets, in one JSON document. Owns that nothing is written anew before it is verified. */
const signed = z.strictObject({
  /** what is signed, as UTF-8 */
  content: z.string().max(2_000_000),
  signature: z.strictObject({
    algorithm: z.literal('SM2-SM3'),
    value: z.string().max(200),
    /** DER in base64 */
    certificate: z.string().max(8000),
    root: z.string().max(8000),
  }),
})
export type SignedDocument = z.output<typeof signed>

export function signDocument(content: string, { privateKey, certificate, root }: KeyUnderOwnRoot): string {
  const value = signSm2(privateKey, Buffer.from(content, 'utf8')).toString('base64')
  const signature = { algorithm: 'SM2-SM3' as const, value, certificate: certificate.der.toString('base64'), root: root.der.toString('base64') }
  return JSON.stringify({ content, signature } satisfies SignedDocument)
}

type DocumentVerdict =
  | { ok: true; content: string; certificate: string; root: string }
  | { ok: false; why: 'not a signed document' | 'the signature is not over this content' | 'the certificate is not the root’s' | 'another root' }

/**
 * @param text of a file from anywhere
 * @param root thumbprint (SM3) of the platform's published root; without it the document is held against the root that it brings itself
 */
export function verifyDocument(text: string, root?: string): DocumentVerdict {
  const found = parse(text)
  const read = found && readCertificates(found)
  if (found === undefined || read === undefined) return { ok: false, why: 'not a signed document' }
  if (root !== undefined && read.root.thumbprint !== root) return { ok: false, why: 'another root' }
  if (!read.isUnderRoot) return { ok: false, why: 'the certificate is not the root’s' }
  if (!holds(read.certificate, found)) return { ok: false, why: 'the signature is not over this content' }
  return { ok: true, content: found.content, certificate: read.certificate.thumbprint, root: read.root.thumbprint }
}

function parse(text: string): SignedDocument | undefined {
  try {
    return signed.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

function holds(certificate: Certificate, { content, signature }: SignedDocument): boolean {
  try {
    return verifySm2(certificate.publicKey, Buffer.from(content, 'utf8'), Buffer.from(signature.value, 'base64'))
  } catch {
    return false
  }
}

function readCertificates({ signature }: SignedDocument) {
  try {
    const [certificate, root] = [signature.certificate, signature.root].map(der => new Certificate(Buffer.from(der, 'base64')))
    return certificate === undefined || root === undefined ? undefined : { certificate, root, isUnderRoot: isUnder(certificate, root) }
  } catch {
    return undefined
  }
}

/** The root signs nothing else, and its key was forgotten (pki/own-root.ts): its signature is the whole path. */
const isUnder = (certificate: Certificate, root: Certificate): boolean =>
  certificate.issuer.key === root.subject.key && isSignedBy(certificate, root) && isSignedBy(root, root)

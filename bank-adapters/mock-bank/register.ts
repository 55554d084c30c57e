/** Owns what a bank keeps on disk of its shields: one JSON file, replaced whole by a rename, so that a crash leaves the old one or the new one. */
import { randomBytes } from 'node:crypto'
import { renameSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { z } from 'zod'

const record = z.object({
  /** of the signing certificate, lower-case hexadecimal */
  serial: z.string(),
  encryptSerial: z.string().optional(),
  person: z.string(),
  company: z.object({ uscc: z.string(), name: z.string() }),
  role: z.enum(['legal-representative', 'operator']),
  kind: z.enum(['SM2-dual', 'RSA-single']),
  sequence: z.number().int(),
  /** name of the shield file */
  file: z.string(),
  /** a mobile shield: SM3 of the secret that its phone holds */
  phone: z.string().optional(),
  /** base64 of the signing certificate's DER */
  certificate: z.string(),
  notBefore: z.iso.datetime(),
  notAfter: z.iso.datetime(),
  revokedAt: z.iso.datetime().optional(),
  reason: z.enum(['unspecified', 'keyCompromise', 'superseded', 'cessationOfOperation']).optional(),
})
const register = z.object({
  version: z.literal(1),
  /** certificates name this address for CRL and OCSP; at another one they are of no use */
  base: z.string(),
  /** of the last CRL, by CA; numbers only grow */
  crlNumbers: z.record(z.string(), z.number().int()),
  shields: z.array(record).max(10_000),
})

export type Register = z.infer<typeof register>
export type ShieldRecord = z.infer<typeof record>

/** undefined when there is none that can be read */
export async function readRegister(path: string): Promise<Register | undefined> {
  try {
    return register.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch {
    return undefined
  }
}

/** Synchronous on purpose: two changes cannot overtake each other. */
export function replaceFile(path: string, content: string): void {
  const draft = `${path}.${randomBytes(6).toString('hex')}.part`
  writeFileSync(draft, content, { mode: 0o600 })
  renameSync(draft, path)
}

import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import { readBody } from '../../http/read-body.ts'
import { readUpload } from '../../http/upload.ts'
import { BrokerError } from '../../kernel/errors.ts'
import type { DigestedContent } from '../../pki/cms-verify-stream.ts'
import { digestedFile } from '../cms/by-digest.ts'
import { LIMITS } from '../contract.ts'

/** What is asked: a document by itself, or a signature and the file that it stands beside. Owns the words in which both come, as a form (RFC 7578) or JSON; what is answered is verification.ts. */
export interface Question {
  /** of the document, or of the signature */
  name: string
  bytes: Buffer
  /** the file itself, or what is known of it where it stays with whoever has it */
  file?: Buffer | DigestedContent
}

const hexadecimal = z.string().regex(/^[0-9a-fA-F]{64}$/, { message: '64 hexadecimal digits' })
const Digests = z.strictObject({ size: z.int().min(0).max(LIMITS.file), sm3: hexadecimal, sha256: hexadecimal.optional() })
/** octets of base64 for a message of the most octets */
const MOST_BASE64 = Math.ceil(LIMITS.message / 3) * 4
export const QuestionInJson = z
  .strictObject({
    signature: z.string().max(MOST_BASE64).describe('Base64 of the .p7s.'),
    digests: Digests.optional().describe('Of the file beside it.'),
  })
  .meta({ id: 'VerifyQuestion', description: 'A signature and what is known of the file beside it; both are needed.' })

const part = z.string().meta({ contentMediaType: 'application/octet-stream' }).optional()
/** as the OpenAPI document tells it; read by `readFormQuestion` */
export const QuestionForm = z
  .strictObject({
    document: part.describe('A document by itself; nothing else then.'),
    signature: part.describe('The .p7s.'),
    file: part.describe('The file beside it, or size and digests of it.'),
    size: z.string().optional().describe('Bytes of the file.'),
    sm3: hexadecimal.optional(),
    sha256: hexadecimal.optional().describe('Needed where the signature uses it (RSA, ECDSA).'),
  })
  .meta({ id: 'VerifyForm', description: 'One document, or a signature with its file, or a signature with size and digests of its file.' })

/** octets of such a question as JSON */
export const JSON_LIMIT = MOST_BASE64 + 4096

/** @throws BrokerError bad_request, too_large, seal_pair_incomplete */
export function readJsonQuestion(text: string): Question {
  const { signature, digests } = readBody(parsed(text), QuestionInJson)
  if (signature === '' || digests === undefined) throw incomplete(signature === '' ? 'signature' : 'digests')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(signature))
    throw new BrokerError('bad_request', 'the signature is not base64', { expected: 'signature: base64' })
  return { name: '', bytes: Buffer.from(signature, 'base64'), file: known(digests) }
}

/**
 * `document`, or `signature` with `file` or with `size`, `sm3` and `sha256`. Fields left empty are left out.
 * @throws BrokerError bad_request, too_large, seal_pair_incomplete
 */
export async function readFormQuestion(req: IncomingMessage): Promise<Question> {
  const { files, fields } = await readUpload(req, { files: 2, file: LIMITS.document, all: LIMITS.document })
  const sent = (field: string) => files.find(each => each.field === field)
  const [document, signature, file] = [sent('document'), sent('signature'), sent('file')]
  const said = Object.entries(fields).filter(([name, value]) => name in Digests.shape && value !== '')
  if (new Set(files.map(({ field }) => field)).size < files.length) throw new BrokerError('bad_request', 'a file comes twice')
  if (document !== undefined) {
    if (files.length > 1 || said.length > 0) throw new BrokerError('bad_request', 'a document and more', { expected: 'document alone' })
    return { name: document.name, bytes: document.bytes }
  }
  if (signature === undefined && file === undefined && said.length === 0) throw new BrokerError('bad_request', 'no file was chosen')
  if (signature === undefined) throw incomplete('signature')
  if (file === undefined && said.length === 0) throw incomplete('file')
  if (signature.bytes.length > LIMITS.message)
    throw new BrokerError('too_large', `a signature of ${signature.bytes.length} bytes`, { expected: `at most ${LIMITS.message} bytes` })
  if (file !== undefined && said.length > 0)
    throw new BrokerError('bad_request', 'a file and its digests', { expected: 'file, or size with sm3 and sha256' })
  return { name: signature.name, bytes: signature.bytes, file: file?.bytes ?? known(readBody(numbered(said), Digests)) }
}

const known = ({ size, sm3, sha256 }: z.output<typeof Digests>): DigestedContent =>
  digestedFile({ size, digest: sm3.toLowerCase(), ...(sha256 === undefined ? {} : { sha256: sha256.toLowerCase() }) })

/** A form has no numbers; what is none stays as it came, for the schema to refuse. */
const numbered = (said: readonly (readonly [string, string])[]): unknown =>
  Object.fromEntries(said.map(([name, value]) => [name, name === 'size' && /^\d{1,16}$/.test(value) ? Number(value) : value]))

const incomplete = (missing: string): BrokerError => new BrokerError('seal_pair_incomplete', `no ${missing}`, { expected: missing })

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new BrokerError('bad_request', 'not JSON', { cause, expected: 'a JSON object with signature and digests' })
  }
}

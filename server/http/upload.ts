import type { IncomingMessage } from 'node:http'
import Busboy from '@fastify/busboy'
import { BrokerError } from '../kernel/errors.ts'

/** Files that a person's browser sends with a form (RFC 7578), held in memory and bounded in every way. Owns neither what is in them nor where they go. */
export interface Uploaded {
  files: { field: string; name: string; bytes: Buffer }[]
  fields: Record<string, string>
}

export interface UploadLimits {
  files: number
  /** bytes of one file */
  file: number
  /** bytes of all files together */
  all: number
}

type Parser = InstanceType<typeof Busboy.Busboy>

const FIELDS = { most: 64, bytes: 64 * 1024, name: 100 }

/**
 * Reads the whole form, or refuses it as soon as it goes beyond a limit. Empty file inputs are left out; what a name says of folders is cut off.
 * @throws BrokerError too_large, bad_request
 */
export async function readUpload(req: IncomingMessage, limits: UploadLimits): Promise<Uploaded> {
  const { 'content-type': type = '', 'content-length': length } = req.headers
  if (!type.startsWith('multipart/form-data')) throw new BrokerError('bad_request', 'no form with files', { received: type.slice(0, 80) })
  if (Number(length ?? 0) > limits.all + FIELDS.bytes * 4) throw tooLarge(limits)
  const parser = parserFor(req, type, limits)
  const files: Uploaded['files'] = []
  const fields: Uploaded['fields'] = Object.create(null) as Record<string, string>
  let size = 0
  return await new Promise<Uploaded>((resolve, reject) => {
    const stop = (error: BrokerError): void => {
      req.unpipe(parser)
      // what is still on the wire is let go by, so that the browser reads the answer
      req.resume()
      reject(error)
    }
    parser.on('file', (field, stream, name) => {
      const pieces: Buffer[] = []
      stream.on('data', (piece: Buffer) => {
        size += piece.length
        if (size > limits.all) return stop(tooLarge(limits))
        pieces.push(piece)
      })
      stream.on('limit', () => stop(tooLarge(limits)))
      // a part that breaks off is the stream's own error, and nobody else hears it
      stream.on('error', (thrown: unknown) => stop(unreadable(thrown)))
      stream.on('end', () => {
        const bytes = Buffer.concat(pieces)
        if (bytes.length > 0 || (name ?? '') !== '') files.push({ field, name: baseName(name ?? ''), bytes })
      })
    })
    parser.on('field', (name, value, nameCut, valueCut) => {
      if (nameCut || valueCut) return stop(new BrokerError('bad_request', 'a field is too long', { received: name.slice(0, 40) }))
      // a field that comes twice would be read by some as the first and by others as the last
      if (name in fields) return stop(new BrokerError('bad_request', 'a field comes twice', { received: name.slice(0, 40) }))
      fields[name] = value
    })
    for (const limit of ['filesLimit', 'partsLimit', 'fieldsLimit'] as const)
      parser.on(limit, () => stop(new BrokerError('too_large', 'too many parts', { expected: `at most ${limits.files} files` })))
    parser.on('error', (thrown: unknown) => stop(unreadable(thrown)))
    parser.on('finish', () => resolve({ files, fields }))
    req.on('aborted', () => stop(new BrokerError('bad_request', 'the upload broke off')))
    req.pipe(parser)
  })
}

function parserFor(req: IncomingMessage, type: string, limits: UploadLimits): Parser {
  try {
    return new Busboy.Busboy({
      headers: { ...req.headers, 'content-type': type },
      limits: {
        files: limits.files,
        fileSize: limits.file,
        fields: FIELDS.most,
        fieldSize: FIELDS.bytes,
        fieldNameSize: FIELDS.name,
        parts: limits.files + FIELDS.most,
        headerPairs: 20,
      },
      isPartAFile: (_field, contentType, name) => name !== undefined || contentType === 'application/octet-stream',
    })
  } catch (thrown) {
    throw unreadable(thrown)
  }
}

const unreadable = (cause: unknown): BrokerError => new BrokerError('bad_request', 'the form cannot be read', { cause })

const baseName = (name: string): string => (name.split(/[/\\]/).at(-1) ?? '').replaceAll(/[\p{C}]/gu, '').slice(0, 200)

const tooLarge = ({ file, all }: UploadLimits): BrokerError =>
  new BrokerError('too_large', 'the files are too large', { expected: `at most ${file} bytes each, ${all} in all` })

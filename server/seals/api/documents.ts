import { createHash } from 'node:crypto'
import { z } from 'zod'
import { BrokerError } from '../../kernel/errors.ts'
import { newId } from '../../kernel/ids.ts'
import { sm3 } from '../../pki/sm2.ts'
import type { SealUpload } from '../../storage/stores-seal-interface.ts'
import { MEDIA_TYPES, recognised, type SealFormat } from '../contract.ts'
import { LIMITS } from './limits.ts'
import { type Ask, BASE, next, nextOf, PAGED, Paged, type SealOperation, when } from './operation.ts'
import type { SealRoom } from './room.ts'

/** Documents that a center hands in by themselves: to be named in a task, measured, or verified. Owns that they are the center's alone, and for how long they are kept. */
const UploadAnswer = z
  .strictObject({
    id: z.string().describe('Name it as `document` in a task or verification.'),
    name: z.string(),
    format: z.enum(['pdf', 'ofd', 'xml']),
    size: z.int().describe('Bytes.'),
    sm3: z.string().describe('Lower-case hexadecimal.'),
    sha256: z.string().describe('Lower-case hexadecimal.'),
    created_at: when,
    expires_at: when.describe('Then it is forgotten; tasks keep a copy of their own.'),
  })
  .meta({ id: 'UploadAnswer', description: 'A document that you handed in.' })
const UploadList = z.strictObject({ documents: z.array(UploadAnswer), next }).meta({ id: 'UploadList', description: 'The newest first.' })
const DigestQuestion = z
  .strictObject({
    algorithm: z.enum(['sm3', 'sha256']),
    digest: z
      .string()
      .regex(/^[0-9a-fA-F]{64}$/)
      .describe('Hexadecimal.'),
  })
  .meta({ id: 'DigestQuestion', description: 'A digest that you have.' })
const DigestAnswer = z
  .strictObject({ same: z.boolean(), algorithm: z.enum(['sm3', 'sha256']), digest: z.string().describe('Of the document here.') })
  .meta({ id: 'DigestAnswer', description: 'Whether it is the same document.' })

export { DigestQuestion }

export const nameIn = z
  .string()
  .min(1)
  .max(200)
  .refine(text => text.isWellFormed() && !/[\p{C}\p{Zl}\p{Zp}/\\]/u.test(text), { message: 'holds characters that a file name cannot have' })
const NAME = {
  name: 'name',
  in: 'query' as const,
  about: { zh: '文件名。', en: 'The file’s name.' },
  schema: { type: 'string', minLength: 1, maxLength: 200 },
}

/** @throws BrokerError seal_document_unusable */
export function formatOf(formats: readonly SealFormat[], bytes: Buffer): SealUpload['format'] {
  const found = recognised(formats, bytes)?.name
  if (found === undefined || found === 'cms') throw new BrokerError('seal_document_unusable', 'of no known format')
  return found
}

/** @throws BrokerError seal_upload_unknown */
export async function uploadOf({ stores, clock }: Pick<SealRoom, 'stores' | 'clock'>, clientId: string, id: string): Promise<SealUpload> {
  const found = /^[\w-]{1,60}$/.test(id) ? await stores.sealInterface.upload(clientId, id, clock.now()) : undefined
  if (found === undefined) throw new BrokerError('seal_upload_unknown', 'no such document of this center')
  return found
}
/** @throws BrokerError seal_upload_unknown */
export async function uploadedBytes({ stores }: Pick<SealRoom, 'stores'>, id: string): Promise<Buffer> {
  const bytes = await stores.blobs.get(id)
  if (bytes === undefined) throw new BrokerError('seal_upload_unknown', 'its bytes are not kept any more, or not there yet')
  return bytes
}
const own = (room: SealRoom, ask: Ask): Promise<SealUpload> => uploadOf(room, ask.clientId, ask.param('id'))

const tell = ({ id, name, format, size, digest, sha256, createdAt, expiresAt }: SealUpload): z.output<typeof UploadAnswer> => ({
  ...{ id, name, format, size, sm3: digest, sha256, created_at: createdAt, expires_at: expiresAt },
})
export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

export const documentOperations: readonly SealOperation[] = [
  {
    path: `${BASE}/documents`,
    name: 'uploadDocument',
    title: { zh: '上传文件', en: 'Upload a document' },
    about: {
      zh: '请求体就是文件本身，最大 64 MiB。返回编号，可用于盖章任务、定位和验章；保存两天。',
      en: 'The body is the document itself, at most 64 MiB. Its id may be named in tasks, placements and verifications; it is kept for two days.',
    },
    scope: 'seals.tasks',
    parameters: [NAME],
    requestBytes: 'application/octet-stream',
    status: 201,
    answer: UploadAnswer,
    refusals: ['seal_document_unusable', 'seal_uploads_full'],
    async run({ stores, formats, clock }, ask) {
      const { name } = ask.query(z.strictObject({ name: nameIn }))
      const bytes = ask.bytes()
      const [now, id] = [clock.now(), newId()]
      const upload: SealUpload = {
        ...{ id, clientId: ask.clientId, name, format: formatOf(formats, bytes), size: bytes.length, digest: sm3(bytes), sha256: sha256(bytes) },
        createdAt: now.toISOString(),
        expiresAt: new Date(now.getTime() + LIMITS.uploadKept).toISOString(),
      }
      // the row first: it is what counts against the center's share
      if (!(await stores.sealInterface.insertUpload(upload, LIMITS.uploads)))
        throw new BrokerError('seal_uploads_full', 'the share of one center', {
          expected: `at most ${LIMITS.uploads.count} documents, ${LIMITS.uploads.bytes} bytes`,
        })
      await stores.blobs.put(id, bytes, new Date(upload.expiresAt))
      return { body: tell(upload), outcome: upload.format }
    },
  },
  {
    method: 'get',
    path: `${BASE}/documents`,
    name: 'listDocuments',
    title: { zh: '列出上传的文件', en: 'List uploaded documents' },
    about: { zh: '本中心还在保存期内的文件，新的在前。', en: 'Your documents that are still kept, the newest first.' },
    scope: 'seals.tasks',
    parameters: PAGED,
    status: 200,
    answer: UploadList,
    refusals: ['seal_upload_unknown'],
    async run(room, ask) {
      const { limit, before } = ask.query(Paged)
      const from = before === undefined ? undefined : await uploadOf(room, ask.clientId, before)
      const found = await room.stores.sealInterface.uploads(ask.clientId, room.clock.now(), limit, from)
      return { body: { documents: found.map(tell), ...nextOf(found, limit, ({ id }) => id) }, items: found.length }
    },
  },
  {
    method: 'get',
    path: `${BASE}/documents/{id}`,
    name: 'getDocument',
    title: { zh: '查看上传的文件', en: 'Look at an uploaded document' },
    about: { zh: '名称、格式、大小和两种摘要。', en: 'Its name, format, size and both digests.' },
    scope: 'seals.tasks',
    status: 200,
    answer: UploadAnswer,
    refusals: ['seal_upload_unknown'],
    run: async (room, ask) => ({ body: tell(await own(room, ask)) }),
  },
  {
    method: 'get',
    path: `${BASE}/documents/{id}/content`,
    name: 'downloadDocument',
    title: { zh: '取回上传的文件', en: 'Fetch an uploaded document' },
    about: { zh: '与上传时逐字节相同。', en: 'The very bytes that you uploaded.' },
    scope: 'seals.tasks',
    status: 200,
    answerBytes: Object.values(MEDIA_TYPES),
    refusals: ['seal_upload_unknown'],
    async run(room, ask) {
      const { id, name, format } = await own(room, ask)
      return { file: { type: MEDIA_TYPES[format], name, bytes: await uploadedBytes(room, id) } }
    },
  },
  {
    method: 'delete',
    path: `${BASE}/documents/{id}`,
    name: 'deleteDocument',
    title: { zh: '删除上传的文件', en: 'Delete an uploaded document' },
    about: { zh: '已用它建立的任务不受影响。', en: 'Tasks that were made of it keep their own copy.' },
    scope: 'seals.tasks',
    status: 204,
    refusals: ['seal_upload_unknown'],
    async run(room, ask) {
      const { id } = await own(room, ask)
      await room.stores.sealInterface.dropUpload(ask.clientId, id)
      await room.stores.blobs.drop(id)
      return {}
    },
  },
  {
    path: `${BASE}/documents/{id}:compare`,
    name: 'compareDocument',
    title: { zh: '比对摘要', en: 'Compare a digest' },
    about: { zh: '手里的摘要与这个文件是否一致。', en: 'Whether a digest that you have is of this document.' },
    scope: 'seals.tasks',
    request: DigestQuestion,
    status: 200,
    answer: DigestAnswer,
    refusals: ['seal_upload_unknown'],
    example: { algorithm: 'sm3', digest: '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0' },
    async run(room, ask) {
      const upload = await own(room, ask)
      const { algorithm, digest } = ask.body(DigestQuestion)
      const here = algorithm === 'sm3' ? upload.digest : upload.sha256
      return { body: { same: here === digest.toLowerCase(), algorithm, digest: here } }
    },
  },
]

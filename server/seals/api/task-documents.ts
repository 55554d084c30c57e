import { z } from 'zod'
import { BrokerError } from '../../kernel/errors.ts'
import { sm3 } from '../../pki/sm2.ts'
import type { SealTask, SealTaskDocument } from '../../storage/stores-seal-tasks.ts'
import type { SealEdition } from '../../storage/stores-seals.ts'
import { MEDIA_TYPES, SEALED_TYPES } from '../contract.ts'
import { fileBeside } from './digest-words.ts'
import { DigestQuestion, sha256 } from './documents.ts'
import { BASE, type SealOperation, when } from './operation.ts'
import { outcomeOf, ReportAnswer, tellReport } from './reports.ts'
import type { SealRoom } from './room.ts'
import { ownDocument, ownTask, TaskAnswer, TaskDocumentAnswer, TaskDocumentList, tellDocument, tellTask } from './task-words.ts'
import { verified } from './verifying.ts'
import { zipOf } from './zip.ts'

/** What came of a task: its documents before and after, the lists that were signed, and evidence that holds without us. */
const ListAnswer = z
  .strictObject({
    id: z.string(),
    text: z.string().describe('What the person was shown and signed: which seal, which documents, by their digests.'),
    cms: z.string().describe('SignedData (GB/T 35275, RFC 5652) in base64, the text inside. Verify it at /api/trust/signatures:verify.'),
    thumbprint: z.string().describe('SM3 over the signer’s certificate.'),
    subject: z.string().describe('The `sub` of who signed.'),
    at: when,
  })
  .meta({ id: 'ListAnswer', description: 'A list (盖章清单), signed with one PIN.' })
const ListsAnswer = z.strictObject({ lists: z.array(ListAnswer) }).meta({ id: 'ListsAnswer', description: 'The oldest first.' })
export const SealUsed = z
  .strictObject({ seal: z.string(), es_id: z.string(), edition: z.int(), der: z.string().describe('SESeal (GB/T 38540), DER in base64.') })
  .meta({ id: 'SealUsed', description: 'A seal that was set, as it was made.' })
const TaskEvidence = z
  .strictObject({ task: TaskAnswer, documents: z.array(TaskDocumentAnswer), lists: z.array(ListAnswer), seals: z.array(SealUsed), exported_at: when })
  .meta({ id: 'TaskEvidence', description: 'Everything but the documents’ bytes.' })
const CompareAnswer = z
  .strictObject({ which: z.enum(['original', 'sealed', 'neither']) })
  .meta({ id: 'CompareAnswer', description: 'Which of both documents has this digest.' })
const AfterQuery = z.strictObject({
  after: z.coerce.number().int().min(0).max(100_000).default(0),
  limit: z.coerce.number().int().min(1).max(100).default(100),
})

async function listsOf({ stores }: SealRoom, { lists }: SealTask): Promise<z.output<typeof ListAnswer>[]> {
  const found = await Promise.all(lists.map(id => stores.evidence.find(id)))
  return found.flatMap(each =>
    each === undefined ? [] : [{ id: each.id, text: each.text, cms: each.cms, thumbprint: each.thumbprint, subject: each.membershipId, at: each.at }],
  )
}

/** the editions that could have been set: the newest one made no later than the document was sealed */
async function sealsUsed({ stores }: SealRoom, documents: readonly SealTaskDocument[]): Promise<z.output<typeof SealUsed>[]> {
  const used = new Map<string, z.output<typeof SealUsed>>()
  const editions = new Map<string, SealEdition[]>()
  for (const { order, sealed } of documents) {
    if (order === undefined || sealed === undefined) continue
    const ofSeal = editions.get(order.sealId) ?? (await stores.seals.editions(order.sealId, 100))
    editions.set(order.sealId, ofSeal)
    const edition = ofSeal.find(({ madeAt }) => madeAt <= order.at)
    if (edition !== undefined) used.set(edition.esId, { seal: order.sealId, es_id: edition.esId, edition: edition.number, der: edition.der })
  }
  return [...used.values()]
}

function sealedOnly({ sealed }: SealTaskDocument): NonNullable<SealTaskDocument['sealed']> {
  if (sealed === undefined) throw new BrokerError('seal_wrong_state', 'the document is not sealed yet')
  return sealed
}

/** Of a file that the center keeps, as it said it. @throws BrokerError seal_digest_missing, seal_task_unknown */
async function digestOf({ tasks }: SealRoom, document: SealTaskDocument, which: 'original' | 'sealed', algorithm: 'sm3' | 'sha256'): Promise<string> {
  const file = which === 'original' ? fileBeside(document) : undefined
  if (file === undefined) return (algorithm === 'sm3' ? sm3 : sha256)(await tasks.bytes(document, which))
  const found = file.digests.get(algorithm)
  if (found === undefined) throw new BrokerError('seal_digest_missing', `no ${algorithm} was handed in`, { expected: 'sm3' })
  return found.toString('hex')
}

const one = `${BASE}/tasks/{id}/documents/{n}`
const shared = { scope: 'seals.tasks', status: 200, method: 'get' } as const

export const taskDocumentOperations: readonly SealOperation[] = [
  {
    ...shared,
    path: `${BASE}/tasks/{id}/documents`,
    name: 'listTaskDocuments',
    title: { zh: '任务中的文件', en: 'Documents of a task' },
    about: { zh: '每个文件的状态、摘要和位置。', en: 'Each with its state, digests and places.' },
    parameters: [
      { name: 'after', in: 'query', about: { zh: '上一页答复中的 next。', en: 'The next of the page before.' }, schema: { type: 'integer' } },
    ],
    answer: TaskDocumentList,
    refusals: ['seal_task_unknown'],
    async run(room, ask) {
      const { after, limit } = ask.query(AfterQuery)
      const found = await room.stores.sealTasks.documents((await ownTask(room, ask)).id, after, limit)
      const last = found.at(-1)
      return {
        body: { documents: found.map(tellDocument), ...(found.length === limit && last !== undefined ? { next: last.n } : {}) },
        items: found.length,
      }
    },
  },
  {
    ...shared,
    path: one,
    name: 'getTaskDocument',
    title: { zh: '一个文件的状态', en: 'One document of a task' },
    about: {
      zh: '待盖或已盖；已盖的有摘要、时间、印章和用章记录号。',
      en: 'Waiting or sealed; where sealed, its digest, time, seal and the number in the company’s record.',
    },
    answer: TaskDocumentAnswer,
    refusals: ['seal_task_unknown'],
    run: async (room, ask) => ({ body: tellDocument((await ownDocument(room, ask)).document) }),
  },
  {
    ...shared,
    path: `${one}/original`,
    name: 'downloadOriginal',
    title: { zh: '下载原文件', en: 'Fetch the original' },
    about: { zh: '盖章前的文件；只给了摘要的没有。', en: 'The document as it came; of a file that you keep there is none.' },
    answerBytes: Object.values(MEDIA_TYPES),
    refusals: ['seal_task_unknown', 'seal_file_elsewhere'],
    async run(room, ask) {
      const { document } = await ownDocument(room, ask)
      const bytes = await room.tasks.bytes(document, 'original')
      return { file: { type: SEALED_TYPES[document.format], name: document.name, bytes } }
    },
  },
  {
    ...shared,
    path: `${one}/sealed`,
    name: 'downloadSealed',
    title: { zh: '下载盖章文件', en: 'Fetch the sealed document' },
    about: {
      zh: '盖好章的文件；只给了摘要的，是文件旁的签名（.p7s）。还没盖时拒绝。',
      en: 'The sealed document; of a file that you keep, the signature beside it (.p7s). Refused before it is.',
    },
    answerBytes: Object.values(SEALED_TYPES),
    refusals: ['seal_task_unknown', 'seal_wrong_state'],
    async run(room, ask) {
      const { document } = await ownDocument(room, ask)
      const { digest } = sealedOnly(document)
      const name = document.format === 'cms' ? `${document.name}.p7s` : document.name
      return { file: { type: SEALED_TYPES[document.format], name, bytes: await room.tasks.bytes(document, 'sealed') }, outcome: digest }
    },
  },
  {
    ...shared,
    path: `${one}/report`,
    name: 'verifySealed',
    title: { zh: '验已盖的文件', en: 'Verify a sealed document' },
    about: { zh: '对盖章后的文件现在验一次。', en: 'Verifies the sealed document, now.' },
    answer: ReportAnswer,
    refusals: ['seal_task_unknown', 'seal_wrong_state'],
    async run(room, ask) {
      const { document } = await ownDocument(room, ask)
      sealedOnly(document)
      await ask.charge(10)
      const report = await verified(room, await room.tasks.bytes(document, 'sealed'), fileBeside(document))
      return { body: tellReport(report, room.clock.now()), items: report.seals.length, outcome: outcomeOf(report) }
    },
  },
  {
    ...shared,
    method: 'post',
    path: `${one}:compare`,
    name: 'compareSealed',
    title: { zh: '与盖章文件比对', en: 'Compare with a sealed document' },
    about: { zh: '投标人交来的文件，是不是这里盖出的那一份？', en: 'Is what a bidder handed in the very document that was sealed here?' },
    request: DigestQuestion,
    answer: CompareAnswer,
    refusals: ['seal_task_unknown', 'seal_digest_missing'],
    example: { algorithm: 'sm3', digest: '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0' },
    async run(room, ask) {
      const { document } = await ownDocument(room, ask)
      const { algorithm, digest } = ask.body(DigestQuestion)
      const which: ('original' | 'sealed')[] = document.sealed === undefined ? ['original'] : ['sealed', 'original']
      for (const each of which)
        if ((await digestOf(room, document, each, algorithm)) === digest.toLowerCase()) return { body: { which: each }, outcome: each }
      return { body: { which: 'neither' }, outcome: 'neither' }
    },
  },
  {
    ...shared,
    path: `${one}/evidence`,
    name: 'exportEvidence',
    title: { zh: '导出一个文件的凭据包', en: 'Evidence of one document' },
    about: {
      zh: 'ZIP：原文件、盖章文件、验章报告、盖章清单及其签名、印章；只给了摘要的没有原文件。脱离本系统也能核验。',
      en: 'A ZIP: the original (unless you keep it), the sealed document, the report, the list with its signature, and the seal. It can be verified without us.',
    },
    answerBytes: ['application/zip'],
    refusals: ['seal_task_unknown', 'seal_wrong_state'],
    async run(room, ask) {
      const { task, document } = await ownDocument(room, ask)
      const { evidence } = sealedOnly(document)
      await ask.charge(20)
      const file = fileBeside(document)
      const original = file === undefined ? [{ name: `original.${document.format}`, bytes: await room.tasks.bytes(document, 'original') }] : []
      const sealed = await room.tasks.bytes(document, 'sealed')
      const now = room.clock.now()
      const report = tellReport(await verified(room, sealed, file), now)
      const list = (await listsOf(room, task)).find(({ id }) => id === evidence)
      const entries = [
        ...original,
        { name: file === undefined ? `sealed.${document.format}` : 'sealed.p7s', bytes: sealed },
        { name: 'document.json', bytes: json(tellDocument(document)) },
        { name: 'report.json', bytes: json(report) },
        ...(list === undefined
          ? []
          : [
              { name: 'list.txt', bytes: Buffer.from(list.text, 'utf8') },
              { name: 'list.p7m', bytes: Buffer.from(list.cms, 'base64') },
            ]),
        ...(task.expert ? [{ name: 'signing.json', bytes: await room.experts.evidence(task.id) }] : []),
        ...(await sealsUsed(room, [document])).map(({ der }) => ({ name: 'seal.der', bytes: Buffer.from(der, 'base64') })),
      ]
      return { file: { type: 'application/zip', name: `${task.id}-${document.n}.zip`, bytes: zipOf(entries, now) }, items: entries.length }
    },
  },
  {
    ...shared,
    path: `${BASE}/tasks/{id}/lists`,
    name: 'listLists',
    title: { zh: '盖章清单', en: 'Signed lists' },
    about: { zh: '办理人一次输密码所签的清单及签名。', en: 'The lists that the person signed, each with one PIN.' },
    answer: ListsAnswer,
    refusals: ['seal_task_unknown'],
    async run(room, ask) {
      const lists = await listsOf(room, await ownTask(room, ask))
      return { body: { lists }, items: lists.length }
    },
  },
  {
    ...shared,
    path: `${BASE}/tasks/{id}/lists/{list}`,
    name: 'getList',
    title: { zh: '一份盖章清单', en: 'One signed list' },
    about: { zh: '清单文字和签名消息。', en: 'Its text and the signed message.' },
    answer: ListAnswer,
    refusals: ['seal_task_unknown', 'evidence_unknown'],
    async run(room, ask) {
      const found = (await listsOf(room, await ownTask(room, ask))).find(({ id }) => id === ask.param('list'))
      if (found === undefined) throw new BrokerError('evidence_unknown', 'no such list of this task')
      return { body: found }
    },
  },
  {
    ...shared,
    path: `${BASE}/tasks/{id}/evidence`,
    name: 'exportTaskEvidence',
    title: { zh: '导出任务凭据', en: 'Evidence of a task' },
    about: {
      zh: '任务、每个文件的摘要和用章记录、清单及签名、所用印章；不含文件本身。',
      en: 'The task, every document’s digests and record, the lists with their signatures, and the seals; not the documents themselves.',
    },
    answer: TaskEvidence,
    refusals: ['seal_task_unknown'],
    async run(room, ask) {
      const task = await ownTask(room, ask)
      await ask.charge(10)
      const documents = await room.tasks.documents(task)
      const about = { task: await tellTask(room, task), documents: documents.map(tellDocument), lists: await listsOf(room, task) }
      return { body: { ...about, seals: await sealsUsed(room, documents), exported_at: room.clock.now().toISOString() }, items: documents.length }
    },
  },
]

const json = (value: unknown): Buffer => Buffer.from(`${JSON.stringify(value, null, 2)}\n`, 'utf8')

import { z } from 'zod'
import { BrokerError } from '../../kernel/errors.ts'
import type { KnownCompany } from '../../storage/stores-seal-interface.ts'
import type { SealTask, SealTaskDocument } from '../../storage/stores-seal-tasks.ts'
import { SEAL_KINDS } from '../../storage/stores-seals.ts'
import { taskPath } from '../pages/task.ts'
import { PlacementWish } from '../placement-wish.ts'
import { documentNumber, MOST_DOCUMENTS } from '../tasks/tasks.ts'
import { FileDigests } from './digest-words.ts'
import { nameIn } from './documents.ts'
import { LIMITS } from './limits.ts'
import { type Ask, ID, next, uscc, when } from './operation.ts'
import type { SealRoom } from './room.ts'
import { watchUrl } from './watch.ts'

/** Sealing tasks in the words of the interface. The same schemas check requests and make the OpenAPI document; a test holds every answer against them. */
const plain = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .refine(text => text.isWellFormed() && !/[\p{C}\p{Zl}\p{Zp}]/u.test(text), { message: 'holds characters that a line cannot have' })

const date = z
  .enum(['under', 'over'])
  .optional()
  .describe('The day of sealing (2027年6月1日) below the seal, or across it: in a PDF, at places on one page.')
export const TaskDocumentWish = z
  .strictObject({
    document: ID.optional().describe('The id of one that you uploaded.'),
    content: z
      .string()
      .min(1)
      .max(LIMITS.body)
      .regex(/^[A-Za-z0-9+/]*={0,2}$/)
      .optional()
      .describe('The bytes themselves, in base64: for small ones. Needs `name`.'),
    digests: FileDigests.optional().describe('Of a file that you keep. Needs `name`; has no places.'),
    name: nameIn.optional(),
    places: z
      .array(PlacementWish)
      .max(LIMITS.places)
      .optional()
      .describe('Where the seal goes; absent: a signature that shows nothing. XML has no places.'),
    movable: z.boolean().optional().describe('The person may move the seal, or choose another place, before sealing; false unless told.'),
    date,
  })
  .refine(({ document, content, digests }) => [document, content, digests].filter(each => each !== undefined).length === 1, {
    path: ['document'],
    message: 'one of document, content and digests',
  })
  .refine(({ document, name }) => document !== undefined || name !== undefined, { path: ['name'], message: 'content and digests need a name' })
  .refine(({ digests, places, movable, date: day }) => digests === undefined || [places, movable, day].every(each => each === undefined), {
    path: ['digests'],
    message: 'a file that is not here has no places and no date',
  })
  .meta({ id: 'TaskDocumentWish', description: 'One document to be sealed.' })

export const TaskQuestion = z
  .strictObject({
    subject: ID.optional().describe('The `sub` of the person who shall seal.'),
    company: z
      .string()
      .regex(/^[0-9A-Z]{18}$/)
      .optional()
      .describe('Instead of `subject`: the code of the company; anybody there who may use the seal.'),
    expert: z
      .strictObject({ subject: ID.optional(), key: ID.optional() })
      .refine(({ subject, key }) => (subject === undefined) !== (key === undefined), { message: 'either subject or key' })
      .optional()
      .describe('Instead of both: an expert, by `sub` or by the id of an active key, who signs for themselves with remote signing.'),
    title: plain(100).describe('What it is about, as the person and the list show it.'),
    documents: z.array(TaskDocumentWish).min(1).max(MOST_DOCUMENTS),
    kind: z.enum(SEAL_KINDS).optional().describe('Which kind of seal is wanted; absent: any.'),
    handwriting: z
      .boolean()
      .optional()
      .describe('The person may write their name by hand instead of setting a seal, where all documents are PDF; false unless told.'),
    return_to: z
      .string()
      .min(1)
      .max(500)
      .optional()
      .describe('Where the person goes afterwards: https, on an origin of your registered redirect addresses.'),
    reference: plain(100).optional().describe('Your number of the case.'),
    project: plain(80).optional(),
    section: plain(80).optional(),
    expires_at: when.optional().describe(`At most ${LIMITS.open.most} days ahead; ${LIMITS.open.usual} days unless told.`),
  })
  .refine(({ subject, company, expert }) => [subject, company, expert].filter(each => each !== undefined).length === 1, {
    path: ['subject'],
    message: 'one of subject, company and expert',
  })
  .refine(
    ({ expert, kind, handwriting, documents }) => expert === undefined || !(kind ?? handwriting ?? documents.some(each => each.movable ?? each.date)),
    {
      path: ['expert'],
      message: 'an expert sets no seal: without kind, handwriting, movable and date',
    },
  )
  .refine(({ expert, documents }) => expert === undefined || documents.every(({ digests }) => digests === undefined), {
    path: ['expert'],
    message: 'an expert signs documents that are handed in, not digests',
  })
  .meta({ id: 'TaskQuestion', description: 'Documents to be sealed, and by whom.' })

const STATES = ['open', 'done', 'cancelled', 'expired'] as const
export const TaskState = z.enum(STATES)
export const TaskAnswer = z
  .strictObject({
    id: z.string(),
    state: TaskState,
    title: z.string(),
    company: z.strictObject({ uscc, name: z.string() }),
    subject: z.string().optional().describe('Who is asked; absent: anybody of the company who may use the seal.'),
    expert: z.literal(true).optional().describe('The person asked signs for themselves, with remote signing.'),
    kind: z.enum(SEAL_KINDS).optional(),
    handwriting: z.literal(true).optional(),
    reference: z.string().optional(),
    project: z.string().optional(),
    section: z.string().optional(),
    documents: z.int(),
    sealed: z.int(),
    urged: z.int().describe('How often you have.'),
    created_at: when,
    expires_at: when,
    sign_url: z.string().describe('Where the person seals, after a login.'),
    watch_url: z.string().optional().describe('For the script in your page: how far it is. Whoever has it may look, from your registered origins.'),
  })
  .meta({ id: 'TaskAnswer', description: 'A sealing task, as it stands.' })
export const TaskList = z.strictObject({ tasks: z.array(TaskAnswer), next }).meta({ id: 'TaskList', description: 'The newest first.' })

export const TaskDocumentAnswer = z
  .strictObject({
    n: z.int(),
    name: z.string(),
    format: z.enum(['pdf', 'ofd', 'xml', 'cms']).describe('`cms`: a file that you keep, whatever its format; the signature stands beside it.'),
    state: z.enum(['waiting', 'sealed']),
    size: z.int(),
    sm3: z.string().describe('Of the document as it came.'),
    sha256: z.string().optional().describe('Of a file that you keep, as you said it.'),
    places: z.array(PlacementWish),
    movable: z.literal(true).optional(),
    date,
    sealed: z
      .strictObject({
        at: when,
        size: z.int(),
        sm3: z.string().describe('Of the sealed document, or of the .p7s beside your file.'),
        seal: z.string().describe('`handwritten` for a name by hand, `expert` for an expert’s own signature.'),
        entry: z.int().optional().describe('The use of the seal, or of the power to sign, in the company’s record.'),
        list: z.string().describe('The signed list that it stands on; of an expert the use of their key.'),
      })
      .optional(),
  })
  .meta({ id: 'TaskDocumentAnswer', description: 'One document of a task.' })
export const TaskDocumentList = z
  .strictObject({ documents: z.array(TaskDocumentAnswer), next: z.int().optional().describe('Give it as `after` for the next page.') })
  .meta({ id: 'TaskDocumentList', description: 'In their order.' })

/** A task of this center. @throws BrokerError seal_task_unknown */
export async function taskOf({ stores }: SealRoom, clientId: string, id: string): Promise<SealTask> {
  const task = /^[\w-]{20,40}$/.test(id) ? await stores.sealTasks.find(id) : undefined
  if (task?.center.id !== clientId) throw new BrokerError('seal_task_unknown', 'no such task of this center')
  return task
}
export const ownTask = (room: SealRoom, ask: Ask): Promise<SealTask> => taskOf(room, ask.clientId, ask.param('id'))

/** @throws BrokerError seal_task_unknown */
export async function ownDocument(room: SealRoom, ask: Ask): Promise<{ task: SealTask; document: SealTaskDocument }> {
  const task = await ownTask(room, ask)
  return { task, document: await room.tasks.document(task, documentNumber(ask.param('n'))) }
}

export const signUrl = ({ publicUrl, experts }: Pick<SealRoom, 'publicUrl' | 'experts'>, { id, expert }: Pick<SealTask, 'id' | 'expert'>): string =>
  expert ? experts.url(id) : `${publicUrl}${taskPath(id)}`

/** @param known companies that were looked up already */
export async function tellTask(room: SealRoom, task: SealTask, known = new Map<string, KnownCompany>()): Promise<z.output<typeof TaskAnswer>> {
  const company = known.get(task.enterpriseId) ?? (await room.stores.sealInterface.company(task.center.id, { id: task.enterpriseId }))
  if (company === undefined) throw new BrokerError('internal', 'a task of a company that is not there')
  known.set(company.id, company)
  const { state, sealed, count } = await room.tasks.status(task)
  const { membershipId, expert, sealKind, handwriting, reference, project, section, urged } = task
  const watch = watchUrl(room.publicUrl, task)
  return {
    id: task.id,
    state,
    title: task.title,
    company: { uscc: company.uscc, name: company.name },
    ...(membershipId === undefined ? {} : { subject: membershipId }),
    ...(expert === undefined ? {} : { expert }),
    ...(sealKind === undefined ? {} : { kind: sealKind }),
    ...(handwriting === undefined ? {} : { handwriting }),
    ...(reference === undefined ? {} : { reference }),
    ...(project === undefined ? {} : { project }),
    ...(section === undefined ? {} : { section }),
    ...{ documents: count, sealed, urged: urged?.times ?? 0, created_at: task.createdAt, expires_at: task.expiresAt },
    sign_url: signUrl(room, task),
    ...(watch === undefined ? {} : { watch_url: watch }),
  }
}

export function tellDocument({
  n,
  name,
  format,
  state,
  size,
  digest,
  sha256,
  places,
  movable,
  date: day,
  sealed,
  order,
}: SealTaskDocument): z.output<typeof TaskDocumentAnswer> {
  return {
    ...{ n, name, format, state, size, sm3: digest, places: z.array(PlacementWish).parse(JSON.parse(places)) },
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(movable === undefined ? {} : { movable }),
    ...(day === undefined ? {} : { date: day }),
    ...(sealed === undefined
      ? {}
      : {
          sealed: {
            ...{ at: sealed.at, size: sealed.size, sm3: sealed.digest, seal: order?.sealId ?? 'expert', list: sealed.evidence },
            ...(sealed.entry === undefined ? {} : { entry: sealed.entry }),
          },
        }),
  }
}

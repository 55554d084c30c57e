import type { Trail } from '../../audit/events.ts'
import type { Clock } from '../../kernel/clock.ts'
import { BrokerError } from '../../kernel/errors.ts'
import { newId } from '../../kernel/ids.ts'
import { sm3 } from '../../pki/sm2.ts'
import type { Stores } from '../../storage/stores.ts'
import type { NewSealNews } from '../../storage/stores-seal-interface.ts'
import type { SealTask, SealTaskDocument } from '../../storage/stores-seal-tasks.ts'
import type { Placement, SealFormat } from '../contract.ts'
import { LIMITS, recognised } from '../contract.ts'
import type { Sealer } from './ports.ts'

/**
 * Sealing tasks: a center or a person puts documents before somebody of a company. Owns who may see one, that it opens with documents that can be sealed, and how it ends. How a document is sealed stands in
 * sealing.ts.
 */
export interface SealTasks {
  /** @throws BrokerError seal_document_unusable, seal_place_unusable, too_large, bad_request (also for the same file twice: the shield signs each digest on a list once) */
  open(request: TaskRequest): Promise<SealTask>
  /** A task that concerns this person. @throws BrokerError seal_task_unknown */
  of(by: Sealer, id: string): Promise<SealTask>
  waiting(by: Sealer, limit: number): Promise<SealTask[]>
  /** Ends it, too, where every document is sealed and nobody has said so. @throws BrokerError seal_task_unknown */
  status(task: SealTask): Promise<TaskStatus>
  /** What was not sealed stays so; what was, stays sealed. @throws BrokerError seal_wrong_state */
  cancel(id: string, trace: string): Promise<SealTask>
  /** ends it once every document is sealed. @returns the task as it stands */
  settle(task: SealTask): Promise<SealTask>
  /** all of its documents, in their order */
  documents(task: SealTask): Promise<SealTaskDocument[]>
  /** @throws BrokerError seal_task_unknown */
  document(task: SealTask, n: number): Promise<SealTaskDocument>
  /** the sealed document, or before that the one that came; of a file elsewhere, what stands beside it. @throws BrokerError seal_task_unknown, seal_file_elsewhere */
  bytes(document: SealTaskDocument, which: 'original' | 'sealed'): Promise<Buffer>
}

export interface TaskRequest
  extends Pick<
    SealTask,
    | 'enterpriseId'
    | 'membershipId'
    | 'expert'
    | 'center'
    | 'title'
    | 'returnTo'
    | 'reference'
    | 'project'
    | 'section'
    | 'sealKind'
    | 'handwriting'
    | 'asked'
    | 'watch'
    | 'trace'
    | 'expiresAt'
  > {
  /** where the same request asked again must be the same task; else a new one is made */
  id?: string
  documents: readonly (HeldDocument | FileElsewhere)[]
}

interface HeldDocument {
  name: string
  bytes: Buffer
  places: readonly Placement[]
  movable?: true
  date?: 'under' | 'over'
}
/** A file that its center keeps, of any size: its seal will stand beside it. Digests in lower-case hexadecimal. */
export type FileElsewhere = Pick<SealTaskDocument, 'name' | 'size' | 'digest' | 'sha256'>

export interface TaskStatus {
  state: SealTask['state'] | 'expired'
  sealed: number
  count: number
}

export interface TaskDeps {
  stores: Pick<Stores, 'sealTasks' | 'blobs'>
  formats: readonly SealFormat[]
  trail: Trail
  clock: Clock
  news: TaskNews
}

/** What those concerned hear of a task. */
export interface TaskNews {
  /** written in the statement of the change */
  of(task: SealTask, event: 'opened' | 'document-sealed' | 'done' | 'cancelled', document?: SealTaskDocument): NewSealNews
  /** there is some; must not throw */
  wake(): void
}

export const MOST_DOCUMENTS = 500
/** bytes of a task's documents together */
const MOST_BYTES = 512 * 1024 * 1024
/** how long what was sealed can be fetched after the task's own time */
const KEPT = 30 * 86_400_000

export function createSealTasks({ stores, formats, trail, clock, news }: TaskDeps): SealTasks {
  const { sealTasks, blobs } = stores

  function formatOf(name: string, bytes: Buffer): SealFormat['name'] {
    const format = recognised(formats, bytes)
    if (format === undefined) throw new BrokerError('seal_document_unusable', 'of no known format', { received: name.slice(0, 80) })
    return format.name
  }

  async function open(request: TaskRequest): Promise<SealTask> {
    const { id = newId(), documents, ...about } = request
    const held = documents.filter(each => 'bytes' in each)
    const size = held.reduce((sum, { bytes }) => sum + bytes.length, 0)
    if (documents.length === 0 || documents.length > MOST_DOCUMENTS)
      throw new BrokerError('bad_request', `${documents.length} documents`, { expected: `1 to ${MOST_DOCUMENTS}` })
    if (size > MOST_BYTES || held.some(({ bytes }) => bytes.length > LIMITS.document))
      throw new BrokerError('too_large', `${size} bytes`, { expected: `at most ${LIMITS.document} a document, ${MOST_BYTES} in all` })
    const elsewhere = documents.flatMap(each => ('bytes' in each ? [] : [each.digest]))
    if (new Set(elsewhere).size < elsewhere.length) throw new BrokerError('bad_request', 'one file twice', { expected: 'each digest once' })
    // all are known to be of a format before any is stored
    const named = documents.map(each => ('bytes' in each ? formatOf(each.name, each.bytes) : 'cms'))
    const until = new Date(Date.parse(about.expiresAt) + KEPT)
    const rows: SealTaskDocument[] = []
    for (const [i, document] of documents.entries()) {
      const row = { taskId: id, n: i + 1, version: 1, name: document.name.slice(0, 200), state: 'waiting' as const }
      if (!('bytes' in document)) {
        const { size, digest, sha256 } = document
        rows.push({ ...row, format: 'cms', size, digest, ...(sha256 === undefined ? {} : { sha256 }), places: '[]' })
        continue
      }
      const { bytes, places, movable, date } = document
      const format = named[i]
      if (format === undefined || format === 'cms') throw new BrokerError('seal_document_unusable', 'a format that is not sealed in place')
      const blob = newId()
      await blobs.put(blob, bytes, until)
      rows.push({
        ...row,
        format,
        size: bytes.length,
        digest: sm3(bytes),
        // data has no page to be seen on
        places: JSON.stringify(format === 'xml' ? [] : places),
        ...(movable === undefined || format === 'xml' ? {} : { movable }),
        ...(date === undefined ? {} : { date }),
        blob,
      })
    }
    const task: SealTask = {
      ...about,
      id,
      version: 1,
      state: 'open',
      count: rows.length,
      lists: [],
      createdAt: clock.now().toISOString(),
    }
    await sealTasks.insert(task, rows, news.of(task, 'opened'))
    await trail.append({
      code: 'seal.task-opened',
      trace: task.trace,
      facts: { task: id, center: task.center.id, documents: rows.length, bytes: size },
    })
    news.wake()
    return task
  }

  const isOver = ({ expiresAt }: SealTask): boolean => clock.now().getTime() >= Date.parse(expiresAt)

  async function end(task: SealTask, state: 'done' | 'cancelled', trace: string): Promise<SealTask> {
    for (let now: SealTask | undefined = task; now?.state === 'open'; now = await sealTasks.find(task.id)) {
      const ended = { ...now, state }
      const saved = await sealTasks.save(ended, news.of(ended, state))
      if (saved === undefined) continue
      await trail.append({
        code: state === 'done' ? 'seal.task-done' : 'seal.task-cancelled',
        trace,
        facts: { task: task.id, documents: task.count },
      })
      news.wake()
      return saved
    }
    return (await sealTasks.find(task.id)) ?? task
  }

  return {
    open,
    async of(by, id) {
      const task = /^[\w-]{20,40}$/.test(id) ? await sealTasks.find(id) : undefined
      const theirs =
        task?.expert !== true && task?.enterpriseId === by.enterpriseId && (task.membershipId === undefined || task.membershipId === by.membershipId)
      if (task === undefined || !theirs) throw new BrokerError('seal_task_unknown', 'no such task for this person')
      return task
    },
    waiting: (by, limit) => sealTasks.waiting(by.enterpriseId, by.membershipId, clock.now(), limit),
    async status(task) {
      const sealed = task.state === 'done' ? task.count : await sealTasks.sealedOf(task.id)
      // the process that set the last seal may have stopped before it ended the task
      const { state } = task.state !== 'open' || sealed < task.count ? task : await end(task, 'done', task.trace)
      return { state: state === 'open' && isOver(task) ? 'expired' : state, sealed, count: task.count }
    },
    async cancel(id, trace) {
      const task = await sealTasks.find(id)
      if (task === undefined) throw new BrokerError('seal_task_unknown', 'no such task')
      if (task.state !== 'open') throw new BrokerError('seal_wrong_state', `the task is ${task.state}`)
      return await end(task, 'cancelled', trace)
    },
    async settle(task) {
      if (task.state !== 'open' || (await sealTasks.sealedOf(task.id)) < task.count) return task
      return await end(task, 'done', task.trace)
    },
    documents: ({ id }) => sealTasks.documents(id, 0, MOST_DOCUMENTS),
    async document({ id }, n) {
      const found = await sealTasks.document(id, n)
      if (found === undefined) throw new BrokerError('seal_task_unknown', 'no such document of this task')
      return found
    },
    async bytes({ format, blob, sealed }, which) {
      if (format === 'cms' && which === 'original') throw new BrokerError('seal_file_elsewhere', 'the center keeps the file')
      const id = which === 'original' ? blob : sealed?.blob
      const bytes = id === undefined ? undefined : await blobs.get(id)
      if (bytes === undefined) throw new BrokerError('seal_task_unknown', 'these bytes are not kept any more, or not there yet')
      return bytes
    },
  }
}

/** As an address names a document of a task, from 1. @returns 0, which none has, for anything else */
export const documentNumber = (text: string): number => (/^\d{1,5}$/.test(text) ? Number(text) : 0)

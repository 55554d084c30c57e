import type { Trail } from '../../audit/events.ts'
import { BrokerError } from '../../kernel/errors.ts'
import type { Stores } from '../../storage/stores.ts'
import type { SealTask, SealTaskDocument } from '../../storage/stores-seal-tasks.ts'
import type { Placement } from '../contract.ts'
import type { SealTasks, TaskNews } from './tasks.ts'

/**
 * Tasks that an expert signs with a key kept by remote signing, in the experts' pages and for themselves: no company's seal and no power of a company plays a part. Owns that what the expert signed, refused or was spared
 * becomes the state of the task. How it is asked and signed is remote signing's.
 */
export interface ExpertTasks extends ExpertSigning {
  /** Takes over what became of the request. Any number of times, in any order: nothing is written twice. */
  follow(id: string): Promise<void>
}

/** Remote signing, as tasks need it. A request has the id of its task. The composition root joins them. */
export interface ExpertSigning {
  /** The name by which this center knows the person of an active key. @returns undefined where there is none that it may know of */
  subjectOf(key: string, clientId: string): Promise<string | undefined>
  /** The same question again is the same request. @throws BrokerError bad_request, too_large, seal_document_unusable, seal_place_unusable */
  ask(question: ExpertQuestion): Promise<void>
  /** @returns undefined where nothing was asked */
  result(id: string): Promise<ExpertResult | undefined>
  /** What is not signed will not be. @throws BrokerError remote_request_over */
  cancel(id: string, trace: string): Promise<void>
  /** JSON: who signed, by which factors, which list. @throws BrokerError remote_request_unknown, remote_key_tampered */
  evidence(id: string): Promise<Buffer>
  /** where the expert signs */
  url(id: string): string
}

interface ExpertQuestion {
  task: Pick<SealTask, 'id' | 'center' | 'title' | 'reference' | 'project' | 'asked' | 'expiresAt' | 'trace'> & { membershipId: string }
  documents: readonly { name: string; bytes: Buffer; words?: string }[]
}
interface ExpertResult {
  state: 'open' | 'signed' | 'declined' | 'cancelled' | 'expired'
  /** the use of the key, once signed */
  signing: string
  at: string
  documents: readonly { n: number; digest: string; signed?: { blob: string; size: number; digest: string } }[]
}

export interface ExpertTaskDeps {
  stores: Pick<Stores, 'sealTasks'>
  tasks: Pick<SealTasks, 'documents' | 'settle' | 'cancel'>
  /** asked for when first needed: remote signing is opened after the seals */
  signing(): ExpertSigning
  news: TaskNews
  trail: Trail
}

export function createExpertTasks({ stores: { sealTasks }, tasks, signing, news, trail }: ExpertTaskDeps): ExpertTasks {
  async function take(task: SealTask, result: ExpertResult): Promise<void> {
    const pairs = (await tasks.documents(task)).map(document => ({
      document,
      signed: result.documents.find(({ n, digest }) => n === document.n && digest === document.digest)?.signed,
    }))
    // rows changed by hand: written down, and nothing else that waits to be told is held up
    if (pairs.some(({ signed }) => signed === undefined))
      return await trail.append({ code: 'request.refused', trace: task.trace, facts: { failure: 'seal_document_unusable' } })
    for (const { document, signed } of pairs) {
      if (signed === undefined || document.state === 'sealed') continue
      const done: SealTaskDocument = { ...document, state: 'sealed', sealed: { ...signed, at: result.at, evidence: result.signing } }
      if ((await sealTasks.saveDocument(done, news.of(task, 'document-sealed', done))) === undefined) continue
      const facts = { task: task.id, document: document.n, signing: result.signing, digest: signed.digest }
      await trail.append({ code: 'seal.expert-signed', trace: task.trace, facts })
    }
    news.wake()
    await tasks.settle((await sealTasks.find(task.id)) ?? task)
  }

  return {
    subjectOf: (...of) => signing().subjectOf(...of),
    ask: question => signing().ask(question),
    result: id => signing().result(id),
    cancel: (...of) => signing().cancel(...of),
    evidence: id => signing().evidence(id),
    url: id => signing().url(id),
    async follow(id) {
      const task = await sealTasks.find(id)
      if (task?.expert !== true || task.state !== 'open') return
      const result = await signing().result(id)
      if (result?.state === 'signed') await take(task, result)
      if (result?.state === 'declined' || result?.state === 'cancelled') await tasks.cancel(id, task.trace).catch(overAlready)
    },
  }
}

/** somebody else ended it first */
function overAlready(thrown: unknown): void {
  if (!(thrown instanceof BrokerError) || thrown.code !== 'seal_wrong_state') throw thrown
}

/** Of an expert's document: the words where the name chop is shown. @throws BrokerError seal_place_unusable */
export function chopWords(places: readonly Placement[], format: string): string | undefined {
  const [place] = places
  if (place === undefined) return undefined
  if (format === 'pdf' && places.length === 1 && place.kind === 'keyword' && (place.nth ?? 1) === 1) return place.words
  throw new BrokerError('seal_place_unusable', 'a place that an expert’s chop cannot have', { expected: 'in a PDF, one place of kind keyword' })
}

import { type Clock, minutes } from '../../kernel/clock.ts'
import { asBrokerError, BrokerError } from '../../kernel/errors.ts'
import { readCertificate } from '../../pki/certificate.ts'
import type { Stores } from '../../storage/stores.ts'
import type { Ask, AskStatus } from '../../storage/stores-authorization.ts'
import type { SealTask, SealTaskDocument } from '../../storage/stores-seal-tasks.ts'
import { taskPath } from '../pages/task.ts'
import type { PhoneAnswers, SealAsks } from '../phone.ts'
import { hashOnList } from './list-text.ts'
import type { ListSigner, Sealer } from './ports.ts'
import type { Sealing } from './sealing.ts'
import type { SealTasks } from './tasks.ts'

/**
 * Sealing with the bank's app on the phone: the list is what the phone is asked to sign, and its answer holds a signature for each line. Owns what goes to the app and what comes back. The seals are set by the page that
 * asked, in its own session, one document after the other as with a shield: a phone never gets the company's session, and a break-off is gone on with from the same answer.
 */
export interface SealingByPhone {
  /** Asks a phone for what is fitted. @param from where the page is, for the phone to show. @returns undefined where all are sealed. @throws BrokerError as `Sealing.list` */
  ask(by: Sealer, task: SealTask, from: string): Promise<Ask | undefined>
  /** One of this person's for this task. @throws BrokerError ask_unknown */
  of(by: Sealer, task: SealTask, id: string): Promise<AskStatus>
  /** one that a phone has answered and whose seals are not all set yet: a way back for whoever lost the page */
  answered(by: Sealer, task: SealTask): Promise<Ask | undefined>
  /** the documents on its list that still wait */
  waiting(ask: Ask, task: SealTask): Promise<SealTaskDocument[]>
  /** Sets one seal with the answer; with the last one the answer is used up. One that is set already is answered as it is. @throws BrokerError ask_* where there is no answer to use; as `Sealing.begin` and `Sealing.seal` */
  seal(by: Sealer, task: SealTask, id: string, n: number): Promise<SealTaskDocument>
  answers: PhoneAnswers
}

export interface ByPhoneDeps {
  asks: SealAsks
  tasks: SealTasks
  sealing: Sealing
  signer: ListSigner
  stores: Pick<Stores, 'sealTasks' | 'parties' | 'evidence'>
  clock: Clock
}

/** less than what was fitted stays good for */
const ASKED_FOR = minutes(20)
/** asks of one task that are looked through */
const MOST_ASKS = 200
/** bytes of lines in one answer to the app; one line alone may be more */
const LINES = 1024 * 1024

export function createSealingByPhone({ asks, tasks, sealing, signer, stores, clock }: ByPhoneDeps): SealingByPhone {
  /** In the order of the list; those that are sealed meanwhile too. */
  const listed = async (ask: Ask, task: SealTask): Promise<SealTaskDocument[]> =>
    (await tasks.documents(task)).filter(document => document.order !== undefined && hashOnList(ask.text ?? '', document) === document.order.hash)

  /** @throws BrokerError seal_wrong_state: the documents were fitted anew for something else, or the task is over */
  async function held(ask: Ask): Promise<{ task: SealTask; documents: SealTaskDocument[]; certificate: string }> {
    const task = await stores.sealTasks.find(ask.subject)
    const documents = task === undefined ? [] : await listed(ask, task)
    const certificate = documents[0]?.order?.certificate
    if (task?.state !== 'open' || certificate === undefined || documents.length !== countOn(ask))
      throw new BrokerError('seal_wrong_state', 'what the list was made for has changed')
    return { task, documents, certificate }
  }

  /** Whether the signed list is kept already, and may be sealed by. */
  async function begun({ text }: Ask, { lists }: SealTask): Promise<boolean> {
    for (const id of lists.toReversed()) if ((await stores.evidence.find(id))?.text === text) return true
    return false
  }

  /** Used up, by whoever set the last one. */
  async function used({ id }: Ask): Promise<void> {
    try {
      await asks.settle(id)
    } catch (thrown) {
      if (asBrokerError(thrown).code !== 'ask_settled') throw thrown
    }
  }

  async function of(by: Sealer, task: SealTask, id: string) {
    const found = await asks.status(id)
    const { kind, subject, membershipId } = found.ask
    if (kind !== 'seal-list' || subject !== task.id || membershipId !== by.membershipId)
      throw new BrokerError('ask_unknown', 'no such ask of this person for this task')
    return found
  }

  return {
    of,
    waiting: async (ask, task) => (await listed(ask, task)).filter(({ state }) => state === 'waiting'),

    async ask(by, task, from) {
      const { text, documents } = await sealing.list(by, task)
      if (documents.length === 0) return undefined
      const ends = Math.min(clock.now().getTime() + ASKED_FOR, Date.parse(task.expiresAt))
      return await asks.open({
        kind: 'seal-list',
        center: task.center,
        from,
        membershipId: by.membershipId,
        rows: [
          { name: { zh: '办什么', en: 'What for' }, value: `盖章 ${documents.length} 个文件 Seal documents` },
          { name: { zh: '事项', en: 'Matter' }, value: task.title },
          { name: { zh: '企业', en: 'Company' }, value: by.company.name },
        ],
        text,
        subject: task.id,
        expiresAt: new Date(ends).toISOString(),
        trace: task.trace,
      })
    },

    async answered(by, task) {
      const found = await asks.ofSubject('seal-list', task.id, MOST_ASKS)
      for (const { id, membershipId } of found.toReversed())
        if (membershipId === by.membershipId) {
          const { ask, state } = await asks.status(id)
          if (state === 'approved') return ask
        }
      return undefined
    },

    async seal(by, task, id, n) {
      const { ask, state } = await of(by, task, id)
      const before = (await listed(ask, task)).find(document => document.n === n)
      if (before?.state === 'sealed') {
        const { state: at } = await tasks.status(task)
        if (state === 'approved' && at === 'done') await used(ask)
        return before
      }
      // says why, where there is no answer or it was used up
      if (state !== 'approved' || ask.answer === undefined) {
        await asks.settle(id)
        throw new BrokerError('ask_settled', `the ask is ${state}`)
      }
      const documents = await listed(ask, task)
      const at = documents.findIndex(document => document.n === n)
      const signature = at < 0 ? undefined : ask.answer['signatures']?.split(',')[at]
      if (signature === undefined) throw new BrokerError('seal_wrong_state', 'the document is not on the list that the phone signed')
      if (ask.answer['thumbprint'] !== thumbprintOf(documents[at]))
        throw new BrokerError('seal_wrong_shield', 'the document was fitted for another shield meanwhile')
      if (!(await begun(ask, task))) await sealing.begin(by, task, { text: ask.text ?? '', cms: ask.answer['cms'] ?? '' })
      const now = (await stores.sealTasks.find(task.id)) ?? task
      const sealed = await sealing.seal(by, now, n, Buffer.from(signature, 'base64'))
      const left = (await listed(ask, task)).some(each => each.state === 'waiting')
      if (!left) await used(ask)
      return sealed
    },

    answers: {
      back: ({ id, subject }) => taskPath(subject, `/phone/${encodeURIComponent(id)}`),
      fetches: {
        async request(ask) {
          const { certificate, documents } = await held(ask)
          return { kind: 'sign-list', text: ask.text ?? '', certificate, lines: documents.length }
        },
        async lines(ask, from) {
          const { task, documents } = await held(ask)
          const by = { enterpriseId: task.enterpriseId }
          const lines: string[] = []
          let [size, i] = [0, from - 1]
          for (; i < documents.length && (lines.length === 0 || size < LINES); i++) {
            const item = await sealing.item(by, task, documents[i]?.n ?? 0)
            size += item.length
            lines.push(item.toString('base64'))
          }
          return { lines, ...(i < documents.length ? { next: i + 1 } : {}) }
        },
      },
      async prove(ask, { cms = '', signatures = '' }) {
        const { documents, certificate } = await held(ask)
        const { membershipId = '' } = ask
        const membership = await stores.parties.membership(membershipId)
        if (membership === undefined) throw new BrokerError('ask_wrong_person', 'the person asked is not of the company any more')
        const who = { membership: { personId: membership.person.id, uscc: membership.enterprise.uscc } }
        const thumbprint = await signer.signedBy(who, { text: ask.text ?? '', cms }, false)
        if (thumbprint !== readCertificate(Buffer.from(certificate, 'base64')).thumbprint)
          throw new BrokerError('seal_wrong_shield', 'the list was signed by another shield than it was made for')
        const given = signatures.split(',').length
        if (given !== documents.length)
          throw new BrokerError('signature_invalid', 'not one signature for each line', { received: `${given}`, expected: `${documents.length}` })
        return { by: [membershipId], answer: { cms, signatures, thumbprint } }
      },
    },
  }
}

const thumbprintOf = (document: SealTaskDocument | undefined): string | undefined =>
  document?.order && readCertificate(Buffer.from(document.order.certificate, 'base64')).thumbprint
/** documents that the list says it has */
const countOn = ({ text = '' }: Ask): number => Number(/\n文件数:(\d{1,3})\n/.exec(text)?.[1] ?? 0)

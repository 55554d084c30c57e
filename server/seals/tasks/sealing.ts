import type { Trail } from '../../audit/events.ts'
import { type Clock, minutes } from '../../kernel/clock.ts'
import { BrokerError } from '../../kernel/errors.ts'
import { newId } from '../../kernel/ids.ts'
import { algorithmFor, keyName } from '../../pki/algorithms.ts'
import { type Certificate, readCertificate } from '../../pki/certificate.ts'
import { strictSm2 } from '../../pki/cms-outside.ts'
import { sm3 } from '../../pki/sm2.ts'
import type { Stores } from '../../storage/stores.ts'
import type { FixedOrder, SealTask, SealTaskDocument } from '../../storage/stores-seal-tasks.ts'
import type { Evidence, Placement, SealFormat, SealJudge, SealOrder, SignatureValue, Stamp } from '../contract.ts'
import { asHandwritten, demandHandwritable, HANDWRITTEN, type HandStrokes } from './handwritten.ts'
import { hashOnList, listText } from './list-text.ts'
import { asDrawn } from './placing.ts'
import type { ListSigner, SealDesk, Sealer, UsableSeal, UseOf } from './ports.ts'
import { demandGood, lookedAt, sealableOf, shieldOf, valueKind } from './sealable.ts'
import type { SealTasks, TaskNews } from './tasks.ts'

/**
 * Sealing the documents of a task with a key that stays in the shield, one after the other: fitted (what would be signed is fixed), listed (the person signs the list of all), and sealed (the shield's signature over
 * one line comes back). Owns that a document is sealed once, by a shield that its seal was made for, with the company's power written down, and that nothing is handed out that does not verify. Every step can be
 * taken again after a break-off: what is sealed stays sealed, what is not is fitted anew.
 */
export interface Sealing {
  /** Fixes what would be signed for one document. @param chosen.certificate DER of the shield that will sign @param chosen.hand of a signature by hand, which goes without a seal. @throws BrokerError seal_*, certificate_malformed */
  fit(by: Sealer, task: SealTask, n: number, chosen: { sealId: string; certificate: Buffer; hand?: HandStrokes }): Promise<SealTaskDocument>
  /** The list of all that is fitted and waits, for one seal and one shield; of none where all are sealed. @throws BrokerError seal_wrong_state where one is not fitted, or was too long ago */
  list(by: Sealer, task: SealTask): Promise<{ text: string; documents: SealTaskDocument[] }>
  /** The signed list: kept as evidence, and from then on what it names may be sealed. @throws BrokerError challenge_mismatch, seal_wrong_shield, mandate_wrong_shield, signature_invalid */
  begin(by: Sealer, task: SealTask, signed: { text: string; cms: string }): Promise<string>
  /** What the shield signs for this document. */
  item(by: Pick<Sealer, 'enterpriseId'>, task: SealTask, n: number): Promise<Buffer>
  /** A document that is sealed is answered as it is, whatever became of the task. @param signature of the shield over `item`. @throws BrokerError signature_invalid, seal_wrong_state, seal_*, what denies the act */
  seal(by: Sealer, task: SealTask, n: number, signature: Buffer): Promise<SealTaskDocument>
}

export interface SealingDeps {
  stores: Pick<Stores, 'sealTasks' | 'blobs' | 'evidence'>
  tasks: SealTasks
  formats: readonly SealFormat[]
  seals: SealDesk
  signer: ListSigner
  judge: SealJudge
  /** values/: what stands in the document as the signature */
  valueFor(kind: FixedOrder['value'], seal: UsableSeal, certificate: Certificate): SignatureValue
  use: UseOf
  stamp: (certificate: Certificate, trace: string) => Stamp
  /** what the document is given to carry, for when certificates are over */
  evidence?: (certificate: Certificate, seal: UsableSeal) => Promise<Evidence>
  trail: Trail
  clock: Clock
  news: TaskNews
}

/** between fitting and the last signature: what the document says of its time must be about when it was sealed */
const FITTED_FOR = minutes(30)
const KEPT = 30 * 86_400_000

export function createSealing(deps: SealingDeps): Sealing {
  const { stores, tasks, formats, seals, signer, judge, valueFor, use, trail, clock } = deps
  const { sealTasks, blobs, evidence } = stores

  function demandOpen(task: SealTask): void {
    if (task.state !== 'open' || clock.now().getTime() >= Date.parse(task.expiresAt))
      throw new BrokerError('seal_wrong_state', `the task is ${task.state}, until ${task.expiresAt}`)
  }
  const ended = () => new BrokerError('seal_wrong_state', 'the task has ended, or the document was fitted anew, while this was done')
  const isFresh = (order: FixedOrder): boolean => clock.now().getTime() - Date.parse(order.at) < FITTED_FOR

  /** The seal, or what stands in its place: the person's name by hand. */
  async function usable(
    by: Pick<Sealer, 'enterpriseId'>,
    { sealId, hand }: Pick<FixedOrder, 'sealId' | 'hand'>,
    thumbprint: string,
  ): Promise<UsableSeal> {
    return sealId === HANDWRITTEN ? asHandwritten(hand) : await seals.inForce(by.enterpriseId, sealId, thumbprint)
  }
  /** Everything that follows from what was fixed. */
  async function madeOf(by: Pick<Sealer, 'enterpriseId'>, document: SealTaskDocument, order: Omit<FixedOrder, 'hash'>) {
    const certificate = shieldOf(order)
    const seal = await usable(by, order, certificate.thumbprint)
    const at = new Date(order.at)
    const value = valueFor(order.value, seal, certificate)
    const asked: SealOrder = {
      id: order.id,
      at,
      places: JSON.parse(document.places) as Placement[],
      picture: asDrawn(seal.picture, document.date, at),
    }
    return { sealable: await sealableOf(document, { formats, tasks }), asked, value, certificate, seal }
  }
  function fixed({ order }: SealTaskDocument): FixedOrder {
    if (order === undefined) throw new BrokerError('seal_wrong_state', 'the document was not fitted')
    if (!isFresh(order)) throw new BrokerError('seal_wrong_state', 'it was fitted too long ago', { received: order.at })
    return order
  }
  const waitingOf = async (task: SealTask): Promise<SealTaskDocument[]> => (await tasks.documents(task)).filter(({ state }) => state === 'waiting')
  /** The list, signed, on which this document stands as it was fitted. */
  async function demandListed(task: SealTask, document: SealTaskDocument, order: FixedOrder): Promise<string> {
    for (const id of task.lists.toReversed()) {
      const signed = await evidence.find(id)
      if (signed !== undefined && hashOnList(signed.text, document) === order.hash) return id
    }
    throw new BrokerError('seal_wrong_state', 'the document stands on no list that was signed')
  }

  return {
    async fit(by, task, n, { sealId, certificate: der, hand: strokes }) {
      for (;;) {
        const document = await tasks.document(task, n)
        if (document.state === 'sealed') return document
        demandOpen(task)
        const certificate = readCertificate(der)
        const hand = sealId === HANDWRITTEN ? JSON.stringify(strokes ?? []) : undefined
        if (hand !== undefined) demandHandwritable(task, document)
        const before = document.order
        // fitted for the same a moment ago: a list that was signed over it stays good
        if (
          before !== undefined &&
          isFresh(before) &&
          before.sealId === sealId &&
          before.certificate === der.toString('base64') &&
          before.hand === hand
        )
          return document
        const at = new Date(Math.floor(clock.now().getTime() / 1000) * 1000).toISOString()
        const order: Omit<FixedOrder, 'hash'> = {
          id: newId(),
          at,
          sealId,
          ...(hand === undefined ? {} : { hand }),
          certificate: der.toString('base64'),
          value: valueKind(document, certificate, hand !== undefined),
        }
        const made = await madeOf(by, document, order)
        if (task.sealKind !== undefined && made.seal.kind !== task.sealKind)
          throw new BrokerError('seal_wrong_kind', `a seal of kind ${made.seal.kind}`, { expected: task.sealKind })
        const { hash } = await lookedAt(made.sealable, made.asked, made.value)
        const saved = await sealTasks.saveDocument({ ...document, order: { ...order, hash } })
        if (saved !== undefined) return saved
        const { version } = await tasks.document(task, n)
        if (version === document.version) throw ended()
      }
    },

    async list(by, task) {
      const waiting = await waitingOf(task)
      const [first] = waiting
      if (first === undefined) {
        // the answer to the last seal was lost, or its process stopped over it
        await tasks.settle(task)
        return { text: '', documents: [] }
      }
      demandOpen(task)
      const order = fixed(first)
      const { sealId, certificate } = order
      const documents = waiting.filter(document => fixed(document).sealId === sealId && document.order?.certificate === certificate)
      if (documents.length < waiting.length) throw new BrokerError('seal_wrong_state', 'not all are fitted for one seal and one shield')
      const seal = await usable(by, order, shieldOf(order).thumbprint)
      return { text: listText({ task, company: by.company, person: by.person.name, seal, documents, at: clock.now().toISOString() }), documents }
    },

    async begin(by, task, signed) {
      demandOpen(task)
      const waiting = (await waitingOf(task)).filter(document => hashOnList(signed.text, document) === document.order?.hash)
      const [first] = waiting
      if (first === undefined) throw new BrokerError('challenge_mismatch', 'the list names nothing that waits')
      const order = fixed(first)
      const { sealId } = order
      const at = /\n时间:(\S+)$/.exec(signed.text)?.[1] ?? ''
      const shield = shieldOf(order).thumbprint
      const seal = await usable(by, order, shield)
      // the whole text is ours, made again: what else stands on it, the person did not read from us
      if (listText({ task, company: by.company, person: by.person.name, seal, documents: waiting, at }) !== signed.text)
        throw new BrokerError('challenge_mismatch', 'other words than those that were shown')
      if (!(Math.abs(clock.now().getTime() - Date.parse(at)) < FITTED_FOR))
        throw new BrokerError('challenge_expired', 'the list was shown too long ago', { received: at })
      const thumbprint = await signer.signedBy({ membership: { personId: by.person.id, uscc: by.company.uscc } }, signed, by.byMandate !== true)
      if (shield !== thumbprint) throw new BrokerError('seal_wrong_shield', 'the list was signed by another shield than it was made for')
      const id = newId()
      await evidence.insert({
        id,
        kind: 'seal-list',
        ...signed,
        thumbprint,
        membershipId: by.membershipId,
        at: clock.now().toISOString(),
        trace: task.trace,
        clientId: task.center.id,
      })
      for (let now: SealTask | undefined = task; now !== undefined; now = await sealTasks.find(task.id)) {
        demandOpen(now)
        if ((await sealTasks.save({ ...now, lists: [...now.lists, id].slice(-20) })) !== undefined) break
      }
      await trail.append({
        code: 'seal.listed',
        trace: task.trace,
        facts: { task: task.id, seal: sealId, documents: waiting.length, evidence: id, thumbprint },
      })
      return id
    },

    async item(by, task, n) {
      demandOpen(task)
      const document = await tasks.document(task, n)
      const { sealable, asked, value } = await madeOf(by, document, fixed(document))
      return await sealable.prepare(asked, value)
    },

    async seal(by, task, n, given) {
      const document = await tasks.document(task, n)
      if (document.state === 'sealed') {
        await tasks.settle(task)
        return document
      }
      demandOpen(task)
      const order = fixed(document)
      const list = await demandListed(task, document, order)
      const { sealable, asked, value, certificate, seal } = await madeOf(by, document, order)
      const toSign = await sealable.prepare(asked, value)
      // some drivers give r and s side by side; what is written and stamped is DER
      const signature = keyName(certificate.publicKey) === 'SM2' ? strictSm2(given) : given
      if (!algorithmFor(certificate.publicKey).verify(certificate.publicKey, toSign, signature))
        throw new BrokerError('signature_invalid', 'not over what was to be signed, or not by this shield')
      const { entry } = await use(
        { membershipId: by.membershipId, assurance: by.assurance, ...(by.byMandate === undefined ? {} : { byMandate: by.byMandate }) },
        {
          ...(order.sealId === HANDWRITTEN ? { act: 'sign' as const } : { act: 'seal_use' as const, seal: order.sealId }),
          center: task.center.id,
          ...(task.project === undefined ? {} : { project: task.project }),
          ...(task.section === undefined ? {} : { section: task.section }),
        },
        // once for this seal in this person's hand: where it broke off before it was sealed, somebody else's use is another one
        { reference: `${task.id}:${n}`, trace: task.trace, once: `seal:${task.id}:${n}:${order.sealId}:${by.membershipId}` },
      )
      const bare = await sealable.build(asked, value, signature, deps.stamp(certificate, task.trace))
      const built = deps.evidence === undefined ? bare : sealable.addEvidence(bare, await deps.evidence(certificate, seal))
      await demandGood(sealable, built, certificate, asked, judge)
      const blob = newId()
      await blobs.put(blob, built, new Date(Date.parse(task.expiresAt) + KEPT))
      const sealed = { blob, size: built.length, digest: sm3(built), at: clock.now().toISOString(), entry, evidence: list }
      const done: SealTaskDocument = { ...document, state: 'sealed', sealed }
      const saved = await sealTasks.saveDocument(done, deps.news.of(task, 'document-sealed', done))
      if (saved === undefined) {
        // somebody else came first with the same signature or another one: theirs stands, ours was never handed out
        await blobs.drop(blob)
        const now = await tasks.document(task, n)
        if (now.state === 'sealed') return now
        throw ended()
      }
      await trail.append({
        code: 'seal.set',
        trace: task.trace,
        facts: { task: task.id, document: n, seal: order.sealId, digest: sealed.digest, entry },
      })
      deps.news.wake()
      await tasks.settle((await sealTasks.find(task.id)) ?? task)
      return saved
    },
  }
}

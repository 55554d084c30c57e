import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { asBrokerError, BrokerError, isOurFault } from '../../kernel/errors.ts'
import { newId } from '../../kernel/ids.ts'
import type { DigestedContent } from '../../pki/cms-verify-stream.ts'
import type { SealVerification } from '../../storage/stores-seal-interface.ts'
import { Problem, problemOf } from '../../web/interface/problem.ts'
import type { Verified } from '../verify/verification.ts'
import { uploadedBytes, uploadOf } from './documents.ts'
import { LIMITS } from './limits.ts'
import { type Ask, BASE, ID, next, nextOf, PAGED, Paged, type SealOperation, when } from './operation.ts'
import { ExplainAnswer, explain, outcomeOf, ReportAnswer, tellReport } from './reports.ts'
import type { SealRoom } from './room.ts'

/** Verifying documents that a center handed in: one at once, or many one after the other with a notice at the end. Owns what is kept of a verification: the reports, and digests of what they are about. */
const VerificationQuestion = z
  .strictObject({ documents: z.array(ID).min(1).max(LIMITS.verified) })
  .meta({ id: 'VerificationQuestion', description: 'Documents that you uploaded.' })
const Item = z.union([
  z.strictObject({ document: z.string(), verdict: z.enum(['good', 'bad', 'unknown', 'none']), report: ReportAnswer }),
  z.strictObject({ document: z.string(), problem: Problem }),
])
const summary = { id: z.string(), state: z.enum(['waiting', 'done']), documents: z.int(), created_at: when, expires_at: when }
const VerificationAnswer = z
  .strictObject({ ...summary, results: z.array(Item).describe('In the order asked; empty while it waits.') })
  .meta({ id: 'VerificationAnswer', description: 'A verification of many documents.' })
const VerificationList = z
  .strictObject({ verifications: z.array(z.strictObject(summary)), next })
  .meta({ id: 'VerificationList', description: 'The newest first.' })
const Kept = z.strictObject({ documents: z.array(z.string()), trace: z.string(), results: z.array(Item) })

/** Within what the house can bear at a time. @param file as `Verification.verify` @throws BrokerError seal_document_unusable, too_many_requests */
export async function verified({ verification }: Pick<SealRoom, 'verification'>, bytes: Buffer, file?: DigestedContent): Promise<Verified> {
  const release = verification.reserve(bytes.length)
  try {
    return await verification.verify(bytes, file)
  } finally {
    release()
  }
}

async function uploaded(room: SealRoom, ask: Ask): Promise<Verified> {
  const { id } = await uploadOf(room, ask.clientId, ask.param('id'))
  await ask.charge(10)
  return await verified(room, await uploadedBytes(room, id))
}

/** @throws BrokerError seal_verification_unknown */
async function ownVerification({ stores }: SealRoom, clientId: string, id: string): Promise<SealVerification> {
  const found = /^[\w-]{1,60}$/.test(id) ? await stores.sealInterface.verification(id) : undefined
  if (found?.clientId !== clientId) throw new BrokerError('seal_verification_unknown', 'no such verification of this center')
  return found
}

function tell({ id, state, body, createdAt, expiresAt }: SealVerification): z.output<typeof VerificationAnswer> {
  const { documents, results } = Kept.parse(JSON.parse(body))
  return { id, state, documents: documents.length, created_at: createdAt, expires_at: expiresAt, results }
}

/** how long the documents of one verification together wait for room, and how often they look */
const MOST_WAITED = 2 * 60_000
const LOOKS_EVERY = 500

/**
 * Does what waits; a document that cannot be verified does not touch the others. Where as many are under way as may be, it waits its turn.
 * @param attempt.last nobody tries again after this: what cannot be verified is told as a result, too
 * @param wait for milliseconds
 * @throws what is our own fault, to be tried again
 */
export async function verifyWaiting(
  room: Omit<SealRoom, 'verifyLater' | 'webhooks'>,
  id: string,
  attempt: { last: boolean },
  wait: (milliseconds: number) => Promise<unknown> = pause,
): Promise<void> {
  const waiting = await room.stores.sealInterface.verification(id)
  if (waiting?.state !== 'waiting') return
  const kept = Kept.parse(JSON.parse(waiting.body))
  const results: z.output<typeof Item>[] = []
  let left = MOST_WAITED
  async function turn(bytes: number): Promise<() => void> {
    for (;;) {
      try {
        return room.verification.reserve(bytes)
      } catch (thrown) {
        if (asBrokerError(thrown).code !== 'too_many_requests' || left <= 0) throw thrown
        left -= LOOKS_EVERY
        await wait(LOOKS_EVERY)
      }
    }
  }
  async function reportOn(document: string, clientId: string): Promise<Verified> {
    const { size } = await uploadOf(room, clientId, document)
    const release = await turn(size)
    try {
      return await room.verification.verify(await uploadedBytes(room, document))
    } finally {
      release()
    }
  }
  for (const document of kept.documents) {
    try {
      const report = await reportOn(document, waiting.clientId)
      results.push({ document, verdict: explain(report).verdict, report: tellReport(report, room.clock.now()) })
    } catch (thrown) {
      const error = asBrokerError(thrown)
      if ((isOurFault(error.code) || error.code === 'too_many_requests') && !attempt.last) throw thrown
      results.push({ document, problem: problemOf(error, { publicUrl: room.publicUrl, trace: kept.trace }) })
    }
  }
  if (!(await room.stores.sealInterface.endVerification(id, JSON.stringify({ ...kept, results })))) return
  const good = results.filter(each => 'verdict' in each && each.verdict === 'good').length
  room.tell({
    event: 'verify.done',
    clientId: waiting.clientId,
    subject: id,
    data: { verification: id, documents: results.length, good },
    trace: kept.trace,
  })
}

const shared = { scope: 'seals.tasks', status: 200 } as const

export const verifyingOperations: readonly SealOperation[] = [
  {
    ...shared,
    path: `${BASE}/documents/{id}:verify`,
    name: 'verifyDocument',
    title: { zh: '验章', en: 'Verify a document' },
    about: {
      zh: '有没有被改过、签章人是否可信、盖章时是否有效，三问分开答复。验得出就是 200，不论结果。不用登记的单次验章见 POST /api/seals:verify，文件旁的签名（.p7s）也在那里验，只交摘要。',
      en: 'Was it changed, may the signer be trusted, did everything hold then: three answers. A document that was judged is 200, whatever the verdict. Anybody may verify one document without registration at POST /api/seals:verify, and a signature beside a file (.p7s) by the digests of the file.',
    },
    answer: ReportAnswer,
    refusals: ['seal_upload_unknown', 'seal_document_unusable'],
    async run(room, ask) {
      const report = await uploaded(room, ask)
      return { body: tellReport(report, room.clock.now()), items: report.seals.length, outcome: outcomeOf(report) }
    },
  },
  {
    ...shared,
    path: `${BASE}/documents/{id}:explain`,
    name: 'explainDocument',
    title: { zh: '逐项说明验章结果', en: 'Explain a verdict' },
    about: { zh: '每一项检查一句话，不通过的附上怎么办。', en: 'A sentence for every check, and what helps where one is not good.' },
    answer: ExplainAnswer,
    refusals: ['seal_upload_unknown', 'seal_document_unusable'],
    async run(room, ask) {
      const body = explain(await uploaded(room, ask))
      return { body, items: body.seals.length, outcome: body.verdict }
    },
  },
  {
    ...shared,
    path: `${BASE}/verifications`,
    name: 'startVerification',
    title: { zh: '批量验章', en: 'Verify many documents' },
    about: {
      zh: '最多二十个已上传的文件，依次验，验完以 verify.done 通知。结果保存三十天。',
      en: 'Up to 20 uploaded documents, one after the other; verify.done tells the end. The reports are kept for 30 days.',
    },
    request: VerificationQuestion,
    status: 201,
    answer: VerificationAnswer,
    refusals: ['seal_upload_unknown'],
    example: { documents: ['kX3…', 'pQ7…'] },
    async run(room, ask) {
      const { documents } = ask.body(VerificationQuestion)
      await ask.charge(10 * documents.length)
      for (const document of documents) await uploadOf(room, ask.clientId, document)
      const now = room.clock.now()
      const verification: SealVerification = {
        ...{ id: newId(), clientId: ask.clientId, state: 'waiting', createdAt: now.toISOString() },
        body: JSON.stringify({ documents, trace: ask.trace, results: [] }),
        expiresAt: new Date(now.getTime() + LIMITS.verificationKept).toISOString(),
      }
      await room.stores.sealInterface.insertVerification(verification)
      await room.verifyLater(verification.id)
      return { body: tell(verification), items: documents.length, outcome: verification.id }
    },
  },
  {
    ...shared,
    method: 'get',
    path: `${BASE}/verifications`,
    name: 'listVerifications',
    title: { zh: '验章记录', en: 'List verifications' },
    about: { zh: '本中心的批量验章，新的在前。', en: 'Your verifications, the newest first.' },
    parameters: PAGED,
    answer: VerificationList,
    refusals: ['seal_verification_unknown'],
    async run(room, ask) {
      const { limit, before } = ask.query(Paged)
      const from = before === undefined ? undefined : await ownVerification(room, ask.clientId, before)
      const found = await room.stores.sealInterface.verifications(ask.clientId, limit, from)
      const verifications = found.map(each => {
        const { results: _, ...about } = tell(each)
        return about
      })
      return { body: { verifications, ...nextOf(found, limit, ({ id }) => id) }, items: found.length }
    },
  },
  {
    ...shared,
    method: 'get',
    path: `${BASE}/verifications/{id}`,
    name: 'getVerification',
    title: { zh: '验章结果与凭据', en: 'Look at a verification' },
    about: {
      zh: '每个文件的结论、完整报告和文件摘要，可作凭据留存。',
      en: 'For every document the verdict, the whole report and the digest that it is about: evidence to keep.',
    },
    answer: VerificationAnswer,
    refusals: ['seal_verification_unknown'],
    async run(room, ask) {
      const body = tell(await ownVerification(room, ask.clientId, ask.param('id')))
      return { body, items: body.documents, outcome: body.state }
    },
  },
]

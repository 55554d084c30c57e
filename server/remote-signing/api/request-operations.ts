import { createHash } from 'node:crypto'
import type { z } from 'zod'
import type { CenterAsk } from '../../http/center-ask.ts'
import { type Clock, days } from '../../kernel/clock.ts'
import { BrokerError } from '../../kernel/errors.ts'
import type { RemoteRequest } from '../../storage/stores-remote-signing.ts'
import { fileName } from '../routes.ts'
import { LIMITS } from './limits.ts'
import { type ApiRoom, BASE, type SigningOperation } from './operation.ts'
import { EvidenceAnswer, ListQuery, RequestAnswer, RequestList, RequestQuestion } from './words.ts'

/** Requests to persons, one row each. Owns whom a center may ask and what it is told. */
const own = { scope: 'remote.signing', status: 200 } as const

export const requestOperations: readonly SigningOperation[] = [
  {
    ...own,
    path: `${BASE}/requests`,
    name: 'openRequest',
    title: { zh: '请专家签名', en: 'Ask a person to sign' },
    about: {
      zh: '请在本中心登录过的人以本人名义签这些文件。同一幂等键、同一内容即同一请求。',
      en: 'Asks a person who logged in at your center to sign these documents for themselves. The same key with the same content is the same request.',
    },
    parameters: [
      {
        name: 'Idempotency-Key',
        in: 'header',
        about: { zh: '必填：每项请求一个键。', en: 'Needed: one key for each request.' },
        schema: { type: 'string', minLength: 8, maxLength: 128 },
      },
    ],
    request: RequestQuestion,
    status: 201,
    answer: RequestAnswer,
    refusals: ['remote_person_unknown', 'seal_document_unusable', 'seal_place_unusable', 'seal_picture_unusable', 'idempotency_key_reused'],
    example: { subject: 'aV7…', title: '评标报告签字', documents: [{ name: '评标报告.pdf', content: '…', words: '评标专家签字' }] },
    async run(room, ask) {
      const { request, again } = await open(room, ask, ask.body(RequestQuestion))
      return { body: tell(room, request), items: request.documents.length, ...(again ? { again: true as const } : {}) }
    },
  },
  {
    ...own,
    method: 'get',
    path: `${BASE}/requests`,
    name: 'listRequests',
    title: { zh: '请求列表', en: 'List requests' },
    about: { zh: '本中心的请求，新的在前。', en: 'Your requests, the newest first.' },
    parameters: [
      {
        name: 'limit',
        in: 'query',
        about: { zh: '一页条数，最多一百。', en: 'How many on a page, at most 100.' },
        schema: { type: 'integer', minimum: 1, maximum: LIMITS.page },
      },
      { name: 'before', in: 'query', about: { zh: '上一页答复中的 next。', en: 'The next of the page before.' }, schema: { type: 'string' } },
    ],
    answer: RequestList,
    refusals: ['remote_request_unknown'],
    async run(room, ask) {
      const { limit, before } = ask.query(ListQuery)
      const from = before === undefined ? undefined : await room.requests.ofCenter(ask.clientId, before)
      const found = await room.stores.remoteRequests.ofCenter(ask.clientId, limit, from)
      const last = found.length === limit ? found.at(-1) : undefined
      const next = last === undefined ? {} : { next: last.id }
      return { body: { requests: found.map(each => tell(room, each)), ...next }, items: found.length }
    },
  },
  {
    ...own,
    method: 'get',
    path: `${BASE}/requests/{id}`,
    name: 'getRequest',
    title: { zh: '请求详情', en: 'Look at a request' },
    about: { zh: '状态、每个文件的摘要和签名地址。', en: 'Its state, each document’s digests, and where to sign.' },
    answer: RequestAnswer,
    refusals: ['remote_request_unknown'],
    run: async (room, ask) => ({ body: tell(room, await room.requests.ofCenter(ask.clientId, ask.param('id'))) }),
  },
  {
    ...own,
    path: `${BASE}/requests/{id}:cancel`,
    name: 'cancelRequest',
    title: { zh: '撤回请求', en: 'Take a request back' },
    about: { zh: '没签的不再签；已签的仍然有效。', en: 'What is not signed will not be; what is stays signed.' },
    answer: RequestAnswer,
    refusals: ['remote_request_unknown', 'remote_request_over'],
    async run(room, ask) {
      const request = await room.requests.ofCenter(ask.clientId, ask.param('id'))
      return { body: tell(room, await room.requests.end(request, 'cancelled', ask.trace)) }
    },
  },
  {
    ...own,
    method: 'get',
    path: `${BASE}/requests/{id}/documents/{n}`,
    name: 'getSignedDocument',
    title: { zh: '取回签名结果', en: 'Fetch what was signed' },
    about: {
      zh: 'PDF、OFD、XML 为签好的文件；其他文件为文件旁的签名（.p7s）。',
      en: 'Of PDF, OFD and XML the signed document; of any other file the signature beside it (.p7s).',
    },
    answerBytes: ['application/octet-stream'],
    refusals: ['remote_request_unknown'],
    async run(room, ask) {
      const { documents } = await room.requests.ofCenter(ask.clientId, ask.param('id'))
      const document = documents.find(({ n }) => String(n) === ask.param('n'))
      if (document === undefined) throw new BrokerError('remote_request_unknown', 'no such document of this request')
      const bytes = await room.requests.bytes(document, 'signed')
      return { file: { type: 'application/octet-stream', name: fileName(document, 'signed'), bytes } }
    },
  },
  {
    ...own,
    method: 'get',
    path: `${BASE}/requests/{id}/evidence`,
    name: 'getEvidence',
    title: { zh: '签名凭据', en: 'Evidence' },
    about: {
      zh: '清单原文、每个文件签名前后的摘要、谁、用哪些因素、何时，以及手机银行的签名。',
      en: 'The list in its words, each document’s digest before and after, who, by which factors, when, and what the bank’s app signed.',
    },
    answer: EvidenceAnswer,
    refusals: ['remote_request_unknown', 'remote_key_tampered'],
    async run(room, ask) {
      const { signing: id } = await room.requests.ofCenter(ask.clientId, ask.param('id'))
      const signing = id === undefined ? undefined : await room.stores.remoteSignings.find(id)
      if (signing === undefined) throw new BrokerError('remote_request_unknown', 'it was not signed')
      return { body: await room.evidence(signing) }
    },
  },
]

async function open(room: ApiRoom, ask: CenterAsk, question: z.output<typeof RequestQuestion>): Promise<{ request: RemoteRequest; again: boolean }> {
  const id = digestOf(['remote signing', ask.clientId, readKey(ask.header('idempotency-key'))]).slice(0, 27)
  const asked = digestOf(question)
  const before = await standing(room, id, asked)
  if (before !== undefined) return { request: before, again: true }
  const { subject, title, reference, project, documents } = question
  // somebody who never logged in at this center is answered like somebody who does not exist
  const membership = (await room.stores.consents.has(subject, ask.clientId, [])) ? await room.stores.parties.membership(subject) : undefined
  if (membership === undefined) throw new BrokerError('remote_person_unknown', 'nobody who logged in at this center')
  const client = await room.stores.clients.find(ask.clientId)
  try {
    const request = await room.requests.open({
      id,
      asked,
      title,
      personId: membership.person.id,
      personName: membership.person.name,
      membershipId: membership.id,
      center: { id: ask.clientId, name: client?.name ?? ask.clientId },
      ...(reference === undefined ? {} : { reference }),
      ...(project === undefined ? {} : { project }),
      expiresAt: endOf(room.clock, question.expires_at),
      trace: ask.trace,
      documents: documents.map(({ name, content, words }) => ({
        name,
        bytes: Buffer.from(content, 'base64'),
        ...(words === undefined ? {} : { words }),
      })),
    })
    return { request, again: false }
  } catch (thrown) {
    // of two at one moment one is first, and both are told of its request
    const first = await standing(room, id, asked)
    if (first === undefined) throw thrown
    return { request: first, again: true }
  }
}

async function standing({ stores }: ApiRoom, id: string, asked: string): Promise<RemoteRequest | undefined> {
  const found = await stores.remoteRequests.find(id)
  if (found !== undefined && found.asked !== asked) throw new BrokerError('idempotency_key_reused', 'the key stands for another request')
  return found
}

function tell({ requests, publicUrl }: ApiRoom, request: RemoteRequest): z.output<typeof RequestAnswer> {
  const { id, title, membershipId, reference, project, documents, createdAt, expiresAt } = request
  return {
    id,
    state: requests.stateOf(request),
    title,
    subject: membershipId,
    ...(reference === undefined ? {} : { reference }),
    ...(project === undefined ? {} : { project }),
    documents: documents.map(({ n, name, format, size, digest, signed }) => ({
      n,
      name,
      format,
      size,
      sm3: digest,
      ...(signed === undefined ? {} : { signed: { size: signed.size, sm3: signed.digest } }),
    })),
    created_at: createdAt,
    expires_at: expiresAt,
    sign_url: `${publicUrl}/experts/requests/${id}`,
  }
}

export function endOf(clock: Clock, until: string | undefined): string {
  const now = clock.now().getTime()
  const at = until === undefined ? now + days(LIMITS.open.usual) : Date.parse(until)
  if (at > now && at <= now + days(LIMITS.open.most)) return new Date(at).toISOString()
  throw new BrokerError('bad_request', 'an end that is over or too far', {
    expected: `expires_at: after now, at most ${LIMITS.open.most} days ahead`,
  })
}

function readKey(given: string | undefined): string {
  const bare = /^"(.*)"$/.exec(given ?? '')?.[1] ?? given ?? ''
  if (/^[A-Za-z0-9._~:-]{8,128}$/.test(bare)) return bare
  throw new BrokerError('bad_request', 'no usable idempotency key', {
    received: given === undefined ? 'none' : 'another form',
    expected: 'header Idempotency-Key: 8 to 128 letters, digits or . _ ~ : -',
  })
}

const digestOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('base64url')

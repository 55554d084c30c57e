import { createHash } from 'node:crypto'
import type { z } from 'zod'
import { days } from '../../kernel/clock.ts'
import { BrokerError } from '../../kernel/errors.ts'
import { newSecret } from '../../kernel/ids.ts'
import type { SealTask } from '../../storage/stores-seal-tasks.ts'
import { hasPages, pagingOf } from '../paging.ts'
import { toPlacement } from '../placement-wish.ts'
import { chopWords } from '../tasks/experts.ts'
import { asDrawn, demandDatable } from '../tasks/placing.ts'
import type { TaskRequest } from '../tasks/tasks.ts'
import { elsewhereOf } from './digest-words.ts'
import { formatOf, uploadedBytes, uploadOf } from './documents.ts'
import { LIMITS } from './limits.ts'
import type { Ask } from './operation.ts'
import { simulate, sizeOf } from './placements.ts'
import type { SealRoom } from './room.ts'
import type { TaskQuestion } from './task-words.ts'
import { originsOf } from './watch.ts'

/**
 * Opens a task that a center asks for. Owns who may be asked (people and companies that the center knows), where the person may be sent afterwards, that seals fit before anybody is asked, and that the same request
 * under one key is one task, for as long as the task is kept.
 */
export async function openTask(room: SealRoom, ask: Ask, question: z.output<typeof TaskQuestion>): Promise<{ task: SealTask; again: boolean }> {
  const key = readKey(ask.header('idempotency-key'))
  const id = digestOf(['sealing task', ask.clientId, key]).slice(0, 27)
  const asked = digestOf(question)
  const before = await standing(room, id, asked)
  if (before !== undefined) return { task: before, again: true }
  const client = await room.stores.clients.find(ask.clientId)
  const { title, kind, handwriting, reference, project, section, return_to: returnTo } = question
  const request: TaskRequest = {
    ...(await askedOf(room, ask.clientId, question)),
    ...{ id, asked, watch: newSecret(), title, trace: ask.trace, expiresAt: endOf(room, question) },
    center: { id: ask.clientId, name: client?.name ?? ask.clientId },
    ...(kind === undefined ? {} : { sealKind: kind }),
    ...(handwriting === true ? { handwriting } : {}),
    ...(reference === undefined ? {} : { reference }),
    ...(project === undefined ? {} : { project }),
    ...(section === undefined ? {} : { section }),
    ...(returnTo === undefined ? {} : { returnTo: readReturn(returnTo, client?.metadata['redirect_uris']) }),
    documents: await documentsOf(room, ask, question),
  }
  try {
    if (request.expert) await askExpert(room, request)
    const task = await room.tasks.open(request)
    // signed already, where the same request had broken off between both
    if (task.expert) await room.experts.follow(id)
    return { task, again: false }
  } catch (thrown) {
    // of two at one moment one is first, and both are told of its task
    const first = await standing(room, id, asked)
    if (first === undefined) throw thrown
    return { task: first, again: true }
  }
}

async function standing({ stores }: SealRoom, id: string, asked: string): Promise<SealTask | undefined> {
  const found = await stores.sealTasks.find(id)
  if (found !== undefined && found.asked !== asked) throw new BrokerError('idempotency_key_reused', 'the key stands for another task')
  return found
}

/** Somebody who never logged in at this center is answered like somebody who does not exist. */
async function askedOf(room: SealRoom, clientId: string, { subject: person, company, expert }: z.output<typeof TaskQuestion>) {
  const { stores, experts } = room
  const subject = person ?? expert?.subject ?? (expert?.key === undefined ? undefined : await experts.subjectOf(expert.key, clientId))
  if (subject !== undefined) {
    const membership = (await stores.consents.has(subject, clientId, [])) ? await stores.parties.membership(subject) : undefined
    if (membership === undefined) throw new BrokerError('seal_asked_unknown', 'nobody who logged in at this center')
    return { enterpriseId: membership.enterprise.id, membershipId: membership.id, ...(expert === undefined ? {} : { expert: true as const }) }
  }
  const found = company === undefined ? undefined : await stores.sealInterface.company(clientId, { uscc: company })
  if (found === undefined) throw new BrokerError('seal_asked_unknown', 'no company that logged in at this center')
  return { enterpriseId: found.id }
}

/** Before the task is there: the same request again finds either both or asks for what is missing. */
async function askExpert({ experts, formats }: SealRoom, request: TaskRequest): Promise<void> {
  const { id = '', membershipId = '', documents, ...about } = request
  // a question for an expert has no files that are elsewhere (task-words.ts)
  const held = documents.filter(each => 'bytes' in each)
  const asked = held.map(({ name, bytes, places }) => {
    const words = chopWords(places, formatOf(formats, bytes))
    return { name, bytes, ...(words === undefined ? {} : { words }) }
  })
  const { center, title, reference, project, expiresAt, trace, asked: digest = '' } = about
  const task = { id, membershipId, center, title, expiresAt, trace, asked: digest }
  const more = { ...(reference === undefined ? {} : { reference }), ...(project === undefined ? {} : { project }) }
  await experts.ask({ task: { ...task, ...more }, documents: asked })
}

async function documentsOf(room: SealRoom, ask: Ask, { documents, kind }: z.output<typeof TaskQuestion>): Promise<TaskRequest['documents']> {
  const size = sizeOf(kind)
  const read: TaskRequest['documents'][number][] = []
  for (const { document, content, digests, name, places = [], movable, date } of documents) {
    await ask.charge(1)
    if (digests !== undefined) {
      read.push(elsewhereOf(name ?? '', digests))
      continue
    }
    const upload = document === undefined ? undefined : await uploadOf(room, ask.clientId, document)
    const bytes = upload === undefined ? Buffer.from(content ?? '', 'base64') : await uploadedBytes(room, upload.id)
    const wanted = places.map(toPlacement)
    // told now, not when somebody sits there with the shield
    const format = formatOf(room.formats, bytes)
    demandDatable({ format }, wanted, date)
    if (hasPages(format) && wanted.length > 0) simulate(pagingOf(format), bytes, wanted, asDrawn({ ...size, shapes: [] }, date, room.clock.now()))
    const wishes = { ...(movable === true ? { movable } : {}), ...(date === undefined ? {} : { date }) }
    read.push({ name: name ?? upload?.name ?? '', bytes, places: wanted, ...wishes })
  }
  return read
}

/** @throws BrokerError bad_request */
export function endOf({ clock }: Pick<SealRoom, 'clock'>, { expires_at: until }: { expires_at?: string | undefined }): string {
  const now = clock.now().getTime()
  const at = until === undefined ? now + days(LIMITS.open.usual) : Date.parse(until)
  if (at > now && at <= now + days(LIMITS.open.most)) return new Date(at).toISOString()
  throw new BrokerError('bad_request', 'an end that is over or too far', {
    ...(until === undefined ? {} : { received: until }),
    expected: `expires_at: after now, at most ${LIMITS.open.most} days ahead`,
  })
}

/** The center's own site alone: a task must not send people anywhere else. @throws BrokerError bad_request */
function readReturn(text: string, registered: unknown): string {
  const url = URL.parse(text)
  if (url !== null && (url.protocol === 'https:' || url.protocol === 'http:') && url.username === '' && originsOf(registered).includes(url.origin))
    return url.href
  throw new BrokerError('bad_request', 'a return address of another site', {
    received: url === null ? 'no address' : url.origin.slice(0, 200),
    expected: 'return_to: on an origin of the center’s registered redirect addresses',
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

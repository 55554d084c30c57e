import { joinExperts } from '../../../server/composition/expert-tasks.ts'
import type { Caller } from '../../../server/http/api-guard.ts'
import { allowHosts, createOutboundFetch } from '../../../server/http/outbound.ts'
import { fixedClock } from '../../../server/kernel/clock.ts'
import { silentMeter } from '../../../server/kernel/meter.ts'
import { createSealing } from '../../../server/kernel/sealing.ts'
import type { RemoteSigning } from '../../../server/remote-signing/remote-signing.ts'
import { createSealInterface } from '../../../server/seals/api/interface.ts'
import { SCOPES } from '../../../server/seals/api/operation.ts'
import { ofd } from '../../../server/seals/ofd/ofd.ts'
import { pdf } from '../../../server/seals/pdf/pdf.ts'
import { drawNameChop } from '../../../server/seals/picture/chop.ts'
import { toPng } from '../../../server/seals/picture/png.ts'
import { drawRoundSeal } from '../../../server/seals/picture/round.ts'
import { toSvg } from '../../../server/seals/picture/svg.ts'
import { fromPng } from '../../../server/seals/picture/upload.ts'
import { createExpertTasks, type ExpertSigning } from '../../../server/seals/tasks/experts.ts'
import type { Sealer } from '../../../server/seals/tasks/ports.ts'
import { createSealing as createDocumentSealing } from '../../../server/seals/tasks/sealing.ts'
import { createSealTasks } from '../../../server/seals/tasks/tasks.ts'
import { createCmsValue } from '../../../server/seals/values/cms-value.ts'
import { createSesValue } from '../../../server/seals/values/ses-value.ts'
import { createVerification } from '../../../server/seals/verify/verification.ts'
import { xml } from '../../../server/seals/xml/xml.ts'
import type { Stores } from '../../../server/storage/stores.ts'
import { readableLog } from '../../http/app.ts'
import { type AskOptions, openApiSite, openReceiver, PUBLIC_URL } from '../../suites/api-site.ts'
import { openTestStores } from '../../suites/memory-stores.ts'
import { createStage, type Somebody, square } from '../life/stage.ts'
import { makeDocument } from '../pdf/builder.ts'
import { judgeIn, seal, shield, signBy, stampOver } from '../ses/stage.ts'

/**
 * The interface over real HTTP on real stores, with documents really sealed by an SM2 key and really verified, and a receiver of webhooks that really listens. Played: tokens (the provider has its own tests), whose
 * shield signed the list, and the company's record.
 */
const formats = [pdf, ofd, xml]
export const A4 = makeDocument({ pages: 3, page: '/MediaBox [0 0 595 842]' })

export type ApiStage = Awaited<ReturnType<typeof openApiStage>>

interface Limits {
  requestsPerMinute?: number
  itemsPerMinute?: number
}

export async function openApiStage(limits?: Limits) {
  const clock = fixedClock('2027-06-01T12:00:00.000Z')
  return await openApiStageOn(await openTestStores({ clock }), clock, limits)
}

/** @param stores on whichever database; closed with the stage */
export async function openApiStageOn<On extends Stores>(stores: On, clock: ReturnType<typeof fixedClock>, limits?: Limits) {
  const house = createStage(stores, clock, () => room.sealNews)
  const { log } = readableLog()
  const tokens = new Map<string, Caller>([
    ['center-a', { clientId: 'center-a', scopes: SCOPES }],
    ['center-b', { clientId: 'center-b', scopes: SCOPES }],
    ['read-only', { clientId: 'center-a', scopes: ['seals.read'] }],
    ['other-scope', { clientId: 'center-a', scopes: ['trust.verify'] }],
  ])
  await stores.clients.put({ id: 'center-a', name: '演示交易中心', metadata: { redirect_uris: ['https://center.example.cn/callback'] } })
  const receiver = await openReceiver()
  const mayReach = allowHosts([new URL(receiver.url).host, 'hooks.example.cn'], { plainHttp: true })
  const outbound = createOutboundFetch({ allow: mayReach, timeoutMs: 2000, maxBytes: 64 * 1024 })
  const { trail, usesOf, sealing: sealer } = { ...house.deps, sealing: createSealing(Buffer.alloc(32, 9)) }
  const judge = judgeIn({ now: clock.now() })
  const verification = createVerification({ formats, judge, clock })
  const pictures = { drawRoundSeal, drawNameChop, fromPng, toPng, toSvg }
  const room = createSealInterface(
    {
      ...{ stores, clock, log, trail, mayReach, fetch: outbound, sealing: sealer, meter: silentMeter, trace: () => undefined },
      authenticate: async token => tokens.get(token),
      ...(limits === undefined ? {} : { limits }),
    },
    () => ({ publicUrl: PUBLIC_URL, otherProviders: [], formats, tasks, experts, life: house.life, usesOf, pictures, verification }),
  )
  const tasks = createSealTasks({ stores, formats, trail, clock, news: room.taskNews })
  let signing: ExpertSigning | undefined
  const experts = createExpertTasks({
    ...{ stores, tasks, trail, news: room.taskNews },
    signing: () => {
      if (signing === undefined) throw new Error('no remote signing on this stage')
      return signing
    },
  })
  const documents = createDocumentSealing({
    ...{ stores, tasks, formats, judge, trail, clock, news: room.taskNews },
    seals: {
      ofCompany: async () => [],
      inForce: async (_enterprise, id) => {
        const row = await stores.seals.find(id)
        return { id, name: row?.name ?? '', kind: row?.kind ?? 'company', der: seal, picture: square(40) }
      },
    },
    signer: { signedBy: async () => shield.certificate.thumbprint },
    valueFor: (kind, seal, certificate) =>
      kind === 'detached' ? createCmsValue({ certificate, signingTime: true }) : createSesValue({ seal: seal.der, certificate }),
    use: async () => ({ entry: 7, power: { kind: 'legal-representative' } }),
    stamp: () => async signature => stampOver(Buffer.from(signature), clock.now()),
  })
  await room.start()
  const site = await openApiSite('/api/seals', room.router, { clock, log })
  const { url, send } = site

  async function sealerOf(who: Somebody): Promise<Sealer> {
    const membership = await stores.parties.membership(who.membershipId)
    return {
      ...{ membershipId: who.membershipId, enterpriseId: membership?.enterprise.id ?? '', company: who.company },
      ...{ person: { id: who.personId, name: who.name }, assurance: 'shield', trace: 'K7QM-3F9T' },
    }
  }

  let keys = 0
  return {
    ...house,
    ...{ stores, clock, url, room, tokens, receiver, tasks, experts, verification },
    /** experts can be asked from now on */
    joinRemote(remote: RemoteSigning) {
      signing = joinExperts({ remote, stores, publicUrl: PUBLIC_URL })
    },
    send,
    get: (path: string, more: AskOptions = {}) => send(path, undefined, { ...more, method: 'GET' }),
    post: (path: string, body?: unknown, more: AskOptions = {}) => send(path, body, more),
    upload: async (bytes: Buffer = A4, name = '投标函.pdf'): Promise<string> =>
      (await send(`documents?name=${encodeURIComponent(name)}`, bytes)).body.id,
    /** they logged in at the center and agreed to share their claims */
    seen: (who: Somebody, clientId = 'center-a') => stores.consents.grant(who.membershipId, clientId, ['openid', 'enterprise']),
    /** a task of `center-a` for this person; @returns its id */
    async task(who: Somebody, more: Record<string, unknown> = {}): Promise<string> {
      const content = A4.toString('base64')
      const question = {
        subject: who.membershipId,
        title: '投标文件盖章',
        documents: [{ content, name: '投标函.pdf', places: [{ kind: 'at', page: 1, x: 150, y: 240 }] }],
      }
      const made = await send('tasks', { ...question, ...more }, { key: `key-of-task-${++keys}` })
      if (made.status !== 201) throw new Error(made.bytes.toString('utf8'))
      return made.body.id
    },
    /** every document of a task sealed by one list, as the pages do it */
    async sealAll(who: Somebody, taskId: string, sealId: string): Promise<void> {
      const by = await sealerOf(who)
      const open = async () => await tasks.of(by, taskId)
      const chosen = { sealId, certificate: shield.certificate.der }
      const count = (await open()).count
      for (let n = 1; n <= count; n++) await documents.fit(by, await open(), n, chosen)
      const { text } = await documents.list(by, await open())
      await documents.begin(by, await open(), { text, cms: Buffer.from('signed').toString('base64') })
      for (let n = 1; n <= count; n++) {
        await documents.seal(by, await open(), n, signBy(shield, await documents.item(by, await open(), n)))
        clock.advance(1000)
      }
    },
    /** all changes so far have been told, or given up */
    async told(): Promise<void> {
      room.news.wake()
      await stores.outbox.drained('seal-verification')
      await room.news.settled()
      await stores.outbox.drained('seal-webhook')
    },
    async close() {
      await site.close()
      await room.close()
      outbound.close()
      await receiver.close()
      await stores.close()
    },
  }
}

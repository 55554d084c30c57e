import type { AuditEvent } from '../../server/audit/events.ts'
import { joinPersonDocuments } from '../../server/composition/remote-signing-documents.ts'
import { createCookies } from '../../server/http/cookies.ts'
import { allowHosts, createOutboundFetch } from '../../server/http/outbound.ts'
import type { Assurance } from '../../server/kernel/assurance.ts'
import { days, type fixedClock, hours, minutes } from '../../server/kernel/clock.ts'
import { BrokerError } from '../../server/kernel/errors.ts'
import { newId } from '../../server/kernel/ids.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { silentMeter } from '../../server/kernel/meter.ts'
import { createSealing } from '../../server/kernel/sealing.ts'
import { verifyTimestamp } from '../../server/pki/timestamp.ts'
import { createPersonAuthority } from '../../server/remote-signing/authority.ts'
import { createRemoteKeys, type KeyDeps } from '../../server/remote-signing/keys.ts'
import type { Signer } from '../../server/remote-signing/ports.ts'
import { createRemoteSigning, SCOPES } from '../../server/remote-signing/remote-signing.ts'
import { stepAt, codeOf as totpOf } from '../../server/remote-signing/totp.ts'
import { createSealJudge } from '../../server/seals/judge.ts'
import { ofd } from '../../server/seals/ofd/ofd.ts'
import { pdf } from '../../server/seals/pdf/pdf.ts'
import { xml } from '../../server/seals/xml/xml.ts'
import type { Stores } from '../../server/storage/stores.ts'
import type { RemoteRequest, RemoteSigning } from '../../server/storage/stores-remote-signing.ts'
import { createStage as createPeople, type Somebody } from '../authorization/stage.ts'
import { root as timeRoot } from '../pki/timestamp-stage.ts'
import { depsIn, stampOver } from '../seals/ses/stage.ts'
import { openReceiver } from '../suites/api-site.ts'

/**
 * Experts with keys really made, sealed and opened, documents really signed and verified, phones whose asks are the house's own. Played: who trusts our authority (this stage does), whether the bank looked at the
 * person, and the cost of a guess, which is small here.
 */
export const PIN = 'Review-2468'
export const CHEAP = { n: 1024, r: 8, p: 1 }
const PUBLIC_URL = 'https://shield.test'
const SEALING_KEY = Buffer.alloc(32, 7)
export const REPORT = Buffer.from('评标报告 第一标段', 'utf8')

export type Stage = Awaited<ReturnType<typeof createStage>>
export interface Expert {
  by: Signer
  somebody: Somebody
  keyId: string
  totp: Buffer
}

export async function createStage(
  stores: Stores,
  clock: ReturnType<typeof fixedClock>,
  more: Partial<Pick<Parameters<typeof createRemoteSigning>[0], 'changed'>> = {},
) {
  const people = createPeople(stores, clock)
  const events: AuditEvent[] = []
  let refused: AuditEvent['code'] | undefined
  const trail = {
    append: async (...more: AuditEvent[]) => {
      if (more.some(({ code }) => code === refused)) {
        refused = undefined
        throw new BrokerError('database_unavailable', 'played')
      }
      events.push(...more)
    },
  }
  const sealing = createSealing(SEALING_KEY)
  const authority = createPersonAuthority({
    ...{ store: stores.signingKeys, keys: stores.remoteKeys, sealing, clock },
    publicUrl: PUBLIC_URL,
    certificateDays: 30,
  })
  const { root, issuing } = await authority.certificates()
  // XML carries no CA certificates: the trust list has the issuing one, too
  const roots = [root, issuing]
  const receiver = await openReceiver()
  const mayReach = allowHosts([new URL(receiver.url).host], { plainHttp: true })
  const tokens = new Map([
    ['center-a', { clientId: 'center-a', scopes: [...SCOPES] }],
    ['center-b', { clientId: 'center-b', scopes: [...SCOPES] }],
    ['other-scope', { clientId: 'center-a', scopes: ['trust.verify'] }],
  ])
  const terms = { certificateDays: 30, activationCheck: minutes(10), reviewCheck: hours(12) }
  const room = createRemoteSigning({
    ...{ stores, sealing, authority, trail, clock, meter: silentMeter, publicUrl: PUBLIC_URL },
    documents: joinPersonDocuments({
      formats: [pdf, ofd, xml],
      judge: createSealJudge({
        ...depsIn({ roots }),
        clock,
        stampVerdictOf: async (token, data) => verifyTimestamp({ token, of: { data }, roots: [timeRoot.certificate], at: clock.now() }),
      }),
      stamp: () => async signature => stampOver(signature, clock.now()),
      evidence: async certificate => ({
        certificates: [certificate, issuing, root].map(({ der }) => der),
        crls: [await authority.list()],
        ocsps: [],
      }),
      clock,
    }),
    asks: people.asks,
    signatures: people.signatures,
    appBanks: () => ['abc'],
    authenticate: async token => tokens.get(token),
    visitor: async () => undefined,
    cookies: createCookies(['a'.repeat(40)], { secure: true }),
    terms,
    pinCost: CHEAP,
    mayReach,
    fetch: createOutboundFetch({ allow: mayReach, timeoutMs: 2000, maxBytes: 64 * 1024 }),
    trace: () => undefined,
    log: silentLog,
    ...more,
  })

  function signer({ personId, name, membershipId }: Somebody, assurance: Assurance = 'shield-person', at = clock.now()): Signer {
    const proof = { id: newId(), bank: 'ccb', assurance, authenticatedAt: at.toISOString() }
    return { personId, personName: name, membershipId, proof, from: '127.0.0.x · test', trace: 'K7QM-3F9T' }
  }
  /** @param bank one with an app (`abc`) makes the phone the second factor */
  const somebody = (bank: 'abc' | 'ccb' = 'ccb') => people.person(people.company(), 'operator', { bank, name: '王示例' })
  const code = (totp: Buffer, later = 0) => totpOf(totp, stepAt(clock.now()) + later)

  /** What the bank's app does: looks, compares the number, signs the very words. */
  async function approve({ ask: id = '' }: RemoteSigning, by: Somebody): Promise<void> {
    const { ask } = await people.asks.status(id)
    await people.asks.look(id, 'phone')
    await people.asks.confirm(id, 'phone', ask.number)
    const taken = await people.asks.take(id, 'phone')
    const { by: whom, answer } = await room.signings.prove(taken, by.sign(ask.text ?? ''))
    await people.asks.answer(id, 'phone', { decision: 'approve', by: whom, answer })
  }
  /** A person with an active key. A step of the codes passes, so that the next one is a new one. */
  async function expert(bank: 'abc' | 'ccb' = 'ccb', known?: Somebody): Promise<Expert> {
    const who = known ?? (await somebody(bank))
    const by = signer(who)
    const { key, totp = Buffer.alloc(0) } = await room.keys.make(by, PIN)
    const signing = await room.signings.beginActivation(by, key.id)
    if (signing.factor === 'phone') await approve(signing, who)
    await room.signings.complete(by, signing.id, { pin: PIN, code: totp.length === 0 ? '' : code(totp) })
    clock.set(new Date(clock.now().getTime() + 60_000))
    return { by: signer(who), somebody: who, keyId: key.id, totp }
  }
  async function request(
    { by }: Pick<Expert, 'by'>,
    documents: { name: string; bytes: Buffer; words?: string }[] = [{ name: '评标报告.bin', bytes: REPORT }],
  ): Promise<RemoteRequest> {
    return await room.requests.open({
      id: newId(),
      personId: by.personId,
      personName: by.personName,
      membershipId: by.membershipId,
      center: { id: 'center-a', name: '演示交易中心' },
      title: '评标报告签字',
      asked: newId(),
      expiresAt: new Date(clock.now().getTime() + days(3)).toISOString(),
      trace: 'K7QM-3F9T',
      documents,
    })
  }
  /** the keys of this stage behind another vault */
  const keysBehind = (vault: KeyDeps['vault']) =>
    createRemoteKeys({ ...{ stores, vault, sealing, authority, trail, clock, terms }, appBanks: () => ['abc'], wake: () => undefined })
  await room.news.start()
  /** every notice so far reached the center's endpoint */
  async function delivered(): Promise<{ type: string; timestamp: string; data: Record<string, unknown> }[]> {
    await room.news.settled()
    await stores.outbox.drained('remote-webhook')
    return receiver.got.map(({ body }) => JSON.parse(body))
  }
  async function close(): Promise<void> {
    await room.news.close()
    await receiver.close()
    await stores.close()
  }
  return {
    receiver,
    delivered,
    close,
    room,
    people,
    stores,
    clock,
    events,
    sealing,
    authority,
    roots,
    signer,
    somebody,
    code,
    keysBehind,
    /** the next audit event of this kind cannot be written */
    refuseEvent(code: AuditEvent['code']) {
      refused = code
    },
    approve,
    expert,
    request,
  }
}

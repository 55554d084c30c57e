import { randomBytes } from 'node:crypto'
import type { Router } from 'express'
import type { Trail } from '../audit/events.ts'
import type { Signatures } from '../authorization/ports.ts'
import { createSignedWords } from '../authorization/signed-words.ts'
import { workbenchPage } from '../authorization/workbench.ts'
import { actorOf, type Visit } from '../authorization/workbench-room.ts'
import { createBidInterface } from '../bids/api/interface.ts'
import { type BidNewsDeps, createBidNews } from '../bids/api/news.ts'
import { createDecryptNotices } from '../bids/decrypt-notices.ts'
import { openShelf } from '../bids/files/shelf.ts'
import { createUploads } from '../bids/files/uploads.ts'
import { createLoginReminders } from '../bids/login-reminders.ts'
import { createOpenings, type Openings } from '../bids/opening/openings.ts'
import type { BidVisit } from '../bids/pages/ports.ts'
import { createBidPages } from '../bids/pages/routes.ts'
import { bidPath } from '../bids/pages/words.ts'
import { decryptNoticeOf, personNoticeOf } from '../bids/person-notices.ts'
import { type BidPhone, type BidPhoneDeps, createBidPhone } from '../bids/phone/phone.ts'
import { createReleaseKey } from '../bids/release-key.ts'
import { createSignTest } from '../bids/sign-test.ts'
import { createStatuses } from '../bids/statuses.ts'
import { createWatch, type Watch } from '../bids/watch.ts'
import type { PersonNotice } from '../contacts/ports.ts'
import { type Visits, visitsAs } from '../http/visits.ts'
import type { InterfaceDeps } from '../interfaces/interface.ts'
import type { Authority } from '../kernel/authority.ts'
import type { Clock } from '../kernel/clock.ts'
import { newId } from '../kernel/ids.ts'
import type { Log } from '../kernel/log.ts'
import type { Sealing } from '../kernel/sealing.ts'
import { isUscc, type Uscc } from '../kernel/uscc.ts'
import type { Telling } from '../notices/telling.ts'
import { createWebhooks, type WebhookDeps } from '../notices/webhooks.ts'
import type { Certificate } from '../pki/certificate.ts'
import type { Stores } from '../storage/stores.ts'
import type { Certificates } from './certificates.ts'

/**
 * Joins what opening bids needs of the house: files under the data folder, the platform's release key, which certificates were revoked or renewed (the trust list, logins), whose power (authorization), who is there (the
 * workbench). Owns nothing but the joining, and when time is let in.
 */
export interface BidService {
  openings: Openings
  watch: Watch
  /** what this company has to do about its bids, for the workbench's first page */
  waiting(uscc: string, limit: number): Promise<{ path: string; title: { zh: string; en: string }; about: string }[]>
  /** what a phone is asked here */
  phone: BidPhone['answers']
  /** what a company's people are to be told at this moment */
  standing(uscc: Uscc): Promise<PersonNotice[]>
  /** what the company's people are told on their way into a center */
  reminders: ReturnType<typeof createLoginReminders>
  /** within the workbench's door, at /bids */
  pages: Router
  /** for centers' programs, at /api/bids */
  centers: Router
  /** delivers to centers what happens in their openings */
  news: Pick<Telling, 'settled'>
  /** What time brings: about once a minute, on any number of processes. */
  tick(): Promise<void>
  /** Whoever has a bid to decrypt and was not told of it: about once a minute, on any number of processes. */
  remind(): Promise<void>
  /** what the openings so far have to tell at once is told */
  told(): Promise<void>
  /** Looks at every waiting bid's certificates: every few minutes. One run at a time; whoever asks meanwhile gets another one behind it. */
  round(): Promise<void>
  /** A bank said something of the shield that this certificate is in. */
  shieldReported(thumbprint: string): Promise<void>
  /** Somebody came with a shield that was not seen before. */
  newShield(who: { membershipId: string }): Promise<void>
  close(): Promise<void>
}

export interface BidServiceDeps {
  stores: Stores
  sealing: Sealing
  /** by the trust list and its CA, now */
  isRevoked(certificate: Certificate): Promise<boolean>
  /** the banks whose shields its CA issues, by the trust list */
  banksOf(certificate: Certificate): readonly string[]
  /** the company that a certificate for encryption names, once list and CA have no objection now. @throws BrokerError certificate_* */
  encryptsFor(certificate: Certificate): Promise<string | undefined>
  /** tells of new revocation lists */
  revocation: Pick<Certificates['revocation'], 'onListChanged'>
  authority: Authority
  asks: BidPhoneDeps['asks']
  signatures: Signatures
  visits: Visits<Visit>
  /** by message to a company's people; resolves when it is in safe hands */
  tell(uscc: Uscc, notice: PersonNotice): Promise<void>
  /** the centers as they are configured; `bid_room_uscc` in a center's metadata names the company whose people are its staff */
  clients: readonly { id: string; name: string; metadata: Readonly<Record<string, unknown>> }[]
  dataDir: string
  agentUrl: string
  publicUrl: string
  centers: InterfaceDeps & Pick<BidNewsDeps, 'fetch' | 'trace'> & Pick<WebhookDeps, 'mayReach'>
  trail: Trail
  clock: Clock
  log: Log
}

const SWEPT = 100

export async function openBidService(deps: BidServiceDeps): Promise<BidService> {
  const { stores, sealing, trail, clock, log } = deps
  const shelf = await openShelf(deps.dataDir)
  const release = createReleaseKey({ store: stores.signingKeys, sealing, clock })
  const { statuses, changed } = createStatuses({
    ...{ shields: stores.seenShields, reports: stores.shieldReports, isRevoked: deps.isRevoked, banksOf: deps.banksOf, clock },
  })
  const news = createBidNews({ stores, sealing, fetch: deps.centers.fetch, trail, trace: deps.centers.trace, clock, log })
  const openings = createOpenings({
    store: stores.bids,
    rescues: stores.bidRescues,
    trail,
    clock,
    log,
    newId,
    envelopes: shelf.envelopes,
    opened: { keep: ({ envelope }, _cover, content) => shelf.opened.keep(envelope, content) },
    sealing,
    platform: release.holder,
    wake: () => news.wake(),
    began(id) {
      telling = telling
        .then(() => decrypting.opened(id))
        .catch((thrown: unknown) => log.error({ err: thrown }, 'bidders were not told of an opening'))
    },
    changed,
  })
  const decrypting = createDecryptNotices({
    ...{ store: stores.bids, notices: stores.bidNotices, clock, log },
    notify: notice => deps.tell(notice.to, decryptNoticeOf(notice, deps.publicUrl)),
  })
  /** what the last openings have to tell, one after the other */
  let telling: Promise<unknown> = Promise.resolve()
  const uploads = createUploads({ store: stores.bidUploads, bids: stores.bids, shelf, openings, clock })
  const watch = createWatch({
    store: stores.bids,
    notices: stores.bidNotices,
    clock,
    log,
    statuses,
    // the workbench shows every company the step that is written next, and what is found at the moment; its people are told where they said
    notify: notice => deps.tell(notice.to, personNoticeOf(notice, deps.publicUrl)),
  })

  const centerName = async (id: string) => (await stores.clients.find(id))?.name ?? id
  const words = createSignedWords({ signatures: deps.signatures, store: stores.mandates, clock })
  const phone = createBidPhone({
    asks: deps.asks,
    async signedBy(membershipId, signed, own = false) {
      const found = await stores.parties.membership(membershipId)
      const membership = { personId: found?.person.id ?? '', uscc: found?.enterprise.uscc ?? '' }
      return await words.signedBy({ membership }, signed, own)
    },
    async nameOf(membershipId) {
      const person = (await stores.parties.membership(membershipId))?.person
      return `${person?.name ?? ''} ${person?.id ?? ''}`
    },
    holderOf: deps.encryptsFor,
    ...{ sealing, openings, store: stores.bids, envelopes: shelf.envelopes, centerName, clock },
    publicUrl: deps.publicUrl,
  })

  let running: Promise<unknown> | undefined
  let again = false
  async function round(): Promise<void> {
    if (running !== undefined) {
      again = true
      await running
      return
    }
    do {
      again = false
      running = watch.round()
      try {
        await running
      } finally {
        running = undefined
      }
    } while (again)
  }
  await news.start()
  const deaf = deps.revocation.onListChanged(() => {
    round().catch((thrown: unknown) => log.error({ err: thrown }, 'bids were not looked at after a new revocation list'))
  })

  return {
    openings,
    watch,
    async waiting(text, limit) {
      if (!isUscc(text)) return []
      const found = await stores.bids.ofCompany(text, MOST_WAITING)
      const troubles = await watch.troubles(found)
      const now = clock.now()
      return found
        .flatMap(({ bid, opening }, i) => {
          const [worst] = troubles[i] ?? []
          const decryptable = opening.state === 'open' && now < new Date(opening.decryptBy) && (bid.state === 'waiting' || bid.state === 'failed')
          if (decryptable)
            return [{ path: bidPath(opening.id), title: { zh: '已开标，请解密标书', en: 'Decrypt your bid now' }, about: opening.title }]
          if (worst === undefined || worst.severity === 'remind') return []
          return [{ path: bidPath(opening.id), title: { zh: '标书要处理', en: 'Your bid needs you' }, about: `${opening.title} · ${worst.zh}` }]
        })
        .slice(0, limit)
    },
    standing: async uscc => [
      ...(await decrypting.standing(uscc)).map(notice => decryptNoticeOf(notice, deps.publicUrl)),
      ...(await watch.standing(uscc)).map(notice => personNoticeOf(notice, deps.publicUrl)),
    ],
    phone: phone.answers,
    reminders: createLoginReminders({ store: stores.bids, notices: stores.bidNotices, watch, clock }),
    pages: createBidPages({
      openings,
      uploads,
      watch,
      store: stores.bids,
      shelf,
      use: deps.authority.use,
      visits: visitsFor(deps.visits, staffOf(deps.clients)),
      centerName,
      phone,
      signTest: createSignTest({ verify: deps.signatures.verify, demandWords: words.demandWords, openings, centerName, clock }),
      newId,
      random: randomBytes,
      agentUrl: deps.agentUrl,
      clock,
    }),
    centers: createBidInterface(deps.centers, {
      publicUrl: deps.publicUrl,
      openings,
      store: stores.bids,
      opened: shelf.opened,
      release: release.key,
      webhooks: createWebhooks({ store: stores.bidNews, sealing, mayReach: deps.centers.mayReach, send: news.send, clock }),
      trail,
      clock,
    }),
    news,
    async tick() {
      await openings.tick()
      await uploads.sweep(SWEPT)
    },
    async remind() {
      await decrypting.round()
    },
    async told() {
      await telling
    },
    round,
    async shieldReported(thumbprint) {
      await watch.certificateChanged(thumbprint)
    },
    async newShield({ membershipId }) {
      const membership = await stores.parties.membership(membershipId)
      if (membership !== undefined) await watch.companyChanged(membership.enterprise.uscc)
    },
    async close() {
      deaf()
      await news.close()
      await running?.catch(() => undefined)
      await telling
      await shelf.close()
    },
  }
}

/** bids of one company that may still need it */
const MOST_WAITING = 50

type StaffOf = (uscc: string) => BidVisit['centers']

/** Whose staff a company's people are: the centers whose registration names it. */
export function staffOf(clients: BidServiceDeps['clients']): StaffOf {
  const centers = Map.groupBy(clients, ({ metadata }) => metadata['bid_room_uscc'])
  return uscc => (centers.get(uscc) ?? []).map(({ id, name }) => ({ id, name }))
}

/** The workbench's visits as those of a bidder or of a center's staff. */
const visitsFor = (visits: Visits<Visit>, staff: StaffOf): Visits<BidVisit> =>
  visitsAs(visits, visit => ({
    bidder: { uscc: visit.facts.membership.uscc, name: visit.facts.membership.enterpriseName },
    actor: actorOf(visit),
    who: { by: `${visit.facts.membership.personName} ${visit.facts.membership.personId}`, trace: visit.by.trace },
    centers: staff(visit.facts.membership.uscc),
    frame: page => workbenchPage(visit.desk, { ...page, place: 'bids' }),
  }))

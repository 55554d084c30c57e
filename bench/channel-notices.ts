import { randomBytes } from 'node:crypto'
import { hide } from '../bank-adapters/channel/confidential.ts'
import { type OwnKey, partyKey } from '../bank-adapters/channel/keys.ts'
import { signMessage } from '../bank-adapters/channel/message.ts'
import { PLATFORM } from '../bank-adapters/channel/published.ts'
import type { Trail } from '../server/audit/events.ts'
import { createTrail } from '../server/audit/trail.ts'
import { messagesFromBank } from '../server/bonds/messages/from-bank.ts'
import { createToBank } from '../server/bonds/messages/to-bank.ts'
import { type BondParameters, createBondParameters } from '../server/bonds/parameters.ts'
import { createRegister, type Register } from '../server/bonds/register.ts'
import { createTags, type Tags } from '../server/bonds/secrecy/tags.ts'
import { createSections, type Sections } from '../server/bonds/sections.ts'
import { createTaskWrites } from '../server/bonds/task-writes.ts'
import { createChannelKeys } from '../server/channel/own-keys.ts'
import { createReceiver, type Receiver } from '../server/channel/receive.ts'
import { messageTypes } from '../server/channel/types.ts'
import { days, systemClock } from '../server/kernel/clock.ts'
import { newId } from '../server/kernel/ids.ts'
import { createSealing, type Sealing } from '../server/kernel/sealing.ts'
import { issueCertificate } from '../server/pki/issue.ts'
import { generateSm2 } from '../server/pki/sm2.ts'
import type { Stores } from '../server/storage/stores.ts'
import type { BondIdentity } from '../server/storage/stores-bonds.ts'
import { newUscc } from '../test/suites/storage.ts'
import { byMany } from './rate.ts'

/** A bank with signed notices of money at hand, and the platform's end that takes them in as the broker does. */
export interface Notices {
  receive: Receiver
  /** as many notices, each for a sub-account of its own, signed just now */
  make(count: number): Promise<Notice[]>
  /** a section that takes bonds for a month, and opens then */
  announce(): ReturnType<Sections['announce']>
  /** the notice that a bidder paid, once it was given a sub-account in the section */
  notice(sectionId: string, bidder: Bidder): Promise<Notice>
  /** what all this is put together from */
  parts: { sealing: Sealing; tags: Tags; audit: Trail; parameters: BondParameters; register: Register }
  close(): Promise<void>
}
type Notice = Parameters<Receiver>[0]
export type Bidder = BondIdentity & { basicAccount: string }

const TARGET = 'https://shield.example.cn/channel/messages'
const FEN = 20_000_000n
/** bidders in a section: its places run out at some four thousand */
const IN_SECTION = 500
/** sub-accounts given out at a time */
const AT_ONCE = 32

export async function openNotices(stores: Stores): Promise<Notices> {
  const clock = systemClock
  const sealing = createSealing(randomBytes(32))
  const audit = createTrail({ store: stores.audit, clock })
  const tags = createTags(sealing)
  const { bonds: store, effects } = stores
  const parameters = createBondParameters({ store: stores.bondParameters, clock, audit })
  const register = createRegister({ store, effects, parameters, sealing, tags, clock, audit })
  const sections = createSections({ store, effects, tasks: createTaskWrites(sealing), sealing, random: randomBytes, clock, audit })
  const keys = createChannelKeys({ store: stores.signingKeys, sealing, clock }, async () => undefined)
  const bank = bankKey(clock.now())
  const party = { name: 'ccb', algorithms: ['SM2' as const], keys: [bank.key] }
  const receive = createReceiver({
    here: { name: PLATFORM, target: TARGET },
    partyOf: name => (name === 'ccb' ? party : undefined),
    keys,
    types: messageTypes(
      messagesFromBank({
        ...{ register, store, tags, payerCode: (_bank: string, serial: string) => serial, wake: () => undefined },
        toBank: createToBank({ sender: PLATFORM, partyOf: () => party, clock }),
      }),
    ),
    effects,
    once: stores.onceIds,
    refusals: { answer: thrown => Promise.reject(thrown) },
    audit,
    clock,
  })
  const project = await sections.announceProject({ center: 'bench', code: newId(), title: 'bench', law: 'bidding' })
  const later = new Date(clock.now().getTime() + days(30)).toISOString()
  let section = Promise.resolve('')
  let given = 0

  const announce = () => {
    const facts = { name: 'bench', demandedFen: FEN, deadline: later, opensAt: later, validityDays: 90 }
    return sections.announce(project, facts, { custodians: 3, threshold: 2 }, 'K7QM-3F9T')
  }

  async function notice(sectionId: string, company: Bidder): Promise<Notice> {
    const { account } = await register.giveAccount({ sectionId, model: 'section', company, whence: { personId: newId() }, prefix: '62170099' })
    const to = await keys.encrypt.current()
    const payer = { account: company.basicAccount, name: company.name }
    const place = { sender: 'ccb', receiver: PLATFORM, id: newId() }
    const said = { account, serial: newId(), fen: Number(FEN), currency: 'CNY', at: clock.now().toISOString() }
    const body = Buffer.from(JSON.stringify({ ...said, confidential: await hide({ payer }, place, to.key) }))
    const message = { target: TARGET, ...place, idempotencyKey: said.serial, type: 'bond.received', schema: '1', encryptionKey: to.key.id, body }
    const headers = await signMessage(message, [bank], clock)
    return { headers: name => headers[name], body, trace: 'K7QM-3F9T' }
  }

  return {
    receive,
    announce,
    notice,
    parts: { sealing, tags, audit, parameters, register },
    async make(count) {
      const made: Notice[] = []
      await byMany(count, AT_ONCE, async () => {
        if (given++ % IN_SECTION === 0) section = announce().then(({ section: { id } }) => id)
        const bidder = newBidder(given)
        made.push(await notice(await section, bidder))
      })
      return made
    },
    close: () => audit.close(),
  }
}

export const newBidder = (n: number): Bidder => ({ uscc: newUscc(), name: `演示企业${n}`, basicAccount: String(n).padStart(12, '0') })

function bankKey(now: Date): OwnKey {
  const { publicKey, privateKey } = generateSm2()
  const certificate = issueCertificate({
    subject: [['CN', 'bench bank']],
    issuer: { self: privateKey },
    publicKey,
    notBefore: new Date(now.getTime() - days(1)),
    notAfter: new Date(now.getTime() + days(30)),
    profile: 'sign',
  })
  return { key: partyKey({ certificate, use: 'sign' }), privateKey }
}

import { createTrail } from '../../../server/audit/trail.ts'
import type { Cover } from '../../../server/bids/envelope/cover.ts'
import type { EncryptBid } from '../../../server/bids/envelope/encrypt.ts'
import type { EnvelopeFacts } from '../../../server/bids/envelope/header.ts'
import { measure } from '../../../server/bids/envelope/measure.ts'
import { createOpenings } from '../../../server/bids/opening/openings.ts'
import type { OpeningPorts, Who } from '../../../server/bids/opening/ports.ts'
import { fixedClock, minutes } from '../../../server/kernel/clock.ts'
import { BrokerError } from '../../../server/kernel/errors.ts'
import { newId } from '../../../server/kernel/ids.ts'
import { silentLog } from '../../../server/kernel/log.ts'
import { createSealing } from '../../../server/kernel/sealing.ts'
import type { Uscc } from '../../../server/kernel/uscc.ts'
import type { Party } from '../../pki/hierarchy.ts'
import { openTestStores } from '../../suites/memory-stores.ts'
import { newUscc } from '../../suites/storage.ts'
import { all, contentOf, envelopeOf, holder, opening as opensAt, parties, rescueOf } from '../envelope/stage.ts'

/** One center's opening on real stores, with files in memory and a clock that the test moves. */
export const clerk: Who = { by: '开标人', trace: 'K7QM-3F9T' }
export const content = contentOf(5000)

export async function openStage(wishes: Partial<OpeningPorts> = {}) {
  const clock = fixedClock('2027-05-20T08:00:00.000Z')
  const stores = await openTestStores({ clock })
  const trail = createTrail({ store: stores.audit, clock })
  const files = new Map<string, Buffer>()
  const opened = new Map<string, { cover: Cover; content: Buffer }>()
  const ports: OpeningPorts = {
    store: stores.bids,
    rescues: stores.bidRescues,
    trail,
    clock,
    log: silentLog,
    newId,
    envelopes: {
      open(id) {
        const file = files.get(id)
        if (file === undefined) throw new BrokerError('not_found', 'no such file')
        return file
      },
    },
    opened: {
      async keep({ envelope }, cover, stream) {
        opened.set(envelope, { cover, content: await all(stream) })
      },
    },
    sealing: createSealing(Buffer.alloc(32, 1)),
    platform: holder(parties.platform),
    wake: () => undefined,
    began: () => undefined,
    changed: async () => false,
    ...wishes,
  }
  const openings = createOpenings(ports)

  return {
    clock,
    stores,
    trail,
    files,
    opened,
    ports,
    openings,
    /** as another process would, on the same database */
    another: (more: Partial<OpeningPorts> = {}) => createOpenings({ ...ports, ...more }),

    async announce(more: Partial<Parameters<typeof openings.announce>[0]> = {}) {
      const { custodians, threshold, platform } = rescueOf()
      const id = newId()
      return openings.announce(
        {
          id,
          center: 'demo-center',
          project: id,
          section: '001',
          title: '示例项目开标',
          drill: false,
          opensAt: new Date(opensAt),
          decryptBy: new Date(Date.parse(opensAt) + minutes(60)),
          rescue: { custodians: custodians.map(each => each.thumbprint), threshold, platform: platform.thumbprint },
          ...more,
        },
        clerk,
      )
    },

    /** An envelope for this opening, uploaded and registered. */
    async bid(
      openingId: string,
      more: {
        party?: Party
        uscc?: Uscc
        facts?: Partial<EnvelopeFacts>
        real?: true
        encrypt?: Partial<EncryptBid> & { alone?: true }
        by?: typeof openings
      } = {},
    ) {
      const { party = parties.bidder, uscc = newUscc(), by = openings } = more
      const found = await openings.board(openingId)
      const facts: EnvelopeFacts = {
        id: newId(),
        center: 'demo-center',
        project: openingId,
        section: '001',
        opening: found.opensAt,
        ...(found.drill && more.real === undefined ? { drill: true as const } : {}),
        ...more.facts,
      }
      const envelope = await envelopeOf(content, {
        facts,
        cover: {
          bidder: { uscc, name: '演示建设有限公司' },
          content: { name: '投标文件.pdf', ...(await measure(content)) },
          madeAt: clock.now().toISOString(),
        },
        recipients: [party.certificate],
        ...more.encrypt,
      })
      files.set(facts.id, envelope)
      const certificates = [{ thumbprint: party.certificate.thumbprint, notAfter: party.certificate.notAfter.toISOString() }]
      return by.register({ openingId, uscc, name: '演示建设有限公司', envelope: facts.id, certificates }, { by: uscc, trace: 'AAAA-BBBB' })
    },

    /** A process that looks at envelopes until it is let go on. */
    slow() {
      let [reached, letGo] = [() => {}, () => {}]
      const [looks, gate] = [new Promise<void>(resolve => (reached = resolve)), new Promise<void>(resolve => (letGo = resolve))]
      async function* open(id: string) {
        reached()
        await gate
        yield files.get(id) ?? Buffer.alloc(0)
      }
      return { openings: createOpenings({ ...ports, envelopes: { open } }), looks, letGo }
    },

    decrypt: (bid: { openingId: string; uscc: Uscc }, party: Party = parties.bidder, by = openings) =>
      by.decrypt({ openingId: bid.openingId, uscc: bid.uscc, by: 'shield', holder: holder(party) }, { by: bid.uscc, trace: 'AAAA-BBBB' }),

    async start(openingId: string) {
      clock.set(opensAt)
      return openings.open(openingId, clerk)
    },
    async kinds(openingId: string) {
      return (await stores.bids.steps(openingId, 1000)).map(each => each.kind)
    },
  }
}
export type Stage = Awaited<ReturnType<typeof openStage>>

export const [anna, bert, carl] = parties.custodians.map((party, i) => ({ party, who: { by: `保管人${i + 1}`, trace: 'CCCC-DDDD' } })) as [
  Custodian,
  Custodian,
  Custodian,
]
export interface Custodian {
  party: Party
  who: Who
}
export const giveShare = (openings: Stage['openings'], ticket: string, { party, who }: Custodian) =>
  openings.rescue.give(ticket, party.certificate.thumbprint, holder(party), who)

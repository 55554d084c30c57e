import { randomBytes } from 'node:crypto'
import { reveal } from '../../bank-adapters/channel/confidential.ts'
import type { AuditEvent } from '../../server/audit/events.ts'
import { createConsents } from '../../server/consents/consents.ts'
import { createFinancing } from '../../server/financing/financing.ts'
import { outgoingParts } from '../../server/financing/messages/outgoing.ts'
import { openBody } from '../../server/financing/messages/parts.ts'
import type { Applicant } from '../../server/financing/ports.ts'
import type { DataSet } from '../../server/kernel/data-consent.ts'
import { newId } from '../../server/kernel/ids.ts'
import { createSealing } from '../../server/kernel/sealing.ts'
import type { Uscc } from '../../server/kernel/uscc.ts'
import type { Stores } from '../../server/storage/stores.ts'
import type { ChannelMessage } from '../../server/storage/stores-channel.ts'
import type { Financing } from '../../server/storage/stores-financing.ts'
import { ownKey, partyOf } from '../bank-adapters/channel/parties.ts'
import { newUscc, type SuiteClock } from './storage.ts'

export const TRACE = 'K7QM-3F9T'
export const BOND_FEN = 20_000_000n
const DEAL_FEN = 350_000_000n
const CENTER = '演示交易中心'
const keys = { sign: ownKey('ccb'), encrypt: ownKey('ccb', { use: 'encrypt' }) }

/** Deals and financing over some stores, with the consents of the house. Played: the shield's signature, whose power it is, the credit report, and the company's bonds. */
export function financingDesk(stores: Stores, clock: SuiteClock) {
  const sealing = createSealing(randomBytes(32))
  const told: AuditEvent[] = []
  const trail = { append: async (...events: AuditEvent[]) => void told.push(...events) }
  const parties = ['ccb', 'icbc', 'abc'].map(name => partyOf(name, [keys.sign, keys.encrypt]))
  const use = async () => ({ entry: 1, power: { kind: 'legal-representative' as const } })
  const consents = createConsents({
    store: stores.dataConsents,
    authority: { use },
    words: { signedBy: async () => 'thumbprint', demandWords: () => undefined },
    intact: () => 'thumbprint',
    recipients: async () => parties.map(({ name }) => ({ id: name, name })),
    clock,
    trail,
  })
  const room = createFinancing({
    ...{ sealing, clock, trail, use, effects: stores.effects, store: stores.financing, sender: 'shared-shield' },
    partyOf: name => parties.find(each => each.name === name),
    banks: () => parties.map(({ name }) => name),
    centerName: async () => CENTER,
    useConsent: consents.use,
    consentStands: consents.stands,
    bondOf: async () => ({ fen: BOND_FEN, isWaited: true }),
    async creditReport({ uscc, recipient, project }, trace) {
      const asked = { uscc, recipient, project, dataSet: 'credit.bid' as const, purpose: 'financing' as const, reference: newId() }
      const used = await consents.use(asked, trace)
      return { document: `report about ${uscc}`, consent: used.consent, use: used.number }
    },
    wake: () => undefined,
  })

  const company = (): Applicant => ({
    actor: { membershipId: newId(), assurance: 'shield' },
    membership: {
      ...{ id: newId(), personId: newId(), personName: '张三', enterpriseId: newId(), enterpriseName: '演示企业有限公司' },
      uscc: newUscc() as Uscc,
    },
    trace: TRACE,
  })
  const report = (by: Applicant, more: { contract?: string; fen?: bigint; center?: string } = {}) =>
    room.deals.report(
      {
        ...{ center: 'center-a', winner: { uscc: by.membership.uscc, name: by.membership.enterpriseName }, project: `JG-${by.membership.uscc}` },
        ...{ title: '示例道路工程', section: '一标段', fen: DEAL_FEN, contract: newId(), signedOn: '2026-05-28' },
        ...more,
      },
      TRACE,
    )

  /** As one signature gives several. @returns their ids */
  async function consent(
    by: Applicant,
    banks: readonly string[],
    project: string,
    sets: readonly DataSet[],
    until = '2026-06-30',
  ): Promise<string[]> {
    const forms = banks.flatMap(recipient =>
      sets.map(data => ({ id: newId(), recipient, data, purpose: 'financing' as const, project, until, uses: '' as const })),
    )
    return await consents.giveAll(by, forms, { text: await consents.wordingOfAll(by, forms), cms: 'cms' })
  }
  const apply = (by: Applicant, dealId: string, more: Partial<Parameters<typeof room.applications.apply>[1]> = {}) =>
    room.applications.apply(by, {
      ...{ id: newId(), source: { kind: 'deal-loan', id: dealId }, banks: ['ccb', 'icbc'], fen: 50_000_000n, termDays: 180, credit: false, code: '' },
      ...more,
    })
  /** from the deal to the application, by consents */
  async function applied(more: Parameters<typeof apply>[2] = {}) {
    const by = company()
    const deal = await report(by)
    const given = await consent(by, more.banks ?? ['ccb', 'icbc'], deal.project, ['deal', 'credit.bid'])
    const financing = await apply(by, deal.id, more)
    const read = async () => (await room.applications.one(by.membership.uscc, financing.id)).financing
    return { by, deal, given, financing, read }
  }

  /** A message of a bank, stored with what follows from it. */
  async function says(type: string, bank: string, { cases }: Financing, part: object, { sender = bank } = {}): Promise<void> {
    const found = room.types.find(each => each.type === `financing.${type}`)
    const message = newId()
    const code = cases.find(each => each.bank === bank)?.code ?? ''
    const fact = { serial: `S-${newId()}`, at: clock.now().toISOString(), ...part }
    const said = { sender, id: message, body: openBody.parse({ code }), confidential: found?.confidential?.parse(fact), receivedAt: '', trace: TRACE }
    const came: ChannelMessage = {
      ...{ sender, id: message, idempotencyKey: message, type, digest: newId(), signed: '', signatures: '', body: '{}', trace: TRACE },
      answer: { status: 200, headers: {}, body: '{}' },
      receivedAt: clock.now().toISOString(),
    }
    await stores.effects.take(came, async () => {
      if (found?.effect === undefined) throw new Error(`no type ${type}`)
      return await found.effect(said)
    })
  }
  const terms = {
    fen: 50_000_000,
    rateMillionths: 38_500,
    termDays: 180,
    feeFen: 10_000,
    validUntil: '2026-06-05T16:00:00.000Z',
    conditions: '按月付息',
  }
  const offers = (bank: string, financing: Financing, more: object = {}) => says('offered', bank, financing, { ...terms, ...more })

  /** What banks were told of a company, opened by their keys, in order. */
  async function toBanks(uscc: string, codes: readonly string[] = []): Promise<{ type: string; receiver: string; part: unknown; body: string }[]> {
    const all = (await stores.channelOutgoing.list({}, 10_000)).toReversed()
    const opened = await Promise.all(
      all.map(async ({ body, receiver, id, type, encryptionKey }) => {
        const { confidential } = JSON.parse(body) as { confidential: string }
        const part = await reveal(confidential, { sender: 'shared-shield', receiver, id }, encryptionKey, [keys.encrypt])
        return { type, receiver, body, part: outgoingParts[type as keyof typeof outgoingParts].parse(part) as unknown }
      }),
    )
    return opened.filter(({ part, body }) => JSON.stringify(part).includes(uscc) || codes.some(code => body.includes(code)))
  }
  return { ...room, consents, told, company, report, consent, apply, applied, says, offers, toBanks, CENTER }
}

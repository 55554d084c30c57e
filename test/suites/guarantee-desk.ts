import { randomBytes } from 'node:crypto'
import { reveal } from '../../bank-adapters/channel/confidential.ts'
import { type Paper, type Spoilt, writeDocument } from '../../bank-adapters/mock-bank/guarantee-document.ts'
import type { AuditEvent } from '../../server/audit/events.ts'
import { createDecisions } from '../../server/bonds/decisions.ts'
import { createGuarantees } from '../../server/bonds/guarantees/guarantees.ts'
import { outgoingParts } from '../../server/bonds/guarantees/messages/outgoing.ts'
import { openBody } from '../../server/bonds/guarantees/messages/parts.ts'
import { offerName } from '../../server/bonds/guarantees/state/offer.ts'
import { createBondParameters } from '../../server/bonds/parameters.ts'
import { createReadings } from '../../server/bonds/readings.ts'
import { createRegister } from '../../server/bonds/register.ts'
import { keptOf, newRow } from '../../server/bonds/rows.ts'
import { makeSectionKey, unlockSectionKey } from '../../server/bonds/secrecy/section-key.ts'
import { createTags, newAccountNumber } from '../../server/bonds/secrecy/tags.ts'
import { createSectionWork } from '../../server/bonds/section-work.ts'
import { expectedBond } from '../../server/bonds/state/expected.ts'
import { createTaskWrites } from '../../server/bonds/task-writes.ts'
import { newId } from '../../server/kernel/ids.ts'
import { createSealing } from '../../server/kernel/sealing.ts'
import type { Stores } from '../../server/storage/stores.ts'
import type { BondSection } from '../../server/storage/stores-bonds.ts'
import type { ChannelMessage, OutgoingMessage } from '../../server/storage/stores-channel.ts'
import type { Guarantee } from '../../server/storage/stores-guarantees.ts'
import { bondWrite, sectionWrite } from '../../server/storage/writes.ts'
import { ownKey, partyOf } from '../bank-adapters/channel/parties.ts'
import { newUscc, type SuiteClock } from './storage.ts'

export const DEADLINE = '2026-05-12T01:30:00.000Z'
/** ninety days of validity from the deadline on, and the last one to its end */
export const VALID_UNTIL = '2026-08-10T16:00:00.000Z'
export const FEN = 20_000_000n
export const TRACE = 'K7QM-3F9T'

const keys = { sign: ownKey('ccb'), encrypt: ownKey('ccb', { use: 'encrypt' }) }

/** A section as it is to stand; `version` is the one it has, 0 for a new one. */
export const saveSection = (stores: Pick<Stores, 'effects'>, section: BondSection) =>
  stores.effects.apply(async () => ({ lock: section.id, writes: [sectionWrite(section)] }))

/** Guarantees over some stores: sections and bonds at hand, and an issuer that speaks through the message types as the channel would. */
export function guaranteeDesk(stores: Stores, clock: SuiteClock) {
  const sealing = createSealing(randomBytes(32))
  const tags = createTags(sealing)
  const told: AuditEvent[] = []
  const audit = { append: async (...events: AuditEvent[]) => void told.push(...events) }
  const parameters = createBondParameters({ store: stores.bondParameters, clock, audit })
  const parties = [partyOf('ccb', [keys.sign, keys.encrypt]), partyOf('icbc', [keys.sign, keys.encrypt])]
  const register = createRegister({ store: stores.bonds, effects: stores.effects, parameters, sealing, tags, clock, audit })
  const tasks = createTaskWrites(sealing)
  const guarantees = createGuarantees({
    ...{ sealing, tags, clock, audit, effects: stores.effects, store: stores.guarantees, bonds: stores.bonds },
    bondPlan: register.event,
    tasks,
    sender: 'shared-shield',
    partyOf: name => parties.find(each => each.name === name),
    issuers: () => parties.map(({ name }) => name),
    isIssuers: (_issuer, certificate) => certificate.thumbprint === keys.sign.key.certificate.thumbprint,
    centerName: async center => `中心 ${center}`,
  })

  const wake = () => undefined
  const decisions = createDecisions({ register, tasks, follow: guarantees.follow, clock, wake })
  const sectionWork = createSectionWork({ store: stores.bonds, decisions, sealing, tags, clock })

  async function announce(more: Partial<BondSection> = {}) {
    const id = newId()
    const { shares, ...made } = makeSectionKey(id, 3, 2, { sealing, random: randomBytes })
    const section: BondSection = {
      ...{ id, projectId: newId(), center: newId(), law: 'bidding', name: '一标段', demandedFen: FEN, deadline: DEADLINE, opensAt: DEADLINE },
      ...{ validityDays: 90, state: 'open', version: 1 },
      ...made,
      ...more,
    }
    await saveSection(stores, { ...section, version: 0 })
    const release = async () => {
      const current = (await stores.bonds.section(id)) ?? section
      const key = unlockSectionKey(current, shares.slice(0, 2), { sealing, now: clock.now() })
      await saveSection(stores, { ...current, releasedKey: sealing.seal(key, `bond-released:${id}`) })
    }
    return { section, release, asked: { sectionId: id, center: section.center } }
  }
  const bondsOf = new Map<string, string[]>()
  async function bidder(section: BondSection, uscc = newUscc()) {
    const company = { uscc, name: `演示企业（${newId()}）有限公司` }
    const bond = expectedBond(newId(), { name: tags.name(company.name), basicAccount: tags.account(newId()) }, section)
    const found = { home: section, companyTag: tags.company(company.uscc), accountTag: tags.account(newAccountNumber('4400')) }
    // drawn anew where another bidder has the place
    const row = () => ({ ...newRow(bond, found, { bidder: company }, { sealing, tags }), version: 0 })
    await stores.effects.apply(async () => ({ lock: bond.id, writes: [bondWrite(row(), undefined)] }))
    bondsOf.set(section.id, [...(bondsOf.get(section.id) ?? []), bond.id])
    return { company, bondId: bond.id }
  }
  const apply = ({ company, bondId }: Awaited<ReturnType<typeof bidder>>, issuer = 'ccb') =>
    guarantees.applications.apply({ bondId, issuer, way: 'bank-guarantee', company }, TRACE)

  /** A message of an issuer, stored with what follows from it; `message` is the id under which the channel knows it. */
  async function says(type: string, code: string, part: object, { sender = 'ccb', message = newId() } = {}): Promise<void> {
    const found = guarantees.types.find(each => each.type === `guarantee.${type}`)
    const said = { sender, id: message, body: openBody.parse({ code }), confidential: found?.confidential?.parse(part), receivedAt: '', trace: TRACE }
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
  const fact = (more: object = {}) => ({ serial: `S-${newId()}`, at: clock.now().toISOString(), ...more })
  const offers = (guarantee: Guarantee, more: object = {}) =>
    says('offered', guarantee.code, fact({ priceFen: 40_000, terms: '见索即付', until: '2026-05-10T00:00:00.000Z', ...more }), {
      sender: guarantee.issuer,
    })
  const paper = async (guarantee: Guarantee, more: Partial<Paper> = {}): Promise<Paper> => {
    const applied = (await toIssuer(guarantee)).find(({ type }) => type === 'guarantee.applied')?.part
    const { text, textVersion } = applied as { text: string; textVersion: string }
    return {
      ...{ way: 'bank-guarantee', number: 'CCB-BH-2026-0001', code: guarantee.code, verification: guarantee.verification, fen: Number(FEN) },
      ...{ validFrom: clock.now().toISOString(), validUntil: VALID_UNTIL, textVersion, text },
      ...more,
    }
  }
  const document = async (guarantee: Guarantee, more: Partial<Paper> = {}, spoilt?: Spoilt) =>
    writeDocument(await paper(guarantee, more), keys.sign, clock.now(), spoilt)
  const issues = async (guarantee: Guarantee, more: Partial<Paper> = {}, spoilt?: Spoilt) =>
    await says('issued', guarantee.code, fact(await document(guarantee, more, spoilt)), { sender: guarantee.issuer })

  /** What the issuer was told about a guarantee, opened by its key, in order. */
  async function toIssuer({ code }: Pick<Guarantee, 'code'>): Promise<{ type: string; part: unknown; message: OutgoingMessage }[]> {
    const all = (await stores.channelOutgoing.list({}, 10_000)).filter(({ body }) => body.includes(code)).toReversed()
    return await Promise.all(
      all.map(async message => {
        const { confidential } = JSON.parse(message.body) as { confidential: string }
        const place = { sender: 'shared-shield', receiver: message.receiver, id: message.id }
        const part = await reveal(confidential, place, message.encryptionKey, [keys.encrypt])
        return { type: message.type, part: outgoingParts[message.type as keyof typeof outgoingParts].parse(part), message }
      }),
    )
  }
  /** the newest of a type */
  const lastTold = async (guarantee: Pick<Guarantee, 'code'>, type: string) =>
    (await toIssuer(guarantee)).findLast(each => each.type === `guarantee.${type}`)?.part
  const read = async ({ id }: Pick<Guarantee, 'id'>, { company }: { company: { uscc: Awaited<ReturnType<typeof bidder>>['company']['uscc'] } }) => {
    const found = (await guarantees.applications.forCompany(company.uscc)).find(each => each.id === id)
    if (found === undefined) throw new Error('no such guarantee')
    return found
  }
  const bond = async (bondId: string) => {
    const row = await stores.bonds.forStep(bondId)
    if (row === undefined) throw new Error('no such bond')
    return keptOf(row, sealing).bond
  }
  /** what is offered now */
  const accepts = async ({ uscc, id }: Pick<Guarantee, 'id'> & { uscc: Awaited<ReturnType<typeof bidder>>['company']['uscc'] }) => {
    const { offer } = await read({ id }, { company: { uscc } })
    return await guarantees.applications.accept({ uscc, id }, offerName(offer), TRACE)
  }
  /** from the application to its being in force */
  async function inForce(section: BondSection, uscc = newUscc()) {
    const who = await bidder(section, uscc)
    const guarantee = await apply(who)
    await offers(guarantee)
    await accepts({ uscc: who.company.uscc, id: guarantee.id })
    await issues(guarantee)
    return { who, mine: { uscc: who.company.uscc, id: guarantee.id }, guarantee: await read(guarantee, who) }
  }
  /** those of all bidders here */
  const list = (asked: { sectionId: string; center: string }, trace: string) =>
    guarantees.beneficiary.list(asked, bondsOf.get(asked.sectionId) ?? [], trace)
  return {
    ...guarantees,
    beneficiary: { ...guarantees.beneficiary, list },
    guarantees,
    ...{ tasks, readings: createReadings({ store: stores.bonds, opened: stores.openedBonds, sealing, tags, clock }) },
    decisions,
    sectionWork,
    parties,
    told,
    announce,
    bidder,
    apply,
    says,
    fact,
    offers,
    document,
    issues,
    toIssuer,
    lastTold,
    read,
    accepts,
    bond,
    inForce,
  }
}

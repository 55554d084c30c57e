import { z } from 'zod'
import type { AuditEvent } from '../../../server/audit/events.ts'
import { createSignedWords } from '../../../server/authorization/signed-words.ts'
import { days, type fixedClock } from '../../../server/kernel/clock.ts'
import { BrokerError } from '../../../server/kernel/errors.ts'
import type { PersonRole } from '../../../server/kernel/identity.ts'
import { newId } from '../../../server/kernel/ids.ts'
import { createSealing } from '../../../server/kernel/sealing.ts'
import { certificateFacts } from '../../../server/pki/certificate.ts'
import { signCms, verifyCms } from '../../../server/pki/cms.ts'
import { signSm2, sm3 } from '../../../server/pki/sm2.ts'
import type { SealPicture } from '../../../server/seals/contract.ts'
import type { Application } from '../../../server/seals/life/draft.ts'
import { createSealLife } from '../../../server/seals/life/life.ts'
import { createSealMakers } from '../../../server/seals/life/maker-key.ts'
import type { CertificateUse, Pictures, SealStructure } from '../../../server/seals/life/ports.ts'
import type { About, LifeNews, SealView } from '../../../server/seals/life/room.ts'
import type { Stores } from '../../../server/storage/stores.ts'
import type { NewSealNews } from '../../../server/storage/stores-seal-interface.ts'
import type { SealStore } from '../../../server/storage/stores-seals.ts'
import { makeRoot, makeUnder } from '../../pki/hierarchy.ts'
import { newUscc } from '../../suites/storage.ts'

/**
 * Companies and people with real shields on real stores. Played are what other folders own: the drawing (a plain square whose size says how long the name is), the seal's structure (a text that the maker really
 * signs), and whether a certificate is trusted (that of this file's root is).
 */
export interface Somebody {
  membershipId: string
  personId: string
  name: string
  idNumber: string
  company: Company
  /** of the shield in the hand now */
  thumbprint: string
  sign(text: string): string
}
interface Company {
  uscc: ReturnType<typeof newUscc>
  name: string
}

const root = makeRoot('Seal Life Test Root')
const stranger = makeRoot('A Root That Nobody Knows')

export const square = (side: number): SealPicture => ({
  width: side,
  height: side,
  shapes: [
    {
      fill: [200, 16, 24],
      outline: [['M', 0, 0], ['L', side, 0], ['L', side, side], ['L', 0, side], ['Z']],
    },
  ],
})

const plainPictures: Pictures = {
  drawRoundSeal({ name, under, number }) {
    if (under?.includes('龘')) throw new BrokerError('seal_picture_unusable', 'a character without an outline')
    return square(40 + `${name}${under ?? ''}${number ?? ''}`.length / 100)
  },
  drawNameChop: ({ name, style }) => square(18 + name.length / 100 + (style === 'sunk' ? 0.5 : 0)),
  fromPng(bytes, { millimetres }) {
    if (bytes.length < 8) throw new BrokerError('seal_picture_unusable', 'no PNG')
    return square(millimetres)
  },
  toPng: picture => Buffer.from(`PNG ${JSON.stringify(picture)}`),
  toSvg: ({ width, height }) =>
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}"><rect width="${width}" height="${height}" fill="#c81018"/></svg>`,
}

export const plainStructure: SealStructure = {
  makeSeal({ esId, vid, type, name, certificates, createdAt, validFrom, validUntil, picture, maker }) {
    const { data, ...shape } = picture
    const info = JSON.stringify({
      esId,
      vid,
      type,
      name,
      certificates: certificates.map(({ der }) => der.toString('base64')),
      times: [createdAt, validFrom, validUntil],
      picture: { ...shape, digest: sm3(data) },
    })
    return Buffer.from(
      JSON.stringify({
        info,
        signature: signSm2(maker.privateKey, Buffer.from(info)).toString('base64'),
        maker: maker.certificate.der.toString('base64'),
      }),
    )
  },
  readSeal(der) {
    const read = shape.safeParse(parsed(der))
    if (!read.success) throw new BrokerError('seal_malformed', 'no seal')
    const { info, signature, maker } = read.data
    const { esId, certificates, times } = written.parse(JSON.parse(info))
    return {
      id: esId,
      holders: { kind: 'certificates', list: certificates.map(each => Buffer.from(each, 'base64')) },
      validUntil: new Date(times[2]),
      maker: { certificate: Buffer.from(maker, 'base64'), signature: Buffer.from(signature, 'base64'), signed: Buffer.from(info) },
    }
  },
}
const shape = z.object({ info: z.string(), signature: z.string(), maker: z.string() })
const written = z.object({ esId: z.string(), certificates: z.array(z.string()), times: z.tuple([z.string(), z.string(), z.string()]) })
function parsed(der: Buffer): unknown {
  try {
    return JSON.parse(der.toString())
  } catch {
    return undefined
  }
}

export type Stage = ReturnType<typeof createStage>

/** @param told what centers are really told; unless given, each change that happened is a line of `notices` */
export function createStage(stores: Stores, clock: ReturnType<typeof fixedClock>, told?: () => LifeNews) {
  const events: AuditEvent[] = []
  const notices: { view: SealView; event: string; about: About }[] = []
  /** what the trust list says of a certificate, where it is not the usual */
  const uses = new Map<string, readonly CertificateUse[]>()
  const sealing = createSealing(Buffer.alloc(32, 9))
  const signedWords = createSignedWords({
    signatures: {
      async verify({ text, cms }) {
        const { content, signer } = verifyCms({ cms })
        if (content.toString('utf8') !== text) throw new BrokerError('challenge_mismatch', 'other words')
        if (signer.issuer.key !== root.certificate.subject.key) throw new BrokerError('certificate_untrusted', 'not of the test CA')
        return { certificate: certificateFacts(signer), uscc: undefined }
      },
    },
    store: stores.mandates,
    clock,
  })
  const trail = { append: async (...more: AuditEvent[]) => void events.push(...more) }
  const makers = createSealMakers({ store: stores.signingKeys, sealing, trail, clock })
  const composed = new Map<string, (typeof notices)[number]>()
  function stood(news: NewSealNews | undefined, happened: boolean): boolean {
    const notice = composed.get(news?.trace ?? '')
    if (happened && notice !== undefined) notices.push(notice)
    return happened
  }
  const store: SealStore = {
    ...stores.seals,
    change: async (row, after, more) => stood(more.news, await stores.seals.change(row, after, more)),
    markRevoked: async (id, thumbprint, at, told) => stood(told.news, await stores.seals.markRevoked(id, thumbprint, at, told)),
    warn: async (id, thumbprint, warned, news) => stood(news, await stores.seals.warn(id, thumbprint, warned, news)),
  }
  const deps = {
    store,
    people: stores.mandates,
    words: signedWords,
    pictures: plainPictures,
    structure: plainStructure,
    maker: makers.maker,
    makerOf: makers.makerOf,
    usesOf: async ({ thumbprint }: { thumbprint: string }) => uses.get(thumbprint) ?? (['login', 'seal'] as const),
    sealing,
    trail,
    clock,
    news: {
      of(...notice: Parameters<LifeNews['of']>) {
        if (told !== undefined) return told().of(...notice)
        const [view, event, about] = notice
        const key = newId()
        composed.set(key, { view, event, about })
        return { event, subject: view.row.id, data: '{}', at: clock.now().toISOString(), trace: key }
      },
      wake: () => told?.().wake(),
      tell(...notice: Parameters<LifeNews['tell']>) {
        if (told !== undefined) return told().tell(...notice)
        const [view, event, about] = notice
        notices.push({ view, event, about })
      },
    },
  }
  const life = createSealLife(deps)

  /** Logs somebody in with a new shield; a `known` person keeps who they are. */
  async function person(
    company: Company,
    role: PersonRole,
    known: { name?: string; idNumber?: string; endsIn?: number; trusted?: boolean; bank?: string } = {},
  ): Promise<Somebody> {
    const name = known.name ?? `示例${newId().slice(0, 6)}`
    const idNumber = known.idNumber ?? newId()
    const notAfter = new Date(clock.now().getTime() + days(known.endsIn ?? 700))
    const party = makeUnder(known.trusted === false ? stranger : root, `${name} ${newId().slice(0, 4)}`, { notAfter })
    const { membership } = await stores.parties.recognise(
      {
        bank: known.bank ?? 'abc',
        subject: idNumber,
        person: { name, idDigest: sm3(Buffer.from(idNumber)) },
        seats: [{ ...company, role }],
        assurance: 'shield',
        methods: ['hwk', 'pin'],
        authenticatedAt: clock.now().toISOString(),
        certificate: certificateFacts(party.certificate),
      },
      company.uscc,
    )
    return {
      membershipId: membership.id,
      personId: membership.person.id,
      name,
      idNumber,
      company,
      thumbprint: party.certificate.thumbprint,
      sign: text => signCms({ content: Buffer.from(text, 'utf8'), detached: false, ...party }).toString('base64'),
    }
  }
  const renewed = (who: Somebody, role: PersonRole, endsIn = 700) => person(who.company, role, { name: who.name, idNumber: who.idNumber, endsIn })
  const company = (): Company => ({ uscc: newUscc(), name: `演示企业${newId().slice(0, 5)}(示范)有限公司` })
  async function crew() {
    const at = company()
    return { at, boss: await person(at, 'legal-representative'), clerk: await person(at, 'operator') }
  }

  const by = ({ membershipId }: Somebody) => ({ membershipId, trace: 'K7QM-3F9T' })
  const inDays = (count: number) => new Date(clock.now().getTime() + days(count)).toISOString()
  const application = (wanted: readonly Somebody[], more: Partial<Application> = {}): Application => ({
    kind: 'company',
    wanted: wanted.map(({ thumbprint }) => thumbprint),
    validFrom: inDays(0),
    validUntil: inDays(365),
    ...more,
  })
  const signed = (who: Somebody, text: string) => ({ text, cms: who.sign(text) })

  async function applied(who: Somebody, wanted: readonly Somebody[], more: Partial<Application> = {}): Promise<SealView> {
    const { row } = await life.draft(by(who), application(wanted, more))
    return await life.apply(by(who), row.id, signed(who, (await life.applying(by(who), row.id)).text))
  }
  async function approved(who: Somebody, id: string): Promise<SealView> {
    return await life.approve(by(who), id, signed(who, (await life.approving(by(who), id)).text))
  }
  /** Applied for and approved with one signature. */
  const seal = (boss: Somebody, more: Partial<Application> = {}) => applied(boss, [boss], more)
  async function changed(who: Somebody, id: string, change: 'suspend' | 'resume' | 'revoke'): Promise<SealView> {
    return await life.change(by(who), id, change, signed(who, (await life.changing(by(who), id, change)).text))
  }
  async function shown(who: Somebody): Promise<SealView[]> {
    return await life.present(by(who), signed(who, await life.presenting(by(who))))
  }
  async function remade(who: Somebody, id: string, wanted: readonly Somebody[], validUntil = inDays(500)): Promise<SealView> {
    const order = { wanted: wanted.map(({ thumbprint }) => thumbprint), validUntil }
    return await life.remake(by(who), id, order, signed(who, (await life.remaking(by(who), id, order)).text))
  }
  const use = ({ enterpriseId, id }: { enterpriseId: string; id: string }, { thumbprint }: Somebody) => life.inForce(enterpriseId, id, thumbprint)
  const eventsOf = (id: string) => events.filter(({ facts }) => facts['seal'] === id).map(({ code }) => code)

  return {
    ...{ stores, clock, deps, life, makers, events, notices, uses },
    ...{ person, renewed, company, crew, by, inDays, application, signed, applied, approved, seal, changed, shown, remade, use, eventsOf },
  }
}

export async function codeOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work()
    return 'accepted'
  } catch (thrown) {
    if (thrown instanceof BrokerError) return thrown.code
    throw thrown
  }
}

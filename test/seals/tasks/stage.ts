import type { Clock, fixedClock } from '../../../server/kernel/clock.ts'
import { BrokerError } from '../../../server/kernel/errors.ts'
import { readUscc } from '../../../server/kernel/uscc.ts'
import { algorithmFor } from '../../../server/pki/algorithms.ts'
import { verifyTimestamp } from '../../../server/pki/timestamp.ts'
import type { Placement, SealFormat, SealPicture } from '../../../server/seals/contract.ts'
import { createSealJudge } from '../../../server/seals/judge.ts'
import { ofd } from '../../../server/seals/ofd/ofd.ts'
import { pdf } from '../../../server/seals/pdf/pdf.ts'
import type { SealVerdict } from '../../../server/seals/ports.ts'
import { makeSeal } from '../../../server/seals/ses/make.ts'
import type { SealDesk, Sealer } from '../../../server/seals/tasks/ports.ts'
import { createSealing, type Sealing } from '../../../server/seals/tasks/sealing.ts'
import { createSealTasks, type TaskNews } from '../../../server/seals/tasks/tasks.ts'
import { createCmsValue } from '../../../server/seals/values/cms-value.ts'
import { createSesValue } from '../../../server/seals/values/ses-value.ts'
import { xml } from '../../../server/seals/xml/xml.ts'
import { xmlValue } from '../../../server/seals/xml/xml-value.ts'
import type { Stores } from '../../../server/storage/stores.ts'
import type { SealTask, SealTaskDocument } from '../../../server/storage/stores-seal-tasks.ts'
import { createStage, type Somebody, type Stage } from '../../authorization/stage.ts'
import { makeRoot, makeUnder } from '../../pki/hierarchy.ts'
import { root as timeRoot } from '../../pki/timestamp-stage.ts'
import { stampOver } from '../ses/stage.ts'

/** Sealing on real stores with real shields, seals and documents; whose certificate is trusted is played: every one of the test's own is. */
const FORMATS: readonly SealFormat[] = [pdf, ofd, xml]
const maker = makeUnder(makeRoot('演示制章根'), '演示制章者')
/** a red square stands for the seal: what it looks like is another test's */
const PICTURE: SealPicture = {
  width: 40,
  height: 40,
  shapes: [
    {
      fill: [214, 0, 15],
      outline: [['M', 0, 0], ['L', 40, 0], ['L', 40, 40], ['L', 0, 40], ['Z']],
    },
  ],
}

export const xmlDocument = (n: number): Buffer => Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n<bid n="${n}"><price fen="${n}00"/></bid>\n`)

export type TaskStage = Awaited<ReturnType<typeof createTaskStage>>

/** Whose seal it is, and with which shields: plain, so that another process can be given it. */
export interface Held {
  enterpriseId: string
  company: { uscc: string; name: string }
  /** base64 */
  seal: string
  thumbprints: string[]
}

/** The rooms on these stores. */
export function createTaskRooms(stores: Stores, clock: Clock, house: Pick<Stage, 'signatures' | 'authority' | 'events'>, held: Held) {
  const { company, enterpriseId } = held
  const state = { suspended: false }
  const verdict: SealVerdict = { ok: true, reasons: [], revocation: { state: 'good' }, name: company.name, uscc: company.uscc }
  const trail = { append: async (...events: typeof house.events) => void house.events.push(...events) }
  const news: TaskNews = {
    of: ({ id, center, enterpriseId, trace }, event, document) => ({
      ...{ event, clientId: center.id, enterpriseId, subject: id, at: clock.now().toISOString(), trace },
      data: JSON.stringify(document?.n ?? null),
    }),
    wake: () => undefined,
  }
  const tasks = createSealTasks({ stores, formats: FORMATS, trail, clock, news })
  const judge = createSealJudge({
    verdictOf: async () => verdict,
    stampVerdictOf: async (token, data) => verifyTimestamp({ token, of: { data }, roots: [timeRoot.certificate], at: clock.now() }),
    clock,
  })
  const desk: SealDesk = {
    ofCompany: async () => [{ id: 'seal-1', name: company.name }],
    async inForce(of, id, thumbprint) {
      if (id !== 'seal-1' || of !== enterpriseId) throw new BrokerError('seal_unknown', 'no such seal')
      if (state.suspended) throw new BrokerError('seal_not_in_force', 'suspended')
      if (thumbprint !== undefined && !held.thumbprints.includes(thumbprint)) throw new BrokerError('seal_wrong_shield', 'not listed')
      return { id, name: company.name, kind: 'company', der: Buffer.from(held.seal, 'base64'), picture: PICTURE }
    },
  }
  const sealing = createSealing({
    stores,
    tasks,
    formats: FORMATS,
    seals: desk,
    signer: {
      async signedBy({ membership }, { text, cms }) {
        const thumbprint = house.signatures.intact({ text, cms })
        const holder = thumbprint === undefined ? undefined : await stores.mandates.holderOf(thumbprint)
        if (thumbprint === undefined || holder?.personId !== membership.personId) throw new BrokerError('mandate_wrong_shield', 'another person')
        return thumbprint
      },
    },
    judge,
    valueFor(kind, seal, certificate) {
      if (kind === 'xmldsig') return xmlValue(certificate)
      if (kind === 'ses') return createSesValue({ seal: seal.der, certificate })
      return createCmsValue({ certificate, signingTime: kind === 'detached' })
    },
    use: house.authority.use,
    stamp: () => async signature => stampOver(signature, clock.now()),
    evidence: async certificate => ({ certificates: [certificate.der, timeRoot.certificate.der], crls: [], ocsps: [] }),
    trail,
    clock,
    news,
  })
  const report = async (document: SealTaskDocument | undefined) => {
    if (document === undefined) throw new Error('no such document')
    const format = FORMATS.find(({ name }) => name === document.format)
    return format?.verify(await tasks.bytes(document, 'sealed'), judge)
  }
  return { tasks, sealing, desk, state, report }
}

/** A company with a seal, its legal representative and an operator. */
export async function createCompany(stores: Stores, house: Stage) {
  const company = house.company()
  const boss = await house.person(company, 'legal-representative')
  const clerk = await house.person(company, 'operator')
  const enterpriseId = (await stores.parties.membership(boss.membershipId))?.enterprise.id ?? ''
  const certificates = [boss.party.certificate, clerk.party.certificate]
  const der = makeSeal({
    esId: 'DEMO-1',
    vid: 'SHARED-SHIELD',
    type: 1,
    name: company.name,
    certificates,
    createdAt: new Date('2026-01-01'),
    validFrom: new Date('2026-01-01'),
    validUntil: new Date('2030-01-01'),
    picture: { type: 'PNG', data: Buffer.from('89504e470d0a1a0a', 'hex'), width: 40, height: 40 },
    maker,
  })
  const held: Held = { enterpriseId, company, seal: der.toString('base64'), thumbprints: certificates.map(({ thumbprint }) => thumbprint) }
  return { boss, clerk, held }
}

export const sealerOf = ({ enterpriseId, company }: Held, who: Pick<Somebody, 'membershipId' | 'personId' | 'name'>): Sealer => ({
  membershipId: who.membershipId,
  enterpriseId,
  company,
  person: { id: who.personId, name: who.name },
  assurance: 'shield',
  trace: 'K7QM-3F9T',
})

export const signedBy = ({ party }: Pick<Somebody, 'party'>, item: Buffer): Buffer => algorithmFor(party.privateKey).sign(party.privateKey, item)

type Chosen = Pick<Parameters<Sealing['fit']>[3], 'sealId' | 'hand'>

export async function createTaskStage(stores: Stores, clock: ReturnType<typeof fixedClock>) {
  const house = createStage(stores, clock)
  const { boss, clerk, held } = await createCompany(stores, house)
  const { company, enterpriseId } = held
  const rooms = createTaskRooms(stores, clock, house, held)
  const { tasks, sealing } = rooms
  const by = (who: Somebody): Sealer => sealerOf(held, who)
  const open = (documents: readonly { name: string; bytes: Buffer; places?: readonly Placement[] }[], wishes: Partial<SealTask> = {}) =>
    tasks.open({
      enterpriseId,
      center: { id: 'center-1', name: '演示交易中心' },
      title: '投标文件',
      documents: documents.map(each => ({ places: [], ...each })),
      trace: 'K7QM-3F9T',
      expiresAt: house.inDays(1),
      ...wishes,
    })
  const fitFor = (who: Somebody, task: SealTask, n: number, certificate = who.party.certificate.der, chosen: Chosen = { sealId: 'seal-1' }) =>
    sealing.fit(by(who), task, n, { ...chosen, certificate: Buffer.from(certificate) })

  /** What the page and the shield do together; `each` is called before each signature goes back. */
  async function sealAll(who: Somebody, task: SealTask, each: (n: number) => Promise<void> = async () => undefined, chosen?: Chosen): Promise<void> {
    const documents = (await stores.sealTasks.documents(task.id, 0, 500)).filter(({ state: at }) => at === 'waiting')
    for (const { n } of documents) await fitFor(who, task, n, who.party.certificate.der, chosen)
    const fresh = async () => (await stores.sealTasks.find(task.id)) ?? task
    const { text } = await sealing.list(by(who), await fresh())
    await sealing.begin(by(who), await fresh(), { text, cms: who.sign(text) })
    for (const { n } of documents) {
      const now = await fresh()
      const item = await sealing.item(by(who), now, n)
      await each(n)
      await sealing.seal(by(who), now, n, signedBy(who, item))
    }
  }
  const uses = async () => (await stores.mandates.history(enterpriseId, 2000)).filter(({ kind, act }) => kind === 'used' && act === 'seal_use')
  return {
    ...house,
    ...rooms,
    stores,
    clock,
    company: { ...company, uscc: readUscc(company.uscc) },
    boss,
    clerk,
    enterpriseId,
    by,
    open,
    fitFor,
    signedBy,
    sealAll,
    uses,
    /** of another process */
    another: (more: Partial<Stores['sealTasks']>) => createTaskRooms({ ...stores, sealTasks: { ...stores.sealTasks, ...more } }, clock, house, held),
  }
}

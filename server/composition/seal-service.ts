import { Router } from 'express'
import type { Trail } from '../audit/events.ts'
import type { Signatures } from '../authorization/ports.ts'
import { createSignedWords } from '../authorization/signed-words.ts'
import { workbenchPage } from '../authorization/workbench.ts'
import { actorOf, type Visit } from '../authorization/workbench-room.ts'
import { type Visits, visitsAs } from '../http/visits.ts'
import type { Authority } from '../kernel/authority.ts'
import { OWN_PAGES } from '../kernel/authority.ts'
import { type Clock, secondsUntil } from '../kernel/clock.ts'
import type { Sealing as Sealer } from '../kernel/sealing.ts'
import type { Certificate } from '../pki/certificate.ts'
import { readCarriedWords } from '../pki/revocation-carried.ts'
import { verifyTimestamp } from '../pki/timestamp.ts'
import { REMOTE_PROVIDER } from '../remote-signing/provider.ts'
import { createSealInterface, type SealInterface, type SealInterfaceDeps } from '../seals/api/interface.ts'
import type { SealFormat, SealJudge, SealPicture } from '../seals/contract.ts'
import { createSealJudge } from '../seals/judge.ts'
import { createSealLife, type SealLife } from '../seals/life/life.ts'
import { createSealMakers } from '../seals/life/maker-key.ts'
import type { Pictures, UsesOf } from '../seals/life/ports.ts'
import { createShowingPhone } from '../seals/life/show-phone.ts'
import { ofd } from '../seals/ofd/ofd.ts'
import { createSealPages } from '../seals/pages/routes.ts'
import { SHOW_PHONE } from '../seals/pages/show-phone-routes.ts'
import { taskPath } from '../seals/pages/task.ts'
import { sealPath } from '../seals/pages/words.ts'
import { pdf } from '../seals/pdf/pdf.ts'
import type { AskShown, PhoneAnswers, SealAsks } from '../seals/phone.ts'
import { drawNameChop } from '../seals/picture/chop.ts'
import { toPng } from '../seals/picture/png.ts'
import { drawRoundSeal } from '../seals/picture/round.ts'
import { toSvg } from '../seals/picture/svg.ts'
import { fromPng } from '../seals/picture/upload.ts'
import type { SealVerdict, SealVerdictOf, StampVerdictOf } from '../seals/ports.ts'
import { makeSeal } from '../seals/ses/make.ts'
import { readSeal } from '../seals/ses/seal.ts'
import { createSealingByPhone } from '../seals/tasks/by-phone.ts'
import { createExpertTasks, type ExpertSigning, type ExpertTasks } from '../seals/tasks/experts.ts'
import { createPlacing } from '../seals/tasks/placing.ts'
import type { SealDesk } from '../seals/tasks/ports.ts'
import { taskRoutes } from '../seals/tasks/routes.ts'
import { createSealing, type Sealing } from '../seals/tasks/sealing.ts'
import { createSealTasks, type SealTasks } from '../seals/tasks/tasks.ts'
import type { SealVisit } from '../seals/tasks/visit.ts'
import { createCmsValue } from '../seals/values/cms-value.ts'
import { createSesValue } from '../seals/values/ses-value.ts'
import { verifyApi, verifyPages } from '../seals/verify/routes.ts'
import { createVerification } from '../seals/verify/verification.ts'
import { xml } from '../seals/xml/xml.ts'
import { xmlValue } from '../seals/xml/xml-value.ts'
import type { Stores } from '../storage/stores.ts'
import type { CompanyShield } from '../storage/stores-seals.ts'
import type { Timestamps } from '../timestamps/timestamps.ts'
import { dayOf } from '../web/beijing.ts'
import type { Certificates } from './certificates.ts'
import { createSealEvidence } from './seal-evidence.ts'

/**
 * Joins what sealing needs of the house: whose power (authorization), which certificates (the trust list), when (our time-stamp authorities), who is there (the workbench). Owns nothing but the joining.
 */
export interface SealService {
  life: SealLife
  tasks: SealTasks
  sealing: Sealing
  experts: ExpertTasks
  /** what phones are asked here */
  phone: Record<'seal-list' | 'seal-shield', PhoneAnswers>
  /** sealing tasks that wait for this person, for the workbench's first page */
  waiting(
    who: { membershipId: string; enterpriseId: string },
    limit: number,
  ): Promise<{ path: string; title: { zh: string; en: string }; about: string }[]>
  /** within the workbench's door, at /seals */
  pages: Router
  /** for centers' programs, at /api/seals */
  centers: SealInterface
  /** at /api/seals:verify, before the same-site guard */
  verifyApi: Router
  verifyPages: Router
  /** the maker's certificates, at /seals */
  maker: Router
  /** for who signs documents otherwise than with a seal */
  formats: readonly SealFormat[]
  judge: SealJudge
}

export interface SealServiceDeps {
  stores: Stores
  sealing: Sealer
  signatures: Signatures
  register: Certificates['register']
  evidenceFor: Certificates['evidenceFor']
  authority: Authority
  timestamps: Pick<Timestamps, 'authority' | 'authorities' | 'stamp'>
  asks: SealAsks
  workbench: { visits: Visits<Visit>; told: Parameters<typeof createSealPages>[0]['told'] }
  /** remote signing, once it is open */
  experts(): ExpertSigning
  agentUrl: string
  publicUrl: string
  /** what the interface for centers' programs needs beyond that */
  centers: Pick<SealInterfaceDeps, 'authenticate' | 'mayReach' | 'meter' | 'fetch' | 'trace' | 'log'>
  trail: Trail
  clock: Clock
}

const FORMATS: readonly SealFormat[] = [pdf, ofd, xml]
const PICTURES: Pictures = { drawRoundSeal, drawNameChop, fromPng, toPng, toSvg }

export function openSealService(deps: SealServiceDeps): SealService {
  const { stores, sealing: sealer, signatures, register, authority, timestamps, workbench, agentUrl, trail, clock } = deps
  const centers = createSealInterface({ ...deps.centers, stores, sealing: sealer, trail, clock }, () => ({
    publicUrl: deps.publicUrl,
    formats: FORMATS,
    otherProviders: [REMOTE_PROVIDER],
    ...{ tasks, experts, life, usesOf },
    pictures: PICTURES,
    verification,
  }))
  const usesOf: UsesOf = async certificate => register.standingOf(certificate, { at: clock.now(), use: 'seal' }).uses
  const makers = createSealMakers({ store: stores.signingKeys, sealing: sealer, trail, clock })
  const words = createSignedWords({ signatures, store: stores.mandates, clock })

  const makerOf = (certificate: Certificate) => makers.makerOf(certificate.thumbprint)
  /** Our own maker stands beside the trust list: its root is made here, and published. */
  const verdictOf: SealVerdictOf = async (certificate, { at, use, proven, chain, evidence }) => {
    if (use === 'maker' && (await makerOf(certificate)) !== undefined) return { ok: true, reasons: [], revocation: { state: 'good' } }
    const verdict = await register.verdictOf(certificate, { at, use: 'seal', proven, chain, carried: readCarriedWords(evidence) })
    const { subject, reasons, revocation, uses, ca } = verdict
    return {
      ok: verdict.ok,
      ...(verdict.ok ? {} : { code: verdict.code }),
      reasons,
      // revoked later, which takes nothing back, is said all the same
      revocation: revocation.since === undefined ? { state: revocation.state } : { state: 'revoked', since: revocation.since },
      government: ca === undefined ? 'unknown' : uses.includes('government-seal') ? 'yes' : 'no',
      ...(subject?.name === undefined ? {} : { name: subject.name }),
      ...(subject?.uscc === undefined ? {} : { uscc: subject.uscc }),
    } satisfies SealVerdict
  }
  const stampVerdictOf: StampVerdictOf = async (token, data, evidence) => {
    const own = await timestamps.authorities()
    return verifyTimestamp({ token, of: { data }, roots: own.map(({ root }) => root), at: clock.now(), ...readCarriedWords(evidence) })
  }
  const judge = createSealJudge({ verdictOf, stampVerdictOf, clock })

  const life = createSealLife({
    store: stores.seals,
    people: stores.mandates,
    words,
    pictures: PICTURES,
    structure: { makeSeal, readSeal },
    maker: makers.maker,
    makerOf: makers.makerOf,
    usesOf,
    sealing: sealer,
    trail,
    clock,
    news: centers.sealNews,
  })

  const desk: SealDesk = {
    async ofCompany(enterpriseId, limit) {
      const rows = await stores.seals.ofEnterprise(enterpriseId, limit)
      return rows
        .filter(({ state }) => state === 'in-force')
        .map(({ id, name, kind }) => ({ id, name: kind === 'company' ? `${name}（公章）` : name }))
    },
    async inForce(enterpriseId, sealId, thumbprint) {
      const { row, der } = await life.inForce(enterpriseId, sealId, thumbprint)
      return { id: row.id, name: row.name, kind: row.kind, der, picture: JSON.parse(row.picture) as SealPicture }
    },
  }
  const tasks = createSealTasks({ stores, formats: FORMATS, trail, clock, news: centers.taskNews })
  const experts = createExpertTasks({ stores, tasks, signing: deps.experts, news: centers.taskNews, trail })
  const sealing = createSealing({
    stores,
    tasks,
    formats: FORMATS,
    seals: desk,
    signer: words,
    judge,
    valueFor(kind, seal, certificate) {
      if (kind === 'xmldsig') return xmlValue(certificate)
      if (kind === 'ses') return createSesValue({ seal: seal.der, certificate })
      // beside a file nothing else says when it was sealed
      return createCmsValue({ certificate, signingTime: kind === 'detached' })
    },
    use: authority.use,
    evidence: createSealEvidence({
      evidenceFor: deps.evidenceFor,
      makerOf,
      authorityFor: certificate => timestamps.authority(familyOf(certificate)),
      clock,
    }),
    stamp: (certificate, trace) => signature => timestamps.stamp(familyOf(certificate), signature, trace),
    trail,
    clock,
    news: centers.taskNews,
  })

  const shown = (found: Pick<AskShown, 'ask' | 'state'>): AskShown => ({
    ...found,
    address: `${deps.publicUrl}/phone/${found.ask.id}`,
    seconds: secondsUntil(found.ask.expiresAt, clock),
  })
  const byPhone = createSealingByPhone({ asks: deps.asks, tasks, sealing, signer: words, stores, clock })
  const showing = createShowingPhone({ asks: deps.asks, life, now: () => clock.now(), path: id => `${SHOW_PHONE}/${id}` })

  const pages = Router()
  pages.use(
    '/tasks',
    taskRoutes({
      tasks,
      sealing,
      placing: createPlacing({ store: stores.sealTasks, tasks, seals: desk, now: () => clock.now() }),
      seals: desk,
      tasksOf: (enterpriseId, limit, before) => stores.sealTasks.ofEnterprise(enterpriseId, limit, before),
      visits: visitsFor(workbench.visits),
      ...{ byPhone, shown },
      phonesOf: async ({ membershipId, trace }) => phonesOf(await life.shields({ membershipId, trace }), membershipId),
      agentUrl,
      home: { id: OWN_PAGES, name: '企业工作台' },
      now: () => clock.now(),
    }),
  )
  pages.use(
    createSealPages({
      life,
      store: stores.seals,
      people: stores.mandates,
      pictures: PICTURES,
      usesOf,
      clock,
      agentUrl,
      visits: workbench.visits,
      phone: { showing, shown },
      frame: (desk, page) => workbenchPage(desk, { ...page, place: 'seals' }),
      told: workbench.told,
    }),
  )
  const verification = createVerification({ formats: FORMATS, judge, clock })
  return {
    life,
    ...{ tasks, sealing, experts },
    async waiting({ membershipId, enterpriseId }, limit) {
      const [found, revoked] = await Promise.all([
        stores.sealTasks.waiting(enterpriseId, membershipId, clock.now(), limit),
        stores.seals.withRevoked(enterpriseId, limit),
      ])
      const tasks = found.map(({ id, title, center, count, urged }) => ({
        path: taskPath(id),
        title: { zh: '请您盖章', en: 'Documents to seal' },
        about: `${center.name} · ${title} · ${count} 个文件${urged === undefined ? '' : ` · 对方已催办 ${urged.times} 次`}`,
      }))
      const remakes = revoked.map(({ id, name }) => ({
        path: sealPath(id),
        title: { zh: '印章要重新制作', en: 'A seal to be remade' },
        about: `${name} · 名单里有证书已被吊销`,
      }))
      return [...tasks, ...remakes].slice(0, limit)
    },
    phone: { 'seal-list': byPhone.answers, 'seal-shield': showing.answers },
    pages,
    centers,
    verifyApi: verifyApi({ verification, trail }),
    verifyPages: verifyPages({ verification, trail }),
    maker: makers.router,
    ...{ formats: FORMATS, judge },
  }
}

const phonesOf = (shields: readonly CompanyShield[], membershipId: string) =>
  shields.flatMap(({ der, onPhone, membershipId: of, personName, notAfter, thumbprint }) =>
    der === undefined || onPhone !== true || of !== membershipId
      ? []
      : [{ der, name: `${personName}的手机 · 到 ${dayOf(notAfter)} · ${thumbprint.slice(0, 8)}` }],
  )

const familyOf = ({ keyName }: Certificate) => (keyName === 'SM2' ? 'sm2' : 'rsa')

/** The workbench's visits as those of a sealer. */
const visitsFor = (visits: Visits<Visit>): Visits<SealVisit> =>
  visitsAs(visits, visit => ({
    by: {
      ...actorOf(visit),
      enterpriseId: visit.facts.membership.enterpriseId,
      company: { uscc: visit.facts.membership.uscc, name: visit.facts.membership.enterpriseName },
      person: { id: visit.facts.membership.personId, name: visit.facts.membership.personName },
      trace: visit.by.trace,
    },
    representative: visit.desk.representative,
    frame: page => workbenchPage(visit.desk, { ...page, place: 'seals', inside: true }),
  }))

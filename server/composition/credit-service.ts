import type { Router } from 'express'
import { PLATFORM as CHANNEL_NAME } from '../../bank-adapters/channel/published.ts'
import type { Trail } from '../audit/events.ts'
import type { Signatures } from '../authorization/ports.ts'
import { createSignedWords } from '../authorization/signed-words.ts'
import { workbenchPage } from '../authorization/workbench.ts'
import { actorOf, type Visit } from '../authorization/workbench-room.ts'
import { type Consents, createConsents } from '../consents/consents.ts'
import { createConsentPages } from '../consents/pages/routes.ts'
import type { ConsentPerson } from '../consents/ports.ts'
import { createCreditInterface } from '../credit/api/interface.ts'
import { type BondConduct, createBondConduct, PLATFORM } from '../credit/facts/conduct.ts'
import { createFacts, type Facts } from '../credit/facts/facts.ts'
import { createModelRoutes } from '../credit/model/model-routes.ts'
import { createModels, type Models } from '../credit/model/models.ts'
import { createCreditPages } from '../credit/pages/routes.ts'
import { createRecalls, publishedRecall, type RecallDeps, type Recalls } from '../credit/recalls.ts'
import { createDaily, type Daily } from '../credit/report/daily.ts'
import { createReportKey, type ReportKey } from '../credit/report/key.ts'
import { createReports, type Reports } from '../credit/report/reports.ts'
import { type Visits, visitsAs } from '../http/visits.ts'
import type { InterfaceDeps } from '../interfaces/interface.ts'
import type { Authority } from '../kernel/authority.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Log } from '../kernel/log.ts'
import type { Sealing } from '../kernel/sealing.ts'
import { readUscc } from '../kernel/uscc.ts'
import type { Stores } from '../storage/stores.ts'
import { quietly } from './housekeeping.ts'

/** Joins what consents and credit need of the house: whose power (authorization), whose shield (signatures), who is there (the workbench). Owns nothing but the joining. */
export interface CreditService {
  consents: Consents
  facts: Facts
  reports: Reports
  /** what the room of bonds adds, and asks */
  conduct: BondConduct
  /** to banks by the data channel, to others for them to fetch */
  recalls: Recalls
  /** what banks are told, for the channel */
  sends: readonly object[]
  models: Models
  daily: Daily
  key: ReportKey
  /** within the workbench's door, at /credit and /consents */
  pages: { credit: Router; consents: Router }
  /** for programs, at /api/credit */
  centers: Router
  /** for the management port, at /credit */
  operator: Router
}

export interface CreditServiceDeps {
  stores: Stores
  sealing: Sealing
  signatures: Signatures
  authority: Authority
  workbench: { visits: Visits<Visit>; told: Parameters<typeof createConsentPages>[0]['told'] }
  agentUrl: string
  publicUrl: string
  centers: InterfaceDeps
  /** banks of the data channel, which may be given data too */
  lenders: readonly { id: string; name: string }[]
  /** how they are told */
  channel: Pick<RecallDeps, 'banks' | 'partyOf' | 'wake'>
  trail: Trail
  clock: Clock
  log: Log
}

/** registered parties among whom those that may be given data are looked for */
const MOST_CLIENTS = 1000

export function openCreditService(deps: CreditServiceDeps): CreditService {
  const { stores, sealing, signatures, workbench, agentUrl, trail, clock, log } = deps
  const store = stores.credit
  const recipients = async () =>
    [...(await stores.clients.list(MOST_CLIENTS)).filter(({ metadata }) => mayQuery(metadata)), ...deps.lenders].map(({ id, name }) => ({ id, name }))
  const names = async () => {
    const found = new Map([...deps.lenders, ...(await stores.clients.list(MOST_CLIENTS))].map(({ id, name }) => [id, name]))
    return (id: string) => (id === PLATFORM ? '本平台' : (found.get(id) ?? id))
  }
  const consents = createConsents({
    store: stores.dataConsents,
    authority: deps.authority,
    words: createSignedWords({ signatures, store: stores.mandates, clock }),
    intact: signatures.intact,
    recipients,
    clock,
    trail,
  })
  const models = createModels({ store, clock, audit: trail })
  const daily = createDaily({ store, models, clock })
  const recalls = createRecalls({ store, effects: stores.effects, sender: CHANNEL_NAME, clock, ...deps.channel })
  const facts = createFacts({
    store,
    signedBy: async signed => (await signatures.verify(signed)).certificate.thumbprint,
    async changed(subjects) {
      await quietly(log, 'the standing after a change', () => daily.now(subjects))
      await quietly(log, 'the recall of credit records', recalls.send)
    },
    clock,
    trail,
  })
  const key = createReportKey({ store: stores.signingKeys, sealing, clock })
  const reports = createReports({ store, models, useConsent: consents.use, consentStands: consents.stands, key, clock, trail })
  const pages = { agentUrl, told: workbench.told, names, clock }
  return {
    operator: createModelRoutes(models),
    ...{ consents, facts, reports, recalls, models, daily, key },
    sends: [publishedRecall],
    conduct: createBondConduct({ facts, store, clock }),
    pages: {
      consents: createConsentPages({ ...pages, consents, store: stores.dataConsents, recipients, visits: visitsFor(workbench.visits, 'consents') }),
      credit: createCreditPages({ ...pages, facts, reports, store, authority: deps.authority, visits: visitsFor(workbench.visits, 'credit') }),
    },
    centers: createCreditInterface(deps.centers, { publicUrl: deps.publicUrl, facts, reports, recalls, store, key, trail }),
  }
}

/** Whoever is registered to ask for reports may be given them, and nobody else is offered. */
const mayQuery = ({ scope }: Readonly<Record<string, unknown>>): boolean => typeof scope === 'string' && scope.split(' ').includes('credit.read')

/** What both rooms' pages know of a visit. */
type CreditVisit = ConsentPerson & { frame(page: Omit<Parameters<typeof workbenchPage>[1], 'place'>): string }

const visitsFor = (visits: Visits<Visit>, place: 'credit' | 'consents'): Visits<CreditVisit> =>
  visitsAs(visits, visit => ({
    actor: actorOf(visit),
    membership: { ...visit.facts.membership, uscc: readUscc(visit.facts.membership.uscc) },
    trace: visit.by.trace,
    frame: page => workbenchPage(visit.desk, { ...page, place }),
  }))

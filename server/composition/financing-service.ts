import type { Router } from 'express'
import { PLATFORM } from '../../bank-adapters/channel/published.ts'
import type { Trail } from '../audit/events.ts'
import { workbenchPage } from '../authorization/workbench.ts'
import { actorOf, type Visit } from '../authorization/workbench-room.ts'
import type { Readings } from '../bonds/readings.ts'
import type { MessageType } from '../channel/types.ts'
import type { Config } from '../config.ts'
import { createDealInterface } from '../financing/api/interface.ts'
import { createFinancing, type FinancingRoom } from '../financing/financing.ts'
import type { FinancingPagesDeps, FinancingVisit } from '../financing/pages/ports.ts'
import { createFinancingPages } from '../financing/pages/routes.ts'
import { type Visits, visitsAs } from '../http/visits.ts'
import type { InterfaceDeps } from '../interfaces/interface.ts'
import type { Authority } from '../kernel/authority.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Sealing } from '../kernel/sealing.ts'
import { readUscc } from '../kernel/uscc.ts'
import type { Stores } from '../storage/stores.ts'
import type { Words } from '../web/words.ts'
import type { Parties } from './channel-parties.ts'
import type { CreditService } from './credit-service.ts'

/** Joins deals and financing with the house: bonds that tell of winners, consents and credit reports, the banks of the data channel. Owns nothing but the joining. */
export interface FinancingService {
  room: FinancingRoom
  /** what banks say, for the channel */
  messages: readonly MessageType[]
  /** within the workbench's door, at /financing */
  pages: Router
  /** for centers' programs, at /api/deals */
  centers: Router
}

export function openFinancing(deps: {
  config: Pick<Config, 'agentUrl' | 'publicUrl'>
  parties: Parties
  stores: Stores
  sealing: Sealing
  readings: Readings
  credit: Pick<CreditService, 'consents' | 'reports'>
  use: Authority['use']
  workbench: { visits: Visits<Visit>; told: FinancingPagesDeps['told'] }
  centers: InterfaceDeps
  bankName(id: string): Words
  centerName(id: string): Promise<string>
  /** there are messages to banks to send */
  send(): Promise<void>
  trail: Trail
  clock: Clock
}): FinancingService {
  const { config, parties, centerName, stores, sealing, readings, credit, trail, clock } = deps
  const room = createFinancing({
    ...{ sealing, clock, trail, centerName, effects: stores.effects, store: stores.financing, sender: PLATFORM },
    partyOf: parties.of,
    banks: () => parties.reachable().map(({ name }) => name),
    useConsent: credit.consents.use,
    consentStands: credit.consents.stands,
    use: deps.use,
    wake: () => void deps.send(),
    async bondOf(uscc, bondId) {
      const { bond } = await readings.oneOf(uscc, bondId)
      return { fen: bond.demandedFen, isWaited: bond.state === 'expected' }
    },
    async creditReport({ uscc, recipient, project }, trace) {
      const asked = { kind: 'bidder' as const, subject: uscc, report: 'bid' as const, recipient, project, purpose: 'financing' as const }
      const { document, consentId = '', useNumber = 0 } = await credit.reports.give(asked, trace)
      return { document, consent: consentId, use: useNumber }
    },
  })
  return {
    room,
    messages: room.types,
    pages: createFinancingPages({
      ...room,
      ...{ clock, centerName, consents: credit.consents, bankName: deps.bankName, agentUrl: config.agentUrl, told: deps.workbench.told },
      visits: visitsFor(deps.workbench.visits),
    }),
    centers: createDealInterface(deps.centers, {
      publicUrl: config.publicUrl,
      deals: room.deals,
      trail,
      async winnerOf({ center, section: sectionId, bond }) {
        const [seen] = await readings.ofSection({ sectionId, center }).some([bond])
        const section = seen === undefined ? undefined : await stores.bonds.section(sectionId)
        const project = section === undefined ? undefined : await stores.bonds.project(section.projectId)
        if (seen?.bidder === undefined || section === undefined || project === undefined) return undefined
        const { uscc, name } = seen.bidder
        return { winner: { uscc, name }, project: project.code, title: project.title, section: section.name }
      },
    }),
  }
}

const visitsFor = (visits: Visits<Visit>): Visits<FinancingVisit> =>
  visitsAs(visits, visit => ({
    actor: actorOf(visit),
    membership: { ...visit.facts.membership, uscc: readUscc(visit.facts.membership.uscc) },
    trace: visit.by.trace,
    frame: page => workbenchPage(visit.desk, { ...page, place: 'financing' }),
  }))

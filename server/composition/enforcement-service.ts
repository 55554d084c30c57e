import type { Router } from 'express'
import type { Trail } from '../audit/events.ts'
import { workbenchPage } from '../authorization/workbench.ts'
import type { Visit } from '../authorization/workbench-room.ts'
import { createEnforcementInterface } from '../enforcement/api/interface.ts'
import { createFileRoutes } from '../enforcement/file-routes.ts'
import { createMeasures } from '../enforcement/measures.ts'
import { MEASURES } from '../enforcement/pages/list.ts'
import { createMeasurePages, type MeasureVisit } from '../enforcement/pages/routes.ts'
import { createRestrictions } from '../enforcement/restricting.ts'
import { type Visits, visitsAs } from '../http/visits.ts'
import type { InterfaceDeps } from '../interfaces/interface.ts'
import type { Clock } from '../kernel/clock.ts'
import type { AskRestrictions } from '../kernel/restrictions.ts'
import { readUscc } from '../kernel/uscc.ts'
import type { Stores } from '../storage/stores.ts'

/** Joins measures of joint punishment with the house: which region a center is of, who is there (the workbench), the door for programs. Owns nothing but the joining. */
export interface EnforcementService {
  /** within the workbench's door, at /measures */
  pages: Router
  /** for programs, at /api/enforcement */
  centers: Router
  /** for the management port, at /enforcement */
  operator: Router
  /** measures in force, for the workbench's first page */
  waiting(uscc: string, limit: number): Promise<{ path: string; title: { zh: string; en: string }; about: string }[]>
}

type Clients = readonly { id: string; metadata: Readonly<Record<string, unknown>> }[]

/** Made before the rooms that ask it. A center's metadata may tell its `region_code` (GB/T 2260). */
export function openRestrictions(stores: Pick<Stores, 'measures'>, clients: Clients): AskRestrictions {
  const regions = new Map(
    clients.flatMap(({ id, metadata }) => (typeof metadata['region_code'] === 'string' ? [[id, metadata['region_code']] as const] : [])),
  )
  return createRestrictions({ store: stores.measures, regionOf: center => regions.get(center) })
}

/** registered parties whose names are looked up */
const MOST_CLIENTS = 1000

export function openEnforcement(deps: {
  stores: Pick<Stores, 'measures' | 'clients'>
  restrictions: AskRestrictions
  visits: Visits<Visit>
  publicUrl: string
  centers: InterfaceDeps
  trail: Trail
  clock: Clock
}): EnforcementService {
  const { stores, restrictions, publicUrl, trail, clock } = deps
  const store = stores.measures
  const measures = createMeasures({ store, clock, trail })
  return {
    pages: createMeasurePages({
      store,
      visits: visitsFor(deps.visits),
      async names() {
        const found = new Map((await stores.clients.list(MOST_CLIENTS)).map(({ id, name }) => [id, name]))
        return id => found.get(id) ?? id
      },
      clock,
    }),
    centers: createEnforcementInterface(deps.centers, { publicUrl, measures, restrictions, store, trail }),
    operator: createFileRoutes({ measures, store }),
    waiting: async (uscc, limit) =>
      (await store.counting(readUscc(uscc))).slice(0, limit).map(({ terms }) => ({
        path: MEASURES,
        title: { zh: '有生效中的惩戒措施', en: 'A measure is in force against the company' },
        about: `${terms.list} – ${terms.until}`,
      })),
  }
}

const visitsFor = (visits: Visits<Visit>): Visits<MeasureVisit> =>
  visitsAs(visits, ({ facts: { membership }, desk }) => ({
    uscc: readUscc(membership.uscc),
    frame: page => workbenchPage(desk, { ...page, place: 'credit' }),
  }))

import type { Response, Router } from 'express'
import { WORKBENCH, workbenchPage } from '../authorization/workbench.ts'
import { whoIs } from '../authorization/workbench-access.ts'
import type { Visit } from '../authorization/workbench-room.ts'
import { createContacts } from '../contacts/contacts.ts'
import { createDelivery } from '../contacts/delivery.ts'
import { type ContactVisit, createContactPages } from '../contacts/pages/routes.ts'
import type { ContactDeps, PersonNotice } from '../contacts/ports.ts'
import { createPersonTelling, type PersonTelling } from '../contacts/telling.ts'
import { type Visits, visitsAs } from '../http/visits.ts'
import type { Authority } from '../kernel/authority.ts'
import { readUscc, type Uscc } from '../kernel/uscc.ts'
import type { Stores } from '../storage/stores.ts'
import type { Words } from '../web/words.ts'

/** Joins how persons are reached with the house: who still acts for a company (authorization), who is there (the workbench), what there is to tell (the rooms that tell). Owns nothing but the joining. */
export interface ContactService {
  tell: PersonTelling['tell']
  /** within the workbench's door, at /contact */
  pages: Router
  /** what was given up or left lying is taken up again: every few minutes, on any number of processes */
  work(): Promise<void>
}

export interface ContactServiceDeps extends Omit<ContactDeps, 'stores' | 'due'> {
  stores: Stores
  authority: Pick<Authority, 'decide'>
  visits: Visits<Visit>
  told(res: Response, thrown: unknown): Promise<{ words: Words }>
  /** what there is to tell a company's people at this moment */
  standing(uscc: Uscc): Promise<PersonNotice[]>
}

export async function openContacts(given: ContactServiceDeps): Promise<ContactService> {
  const { stores, authority, standing } = given
  /** Whoever the workbench would let in. */
  async function due(membershipId: string): Promise<PersonNotice[]> {
    const facts = await stores.mandates.facts(membershipId)
    if (facts === undefined || facts.membership.suspended) return []
    const named = whoIs(facts).representative || facts.membership.byBank
    const decision = named ? undefined : await authority.decide({ membershipId, assurance: 'shield' }, { act: 'login', center: WORKBENCH })
    return decision?.kind === 'deny' ? [] : await standing(readUscc(facts.membership.uscc))
  }
  const deps = { ...given, due }
  const delivery = createDelivery(deps)
  const telling = createPersonTelling({ ...deps, delivery })
  await delivery.start()
  return {
    tell: telling.tell,
    pages: createContactPages({
      contacts: createContacts({ ...deps, delivery }),
      async confirmed(address) {
        for (const notice of await due(address.membershipId)) await telling.tellOne(address, notice)
      },
      visits: visitsFor(given.visits),
      told: given.told,
    }),
    work: delivery.work,
  }
}

const visitsFor = (visits: Visits<Visit>): Visits<ContactVisit> =>
  visitsAs(visits, ({ by, desk }) => ({
    ...by,
    frame: page => workbenchPage(desk, { ...page, place: 'contact' }),
  }))

import type { Request, Response } from 'express'
import type { Trail } from '../audit/events.ts'
import { contextOf } from '../http/context.ts'
import type { SignedCookies } from '../http/cookies.ts'
import { offerOnFailure } from '../http/respond.ts'
import type { Visits } from '../http/visits.ts'
import type { Assurance } from '../kernel/assurance.ts'
import { type Actor, type Authority, EXPERT_PAGES, OWN_PAGES } from '../kernel/authority.ts'
import type { Clock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import type { Stores } from '../storage/stores.ts'
import type { AuthorityFacts } from '../storage/stores-authorization.ts'
import type { Membership, Proof } from '../storage/stores-parties.ts'
import type { Words } from '../web/words.ts'
import type { Approvals } from './approvals.ts'
import type { Asks } from './asks.ts'
import type { CompanyRecord } from './company-record.ts'
import type { Mandates, MandateView, Person } from './mandates.ts'
import type { Desk } from './pages/frame.ts'
import type { AskedLine } from './pages/overview.ts'
import type { Signatures } from './ports.ts'
import { refusedTo, type Who, type Wish, whoIs } from './workbench-access.ts'

/** What the parts of the company workbench are given, and how each of its requests begins: who is there, for which company, and what they may. */
export interface WorkbenchDeps {
  authority: Pick<Authority, 'decide'>
  mandates: Mandates
  approvals: Pick<Approvals, 'ofAsks' | 'requested' | 'view' | 'progress' | 'answer'>
  asks: Pick<Asks, 'inbox'>
  record: CompanyRecord
  signatures: Pick<Signatures, 'intact' | 'digest'>
  /** what waits for this person in other rooms, such as documents to be sealed */
  elsewhere(who: { membershipId: string; enterpriseId: string; uscc: string }, limit: number): Promise<AskedLine[]>
  stores: Pick<Stores, 'mandates' | 'parties' | 'clients'>
  /** the person at the browser, by the provider's session (provider/visitor.ts) */
  visitor(req: Request, res: Response): Promise<{ membership: Membership; proof: Proof } | undefined>
  cookies: SignedCookies
  trail: Trail
  clock: Clock
  /** scheme, host and port, as the browser sees us */
  publicUrl: string
  /** ws: or wss: address of the local shield agent */
  agentUrl: string
  bankName(id: string): Words
}

/** The workbench as a relying party of ours. */
export const WORKBENCH = OWN_PAGES
export const workbenchClient = (publicUrl: string) => ({
  id: WORKBENCH,
  name: '企业工作台',
  metadata: {
    // nothing is redeemed: the code only says that the login ended well, and the provider's session says who is there
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code'],
    redirect_uris: [`${publicUrl}/workbench/in`],
    scope: 'openid enterprise person',
  },
})

/** One request of a person who is logged in. */
export interface Visit {
  by: Person
  facts: AuthorityFacts
  /** how strongly this login was proven */
  assurance: Assurance
  /** as in Actor: the bank of this login does not name the person for the company */
  byMandate: boolean
  /** thumbprint of the shield that this login was proven by */
  shield?: string
  who: Who
  desk: Desk
}

/** Who acts in it, as the one decision asks. */
export const actorOf = ({ by, assurance, byMandate }: Pick<Visit, 'by' | 'assurance' | 'byMandate'>): Actor => ({
  membershipId: by.membershipId,
  assurance,
  ...(byMandate ? { byMandate: true as const } : {}),
})

export interface WorkbenchVisits extends Visits<Visit> {
  /** @throws BrokerError when the login ended well and the person may all the same not come in */
  entered(req: Request, res: Response): Promise<void>
}

export function createVisits(deps: WorkbenchDeps, sendToLogin: (req: Request, res: Response) => void): WorkbenchVisits {
  async function visitOf(req: Request, res: Response): Promise<Visit | undefined> {
    offerOnFailure(res, { restart: { href: '/workbench', label: { zh: '返回企业工作台', en: 'Back to the workbench' } } })
    const found = await deps.visitor(req, res)
    if (found === undefined) return undefined
    const { trace } = contextOf(res)
    const by = { membershipId: found.membership.id, trace }
    const facts = await deps.stores.mandates.facts(by.membershipId)
    if (facts === undefined || facts.membership.suspended) throw new BrokerError('membership_suspended', 'no such membership, or a suspended one')
    const who = whoIs(facts)
    if (!who.representative && !facts.membership.byBank) {
      // only a mandate brings this person here, and it may have ended since the login
      const decision = await deps.authority.decide(
        { membershipId: by.membershipId, assurance: found.proof.assurance },
        { act: 'login', center: WORKBENCH },
      )
      if (decision.kind === 'deny') throw new BrokerError(decision.code, `the workbench is closed to this person: ${decision.facts}`)
    }
    const { membership } = facts
    const desk = {
      company: { name: membership.enterpriseName, uscc: membership.uscc },
      person: membership.personName,
      representative: who.representative,
      trace,
    }
    return {
      by,
      facts,
      assurance: found.proof.assurance,
      byMandate: found.proof.mandate !== undefined,
      ...(found.proof.certificate === undefined ? {} : { shield: found.proof.certificate.thumbprint }),
      who,
      desk,
    }
  }
  return {
    page: show => async (req, res) => {
      const visit = await visitOf(req, res)
      if (visit === undefined) return sendToLogin(req, res)
      await show(visit, req, res)
    },
    act: perform => async (req, res) => {
      const visit = await visitOf(req, res)
      if (visit === undefined) throw new BrokerError('workbench_login_needed', 'a form came without a session')
      await perform(visit, req, res)
    },
    async entered(req, res) {
      if ((await visitOf(req, res)) === undefined) throw new BrokerError('workbench_login_needed', 'the login ended without a session')
    },
  }
}

/** @throws BrokerError with the code of the refusal */
export function demand(who: Who, wish: Wish): void {
  const code = refusedTo(who, wish)
  if (code !== undefined) throw new BrokerError(code, `not for this person: ${typeof wish === 'string' ? wish : Object.keys(wish).join()}`)
}

/** A mandate that this person may see. @throws BrokerError mandate_unknown */
export async function mandateFor({ mandates }: WorkbenchDeps, visit: Visit, id: string): Promise<MandateView> {
  const view = await mandates.view(visit.by, id)
  demand(visit.who, { see: view })
  return view
}

export type CenterNames = (id: string) => string
/** at most so many centers are offered by name, and looked up at once */
const MOST_CENTERS = 200

/** The trading centers of the register, our own pages left out. */
export async function centersOf({ stores }: WorkbenchDeps): Promise<{ list: { id: string; name: string }[]; name: CenterNames }> {
  const rows = await stores.clients.list(MOST_CENTERS)
  const names = new Map(rows.map(({ id, name }) => [id, name]))
  return {
    list: rows.filter(({ id }) => id !== WORKBENCH && id !== EXPERT_PAGES).map(({ id, name }) => ({ id, name })),
    name: id => names.get(id) ?? id,
  }
}

// a body parser before the handler makes Express' types forget the path's parameters
export const idOf = ({ params }: Request): string => {
  const { id } = params
  return typeof id === 'string' ? id : ''
}

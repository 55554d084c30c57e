import type { Request, Response } from 'express'
import type { Trail } from '../audit/events.ts'
import { contextOf } from '../http/context.ts'
import type { OwnLogin } from '../http/own-login.ts'
import { offerOnFailure } from '../http/respond.ts'
import type { Visits } from '../http/visits.ts'
import { whereabouts } from '../http/whereabouts.ts'
import { EXPERT_PAGES } from '../kernel/authority.ts'
import { BrokerError } from '../kernel/errors.ts'
import type { Membership, Proof } from '../storage/stores-parties.ts'
import type { Signer } from './ports.ts'

/** How each request of a person who is logged in at the experts' pages begins. The person counts, not the company that the login names. */
export interface ExpertVisits extends Visits<Signer> {
  /** @throws BrokerError when the login ended well and there is no session all the same */
  entered(req: Request, res: Response): Promise<void>
}

export const EXPERTS = EXPERT_PAGES
export const HOME = '/experts'
/** The experts' pages as a relying party of ours. */
export const expertsClient = (publicUrl: string) => ({
  id: EXPERTS,
  name: '专家云签',
  metadata: {
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code'],
    redirect_uris: [`${publicUrl}${HOME}/in`],
    scope: 'openid enterprise person',
  },
})

export interface VisitDeps {
  /** the person at the browser, by the provider's session (provider/visitor.ts) */
  visitor(req: Request, res: Response): Promise<{ membership: Membership; proof: Proof } | undefined>
  login: OwnLogin
  trail: Trail
}

export function createExpertVisits({ visitor, login }: VisitDeps): ExpertVisits {
  async function signerOf(req: Request, res: Response): Promise<Signer | undefined> {
    offerOnFailure(res, { restart: { href: HOME, label: { zh: '返回专家云签', en: 'Back to remote signing' } } })
    const found = await visitor(req, res)
    if (found === undefined) return undefined
    const { membership, proof } = found
    const { id, bank, assurance, authenticatedAt } = proof
    return {
      personId: membership.person.id,
      personName: membership.person.name,
      membershipId: membership.id,
      proof: { id, bank, assurance, authenticatedAt },
      from: whereabouts(req),
      trace: contextOf(res).trace,
    }
  }
  return {
    page: show => async (req, res) => {
      const signer = await signerOf(req, res)
      if (signer === undefined) return login.send(req, res)
      await show(signer, req, res)
    },
    act: perform => async (req, res) => {
      const signer = await signerOf(req, res)
      if (signer === undefined) throw new BrokerError('workbench_login_needed', 'a form came without a session')
      await perform(signer, req, res)
    },
    async entered(req, res) {
      if ((await signerOf(req, res)) === undefined) throw new BrokerError('workbench_login_needed', 'the login ended without a session')
    },
  }
}

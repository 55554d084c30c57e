import type { Request, Response } from 'express'
import type { Challenge } from '../../bank-adapters/contract.ts'
import { allowOnPage } from '../http/headers.ts'
import { unreachable } from '../kernel/unreachable.ts'
import type { LoginRecord, Membership, PartyStore } from '../storage/stores.ts'
import type { Browser } from './browser.ts'
import type { Step } from './dispatch.ts'
import { type Current, type Flow, memberOf, proofOf } from './flow.ts'
import { chooserPage } from './pages/chooser.ts'
import { companyPage } from './pages/company.ts'
import { consentPage } from './pages/consent.ts'
import { postFormPage } from './pages/post-form.ts'
import { shieldPage } from './pages/shield.ts'
import { stepUpPage } from './pages/step-up.ts'
import type { LoginBank, LoginDeps } from './room.ts'

/** From a step to what the browser gets: a page, or the way on. Also admits to each page the addresses its forms may end at. */
export interface Render {
  step(req: Request, res: Response, at: Current, step: Exclude<Step, { kind: 'bind' }>): Promise<void>
  challenge(res: Response, record: LoginRecord, bank: LoginBank, challenge: Challenge): void
}

export function createRender(deps: LoginDeps, parts: { flow: Flow; browser: Browser }): Render {
  const { banks, connectors, describeClaims } = deps
  const { flow, browser } = parts

  /** Browsers hold form-action against every redirect after a form, and a form here may end at any bank or, with a session there, at the center. */
  function send(res: Response, record: LoginRecord, page: string, more: { connect?: string[]; formTargets?: readonly string[] } = {}): void {
    const everywhere = [...record.request.clientOrigins, ...[...banks.values()].flatMap(({ origins }) => origins), ...(more.formTargets ?? [])]
    allowOnPage(res, { formTargets: everywhere.filter(isWeb), connect: more.connect ?? [] })
    res.type('html').send(page)
  }

  function chooser(req: Request, res: Response, { record }: Current): void {
    const rows = [...banks.values()].map(({ data: { id, name, mark, search, protocol } }) => ({
      id,
      name,
      mark,
      search,
      method: protocol === 'shield' ? ('shield' as const) : ('redirect' as const),
      up: connectors.isUp(id),
    }))
    const view = {
      loginId: record.id,
      center: record.request.clientName,
      banks: rows,
      remembered: browser.choice(req, res, 'bank'),
      trace: record.trace,
    }
    send(res, record, chooserPage(view))
  }

  function challenge(res: Response, record: LoginRecord, { data }: LoginBank, asked: Challenge): void {
    switch (asked.kind) {
      case 'redirect':
        res.redirect(303, asked.url)
        break
      case 'post-form':
        send(res, record, postFormPage({ url: asked.url, fields: asked.fields, bank: data, trace: record.trace }), { formTargets: [asked.url] })
        break
      case 'sign': {
        const { text, agentUrl, issuers } = asked
        const view = { loginId: record.id, center: record.request.clientName, bank: data, agentUrl, text, issuers, trace: record.trace }
        send(res, record, shieldPage(view), { connect: agentOrigins(agentUrl) })
        break
      }
      default:
        unreachable(asked)
    }
  }

  function company(req: Request, res: Response, { record }: Current): void {
    const { identity } = record
    const view = {
      loginId: record.id,
      center: record.request.clientName,
      person: identity?.person.name ?? '',
      companies: identity?.seats ?? [],
      remembered: browser.choice(req, res, 'company'),
      trace: record.trace,
    }
    send(res, record, companyPage(view))
  }

  async function consent(res: Response, at: Current): Promise<void> {
    const { record } = at
    const membership = at.membership?.id === memberOf(at) ? at.membership : await membershipOf(deps.stores.parties, memberOf(at))
    const claims = describeClaims(record.request.scopes, { proof: proofOf(at), membership })
    const view = {
      loginId: record.id,
      center: record.request.clientName,
      person: membership.person.name,
      enterprise: membership.enterprise,
      claims,
      trace: record.trace,
    }
    send(res, record, consentPage(view))
  }

  return {
    challenge,
    async step(req, res, at, step) {
      const { record } = at
      switch (step.kind) {
        case 'choose-bank':
          return chooser(req, res, at)
        case 'authenticate':
          return challenge(res, record, flow.bank(step.bank), await flow.begin(req, res, at, step.bank))
        case 'step-up': {
          const { center, bank } = { center: record.request.clientName, bank: flow.bank(step.bank).data }
          return send(res, record, stepUpPage({ loginId: record.id, center, bank, has: step.has, needs: record.request.needs, trace: record.trace }))
        }
        case 'choose-enterprise':
          return company(req, res, at)
        case 'consent':
          return consent(res, at)
        case 'issue':
          return flow.finish(res, at)
        case 'issued':
        case 'refused':
          return res.redirect(303, record.request.returnTo)
        default:
          return unreachable(step)
      }
    },
  }
}

async function membershipOf(parties: PartyStore, id: string): Promise<Membership> {
  const found = await parties.membership(id)
  if (found === undefined) throw new Error(`membership ${id} was there a moment ago`)
  return found
}

const isWeb = (address: string): boolean => /^https?:\/\//.test(address)

/** The page's script speaks to the agent over its socket, and asks its status over HTTP at the same place. */
const agentOrigins = (agentUrl: string): string[] => [agentUrl, agentUrl.replace(/^ws/, 'http')]

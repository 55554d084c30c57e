import type { Request, Response } from 'express'
import type { Challenge } from '../../bank-adapters/contract.ts'
import { seeOther, sendPage } from '../http/answers.ts'
import { allowOnPage } from '../http/headers.ts'
import { secondsUntil } from '../kernel/clock.ts'
import { failures } from '../kernel/failures.ts'
import { unreachable } from '../kernel/unreachable.ts'
import type { AskStatus } from '../storage/stores-authorization.ts'
import type { LoginRecord } from '../storage/stores-logins.ts'
import type { Authorizing } from './authorizing.ts'
import type { Browser } from './browser.ts'
import { type Current, membershipOf, proofOf } from './current.ts'
import { needsOf, type Step } from './dispatch.ts'
import type { Flow } from './flow.ts'
import { chooserPage } from './pages/chooser.ts'
import { companyPage } from './pages/company.ts'
import { consentPage } from './pages/consent.ts'
import { phonePage } from './pages/phone.ts'
import { postFormPage } from './pages/post-form.ts'
import { reminderPage } from './pages/reminder.ts'
import { shieldPage } from './pages/shield.ts'
import { stepUpPage } from './pages/step-up.ts'
import type { LoginBank, LoginDeps } from './room.ts'

/** From a step to what the browser gets: a page, or the way on. Also admits to each page the addresses its forms may end at. */
export interface Render {
  step(req: Request, res: Response, at: Current, step: Exclude<Step, { kind: 'bind' }>): Promise<void>
  challenge(res: Response, record: LoginRecord, bank: LoginBank, challenge: Challenge): void
  /** the code to scan, and where it stands */
  phone(res: Response, record: LoginRecord, asked: AskStatus): void
}

export function createRender(deps: LoginDeps, parts: { flow: Flow; browser: Browser; authorizing: Authorizing }): Render {
  const { banks, connectors, describeClaims } = deps
  const { flow, browser, authorizing } = parts

  /** Browsers hold form-action against every redirect after a form, and a form here may end at any bank or, with a session there, at the center. */
  function send(res: Response, record: LoginRecord, page: string, more: { connect?: string[]; formTargets?: readonly string[] } = {}): void {
    const everywhere = [...record.request.clientOrigins, ...[...banks.values()].flatMap(({ origins }) => origins), ...(more.formTargets ?? [])]
    allowOnPage(res, { formTargets: everywhere.filter(isWeb), connect: more.connect ?? [] })
    sendPage(res, page)
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
        seeOther(res, asked.url)
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
    const membership = await membershipOf(at, deps.stores.parties)
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

  async function reminder(res: Response, at: Current): Promise<void> {
    const { record } = at
    const { id: membershipId, enterprise } = await membershipOf(at, deps.stores.parties)
    const reminders = await deps.reminders.of({ membershipId, uscc: enterprise.uscc })
    const { name } = enterprise
    send(res, record, reminderPage({ loginId: record.id, center: record.request.clientName, enterprise: name, reminders, trace: record.trace }))
  }

  function phone(res: Response, record: LoginRecord, { ask, state }: AskStatus): void {
    const id = record.attempt?.bank ?? [...banks.values()].find(({ data }) => data.protocol === 'shield')?.data.id ?? ''
    const view = {
      loginId: record.id,
      center: record.request.clientName,
      bank: flow.bank(id).data,
      ask: { id: ask.id, number: ask.number, text: ask.text ?? '' },
      state,
      why: state === 'refused' ? failures[ask.failure ?? 'ask_refused'] : undefined,
      seconds: secondsUntil(ask.expiresAt, deps.clock),
      address: `${deps.publicUrl}/phone/${ask.id}`,
      trace: record.trace,
    }
    send(res, record, phonePage(view))
  }

  return {
    challenge,
    phone,
    async step(req, res, at, step) {
      const { record } = at
      switch (step.kind) {
        case 'choose-bank':
          return chooser(req, res, at)
        case 'authenticate':
          return challenge(res, record, flow.bank(step.bank), await flow.begin(req, res, at, step.bank))
        case 'step-up': {
          const { center, bank } = { center: record.request.clientName, bank: flow.bank(step.bank).data }
          const { raised, identity } = record
          const why = raised && { code: raised.why, company: companyNamed(at, raised.uscc, identity) }
          return send(res, record, stepUpPage({ loginId: record.id, center, bank, has: step.has, needs: needsOf(record), why, trace: record.trace }))
        }
        case 'choose-enterprise':
          return company(req, res, at)
        case 'consent':
          return consent(res, at)
        case 'remind':
          return reminder(res, at)
        case 'authorize': {
          const shown = await authorizing.show(at)
          if (shown === undefined) return flow.settle(res, at)
          res.statusCode = shown.status
          return send(res, at.record, shown.page, { connect: shown.agentUrl === undefined ? [] : agentOrigins(shown.agentUrl) })
        }
        case 'issue':
          return flow.finish(res, at)
        case 'issued':
        case 'refused':
          return seeOther(res, record.request.returnTo)
        default:
          return unreachable(step)
      }
    },
  }
}

/** the company's name: of the bank or the session */
const companyNamed = ({ membership }: Current, uscc: string, identity: LoginRecord['identity']): string =>
  identity?.seats.find(seat => seat.uscc === uscc)?.name ?? membership?.enterprise.name ?? uscc

const isWeb = (address: string): boolean => /^https?:\/\//.test(address)

/** The page's script speaks to the agent over its socket, and asks its status over HTTP at the same place. */
const agentOrigins = (agentUrl: string): string[] => [agentUrl, agentUrl.replace(/^ws/, 'http')]

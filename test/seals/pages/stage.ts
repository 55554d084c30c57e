import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type Request, type Response } from 'express'
import { createAsks } from '../../../server/authorization/asks.ts'
import { workbenchPage } from '../../../server/authorization/pages/frame.ts'
import { requestContext } from '../../../server/http/context.ts'
import { securityHeaders } from '../../../server/http/headers.ts'
import { errorHandler, notFound } from '../../../server/http/respond.ts'
import { tellRefusal } from '../../../server/http/tell-refusal.ts'
import type { Visits } from '../../../server/http/visits.ts'
import { BrokerError } from '../../../server/kernel/errors.ts'
import { silentLog } from '../../../server/kernel/log.ts'
import { isRepresentative, type LifeDeps } from '../../../server/seals/life/room.ts'
import { createShowingPhone } from '../../../server/seals/life/show-phone.ts'
import type { Visit } from '../../../server/seals/pages/ports.ts'
import { createSealPages } from '../../../server/seals/pages/routes.ts'
import { assetsRouter } from '../../../server/web/assets.ts'
import type { Somebody, Stage } from '../life/stage.ts'

/** The seal pages over real HTTP in the workbench's own frame. Who sits at the browser is told by a header, in the place of the provider's session. */
export async function serveSealPages(stage: Stage, { pictures }: { pictures?: LifeDeps['pictures'] } = {}) {
  const { clock, stores, life, deps } = stage
  const app = express()
  const asks = createAsks({ store: stores.asks, signals: stores.signals, trail: deps.trail, clock })
  app.use(requestContext({ clock, log: silentLog }), securityHeaders({ https: false }))
  app.use('/assets', assetsRouter())
  let who: string | undefined
  async function visitOf(req: Request): Promise<Visit | undefined> {
    const membershipId = String(req.headers['x-visitor'] ?? who ?? '')
    const facts = await stores.mandates.facts(membershipId)
    if (facts === undefined) return undefined
    const { enterpriseName, uscc, personName } = facts.membership
    const desk = { company: { name: enterpriseName, uscc }, person: personName, representative: isRepresentative(facts), trace: 'K7QM-3F9T' }
    return { by: { membershipId, trace: 'K7QM-3F9T' }, facts, desk }
  }
  const visits: Visits<Visit> = {
    page: show => async (req, res) => {
      const visit = await visitOf(req)
      if (visit === undefined) return res.redirect('/login')
      await show(visit, req, res)
    },
    act: perform => async (req, res) => {
      const visit = await visitOf(req)
      if (visit === undefined) throw new BrokerError('workbench_login_needed', 'a form came without a session')
      await perform(visit, req, res)
    },
  }
  app.use(
    '/workbench/seals',
    createSealPages({
      life,
      store: stores.seals,
      people: stores.mandates,
      pictures: pictures ?? deps.pictures,
      usesOf: deps.usesOf,
      clock,
      agentUrl: 'ws://127.0.0.1:7130',
      visits,
      phone: {
        showing: createShowingPhone({ asks, life, now: () => clock.now(), path: id => `/workbench/seals/shield/phone/${id}` }),
        shown: found => ({ ...found, address: `https://shield.example/phone/${found.ask.id}`, seconds: 60 }),
      },
      frame: (desk, page) => workbenchPage(desk, { ...page, place: 'shields' }),
      told: (res: Response, thrown) => tellRefusal(deps, res, thrown),
    }),
  )
  app.use(notFound)
  const server = createServer(app)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  app.use(errorHandler({ publicUrl: url, page: view => `<code>${view.code}</code>` }))

  const ask = async (somebody: Somebody | undefined, path: string, form?: readonly (readonly [string, string])[]) => {
    const answer = await fetch(`${url}/workbench/seals${path}`, {
      redirect: 'manual',
      headers: { accept: 'text/html', ...(somebody === undefined ? {} : { 'x-visitor': somebody.membershipId }) },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form.map(([name, value]) => [name, value])) }),
    })
    return {
      status: answer.status,
      location: (answer.headers.get('location') ?? '').replace('/workbench/seals', ''),
      type: answer.headers.get('content-type') ?? '',
      policy: answer.headers.get('content-security-policy') ?? '',
      body: await answer.text(),
    }
  }
  return {
    ask,
    url,
    /** for a browser, which sends no header of ours */
    sit: (somebody: Somebody) => {
      who = somebody.membershipId
    },
    close: async () => {
      asks.close()
      await new Promise<void>(resolve => server.close(() => resolve()))
    },
  }
}

/** The words that a page gives to sign, as a browser reads them out of the attribute. */
export function wordsOn(page: string): string {
  const [, text = ''] = /data-text="([^"]*)"/.exec(page) ?? []
  return text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}

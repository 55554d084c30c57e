import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { createWorkbench } from '../../server/authorization/workbench.ts'
import { requestContext } from '../../server/http/context.ts'
import { createCookies } from '../../server/http/cookies.ts'
import { securityHeaders } from '../../server/http/headers.ts'
import { errorHandler, notFound } from '../../server/http/respond.ts'
import { silentLog } from '../../server/kernel/log.ts'
import type { Stage as AuthorizationStage, Somebody } from './stage.ts'

/** The workbench over real HTTP on a real room and database. Who sits at the browser is told by a header, in the place of the provider's session. */
export async function serveWorkbench(stage: AuthorizationStage) {
  const { clock, stores } = stage
  const app = express()
  app.use(requestContext({ clock, log: silentLog }), securityHeaders({ https: false }))
  const server = createServer(app)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  app.use(
    '/workbench',
    createWorkbench({
      ...stage,
      async visitor(req) {
        const membership = await stores.parties.membership(String(req.headers['x-visitor'] ?? ''))
        if (membership === undefined) return undefined
        const proof = {
          id: 'p',
          membershipId: membership.id,
          bank: 'abc',
          subject: 's',
          assurance: 'shield' as const,
          methods: ['hwk'],
          authenticatedAt: clock.now().toISOString(),
          trace: 'K7QM-3F9T',
        }
        return { membership, proof }
      },
      cookies: createCookies(['a key for tests'], { secure: false }),
      trail: { append: async (...more) => void stage.events.push(...more) },
      publicUrl: url,
      agentUrl: 'ws://127.0.0.1:7130',
      bankName: id => ({ zh: id, en: id }),
      elsewhere: async () => [],
    }).router,
  )
  app.use(notFound)
  app.use(errorHandler({ publicUrl: url, page: view => `<code>${view.code}</code>` }))

  const ask = async (who: Somebody | undefined, path: string, form?: URLSearchParams | Record<string, string>) => {
    const answer = await fetch(`${url}/workbench${path}`, {
      redirect: 'manual',
      headers: { accept: 'text/html', ...(who === undefined ? {} : { 'x-visitor': who.membershipId }) },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    })
    const bytes = Buffer.from(await answer.arrayBuffer())
    return {
      status: answer.status,
      location: answer.headers.get('location') ?? '',
      type: answer.headers.get('content-type') ?? '',
      cookies: answer.headers.getSetCookie(),
      bytes,
      body: bytes.toString('utf8'),
    }
  }
  return { ask, url, close: () => new Promise<void>(resolve => server.close(() => resolve())) }
}

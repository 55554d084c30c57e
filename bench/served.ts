/** An application of Express on a port of its own, asked by a client that keeps its connections. */
import { Agent, createServer, type OutgoingHttpHeaders, request } from 'node:http'
import express, { type Router } from 'express'
import { requestContext } from '../server/http/context.ts'
import { securityHeaders } from '../server/http/headers.ts'
import { errorHandler, notFound } from '../server/http/respond.ts'
import { systemClock } from '../server/kernel/clock.ts'
import { silentLog } from '../server/kernel/log.ts'

export interface Served {
  /** @throws Error unless the answer is 200 */
  ask(asked: { method: 'GET' | 'POST'; path: string; headers: OutgoingHttpHeaders; body?: string }): Promise<string>
  close(): Promise<void>
}

/** @param router at this path, between what stands before and behind every room of the broker */
export async function serve(path: string, router: Router, publicUrl: string): Promise<Served> {
  const app = express()
  app.use(requestContext({ clock: systemClock, log: silentLog }))
  app.use(securityHeaders({ https: true }))
  app.use(path, router)
  app.use(notFound)
  app.use(errorHandler({ publicUrl, page: view => `<p>${view.code}</p>` }))
  const server = createServer(app)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const agent = new Agent({ keepAlive: true })
  return {
    ask: ({ body, ...asked }) =>
      new Promise((resolve, reject) => {
        const sent = request({ ...asked, host: '127.0.0.1', port, agent }, answer => {
          const chunks: Buffer[] = []
          answer.on('data', (chunk: Buffer) => chunks.push(chunk))
          answer.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8')
            if (answer.statusCode === 200) resolve(text)
            else reject(new Error(`answered ${answer.statusCode}: ${text}`))
          })
          answer.on('error', reject)
        })
        sent.on('error', reject)
        sent.end(body)
      }),
    async close() {
      agent.destroy()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type Express, type Request } from 'express'
import { scanEnvelope } from '../../../server/bids/envelope/scan.ts'

/** What happens to a request: its line breaks before it is looked at, or after; it is answered with this status; it is too late. */
export type Fault = 'before' | 'after' | 'refused' | 429 | 503 | undefined

/** A platform that takes envelopes in as the contract of browser/bid/upload.js says, and lets lines break where a test wants it. */
export function createPlatform() {
  const envelopes = new Map<string, { size: number; received: Buffer; registered?: string[] }>()
  const platform = {
    envelopes,
    /** method and path of each request, in order */
    asked: [] as string[],
    fault: (_: Request): Fault => undefined,
    /** to be awaited by each piece */
    gate: async (): Promise<void> => undefined,
    mount(app: Express, at: string): void {
      app.use(at, async (req, res, next) => {
        platform.asked.push(`${req.method} ${req.path}`)
        const fault = platform.fault(req)
        if (fault === 'before') return void req.socket.destroy()
        if (fault === 'refused') return void res.status(409).json({ code: 'bid_late', user_message: { zh: '已经截止', en: 'too late' } })
        if (typeof fault === 'number') return void res.status(fault).json({ code: 'unavailable', user_message: { zh: '忙', en: 'busy' } })
        if (fault === 'after')
          res.json = () => {
            req.socket.destroy()
            return res
          }
        next()
      })
      app.post(at, express.json(), (req, res) => {
        const { id, size } = req.body as { id: string; size: number }
        const known = envelopes.get(id)
        if (known === undefined) envelopes.set(id, { size, received: Buffer.alloc(0) })
        res.status(201).json({ id, size, received: known?.received.length ?? 0 })
      })
      app.get(`${at}/:id`, (req, res) => void res.json(stateOf(req.params.id)))
      app.put(`${at}/:id/:offset`, express.raw({ limit: '8mb' }), async (req, res) => {
        await platform.gate()
        const envelope = envelopes.get(req.params.id)
        if (envelope === undefined) return void res.status(404).json({ code: 'bid_unknown', user_message: { zh: '没有', en: 'none' } })
        if (Number(req.params.offset) !== envelope.received.length)
          return void res.status(409).json({ code: 'bid_upload_out_of_step', user_message: { zh: '错位', en: 'out of step' } })
        envelope.received = Buffer.concat([envelope.received, req.body])
        res.json(stateOf(req.params.id))
      })
      app.post(`${at}/:id/register`, express.json(), async (req, res) => {
        const envelope = envelopes.get(req.params.id)
        if (envelope === undefined) return void res.status(404).json({ code: 'bid_unknown', user_message: { zh: '没有', en: 'none' } })
        // asked again it answers as the first time
        envelope.registered ??= req.body.certificates
        const { size, sm3 } = await scanEnvelope(envelope.received)
        res.status(201).json({ envelope: req.params.id, state: 'waiting', size, sm3 })
      })
    },
  }
  const stateOf = (id: string) => ({ id, size: envelopes.get(id)?.size, received: envelopes.get(id)?.received.length })
  return platform
}

/** @returns its address, and how to stop it */
export async function listen(app: Express) {
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close(): void {
      server.close()
      server.closeAllConnections()
    },
  }
}

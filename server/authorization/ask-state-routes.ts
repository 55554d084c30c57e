import { type Request, type Response, Router } from 'express'
import { failures } from '../kernel/failures.ts'
import type { AskStatus } from '../storage/stores-authorization.ts'
import type { Asks } from './asks.ts'

/**
 * Where an ask stands, for the screens that show it: `GET /asks/:id/state`, as JSON or, to who accepts it, as server-sent events. Tells the state and why it ended, and nothing of what is asked or of whom: whoever has
 * the QR code has the id.
 */
export interface AskStateRoutes {
  router: Router
  close(): void
}

/** milliseconds that one stream lives; the browser comes again by itself */
const STREAM = 55_000
/** milliseconds between signs of life, so that no proxy takes a quiet stream for a dead one */
const SIGN_OF_LIFE = 15_000
/** streams in this process; one more is told once, and its page looks now and then */
const MOST_STREAMS = 2000
const OVER = new Set<AskStatus['state']>(['done', 'refused', 'expired'])

export function askStateRoutes(asks: Pick<Asks, 'status' | 'wait'>): AskStateRoutes {
  const router = Router()
  const open = new Set<AbortController>()

  router.get('/asks/:id/state', async (req, res) => {
    const status = await asks.status(req.params.id)
    if (!wantsStream(req) || open.size >= MOST_STREAMS) {
      res.json(told(status))
      return
    }
    await stream(req.params.id, status, res)
  })

  async function stream(id: string, first: AskStatus, res: Response): Promise<void> {
    const left = new AbortController()
    open.add(left)
    res.once('close', () => left.abort())
    // `no-transform` and X-Accel-Buffering: proxies that gather answers would hold the news back
    res.set({ 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-store, no-transform', 'X-Accel-Buffering': 'no' })
    res.flushHeaders()
    res.write('retry: 1000\n\n')
    const until = performance.now() + STREAM
    try {
      let status = first
      let said: string | undefined
      for (;;) {
        const line = JSON.stringify(told(status))
        res.write(line === said ? ': here\n\n' : `data: ${line}\n\n`)
        said = line
        const time = until - performance.now()
        if (OVER.has(status.state) || left.signal.aborted || time <= 0) break
        status = await asks.wait(id, status.ask.version, Math.min(SIGN_OF_LIFE, time), left.signal)
      }
    } finally {
      open.delete(left)
      res.end()
    }
  }

  return {
    router,
    close() {
      for (const each of open) each.abort()
    },
  }
}

const wantsStream = (req: Request): boolean => (req.headers.accept ?? '').includes('text/event-stream')

function told({ ask, state }: AskStatus): Record<string, string> {
  if (state !== 'refused') return { state }
  const { zh, en } = failures[ask.failure ?? 'ask_refused']
  return { state, zh, en }
}

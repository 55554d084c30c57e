import { EventEmitter } from 'node:events'
import { Socket } from 'node:net'
import pg from 'pg'
import type { Log } from '../kernel/log.ts'
import type { Signals } from './stores-trust.ts'

/**
 * Short news between processes. On a server through LISTEN and NOTIFY on a connection of its own, which is made when somebody first listens and made again when it is lost; what is sent
 * meanwhile is missed, so a listener that must not miss it also looks for itself now and then. The embedded database has one process, which tells itself.
 */
export interface OpenSignals extends Signals {
  close(): Promise<void>
}

/** bytes; NOTIFY takes 8000 */
const MOST = 7000
const CHANNEL = 'shared_shield'
const AGAIN_MS = 1000

export function embeddedSignals(): OpenSignals {
  const { emitter, listen } = ears()
  return {
    send(topic, text) {
      if (Buffer.byteLength(text) <= MOST) setImmediate(() => emitter.emit(topic, text))
    },
    listen,
    close: async () => void emitter.removeAllListeners(),
  }
}

/** @param run sends a statement, for what goes out */
export function postgresSignals(databaseUrl: string, run: (text: string, values: readonly unknown[]) => Promise<unknown>, log: Log): OpenSignals {
  const { emitter, listen } = ears()
  let client: pg.Client | undefined
  let socket: Socket | undefined
  let retry: NodeJS.Timeout | undefined
  let closed = false

  async function connect(): Promise<void> {
    const stream = new Socket()
    socket = stream
    const opened = new pg.Client({ connectionString: databaseUrl, application_name: 'shared-shield signals', keepAlive: true, stream: () => stream })
    client = opened
    const lost = () => {
      if (client !== opened || closed) return
      client = undefined
      opened.end().catch(() => undefined)
      retry = setTimeout(() => void connect(), AGAIN_MS)
      retry.unref()
    }
    opened.on('error', lost)
    opened.on('end', lost)
    opened.on('notification', ({ payload = '' }) => {
      const cut = payload.indexOf(' ')
      if (cut > 0) emitter.emit(payload.slice(0, cut), payload.slice(cut + 1))
    })
    try {
      await opened.connect()
      await opened.query(`LISTEN ${CHANNEL}`)
      // a process that waits for nothing else may end
      if (!closed) stream.unref()
    } catch (thrown) {
      if (!closed) log.warn({ err: thrown }, 'news between processes cannot be heard for the moment')
      lost()
    }
  }

  return {
    send(topic, text) {
      const payload = `${topic} ${text}`
      if (closed || Buffer.byteLength(payload) > MOST) return
      run('SELECT pg_notify($1, $2)', [CHANNEL, payload]).catch((thrown: unknown) => log.warn({ err: thrown }, 'news could not be sent'))
    },
    listen(topic, heard) {
      if (client === undefined && retry === undefined && !closed) void connect()
      return listen(topic, heard)
    },
    async close() {
      closed = true
      clearTimeout(retry)
      emitter.removeAllListeners()
      // who waits for the end of a connection must not find the process gone
      socket?.ref()
      await client?.end().catch(() => undefined)
    },
  }
}

function ears(): { emitter: EventEmitter; listen: Signals['listen'] } {
  const emitter = new EventEmitter()
  emitter.setMaxListeners(100)
  return {
    emitter,
    listen(topic, heard) {
      emitter.on(topic, heard)
      return () => void emitter.off(topic, heard)
    },
  }
}

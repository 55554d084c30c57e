import { Socket } from 'node:net'
import pg from 'pg'
import type { Log } from '../kernel/log.ts'

/**
 * One connection to PostgreSQL for many small statements. What is asked for while a packet is under way waits, and leaves with the next packet: at this size a statement costs mostly its packet, and while calls
 * wait here more of their kind gather into one statement (batch.ts). So a quiet process answers at once, and a busy one sends few packets with few statements. Each statement is still a transaction
 * of its own, and fails alone.
 */
export interface Lane {
  query<Row extends pg.QueryResultRow>(config: pg.QueryConfig): Promise<pg.QueryResult<Row>>
  close(): Promise<void>
}

interface Call {
  send(client: pg.Client): void
  fail(error: unknown): void
}

/** A connection that is lost is told to those who wait on it, and the next statement opens another. */
export function openLane(config: pg.ClientConfig, log: Log): Lane {
  let held: Promise<{ client: pg.Client; socket: Socket }> | undefined
  let waiting: Call[] = []
  let underWay = 0
  let leaving = false

  async function connect(): Promise<{ client: pg.Client; socket: Socket }> {
    const socket = new Socket()
    const client = new pg.Client({ ...config, pipeline: true, stream: () => socket })
    const forget = () => {
      held = undefined
    }
    client.on('error', error => {
      log.warn({ err: error }, 'a database connection was lost')
      forget()
    })
    client.on('end', forget)
    await client.connect()
    // an idle connection must not keep a finished program alive
    socket.unref()
    return { client, socket }
  }

  function obtain(): Promise<{ client: pg.Client; socket: Socket }> {
    held ??= connect().catch((error: unknown) => {
      held = undefined
      throw error
    })
    return held
  }

  /** Everything that waits, in one packet, once the turn of the event loop is over and nothing is under way. */
  function leave(): void {
    if (leaving || underWay > 0 || waiting.length === 0) return
    leaving = true
    setImmediate(() => {
      leaving = false
      const packet = waiting
      waiting = []
      underWay += packet.length
      obtain().then(
        ({ client, socket }) => {
          socket.ref()
          socket.cork()
          for (const call of packet) call.send(client)
          socket.uncork()
        },
        (error: unknown) => {
          for (const call of packet) call.fail(error)
        },
      )
    })
  }

  async function settled(): Promise<void> {
    if (--underWay > 0) return
    if (waiting.length > 0) leave()
    else (await held?.catch(() => undefined))?.socket.unref()
  }

  return {
    query<Row extends pg.QueryResultRow>(query: pg.QueryConfig) {
      const answer = new Promise<pg.QueryResult<Row>>((resolve, reject) => {
        waiting.push({ send: client => void client.query<Row>(query).then(resolve, reject), fail: reject })
      })
      leave()
      return answer.finally(settled)
    },
    async close() {
      const connection = await held?.catch(() => undefined)
      await connection?.client.end()
    },
  }
}

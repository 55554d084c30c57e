import { Socket } from 'node:net'
import pg from 'pg'
import type { Log } from '../kernel/log.ts'

/**
 * One connection to PostgreSQL for many small statements. What is asked for while two packets are under way waits, and leaves with the next: at this size a statement costs mostly its packet, and while calls
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
  /** set by its packet, which has landed when all of it is settled */
  settled(): void
}

/**
 * A prepared statement keeps its plan, and one made while a table was empty reads the whole table long after it has grown, until the server's statistics catch up. Every statement
 * here finds its rows by a key, so a plan without an index is never the right one.
 */
const PLANS_BY_KEY = 'SET enable_seqscan = off'

/** One being answered, one on its way to the server: a third would only be smaller. */
const MOST_UNDER_WAY = 2

/** A connection that is lost is told to those who wait on it, and the next statement opens another. */
export function openLane(config: pg.ClientConfig, log: Log): Lane {
  let held: Promise<{ client: pg.Client; socket: Socket }> | undefined
  let newest: pg.Client | undefined
  let waiting: Call[] = []
  /** packets */
  let underWay = 0
  let leaving = false

  async function connect(): Promise<{ client: pg.Client; socket: Socket }> {
    const socket = new Socket()
    const client = new pg.Client({ ...config, pipeline: true, stream: () => socket })
    newest = client
    // a connection tells of its end twice, and by the second time another may stand in its place
    const forget = () => {
      if (newest === client) held = undefined
    }
    client.on('error', error => {
      log.warn({ err: error }, 'a database connection was lost')
      forget()
    })
    client.on('end', forget)
    await client.connect()
    await client.query(PLANS_BY_KEY)
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

  /** Everything that waits, in one packet, once the turn of the event loop is over and there is room under way. */
  function leave(): void {
    if (leaving || underWay >= MOST_UNDER_WAY || waiting.length === 0) return
    leaving = true
    setImmediate(() => {
      leaving = false
      const packet = waiting
      waiting = []
      underWay++
      let open = packet.length
      for (const call of packet) call.settled = () => void (--open === 0 && landed())
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

  function landed(): void {
    underWay--
    if (waiting.length > 0) leave()
    else if (underWay === 0)
      held?.then(
        ({ socket }) => void (underWay === 0 && socket.unref()),
        () => undefined,
      )
  }

  return {
    query<Row extends pg.QueryResultRow>(query: pg.QueryConfig) {
      const answer = new Promise<pg.QueryResult<Row>>((resolve, reject) => {
        const call: Call = {
          send: client =>
            void client.query<Row>(query).then(
              result => {
                call.settled()
                resolve(result)
              },
              (error: unknown) => call.fail(error),
            ),
          fail: error => {
            call.settled()
            reject(error)
          },
          settled: () => undefined,
        }
        waiting.push(call)
      })
      leave()
      return answer
    },
    async close() {
      const connection = await held?.catch(() => undefined)
      // nothing else may keep a program that ends here alive, and the goodbye has to be said all the same
      connection?.socket.ref()
      await connection?.client.end()
    },
  }
}

import { Socket } from 'node:net'
import pg from 'pg'
import type { Log } from '../kernel/log.ts'

/**
 * One connection to PostgreSQL for the many small statements of a login that neither wait for the disk nor take long. They are sent without waiting for the one before
 * (pipeline), and those of one turn of the event loop leave in one packet: at this size a statement costs mostly its packet. Each is still a transaction of its own.
 */
export interface Lane {
  query<Row extends pg.QueryResultRow>(config: pg.QueryConfig): Promise<pg.QueryResult<Row>>
  close(): Promise<void>
}

interface Connection {
  client: pg.Client
  socket: Socket
  gathering: boolean
}

/** A connection that is lost is told to those who wait on it, and the next statement opens another. */
export function openLane(config: pg.ClientConfig, log: Log): Lane {
  let held: Promise<Connection> | undefined

  async function connect(): Promise<Connection> {
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
    client.on('drain', () => socket.unref())
    socket.unref()
    return { client, socket, gathering: false }
  }

  function obtain(): Promise<Connection> {
    held ??= connect().catch((error: unknown) => {
      held = undefined
      throw error
    })
    return held
  }

  return {
    async query<Row extends pg.QueryResultRow>(query: pg.QueryConfig) {
      const connection = await obtain()
      const { client, socket } = connection
      if (!connection.gathering) {
        connection.gathering = true
        socket.ref()
        socket.cork()
        setImmediate(() => {
          connection.gathering = false
          socket.uncork()
        })
      }
      return client.query<Row>(query)
    },
    async close() {
      const connection = await held?.catch(() => undefined)
      await connection?.client.end()
    },
  }
}

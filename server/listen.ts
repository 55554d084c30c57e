import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server that listens, and closes without waiting for idle browsers. */
export interface Listening {
  port: number
  close(): Promise<void>
}

/** @param port 0 for any free one. @throws Error when the port is taken */
export async function listen(handler: RequestListener, port: number, host: string): Promise<Listening> {
  const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000, maxHeaderSize: 32 * 1024 }, handler)
  server.keepAliveTimeout = 65_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return { port: portOf(server), close: () => close(server) }
}

function portOf(server: Server): number {
  const address = server.address() as AddressInfo | null
  if (address === null) throw new Error('the server does not listen')
  return address.port
}

/** Answers under way get five seconds; connections that only wait are cut at once. */
async function close(server: Server): Promise<void> {
  const closed = new Promise<void>(resolve => server.close(() => resolve()))
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), 5000)
  await closed
  clearTimeout(timer)
}

/** below those that systems give to connections that go out, which would take one between asking for it and listening on it */
const [LOWEST, HIGHEST] = [15_000, 32_000]
/** processes that are started one after the other begin so far apart, and none gives a port twice before it has given them all: nobody listens yet on a port that was just given */
let given = process.pid * 997

/** A port nobody listens on now: for addresses that must be known before anything listens there. */
export async function freePort(tries = 50): Promise<number> {
  given += 1
  const port = LOWEST + (given % (HIGHEST - LOWEST))
  try {
    const { close: release } = await listen(() => undefined, port, '127.0.0.1')
    await release()
    return port
  } catch (thrown) {
    if (tries <= 1) throw thrown
    return await freePort(tries - 1)
  }
}

import type { Express, RequestHandler, Router } from 'express'
import { BrokerError } from '../kernel/errors.ts'

/**
 * Every way into the house is one of these doors, and says who decides behind it. The composition root opens routers through `open` and nothing else; `demand` fails where a route stands open beside them, so that
 * what nobody thought of is no way in. Owns that every route has a door; what is decided behind one is its room's, by the one decision (kernel/authority.ts) where an act is done in a company's name.
 */
const DOORS = {
  public: 'anybody; tells nothing of anybody',
  login: 'the browser that began a login; the login is decided before it is granted',
  provider: 'centers and the people they sent; a token is issued on a decided login, and ends with the power behind it',
  center: 'a trading center by its own token and scope; an act of a person is decided for it',
  company: 'a person of a company, logged in; each act is decided',
  person: 'a person for themself, logged in; what they sign takes two factors and a person check',
  phone: 'whoever holds the address of what is asked, and proves who they are; the act is decided when it is done',
  operator: 'whoever reaches the management port',
} as const
type Door = keyof typeof DOORS

export interface Doors {
  /** Mounts routers behind a door, in the order of the calls. */
  open(door: Door, path: string | string[], ...handlers: (RequestHandler | Router)[]): void
  /** @throws BrokerError internal, naming every route that stands beside the doors */
  demand(): void
  /** every route with its door, for the test that walks them */
  routes(): { path: string; methods: string[]; door: Door | undefined }[]
}

const behind = new WeakMap<object, Door>()

export function createDoors(app: Express): Doors {
  const routes = () => walk(app.router.stack, '', undefined)
  return {
    open(door, path, ...handlers) {
      // one router may be mounted twice, and then has the door of its last mount: the same or a stricter one
      for (const handler of handlers) behind.set(handler, door)
      app.use(path, ...handlers)
    },
    demand() {
      const open = routes().filter(({ door }) => door === undefined)
      if (open.length > 0) throw new BrokerError('internal', `routes beside the doors: ${open.map(({ path }) => path).join(', ')}`)
    },
    routes,
  }
}

type Layer = Express['router']['stack'][number]

/** Express keeps routes and mounted routers in one tree of layers: a layer with a route is a way in, one whose handle has a stack of its own is a router. */
function walk(stack: readonly Layer[], base: string, door: Door | undefined): ReturnType<Doors['routes']> {
  return stack.flatMap(layer => {
    const handle: unknown = layer.handle
    if (layer.route !== undefined) {
      const methods = [...new Set(layer.route.stack.map(({ method }) => method.toUpperCase()))]
      return [{ path: `${base}${String(layer.route.path)}`, methods, door }]
    }
    if (typeof handle !== 'function' || !('stack' in handle) || !Array.isArray(handle.stack)) return []
    return walk(handle.stack, base, behind.get(handle) ?? door)
  })
}

import type { Clock } from './clock.ts'

/**
 * The sandbox's test clock. It shifts the global Date of this process, because the libraries that check expiry (jose, oidc-provider, openid-client, node-saml)
 * read it and take no clock; so tokens, sessions and certificates move together. Timers are not moved, nor is a database in another process. Installed by the
 * sandbox alone: production refuses the setting.
 */
export interface TestClock extends Clock {
  /** milliseconds ahead of real time; negative when behind */
  offset(): number
  advance(milliseconds: number): void
  reset(): void
  /** gives the process its own Date back */
  uninstall(): void
}

const TWENTY_YEARS = 20 * 366 * 86_400_000

let installed: TestClock | undefined

/**
 * Idempotent: a second call answers the clock that is already there and leaves its offset.
 * @param offset milliseconds to start with, as the caller stored them
 */
export function installTestClock(offset = 0): TestClock {
  if (installed !== undefined) return installed
  const RealDate = globalThis.Date
  const realNow = RealDate.now
  let shift = bounded(offset)
  const now = () => realNow() + shift
  RealDate.now = now
  // a proxy, not a subclass: `instanceof Date` must hold for dates that Node itself makes
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget === globalThis.Date ? target : newTarget),
    apply: () => new RealDate(now()).toString(),
  })
  installed = {
    now: () => new RealDate(now()),
    offset: () => shift,
    advance: milliseconds => {
      shift = bounded(shift + milliseconds)
    },
    reset: () => {
      shift = 0
    },
    uninstall: () => {
      RealDate.now = realNow
      globalThis.Date = RealDate
      installed = undefined
    },
  }
  return installed
}

function bounded(milliseconds: number): number {
  if (!Number.isFinite(milliseconds) || Math.abs(milliseconds) > TWENTY_YEARS) throw new RangeError('the test clock moves by at most twenty years')
  return Math.round(milliseconds)
}

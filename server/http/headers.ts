import type { ServerResponse } from 'node:http'
import type { RequestHandler } from 'express'

/**
 * Response headers of every page. The content policy admits nothing that is not ours; a page widens it by exact origins (allowOnPage), never by a wildcard,
 * and there is no way to admit inline script or style.
 */
const BASE = {
  'default-src': ["'none'"],
  'style-src': ["'self'"],
  'script-src': ["'self'"],
  'font-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'connect-src': ["'self'"],
  'form-action': ["'self'"],
  'frame-ancestors': ["'none'"],
  'base-uri': ["'none'"],
} as const

/** @param https whether the public URL is https; then HSTS is sent */
export function securityHeaders(options: { https: boolean }): RequestHandler {
  const headers = Object.entries({
    'Content-Security-Policy': policy({ formTargets: [], connect: [] }),
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    // the origin, not the path with its login id; `no-referrer` would turn a form's Origin into "null" and defeat the same-site guard
    'Referrer-Policy': 'strict-origin',
    // the shield agent's own window is another origin and must be able to answer the page that opened it
    'Cross-Origin-Opener-Policy': 'same-origin-allow-popups',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
    'Cache-Control': 'no-store',
    ...(options.https ? { 'Strict-Transport-Security': 'max-age=31536000' } : {}),
  })
  return (_req, res, next) => {
    for (const [name, value] of headers) res.setHeader(name, value)
    next()
  }
}

interface Widening {
  /** where a form's chain of redirects ends: browsers hold form-action against each hop */
  formTargets: readonly string[]
  /** what the page's script may reach: the shield agent */
  connect: readonly string[]
}

const widened = Symbol('widened')

/**
 * Admits more origins on this one page; may be called several times.
 * @param more URLs or origins (http, https, ws, wss); anything after the origin is dropped
 * @throws TypeError when one is not such a URL
 */
export function allowOnPage(
  res: ServerResponse & { [widened]?: Widening },
  more: { formTargets?: readonly string[]; connect?: readonly string[] },
): void {
  const before = res[widened] ?? { formTargets: [], connect: [] }
  const after = {
    formTargets: [...before.formTargets, ...(more.formTargets ?? []).map(origin)],
    connect: [...before.connect, ...(more.connect ?? []).map(origin)],
  }
  res[widened] = after
  res.setHeader('Content-Security-Policy', policy(after))
}

const policy = (more: Widening): string => policyFor(`${more.formTargets.join(' ')}|${more.connect.join(' ')}`)

const policyFor = remembered((origins: string): string => {
  const [formTargets, connect] = origins.split('|').map(list => list.split(' ').filter(each => each !== ''))
  const directives = {
    ...BASE,
    'form-action': [...BASE['form-action'], ...(formTargets ?? [])],
    'connect-src': [...BASE['connect-src'], ...(connect ?? [])],
  }
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${[...new Set<string>(sources)].join(' ')}`)
    .join('; ')
})

/** A few origins are asked about with every page, the same ones every time. */
function remembered(make: (text: string) => string): (text: string) => string {
  const known = new Map<string, string>()
  return text => {
    const before = known.get(text)
    if (before !== undefined) return before
    const made = make(text)
    if (known.size >= MOST_REMEMBERED) known.clear()
    known.set(text, made)
    return made
  }
}
const MOST_REMEMBERED = 1000

/** An origin as the URL standard serialises it cannot hold a space, a semicolon or a wildcard host that would break out of its place in the policy. */
const origin = remembered((text: string): string => {
  const url = new URL(text)
  if (!/^(?:https?|wss?):$/.test(url.protocol) || !/^[a-z0-9.:[\]-]+$/.test(url.host)) throw new TypeError('not an origin that a page may name')
  return `${url.protocol}//${url.host}`
})

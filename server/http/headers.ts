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
  return (_req, res, next) => {
    res.set({
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
    })
    if (options.https) res.set('Strict-Transport-Security', 'max-age=31536000')
    next()
  }
}

interface Widening {
  /** where a form's chain of redirects ends: browsers hold form-action against each hop */
  formTargets: readonly string[]
  /** what the page's script may reach: the shield agent */
  connect: readonly string[]
}

const widened = new WeakMap<ServerResponse, Widening>()

/**
 * Admits more origins on this one page; may be called several times.
 * @param more URLs or origins (http, https, ws, wss); anything after the origin is dropped
 * @throws TypeError when one is not such a URL
 */
export function allowOnPage(res: ServerResponse, more: { formTargets?: readonly string[]; connect?: readonly string[] }): void {
  const before = widened.get(res) ?? { formTargets: [], connect: [] }
  const after = {
    formTargets: [...before.formTargets, ...(more.formTargets ?? []).map(origin)],
    connect: [...before.connect, ...(more.connect ?? []).map(origin)],
  }
  widened.set(res, after)
  res.setHeader('Content-Security-Policy', policy(after))
}

function policy(more: Widening): string {
  const directives = {
    ...BASE,
    'form-action': [...BASE['form-action'], ...more.formTargets],
    'connect-src': [...BASE['connect-src'], ...more.connect],
  }
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${[...new Set<string>(sources)].join(' ')}`)
    .join('; ')
}

/** An origin as the URL standard serialises it cannot hold a space, a semicolon or a wildcard host that would break out of its place in the policy. */
function origin(text: string): string {
  const url = new URL(text)
  if (!/^(?:https?|wss?):$/.test(url.protocol) || !/^[a-z0-9.:[\]-]+$/.test(url.host)) throw new TypeError('not an origin that a page may name')
  return `${url.protocol}//${url.host}`
}

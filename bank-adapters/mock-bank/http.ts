/** Owns what all pages and interfaces of the mock bank share on HTTP: headers, forms, cookies, the same-site check, errors. */
import express, { type ErrorRequestHandler, type Request, type RequestHandler, type Response } from 'express'
import type { z } from 'zod'
import type { Log } from '../../server/kernel/log.ts'
import { errorPage } from './pages.ts'
import { Refusal, refusals } from './refusal.ts'

/** Forms up to 256 KiB: a signed SAML request is the largest. */
export const formBody: RequestHandler = express.urlencoded({ extended: false, limit: 256 * 1024, parameterLimit: 20 })
export const jsonBody: RequestHandler = express.json({ limit: 4096 })

/** Reads a form, query or JSON body by a schema. @throws Refusal 400 */
export function read<S extends z.ZodType>(schema: S, from: unknown): z.infer<S> {
  const parsed = schema.safeParse(from ?? {})
  if (!parsed.success) throw refusals.badRequest('The form is incomplete.', parsed.error)
  return parsed.data
}

/**
 * Headers of every page. `form-action` names this site alone: a sign-in ends on a page that goes on by itself, since a browser would hold the policy against every
 * redirect after a form, and a bank cannot know where the broker sends the person next. The pages that post to or through the broker have to be looser.
 */
export function pageHeaders(more: { connect?: string; formsAnywhere?: boolean } = {}): Record<string, string> {
  const policy = [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "font-src 'self'",
    "img-src 'self'",
    `connect-src 'self'${more.connect === undefined ? '' : ` ${new URL(more.connect).protocol}//${new URL(more.connect).host}`}`,
    `form-action 'self'${more.formsAnywhere === true ? ' http: https:' : ''}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ]
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy.join('; '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'cache-control': 'no-store',
  }
}

export function sendPage(res: Response, page: string, more: { status?: number; connect?: string; formsAnywhere?: boolean } = {}): void {
  res
    .status(more.status ?? 200)
    .set(pageHeaders(more))
    .send(page)
}

/** Refuses a change that a page of another site asks for. A program sends no Origin and is let through: this bank guards nothing real. */
export const sameSite =
  (origin: string): RequestHandler =>
  (req, _res, next) => {
    const from = req.get('origin')
    const site = req.get('sec-fetch-site')
    if (req.method !== 'GET' && ((from !== undefined && from !== origin) || site === 'cross-site')) throw refusals.otherSite()
    next()
  }

export function cookie(req: Request, name: string): string | undefined {
  for (const pair of (req.get('cookie') ?? '').split(';')) {
    const cut = pair.indexOf('=')
    if (pair.slice(0, cut).trim() === name) return pair.slice(cut + 1).trim()
  }
  return undefined
}

/** A session cookie under one bank's path. `value` undefined takes it away. */
export function setCookie(res: Response, name: string, value: string | undefined, path: string): void {
  const options = { path, httpOnly: true, sameSite: 'lax' as const }
  if (value === undefined) res.clearCookie(name, options)
  else res.cookie(name, value, options)
}

/** The last handler: a refusal in its own words, anything else as a fault, as a page or as JSON under /api/. */
export function answerErrors(log: Log): ErrorRequestHandler {
  return (thrown: unknown, req, res, next) => {
    if (res.headersSent) return next(thrown)
    const refusal = thrown instanceof Refusal ? thrown : fromBodyParser(thrown)
    if (refusal === undefined) log.error({ err: thrown, path: req.path }, 'mock bank: a request failed')
    else
      log.info(
        { path: req.path, status: refusal.status, refusal: refusal.en, cause: String(refusal.cause ?? '').slice(0, 500) },
        'mock bank: refused',
      )
    const { status, zh, en } = refusal ?? new Refusal(500, '银行系统出现故障。', 'The bank’s system failed.')
    if (/\/api\//.test(req.originalUrl)) res.status(status).json({ error: { zh, en } })
    else sendPage(res, errorPage({ zh, en }), { status })
  }
}

/** Express' body parsers throw errors with a status of 4xx. */
function fromBodyParser(thrown: unknown): Refusal | undefined {
  if (!(thrown instanceof Error) || !('status' in thrown) || typeof thrown.status !== 'number' || thrown.status >= 500) return undefined
  return new Refusal(thrown.status, '请求不完整或格式不对。', 'The request could not be read.', { cause: thrown })
}

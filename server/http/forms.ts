import express, { type RequestHandler } from 'express'
import type { z } from 'zod'
import { BrokerError } from '../kernel/errors.ts'

/**
 * Form bodies, bounded in size and number of fields and flat: `a[b]=c` stays a field of that name.
 * @param limit bytes; a signed SAML response with a certificate is about 30 kB
 */
export function formBody(limit = 128 * 1024): RequestHandler {
  return express.urlencoded({ extended: false, limit, parameterLimit: 64 })
}

/** A JSON body for the few programs that post to us, bounded. @param limit bytes */
export function jsonBody(limit = 16 * 1024): RequestHandler {
  return express.json({ limit, strict: true })
}

/**
 * A request's body or query as the schema says. A field that comes twice is an array and fails where the schema wants text, so no two readers can disagree
 * about which one counts.
 * @throws BrokerError bad_request, naming the fields and never their values
 */
export function readForm<S extends z.ZodType>(input: { body?: unknown }, schema: S): z.output<S> {
  return read(input.body ?? {}, schema)
}

export function readQuery<S extends z.ZodType>(input: { query: unknown }, schema: S): z.output<S> {
  return read(input.query, schema)
}

function read<S extends z.ZodType>(value: unknown, schema: S): z.output<S> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const names = typeof value === 'object' && value !== null ? Object.keys(value).slice(0, 20) : []
  throw new BrokerError('bad_request', 'the form does not hold what it should', {
    received: `fields: ${names.map(name => name.slice(0, 40)).join(', ') || 'none'}`,
    expected: parsed.error.issues
      .slice(0, 10)
      .map(issue => `${issue.path.join('.') || 'form'}: ${issue.message}`)
      .join('; '),
  })
}

import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express'
import { asBrokerError, BrokerError, type FailureCode } from '../kernel/errors.ts'
import { failures } from '../kernel/failures.ts'
import { restrictionWords } from '../kernel/restrictions.ts'
import { sendPage } from './answers.ts'
import { contextOf, type RequestContext } from './context.ts'

/**
 * The one mapping of anything thrown to HTTP: a page for a person, RFC 9457 problem details for a program. Both say what failures.ts has for the code
 * and nothing else; facts, causes and stacks go to the log.
 */
interface Words {
  zh: string
  en: string
}

/** What the page of a failure is made from; server/web/pages/error.ts draws it. */
export interface FailureView {
  code: FailureCode
  status: number
  zh: string
  en: string
  who: 'clerk' | 'bank' | 'center' | 'operator'
  trace: string
  help?: Words
  restart?: { href: string; label: Words }
}

const offers = new WeakMap<Response, Pick<FailureView, 'help' | 'restart'>>()

/** Before throwing: what the page should offer beside the sentence, such as the bank's help line or a way to try again. */
export function offerOnFailure(res: Response, offer: Pick<FailureView, 'help' | 'restart'>): void {
  offers.set(res, { ...offers.get(res), ...offer })
}

export interface ErrorHandlerDeps {
  page: (view: FailureView) => string
  publicUrl: string
  /** told of every refusal, for the audit record, the trace and the metrics; must not throw */
  onRefused?: (error: BrokerError, context: RequestContext, req: Request) => void
}

/** Last middleware of every app. */
export function errorHandler(deps: ErrorHandlerDeps): ErrorRequestHandler {
  return (thrown: unknown, req, res, next) => {
    const error = fromLibrary(thrown)
    const context = contextOf(res)
    logRefusal(error, context)
    deps.onRefused?.(error, context, req)
    // an answer already under way cannot be turned into an error: cut it, so that nobody takes half of it for the whole
    if (res.headersSent) return next(thrown)
    const failure = failures[error.code]
    const view: FailureView = { code: error.code, ...failure, trace: context.trace, ...offers.get(res), ...helpOf(error) }
    res.status(failure.status).set('Cache-Control', 'no-store')
    if (wantsPage(req)) sendPage(res, deps.page(view))
    else res.type('application/problem+json').send(JSON.stringify(problem(view, deps.publicUrl, error)))
  }
}

/** Which measure it is, until when, and who is to be talked to. */
const helpOf = ({ restriction }: BrokerError): Pick<FailureView, 'help'> => (restriction === undefined ? {} : { help: restrictionWords(restriction) })

/** Mounted after the last route. */
export const notFound: RequestHandler = (req, _res, next) => {
  next(new BrokerError('not_found', `nothing answers ${req.method} at this path`))
}

/** RFC 9457 section 3, with the members a center's developer needs: a stable code, a sentence for its user, who can mend it, and the trace code. */
function problem(view: FailureView, publicUrl: string, { code, expected, restriction }: BrokerError): Record<string, unknown> {
  const about = `${publicUrl}/errors/${view.code}`
  return {
    type: about,
    title: view.en,
    status: view.status,
    code: view.code,
    detail: view.en,
    user_message: { zh: view.zh, en: view.en },
    who_can_fix: view.who,
    // what is wrong with a request is its sender's to know: which member, and what it has to be
    ...(code === 'bad_request' && expected !== undefined ? { expected } : {}),
    ...(restriction === undefined ? {} : { restriction: { ...restriction, user_message: restrictionWords(restriction) } }),
    trace: view.trace,
    doc_url: about,
  }
}

// a program that sends no Accept, or */*, gets JSON: only a browser names text/html
const wantsPage = (req: Request): boolean => (req.headers.accept ?? '').includes('text/html')

/** Errors of Express and its body parser (http-errors: `status` and `type`) by our codes; everything else unknown is `internal`. */
function fromLibrary(thrown: unknown): BrokerError {
  if (thrown instanceof BrokerError || !(thrown instanceof Error)) return asBrokerError(thrown)
  const status = 'status' in thrown ? thrown.status : undefined
  if (typeof status !== 'number' || status < 400 || status > 499) return asBrokerError(thrown)
  const code = status === 413 ? 'too_large' : status === 404 ? 'not_found' : 'bad_request'
  return new BrokerError(code, thrown.message, { cause: thrown })
}

function logRefusal(error: BrokerError, { log }: RequestContext): void {
  const { code, facts, received, expected } = error
  // `code` alone is a name the log cuts out, because authorization codes carry it
  const line = { failure: code, facts, received, expected, cause: causeOf(error) }
  if (failures[code].status < 500) log.warn(line, 'refused')
  else log.error(code === 'internal' ? { ...line, stack: stackOf(error) } : line, 'failed')
}

function causeOf(error: Error): string | undefined {
  return error.cause instanceof Error ? `${error.cause.name}: ${error.cause.message}` : undefined
}
const stackOf = (error: Error): string | undefined => (error.cause instanceof Error ? error.cause.stack : error.stack)

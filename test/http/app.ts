import express, { type Express } from 'express'
import { requestContext } from '../../server/http/context.ts'
import { errorHandler, notFound } from '../../server/http/respond.ts'
import { fixedClock } from '../../server/kernel/clock.ts'
import { createLog, type Log } from '../../server/kernel/log.ts'

export interface LogLine {
  level: string
  msg: string
  reference?: string
  failure?: string
  [name: string]: unknown
}

/** A log that a test can read. */
export function readableLog(): { log: Log; lines: LogLine[] } {
  const lines: LogLine[] = []
  return { lines, log: createLog({ level: 'debug', pretty: false }, { write: (text: string) => lines.push(JSON.parse(text)) }) }
}

/** An app with the middleware every app of ours has, and the routes of a test between them. */
export function testApp(routes: (app: Express) => void, log: Log = readableLog().log): Express {
  const app = express()
  app.use(requestContext({ clock: fixedClock('2026-01-01'), log }))
  routes(app)
  app.use(notFound)
  app.use(
    errorHandler({
      publicUrl: 'https://shield.test',
      page: view => `<!doctype html><p>${view.zh}</p><p>${view.code} ${view.trace}</p>${view.restart?.href ?? ''}`,
    }),
  )
  return app
}

import { expect } from 'chai'
import express from 'express'
import supertest from 'supertest'
import { notingRefusal } from '../../server/audit/acts.ts'
import type { AuditEvent } from '../../server/audit/events.ts'
import { createRefusalRecord } from '../../server/composition/refusals.ts'
import { refusalHandler } from '../../server/http/api-refusals.ts'
import { contextOf, requestContext } from '../../server/http/context.ts'
import { errorHandler } from '../../server/http/respond.ts'
import { tellRefusal } from '../../server/http/tell-refusal.ts'
import { fixedClock } from '../../server/kernel/clock.ts'
import { BrokerError } from '../../server/kernel/errors.ts'
import { silentLog } from '../../server/kernel/log.ts'
import type { TraceStep } from '../../server/storage/stores-audit.ts'

/** Whoever refuses, and on whatever way the answer goes out: the audit record has one event of it, and the trace one step. */
describe('a refusal over HTTP is written down once', () => {
  const events: AuditEvent[] = []
  const steps: Omit<TraceStep, 'at'>[] = []
  const trail = { append: async (...more: AuditEvent[]) => void events.push(...more) }
  const trace = (step: Omit<TraceStep, 'at'>) => void steps.push(step)
  const refusals = createRefusalRecord({ trail, trace, log: silentLog })
  const refuse = async () => {
    throw new BrokerError('guarantee_wrong_state', 'accepted in refused')
  }
  const noted = (of: 'guarantee' | 'financing', res: express.Response) =>
    notingRefusal(trail, of, { by: 'company', trace: contextOf(res).trace }, refuse)
  const program = express.Router()
  program.get('/plain', refuse)
  program.get('/noted', (_req, res) => noted('guarantee', res))
  program.use(
    refusalHandler({
      step: ({ error: { code }, trace: of }) =>
        trace({ trace: of, hop: 'broker', step: 'bond interface refused', outcome: 'failed', code, facts: {} }),
      event: ({ error: { code }, trace: of }) => trail.append({ code: 'bond.interface-refused', trace: of, facts: { failure: code } }),
    }),
  )
  const app = express()
    .use(requestContext({ clock: fixedClock('2026-01-01'), log: silentLog, onTold: refusals.told }))
    .get('/plain', refuse)
    .get('/guarantee', (_req, res) => noted('guarantee', res))
    .get('/financing', (_req, res) => noted('financing', res))
    .get('/within', (_req, res) => notingRefusal(trail, 'financing', { by: 'company', trace: contextOf(res).trace }, () => noted('guarantee', res)))
    .get('/page', async (_req, res) => {
      await refuse().catch(thrown => tellRefusal({ trail }, res, thrown))
      res.end()
    })
    .get('/page/noted', async (_req, res) => {
      await noted('guarantee', res).catch(thrown => tellRefusal({ trail }, res, thrown))
      res.end()
    })
    .use('/api', program)
    .use(errorHandler({ publicUrl: 'https://shield.test', page: ({ code }) => code, onRefused: refusals.refused }))

  for (const [path, event, step] of [
    ['/plain', 'request.refused', 'refused'],
    ['/guarantee', 'guarantee.refused', 'refused'],
    ['/financing', 'financing.refused', 'refused'],
    ['/within', 'guarantee.refused', 'refused'],
    ['/page', 'request.refused', 'refused'],
    ['/page/noted', 'guarantee.refused', 'refused'],
    ['/api/plain', 'bond.interface-refused', 'bond interface refused'],
    ['/api/noted', 'guarantee.refused', 'bond interface refused'],
  ] as const)
    it(`at ${path}, as ${event}`, async () => {
      events.splice(0)
      steps.splice(0)
      const answer = await supertest(app).get(path)
      expect(answer.status).to.equal(409)
      const of = answer.headers['x-trace-code']
      expect(events.map(({ code, trace: at, facts }) => [code, at, facts['failure']])).to.deep.equal([[event, of, 'guarantee_wrong_state']])
      expect(steps.map(each => [each.step, each.trace, each.outcome, each.code])).to.deep.equal([[step, of, 'failed', 'guarantee_wrong_state']])
    })
})

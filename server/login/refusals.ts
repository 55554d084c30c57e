import type { ErrorRequestHandler, Response } from 'express'
import { adoptTrace, contextOf } from '../http/context.ts'
import { offerOnFailure } from '../http/respond.ts'
import { asBrokerError, BrokerError, type FailureCode } from '../kernel/errors.ts'
import { failures } from '../kernel/failures.ts'
import { isRecorded, markRecorded, markTraced } from '../kernel/recorded.ts'
import type { LoginRecord } from '../storage/stores-logins.ts'
import type { LoginDeps } from './room.ts'

/**
 * What happens to a refusal in this room before the one mapping (http/respond.ts) shows it: an audit event, a step in the trace with what was received and
 * expected, a count, and a way on for the person. Also keeps which login a request belongs to.
 */
export interface Refusals {
  /** ties a request to a login: its trace code is on the page, in the log and in the trace from here on */
  enter(res: Response, record: LoginRecord): void
  /** the browser proved that it began this login: only then is a refusal the login's own, and a way back offered */
  trust(res: Response): void
  handler: ErrorRequestHandler
}

const entered = Symbol('login')
type Answer = Response & { [entered]?: Entered }

interface Entered {
  record: LoginRecord
  trusted: boolean
}

const OVER = new Set<FailureCode>(['login_not_found', 'login_other_browser', 'too_many_requests'])
const REPLAYS = new Set<FailureCode>(['challenge_used', 'bank_replayed'])
/** not for this company, or not from this bank: the login itself goes on */
const NOT_FOR_COMPANY = /^(?:mandate_|act_not_allowed$|login_refused_by_measure$|act_refused_by_measure$|approvals_needed$|binding_needs_shield$)/
const AT_BANK = /^(?:bank|certificate|revocation|uscc|subject)_/
const AT_SHIELD = /^(?:shield|challenge|signature|algorithm)_/

export function createRefusals({ banks, trail, trace, meter }: LoginDeps): Refusals {
  async function write(error: BrokerError, res: Answer): Promise<void> {
    const { record, trusted } = res[entered] ?? { trusted: false }
    const { code, facts, received, expected } = error
    const code_ = record?.trace ?? contextOf(res).trace
    const bank = record?.attempt?.bank ?? record?.identity?.bank
    const hop = AT_BANK.test(code) ? 'bank' : AT_SHIELD.test(code) ? 'agent' : 'broker'
    trace({
      trace: code_,
      hop,
      step: 'refused',
      outcome: 'failed',
      code,
      ...(received === undefined ? {} : { received }),
      ...(expected === undefined ? {} : { expected }),
      facts: { reason: facts, ...(bank === undefined ? {} : { bank }) },
    })
    if (REPLAYS.has(code)) meter.replayRefused()
    if (record !== undefined && trusted) meter.login(bank ?? 'none', 'refused', code)
    // a mandate or measure that forbids the login has said so itself (authorization/authority.ts)
    if (isRecorded(error)) return
    markRecorded(error)
    const common = { failure: code, ...(bank === undefined ? {} : { bank }) }
    await trail.append(
      record !== undefined && trusted
        ? { code: 'login.refused', trace: code_, facts: { ...common, client: record.request.clientId } }
        : { code: 'request.refused', trace: code_, facts: common },
    )
  }

  function offer(error: BrokerError, res: Answer): void {
    const { record, trusted } = res[entered] ?? { trusted: false }
    if (record === undefined || !trusted) return
    const bank = banks.get(record.attempt?.bank ?? record.identity?.bank ?? '')
    if (bank !== undefined && failures[error.code].who !== 'operator') offerOnFailure(res, { help: bank.data.help })
    if (OVER.has(error.code)) return
    const label = NOT_FOR_COMPANY.test(error.code)
      ? { zh: '换一家企业或银行', en: 'Choose another company or bank' }
      : { zh: '返回，再试一次', en: 'Go back and try again' }
    offerOnFailure(res, { restart: { href: `/login/${record.id}`, label } })
  }

  return {
    enter(res: Answer, record) {
      adoptTrace(res, record.trace)
      res[entered] = { record, trusted: res[entered]?.trusted ?? false }
    },
    trust(res: Answer) {
      const at = res[entered]
      if (at !== undefined) at.trusted = true
    },
    handler(thrown: unknown, _req, res, next) {
      // a body that could not be read: the parser's own error, which the one mapping knows, before any login was touched
      if (!(thrown instanceof BrokerError) && thrown instanceof Error && 'status' in thrown) return next(thrown)
      const error = asBrokerError(thrown)
      offer(error, res)
      markTraced(error)
      write(error, res).then(
        () => next(error),
        (failed: unknown) => {
          contextOf(res).log.error({ err: failed }, 'a refusal could not be written down')
          next(error)
        },
      )
    },
  }
}

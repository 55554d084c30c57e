import { hash } from 'node:crypto'
import type { Trail } from '../../audit/events.ts'
import type { Clock } from '../../kernel/clock.ts'
import { BrokerError } from '../../kernel/errors.ts'
import { readJson } from '../../storage/json.ts'
import type { CreditStore, ReportKind } from '../../storage/stores-credit.ts'
import bid from './bid.json' with { type: 'json' }
import financing from './financing.json' with { type: 'json' }
import { MAX_MODEL, type Model, type ModelInForce, nameOf, readModel, revisionOf } from './model.ts'

/** The formulas in force: those that come with the platform, and those an operator enters. Owns that a revision stays for ever, so that every report can be made again. */
export interface Models {
  inForce(): Promise<Record<ReportKind, ModelInForce>>
  /** by the name that a report tells. @throws BrokerError internal */
  byName(name: string): Promise<ModelInForce>
  /**
   * Counts from the next question on.
   * @param by who enters it
   * @throws BrokerError credit_model_malformed, too_large
   */
  enter(text: string, by: string, trace: string): Promise<{ report: ReportKind; revision: number }>
}

const OWN: Record<ReportKind, Model> = { bid: readModel(bid), financing: readModel(financing) }

type ModelStore = Pick<CreditStore, 'models' | 'model' | 'addModel'>
export function createModels({ store, clock, audit }: { store: ModelStore; clock: Clock; audit: Trail }): Models {
  const own = (report: ReportKind): ModelInForce => ({ name: nameOf(OWN[report], 0), model: OWN[report] })
  const entered = (body: string, revision: number): ModelInForce => {
    const model = readJson<Model>(body)
    return { name: nameOf(model, revision), model }
  }
  return {
    async inForce() {
      const found = { bid: own('bid'), financing: own('financing') }
      for (const { report, revision, body } of await store.models()) found[report] = entered(body, revision)
      return found
    },
    async byName(name) {
      const { report, revision } = revisionOf(name)
      if (name === own(report).name) return own(report)
      const row = await store.model(report, revision)
      if (row === undefined) throw new BrokerError('internal', `no formula ${name.slice(0, 60)}`)
      return entered(row.body, revision)
    },
    async enter(text, by, trace) {
      if (text.length > MAX_MODEL) throw new BrokerError('too_large', `a file of ${text.length} characters`, { expected: `at most ${MAX_MODEL}` })
      const model = readModel(parse(text))
      const body = JSON.stringify(model)
      const revision = ((await store.models()).find(each => each.report === model.report)?.revision ?? 0) + 1
      if (!(await store.addModel({ report: model.report, revision, body, by, at: clock.now().toISOString() })))
        throw new BrokerError('credit_model_malformed', 'somebody else entered a revision at the same moment', { expected: 'a look at theirs first' })
      const sm3 = hash('sm3', body, 'hex')
      await audit.append({ code: 'credit.model-entered', trace, facts: { report: model.report, revision, by, sm3 } })
      return { report: model.report, revision }
    },
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new BrokerError('credit_model_malformed', 'not JSON', { cause })
  }
}

import type { Trail } from '../../audit/events.ts'
import { chinaDay } from '../../kernel/china-time.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { ConsentStands, DataSet, Purpose, UseConsent } from '../../kernel/data-consent.ts'
import { BrokerError } from '../../kernel/errors.ts'
import { newId } from '../../kernel/ids.ts'
import { isUscc } from '../../kernel/uscc.ts'
import { readJson } from '../../storage/json.ts'
import type { CreditStore, ReportKind, StoredReport, Subject } from '../../storage/stores-credit.ts'
import { type ReportFacts, reckon, reportText } from '../model/compute.ts'
import { type Inputs, inputsOf, inputsText, MOST_FACTS } from '../model/inputs.ts'
import type { ModelInForce } from '../model/model.ts'
import type { Models } from '../model/models.ts'
import { signDocument } from './document.ts'
import type { ReportKey } from './key.ts'

/**
 * Credit reports: made from the facts of this very moment, given only by the company's consent, frozen with what they were made of, and never given again once one of their facts may not be used. Owns that a report and
 * a change of its facts never pass each other.
 */
export interface Reports {
  /** For a party, by the company's consent. @throws BrokerError credit_subject_unsupported, those of `UseConsent` */
  give(asked: Asked, trace: string): Promise<StoredReport>
  /** For the company itself. @throws BrokerError credit_subject_unsupported */
  take(subject: Subject, report: ReportKind, trace: string): Promise<StoredReport>
  /** One that a party was given, as long as the consent stands. @throws BrokerError credit_report_unknown for another's, too; credit_report_recalled, those of `ConsentStands` */
  again(id: string, recipient: string, trace: string): Promise<StoredReport>
  /** as it stands now, for the company's pages; nothing is stored */
  now(subject: Subject, report: ReportKind): Promise<{ inForce: ModelInForce; inputs: Inputs; reckoned: ReturnType<typeof reckon> }>
  /** The content of a stored report made anew from its frozen inputs and formula: the same octets, or something was changed. */
  recompute(report: StoredReport): Promise<string>
}

interface Asked extends Subject {
  report: ReportKind
  recipient: string
  project: string
  purpose: Purpose
}

/** how often the facts may change while a report is made */
const TRIES = 30
const DATA: Record<ReportKind, DataSet> = { bid: 'credit.bid', financing: 'credit.financing' }

export interface ReportsDeps {
  store: CreditStore
  models: Models
  useConsent: UseConsent
  consentStands: ConsentStands
  key: ReportKey
  clock: Clock
  trail: Trail
}

export function createReports({ store, models, useConsent, consentStands, key, clock, trail }: ReportsDeps): Reports {
  async function formula({ kind }: Subject, report: ReportKind): Promise<ModelInForce> {
    const inForce = (await models.inForce())[report]
    if (!inForce.model.subjects.includes(kind))
      throw new BrokerError('credit_subject_unsupported', `no ${report} report of a ${kind}`, { expected: inForce.model.subjects.join(', ') })
    return inForce
  }

  async function read(subject: Subject, { model }: ModelInForce): Promise<{ version: number; inputs: Inputs }> {
    const day = chinaDay(clock.now())
    const [found] = await store.inForce([subject], day, MOST_FACTS)
    return { version: found?.version ?? 0, inputs: inputsOf(subject, day, found?.facts ?? [], model) }
  }

  async function freeze(subject: Subject, report: ReportKind, about: ReportFacts, trace: string): Promise<StoredReport> {
    const inForce = await formula(subject, report)
    const signer = await key()
    const { id, consent, use, ...whom } = about
    for (let tries = 0; tries < TRIES; tries++) {
      const { version, inputs } = await read(subject, inForce)
      const stored = {
        ...{ id, kind: subject.kind, subject: subject.subject, report, ...(whom as Pick<Asked, 'recipient' | 'project' | 'purpose'>) },
        ...(consent === undefined || use === undefined ? {} : { consentId: consent, useNumber: use }),
        document: signDocument(reportText(inForce, inputs, about), signer),
        model: inForce.name,
        inputs: inputsText(inputs),
        factIds: inputs.facts.map(fact => fact.id),
        at: clock.now().toISOString(),
        trace,
      }
      // nothing was ever recorded about it: then there is no fact that could change either
      if (version === 0) await store.touch(subject, stored.at)
      else if (await store.addReport(stored, version)) return stored
    }
    throw new BrokerError('database_unavailable', `the facts changed ${TRIES} times while a report was made`)
  }

  async function tell({ id, report, recipient = '', project = '', consentId = '', useNumber = 0 }: StoredReport, trace: string): Promise<void> {
    await trail.append({
      code: 'credit.reported',
      trace,
      facts: { report: id, kind: report, recipient, project, consent: consentId, use: useNumber },
    })
  }

  return {
    async give({ kind, subject, report, ...whom }, trace) {
      const whose = { kind, subject }
      await formula(whose, report)
      // of an expert nothing is given: a person's consent to it is not made yet
      if (!isUscc(subject)) throw new BrokerError('credit_subject_unsupported', 'a subject that cannot consent here', { expected: 'a company' })
      const id = newId()
      const used = await useConsent({ uscc: subject, dataSet: DATA[report], reference: id, ...whom }, trace)
      const stored = await freeze(whose, report, { id, ...whom, consent: used.consent, use: used.number }, trace)
      await tell(stored, trace)
      return stored
    },
    async take(subject, report, trace) {
      const stored = await freeze(subject, report, { id: newId() }, trace)
      await tell(stored, trace)
      return stored
    },
    async again(id, recipient, trace) {
      const found = /^[\w-]{1,60}$/.test(id) ? await store.report(id) : undefined
      if (found === undefined || found.recipient !== recipient) throw new BrokerError('credit_report_unknown', 'no such report of whoever asks')
      if (found.recalledAt !== undefined) throw new BrokerError('credit_report_recalled', `recalled ${found.recalledAt}`)
      const { consentId: consent = '', project = '' } = found
      await consentStands({ consent, recipient, project }, trace)
      return found
    },
    async now(subject, report) {
      const inForce = await formula(subject, report)
      const { inputs } = await read(subject, inForce)
      return { inForce, inputs, reckoned: reckon(inForce, inputs) }
    },
    async recompute({ id, recipient, project, purpose, consentId, useNumber, model, inputs }) {
      const about: ReportFacts = {
        id,
        ...(recipient === undefined ? {} : { recipient }),
        ...(project === undefined ? {} : { project }),
        ...(purpose === undefined ? {} : { purpose }),
        ...(consentId === undefined ? {} : { consent: consentId }),
        ...(useNumber === undefined ? {} : { use: useNumber }),
      }
      return reportText(await models.byName(model), readJson<Inputs>(inputs), about)
    },
  }
}

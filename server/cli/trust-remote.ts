import { z } from 'zod'
import { BrokerError, type FailureCode } from '../kernel/errors.ts'
import { failures } from '../kernel/failures.ts'
import type { ImportProgress, TrustVersionRow } from '../storage/stores-trust.ts'
import type { Proposal } from '../trust/decisions.ts'
import type { TrustDesk, WishOutcome } from '../trust/desk.ts'
import { trustedCa } from '../trust/entry.ts'
import type { Explanation } from '../trust/explain.ts'
import type { IntakeOutcome } from '../trust/intake.ts'
import { askBroker } from './broker.ts'

/** The desk of a running broker, over its management port. Refusals come back as what they were. */
export function remoteDesk(url: string): TrustDesk {
  async function ask<T>(path: string, schema: z.ZodType<T>, send?: unknown): Promise<T> {
    const found = await askBroker(url, path, z.union([refusal, problem, schema.transform(value => ({ value }))]), send)
    if ('value' in found) return found.value
    throw 'error' in found ? new BrokerError(codeOf(found.error), found.facts) : new BrokerError(codeOf(found.code), found.detail)
  }
  return {
    list: version =>
      ask(`/trust/list.json${version === undefined ? '' : `?version=${version}`}`, z.object({ version: z.int(), cas: z.array(trustedCa) })),
    versions: async limit => (await ask('/trust/versions.json', arrayOf<TrustVersionRow>())).slice(0, limit),
    proposals: async ({ state }, limit) =>
      (await ask(`/trust/proposals.json${state === undefined ? '' : `?state=${state}`}`, arrayOf<Proposal>())).slice(0, limit),
    wish: given => ask('/trust/wishes.json', having<WishOutcome>('kind'), given),
    decide: ({ id, ...decision }) => ask(`/trust/proposals/${encodeURIComponent(id)}.json`, having<{ version?: number }>(), decision),
    explain: ({ at, ...question }) => ask('/trust/explain.json', having<Explanation>('steps'), { ...question, at: at.toISOString() }),
    take: (items, progress) => ask('/trust/holders.json', arrayOf<IntakeOutcome>(), { items, ...(progress === undefined ? {} : { progress }) }),
    progress: async source => (await ask(`/trust/holders/${source}.json`, having<ImportProgress>('done').nullable())) ?? undefined,
    imported: async facts => void (await ask('/trust/imported.json', having<object>(), facts)),
    counts: () => Promise.reject(new BrokerError('internal', 'a running broker shows its counts on its page')),
  }
}

const refusal = z.strictObject({ error: z.string(), facts: z.string() })
/** RFC 9457, as errors outside of the desk come */
const problem = z.object({ status: z.int(), code: z.string(), detail: z.string() })
/** What the broker of this same version wrote: only its outline is looked at. */
const arrayOf = <T>() => z.custom<T[]>(value => Array.isArray(value))
const having = <T>(field?: string) => z.custom<T>(value => typeof value === 'object' && value !== null && (field === undefined || field in value))

const isCode = (code: string): code is FailureCode => Object.hasOwn(failures, code)
const codeOf = (code: string): FailureCode => (isCode(code) ? code : 'internal')

import type { AdapterPayload, InteractionResults } from 'oidc-provider'
import type { LoginOutcome, LoginRecord } from '../storage/stores-logins.ts'
import type { Center } from './clients.ts'
import { detailsOf, neededAssurance } from './needs.ts'

/**
 * Between the library's "interaction" and the login record through which this room and the login room meet (decision 0001): what the login room is
 * asked, and what the library is told of its outcome.
 */

/** why a prompt is open although the person has a session that may stay: everything else wants a new proof */
const SESSION_STAYS = new Set(['acr_too_low', 'consent_prompt', 'op_scopes_missing', 'op_claims_missing', 'rar_prompt'])

/** Core 3.1.2.1: why the person must prove themselves anew, and not merely once */
const AFRESH = new Set(['login_prompt', 'max_age'])

export function toLoginRecord(
  id: string,
  interaction: AdapterPayload,
  known: { center: Center; trace: string; proofId: string | undefined; now: Date },
): LoginRecord {
  const params = interaction.params ?? {}
  const prompt = interaction.prompt?.name === 'consent' ? 'consent' : 'login'
  const reasons = interaction.prompt?.reasons ?? []
  const membershipId = interaction.session?.accountId
  const bankHint = params['bank']
  const details = detailsOf(params)
  // rich details alone ask the person for those; whether the claims were agreed to before is another question
  const onlyDetails = prompt === 'consent' && reasons.every(reason => reason === 'rar_prompt')
  return {
    id,
    version: 1,
    trace: known.trace,
    createdAt: known.now.toISOString(),
    expiresAt: new Date((interaction.exp ?? 0) * 1000).toISOString(),
    request: {
      clientId: known.center.id,
      clientName: known.center.name,
      clientOrigins: known.center.origins,
      scopes: words(params['scope']),
      ...(typeof bankHint === 'string' ? { bankHint } : {}),
      needs: neededAssurance(params),
      ...(reasons.some(reason => AFRESH.has(reason)) ? { afresh: true } : {}),
      prompts: onlyDetails ? [] : prompt === 'login' && words(params['prompt']).includes('consent') ? ['login', 'consent'] : [prompt],
      returnTo: interaction.returnTo ?? '',
      ...(details.length === 0 ? {} : { details }),
    },
    ...(membershipId !== undefined && known.proofId !== undefined && reasons.every(reason => SESSION_STAYS.has(reason))
      ? { session: { membershipId, proofId: known.proofId } }
      : {}),
  }
}

const words = (text: unknown): string[] => (typeof text === 'string' ? text.split(' ').filter(word => word !== '') : [])

/** The library's words for an outcome. `proofId` is ours: it rides along in the result and ends up in the grant's id. */
export function toResult(outcome: LoginOutcome, trace: string): InteractionResults {
  if (outcome.kind === 'refused') return { error: outcome.error, error_description: withTrace(outcome.description, trace) }
  return {
    login: {
      accountId: outcome.membershipId,
      acr: outcome.assurance,
      amr: outcome.methods,
      ts: Math.floor(Date.parse(outcome.authenticatedAt) / 1000),
      // a session cookie that ends with the browser: these are shared desks
      remember: false,
    },
    consent: {},
    proofId: outcome.proofId,
    ...(outcome.details === undefined ? {} : { details: outcome.details }),
  }
}

/** RFC 6749 4.1.2.1 allows printable ASCII without quote and backslash in error_description; anything else is left out. */
export function withTrace(description: string, trace: string): string {
  const clean = description.replaceAll(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '').trim()
  return `${clean}${clean === '' ? '' : ' '}(trace ${trace})`
}

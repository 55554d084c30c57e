import type { Attempt } from '../../bank-adapters/contract.ts'
import { newId } from '../kernel/ids.ts'
import type { LoginRecord } from '../storage/stores-logins.ts'
import { needsOf } from './dispatch.ts'
import type { LoginBank } from './room.ts'

/**
 * One try at one bank. Its id goes to the bank and comes back with the answer (OpenID `state`, SAML `RelayState`), so it names the login as well: `<login>.<random>`,
 * at most 80 characters as SAML allows. Where nothing leaves our page, the random part alone: the person reads it in what they sign.
 */
export const newAttemptId = (loginId: string, { data }: LoginBank): string => (data.protocol === 'shield' ? newId() : `${loginId}.${newId()}`)

/** The login that an answer says it belongs to; to be believed only once the attempt was found in it and the browser proved to have begun it. */
export function loginIdIn(state: unknown): string | undefined {
  return typeof state === 'string' ? /^([\w-]{8,64})\.[\w-]{20,64}$/.exec(state)?.[1] : undefined
}

export const isLoginId = (text: string): boolean => /^[\w-]{8,64}$/.test(text)

/** Made from the record alone, so that the answer is checked against the same words as the question. */
export function attemptFor(record: LoginRecord, at: { id: string; bank: string }, publicUrl: string): Attempt {
  const { request } = record
  return {
    id: at.id,
    trace: record.trace,
    callbackUrl: `${publicUrl}/login/callback/${at.bank}`,
    needs: needsOf(record),
    afresh: request.afresh === true,
    binding: { origin: publicUrl, relyingParty: request.clientId, relyingPartyName: request.clientName, purpose: 'login', browser: record.id },
  }
}

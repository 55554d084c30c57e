import { newId } from '../kernel/ids.ts'

/**
 * A grant's id names the proof it stands on: `<proofId>.<order>.<random>`. Codes, access tokens and refresh tokens carry the grant's id, so claims are one read
 * away from each of them. `order` (milliseconds, base 36) is when the proof entered the session: the highest of a session's grants is its current proof.
 */
export const newGrantId = (proof: SessionProof): string => `${proof.proofId}.${proof.order.toString(36)}.${newId()}`

export interface SessionProof {
  proofId: string
  order: number
}

export function readGrantId(id: string): SessionProof | undefined {
  const [, proofId, order] = /^(.{1,100})\.([0-9a-z]{1,12})\.[\w-]{20,40}$/.exec(id) ?? []
  return proofId === undefined || order === undefined ? undefined : { proofId, order: Number.parseInt(order, 36) }
}

/** The proof that a session stands on now; undefined when none of its centers is left. */
export function currentProof(authorizations: Record<string, { grantId?: string | undefined }> | undefined): SessionProof | undefined {
  const proofs = Object.values(authorizations ?? {}).flatMap(({ grantId }) => (grantId === undefined ? [] : (readGrantId(grantId) ?? [])))
  return proofs.reduce<SessionProof | undefined>((best, next) => (best === undefined || next.order > best.order ? next : best), undefined)
}

import type { Authority } from '../../kernel/authority.ts'
import type { SealKind } from '../../storage/stores-seals.ts'
import type { SealPicture } from '../contract.ts'

/** What sealing needs and does not own. The composition root joins them. */

/** The seals of a company, as life/ keeps them. */
export interface SealDesk {
  /** those of a company that are in force, its own seal first */
  ofCompany(enterpriseId: string, limit: number): Promise<{ id: string; name: string }[]>
  /** The seal, now, for this shield; for any, to be looked at, where none is named. @throws BrokerError seal_unknown, seal_not_in_force, seal_wrong_shield (then a remake is what helps) */
  inForce(enterpriseId: string, sealId: string, thumbprint?: string): Promise<UsableSeal>
}

export interface UsableSeal {
  id: string
  name: string
  kind: SealKind
  /** SESeal, DER */
  der: Buffer
  picture: SealPicture
}

/** authorization: may this person use this seal, and written down once if they may */
export type UseOf = Authority['use']

/** Who is there, as the page's session or a center's token proves it. */
export interface Sealer {
  membershipId: string
  enterpriseId: string
  company: { uscc: string; name: string }
  person: { id: string; name: string }
  assurance: Parameters<UseOf>[0]['assurance']
  byMandate?: true
  trace: string
}

/** Whose shield signed the list, as life/ports.ts has it. */
export interface ListSigner {
  /** @returns the thumbprint. @throws BrokerError mandate_wrong_shield, signature_invalid, certificate_* */
  signedBy(facts: { membership: { personId: string; uscc: string } }, signed: { text: string; cms: string }, own: boolean): Promise<string>
}

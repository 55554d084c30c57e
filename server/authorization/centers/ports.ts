import type { Assurance } from '../../kernel/assurance.ts'

/** What a center's own access token (client credentials) may ask for here. */
export const SCOPES = ['authorization.decide', 'authorization.use', 'authorization.read', 'authorization.webhooks'] as const
export type Scope = (typeof SCOPES)[number]

/**
 * Who stands behind a person's access token, and what their login had proven; undefined unless the token was issued to this very center and is good now. The provider's, joined by the composition root.
 * @throws BrokerError database_unavailable
 */
export type PersonOf = (token: string, clientId: string) => Promise<{ membershipId: string; enterpriseId: string; assurance: Assurance } | undefined>

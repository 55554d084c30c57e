/** The words that the interface for deals shares with the house. */
export const SCOPES = ['deals.report'] as const
export type Scope = (typeof SCOPES)[number]
export const BASE = '/api/deals'

import { createHash } from 'node:crypto'

/** The id of a claim on the guarantee for a bond: the same decision names the same claim, however often it is told. @param of what the decision is known by */
export const claimId = (bondId: string, ...of: readonly (string | number)[]): string =>
  createHash('sm3')
    .update(JSON.stringify([bondId, ...of]))
    .digest('base64url')
    .slice(0, 32)

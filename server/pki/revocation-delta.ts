/** Owns where a delta list is found, and what tells one from a whole list: freshestCRL and deltaCRLIndicator, RFC 5280 4.2.1.15, 5.2.4, 5.2.6. */
import type { Certificate } from './certificate.ts'
import { Cursor, onlyElement, TAG } from './der.ts'
import { EXTENSION, readCrlUrls, readExtensions } from './extensions.ts'

export interface ListFacts {
  delta: boolean
  /** where the list says its delta is; http(s) only */
  freshest: readonly string[]
}

/**
 * What the extensions of a list say, without walking its entries.
 * @throws BrokerError `certificate_malformed`
 */
export function readListFacts(der: Buffer): ListFacts {
  const tbs = new Cursor(new Cursor(onlyElement(der, TAG.sequence)).take(TAG.sequence))
  tbs.takeIf(TAG.integer)
  tbs.take(TAG.sequence)
  tbs.take(TAG.sequence)
  tbs.take(TAG.utcTime, TAG.generalizedTime)
  tbs.takeIf(TAG.utcTime, TAG.generalizedTime)
  tbs.takeIf(TAG.sequence)
  const list = tbs.takeIf(0xa0)
  const extensions = list === undefined ? undefined : readExtensions(onlyElement(list.content, TAG.sequence))
  return { delta: extensions?.has(EXTENSION.deltaCrl) === true, freshest: urlsOf(extensions?.get(EXTENSION.freshestCrl)?.value) }
}

/** Where the certificate itself says its CA's delta list is. */
export const freshestOf = (certificate: Certificate): readonly string[] => urlsOf(certificate.extension(EXTENSION.freshestCrl))

/** It only points somewhere: one that cannot be read points nowhere. */
function urlsOf(value: Buffer | undefined): readonly string[] {
  try {
    return value === undefined ? [] : readCrlUrls(value)
  } catch {
    return []
  }
}

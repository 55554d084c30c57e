/**
 * Every published case that we answer otherwise than its author expects, each with the reason for which we stay with our answer. A difference that is not listed fails the trial,
 * and so does one that is listed and is none any more. No case that is to be refused may stand here.
 */
export interface Difference {
  id: string
  ours: 'accepted' | 'refused'
  reason: string
}

const COMMON_NAME =
  'the host stands in the common name only. RFC 9525 (2023) 6.2 no longer takes it for a host, as browsers, Go and others do not: name constraints do not bind it'

export const differences: readonly Difference[] = [
  { id: 'x509test::ValidCert', ours: 'refused', reason: COMMON_NAME },
  { id: 'x509test::ValidChained', ours: 'refused', reason: COMMON_NAME },
  { id: 'x509test::ValidIntCALen', ours: 'refused', reason: COMMON_NAME },
  { id: 'x509test::ValidWildcard', ours: 'refused', reason: COMMON_NAME },
]

import { issueCrl, issueOcspResponse } from '../../../server/pki/issue-revocation.ts'
import type { Evidence } from '../../../server/seals/contract.ts'
import { at, makeRoot, makeUnder } from '../../pki/hierarchy.ts'

/** Evidence of each kind, made for one test run. */
const ca = makeRoot('CA')
const times = { thisUpdate: at, nextUpdate: new Date(at.getTime() + 3_600_000) }
export const evidence: Evidence = {
  certificates: [ca, makeUnder(ca, '演示公司')].map(({ certificate }) => certificate.der),
  crls: [issueCrl({ issuer: ca, entries: [], number: 1, ...times })],
  ocsps: [issueOcspResponse({ responder: ca, answers: [], nonce: undefined, producedAt: at, ...times })],
}

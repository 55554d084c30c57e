import { fixedClock } from '../../server/kernel/clock.ts'
import { oid, sequence } from '../../server/pki/der-write.ts'
import { EXTENSION } from '../../server/pki/extensions.ts'
import { newSerial } from '../../server/pki/issue.ts'
import { createTimestampAuthority, type TimestampAuthorityOptions } from '../../server/pki/timestamp-authority.ts'
import { at, makeRoot, makeUnder, type Party } from './hierarchy.ts'

/** A root and authorities under it, made for one test run. */
export const POLICY = '1.2.156.10197.6.9.1'
export const timeStamping = { oid: EXTENSION.extendedKeyUsage, der: sequence(oid('1.3.6.1.5.5.7.3.8')), critical: true }

export const root = makeRoot('Time Root')
export const tsa = {
  SM2: makeUnder(root, 'TSA SM2', { extensions: [timeStamping] }),
  RSA: makeUnder(root, 'TSA RSA', { extensions: [timeStamping] }, 'RSA'),
  ECDSA: makeUnder(root, 'TSA ECDSA', { extensions: [timeStamping] }, 'ECDSA'),
}
export const clock = fixedClock(at)

export const authorityOf = (party: Party, more: Partial<TimestampAuthorityOptions> = {}) =>
  createTimestampAuthority({ key: party.privateKey, certificate: party.certificate, clock, policy: POLICY, nextSerial: newSerial, ...more })

/** Owns document time stamps, ETSI EN 319 142-1 5.4.3: a time-stamp token in the place of a signature. It shows that the document existed; whether its authority may be believed is not known here and not claimed. */
import { asBrokerError } from '../../kernel/errors.ts'
import { readTimestampToken } from '../../pki/timestamp-token.ts'
import type { JudgedValue } from '../contract.ts'
import { check } from './words.ts'

export function judgeStamp(value: Buffer, digestOf: (digest: string) => Buffer): JudgedValue {
  try {
    const { info, certificates } = readTimestampToken(value)
    const same = digestOf(info.imprint.digest).equals(info.imprint.hash)
    return { kind: 'cms', claimedAt: info.genTime.toISOString(), checks: [check('imprint', same ? 'yes' : 'no', info.imprint.digest)], certificates }
  } catch (thrown) {
    const { code, facts } = asBrokerError(thrown)
    return { kind: 'unknown', checks: [check('value-unreadable', 'no', `${code}: ${facts}`)] }
  }
}

/**
 * Owns the one verdict on a signature value found in a document, whatever the document: which kind it is, and every rule of that kind as a check. It decides neither whether a certificate is trusted nor whether a
 * time stamp holds: both are asked for (ports.ts).
 */
import { asBrokerError } from '../kernel/errors.ts'
import { SIGNED_DATA } from '../pki/cms-algorithms.ts'
import { elementAt, readOid, TAG } from '../pki/der.ts'
import type { SealJudge } from './contract.ts'
import type { JudgeDeps } from './ports.ts'
import { isGoodNow, judgeCertificate } from './values/certificate-checks.ts'
import { judgeCms } from './values/cms-judge.ts'
import { carriedIn } from './values/evidence.ts'
import { judgeSes, signerFacts } from './values/ses-judge.ts'
import { sealingTime, timeCheck } from './values/time-checks.ts'
import { check } from './values/words.ts'

/** @returns its `value` throws only what verdictOf throws; what cannot be read is of kind `unknown`, with the reason as a check */
export function createSealJudge(deps: JudgeDeps): SealJudge {
  return {
    async value(value, content) {
      try {
        return await (isSignedMessage(value) ? judgeCms : judgeSes)(value, content, deps)
      } catch (thrown) {
        const error = asBrokerError(thrown)
        if (error.code !== 'seal_malformed') throw error
        return { kind: 'unknown', checks: [check('format', 'no', error.facts)] }
      }
    },
    async signer({ certificate, chain: sent, claimedAt, stamp, evidence: given }) {
      const { verdictOf, stampVerdictOf } = deps
      const stamps = stamp === undefined ? [] : [Buffer.from(stamp.token)]
      const { certificates: chain, evidence } = carriedIn(given, { certificates: sent })
      const signature = Buffer.from(stamp?.over ?? [])
      const time = await sealingTime({ claimedAt, stamps, signature, now: deps.clock.now(), stampVerdictOf, evidence })
      const { at, provenAt } = time
      const timeless = provenAt === undefined && time.claimedAt === undefined
      const signer = await judgeCertificate({ role: 'signer', certificate, at, timeless, provenAt, chain, evidence }, verdictOf)
      const when = await timeCheck(time, () => isGoodNow(certificate, time.now, chain, verdictOf))
      return {
        signer: signerFacts(certificate, signer.verdict),
        checks: [...signer.checks, ...time.checks, when],
        ...(provenAt === undefined ? {} : { provenAt: provenAt.toISOString() }),
      }
    },
  }
}

/** By its first object identifier: GB/T 35275 or PKCS#7 signed data. */
function isSignedMessage(value: Uint8Array): boolean {
  try {
    const outer = elementAt(Buffer.from(value.buffer, value.byteOffset, value.byteLength))
    const first = elementAt(outer.content)
    return outer.tag === TAG.sequence && first.tag === TAG.oid && SIGNED_DATA.includes(readOid(first))
  } catch {
    return false
  }
}

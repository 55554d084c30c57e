/**
 * Owns the one answer the rooms outside ask for: is this certificate good, for this bank, here and now, for this use? Path, use and revocation together, with the
 * path's verdict remembered, so that a login costs one signature; revocation is looked up every time.
 */
import type { Clock } from '../kernel/clock.ts'
import { asBrokerError, BrokerError } from '../kernel/errors.ts'
import type { Meter } from '../kernel/meter.ts'
import { Certificate, readCertificate } from './certificate.ts'
import type { KeyUsage } from './extensions.ts'
import { verifyChain } from './path.ts'
import type { Revocation } from './revocation.ts'
import { isSelfSigned } from './signed-by.ts'
import { sm3 } from './sm2.ts'

export type CertificateUse = 'sign' | 'encrypt'

const USAGE: Record<CertificateUse, readonly KeyUsage[]> = {
  sign: ['digitalSignature', 'nonRepudiation'],
  encrypt: ['keyEncipherment', 'dataEncipherment', 'keyAgreement'],
}
const MAX_REMEMBERED = 20_000

export interface CheckerOptions {
  /**
   * The CA certificates that may issue this bank's shields: those that signed themselves are roots, the others intermediates. The same array for as long as nothing
   * changed: another array is another trust list, and every remembered verdict under the old one is forgotten with it.
   */
  anchors: (bank: string) => Promise<readonly Certificate[]>
  revocation: Pick<Revocation, 'check'>
  clock: Clock
  meter?: Pick<Meter, 'certificateVerdict'>
}

interface CertificateQuestion {
  bank: string
  leaf: Uint8Array | Certificate
  /** certificates that came along: candidates, trusted in nothing */
  chain?: readonly Certificate[]
  use: CertificateUse
}

export interface CertificateChecker {
  /**
   * @returns the certificate, when it is good
   * @throws BrokerError with the exact reason: certificate_malformed, _untrusted, _expired, _not_yet_valid, _wrong_use, _chain_invalid, _revoked, revocation_unknown,
   * algorithm_refused
   */
  check(question: CertificateQuestion): Promise<Certificate>
}

interface Verdict {
  path: readonly Certificate[]
  from: Date
  until: Date
}

interface Trust {
  roots: readonly Certificate[]
  intermediates: readonly Certificate[]
  verdicts: Map<string, Verdict>
}

export function createCertificateChecker({ anchors, revocation, clock, meter }: CheckerOptions): CertificateChecker {
  const trusts = new WeakMap<readonly Certificate[], Trust>()

  function trustOf(certificates: readonly Certificate[]): Trust {
    const known = trusts.get(certificates)
    if (known !== undefined) return known
    const roots = certificates.filter(isSelfSigned)
    const made = { roots, intermediates: certificates.filter(each => !roots.includes(each)), verdicts: new Map<string, Verdict>() }
    trusts.set(certificates, made)
    return made
  }

  function pathOf({ leaf: given, chain = [], use }: CertificateQuestion, trust: Trust, at: Date): Verdict {
    const key = `${use}/${given instanceof Certificate ? given.thumbprint : sm3(given)}`
    const known = trust.verdicts.get(key)
    if (known !== undefined && known.from <= at && at <= known.until) return known
    const leaf = given instanceof Certificate ? given : readCertificate(given)
    const result = verifyChain({ leaf, intermediates: [...trust.intermediates, ...chain.slice(0, 16)], roots: trust.roots, at, keyUsage: USAGE[use] })
    if (!result.ok)
      throw new BrokerError(result.code, `${result.facts} (${result.clause})`, {
        received: `serial ${leaf.serial}: ${result.facts}`,
        expected: `a path to an anchor of this bank, good at ${at.toISOString()}`,
      })
    if (leaf.basicConstraints?.ca === true) throw new BrokerError('certificate_wrong_use', `a CA certificate is no shield: ${leaf.subject.text}`)
    const verdict = {
      path: result.path,
      from: new Date(Math.max(...result.path.map(each => each.notBefore.getTime()))),
      until: new Date(Math.min(...result.path.map(each => each.notAfter.getTime()))),
    }
    if (trust.verdicts.size >= MAX_REMEMBERED) trust.verdicts.delete(trust.verdicts.keys().next().value ?? '')
    trust.verdicts.set(key, verdict)
    return verdict
  }

  async function decide(question: CertificateQuestion): Promise<Certificate> {
    const { path } = pathOf(question, trustOf(await anchors(question.bank)), clock.now())
    const [leaf, ...above] = path
    if (leaf === undefined) throw new BrokerError('certificate_untrusted', 'an empty path')
    // a self-signed leaf that is itself an anchor has nobody who could revoke it
    for (const [i, issuer] of above.entries()) {
      const certificate = path[i]
      if (certificate !== undefined) await revocation.check(certificate, issuer, { optional: i > 0 })
    }
    return leaf
  }

  return {
    async check(question) {
      try {
        const certificate = await decide(question)
        meter?.certificateVerdict('ok')
        return certificate
      } catch (thrown) {
        meter?.certificateVerdict(asBrokerError(thrown).code)
        throw thrown
      }
    },
  }
}

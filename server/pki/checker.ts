/**
 * Owns the one answer the rooms outside ask for: is this certificate good, for this bank, here and now, for this use? Path, use and revocation together, with the
 * path's verdict remembered (validation-cache.ts), so that a login costs one signature; revocation is looked up every time.
 */
import type { Clock } from '../kernel/clock.ts'
import { asBrokerError, BrokerError } from '../kernel/errors.ts'
import type { Meter } from '../kernel/meter.ts'
import { Certificate, readCertificate } from './certificate.ts'
import type { KeyUsage } from './extensions.ts'
import { verifyChain } from './path.ts'
import type { Revocation } from './revocation.ts'
import type { RevocationPurpose } from './revocation-rule.ts'
import { isSelfSigned } from './signed-by.ts'
import { sm3 } from './sm2.ts'
import { createValidationCache, type PathVerdict, type ValidationCacheState } from './validation-cache.ts'

export type CertificateUse = 'sign' | 'encrypt'

const USES: Record<CertificateUse, { usage: readonly KeyUsage[]; purpose: RevocationPurpose }> = {
  sign: { usage: ['digitalSignature', 'nonRepudiation'], purpose: 'login' },
  encrypt: { usage: ['keyEncipherment', 'dataEncipherment', 'keyAgreement'], purpose: 'encryption' },
}
const MAX_REMEMBERED = 20_000

/** What one bank's certificates may lead to, as the trust list says it now. */
export interface Trust {
  /** another version is another trust list: no verdict reached under one counts under the other. Whatever changes the anchors changes it, a date that passes too */
  version: string | number
  roots: readonly Certificate[]
  intermediates: readonly Certificate[]
}

export interface CheckerOptions {
  /**
   * Asked at every check, so it has to be at hand: the CA certificates that may issue this bank's shields. Or simply all of them as an array, where those that signed
   * themselves are roots; the same array for as long as nothing changed, as another array is another trust list.
   */
  anchors: (bank: string, use: CertificateUse) => Promise<Trust | readonly Certificate[]>
  revocation: Pick<Revocation, 'check'>
  clock: Clock
  meter?: Pick<Meter, 'certificateVerdict'>
  /** whether a path was at hand */
  onLookup?: (outcome: 'hit' | 'miss') => void
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
  /**
   * Forgets paths: all of them, a bank's, or those through one certificate. Nobody needs it for a revocation (asked anew at each check) or for another version of the
   * trust list (its verdicts are its own); it is there for what happens without either, such as a CA distrusted by hand.
   */
  invalidate(what?: { bank?: string; thumbprint?: string }): void
  state(): ValidationCacheState
}

export function createCertificateChecker({ anchors, revocation, clock, meter, onLookup }: CheckerOptions): CertificateChecker {
  const verdicts = createValidationCache(MAX_REMEMBERED, onLookup)
  const trustOf = createTrustReader()

  function pathOf({ bank, leaf: given, chain = [], use }: CertificateQuestion, trust: Trust, at: Date): PathVerdict {
    // a hash over the bytes as they came: what was read once need not be read again, and its key is imported
    const key = { scope: bank, version: trust.version, use, thumbprint: given instanceof Certificate ? given.thumbprint : sm3(given) }
    const known = verdicts.find(key, at)
    if (known !== undefined) return known
    const leaf = given instanceof Certificate ? given : readCertificate(given)
    const intermediates = chain.length === 0 ? trust.intermediates : [...trust.intermediates, ...chain.slice(0, 16)]
    const result = verifyChain({ leaf, intermediates, roots: trust.roots, at, keyUsage: USES[use].usage })
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
    verdicts.keep(key, verdict)
    return verdict
  }

  async function decide(question: CertificateQuestion): Promise<Certificate> {
    const trust = trustOf(await anchors(question.bank, question.use))
    const { path } = pathOf(question, trust, clock.now())
    const [leaf, ...above] = path
    if (leaf === undefined) throw new BrokerError('certificate_untrusted', 'an empty path')
    // a self-signed leaf that is itself an anchor has nobody who could revoke it
    for (const [i, issuer] of above.entries()) {
      const certificate = path[i]
      if (certificate === undefined) continue
      await revocation.check(certificate, issuer, i === 0 ? { purpose: USES[question.use].purpose } : { purpose: 'authority', optional: true })
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
        const error = asBrokerError(thrown)
        meter?.certificateVerdict(error.code)
        throw error
      }
    },

    invalidate({ bank, thumbprint } = {}) {
      verdicts.forget({ ...(bank === undefined ? {} : { scope: bank }), ...(thumbprint === undefined ? {} : { thumbprint }) })
    },

    state: () => verdicts.state(),
  }
}

/** Arrays of anchors as trust lists: each array gets a version of its own. */
function createTrustReader(): (given: Trust | readonly Certificate[]) => Trust {
  const made = new WeakMap<readonly Certificate[], Trust>()
  let versions = 0
  return given => {
    if ('version' in given) return given
    const known = made.get(given)
    if (known !== undefined) return known
    const roots = given.filter(each => isSelfSigned(each))
    const trust = { version: `array ${++versions}`, roots, intermediates: given.filter(each => !roots.includes(each)) }
    made.set(given, trust)
    return trust
  }
}

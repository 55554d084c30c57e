/**
 * Owns the dual certificates of a shield (双证书, GM/T 0015 and the law on electronic signatures): one to sign, whose key never left the shield, and one to encrypt, whose key
 * a key management centre also holds. They belong together by holder and issuer, and neither may do the other's work.
 */
import { BrokerError } from '../kernel/errors.ts'
import type { Certificate } from './certificate.ts'
import type { KeyUsage } from './extensions.ts'

const USES = {
  sign: ['digitalSignature', 'nonRepudiation'],
  encrypt: ['keyEncipherment', 'dataEncipherment', 'keyAgreement'],
} as const satisfies Record<string, readonly KeyUsage[]>
export type ShieldUse = keyof typeof USES

/** `single` is for both, as older shields have it; `neither` is a CA's, or for nothing that a shield does. */
export type ShieldRole = ShieldUse | 'single' | 'neither'

/** What a certificate is for, by its key usage (RFC 5280 4.2.1.3). One that says nothing could do all, and is taken for `single`. */
export function roleOf({ keyUsage, basicConstraints }: Certificate): ShieldRole {
  if (basicConstraints?.ca === true) return 'neither'
  if (keyUsage === undefined) return 'single'
  const [signs, encrypts] = [USES.sign.some(usage => keyUsage.has(usage)), USES.encrypt.some(usage => keyUsage.has(usage))]
  if (signs && encrypts) return 'single'
  return signs ? 'sign' : encrypts ? 'encrypt' : 'neither'
}

/** @throws BrokerError `certificate_wrong_use` where the certificate is not for this */
export function requireUse(certificate: Certificate, use: ShieldUse): void {
  const role = roleOf(certificate)
  if (role === use || role === 'single') return
  throw new BrokerError('certificate_wrong_use', `certificate ${certificate.serial} is not to ${use}`, { received: role, expected: use })
}

interface ShieldPair {
  sign: Certificate
  encrypt: Certificate
}

export interface PairedShields {
  pairs: ShieldPair[]
  /** certificates for both uses, each a shield of its own */
  singles: Certificate[]
  /** what has no partner, and why */
  alone: { certificate: Certificate; reason: 'no-encryption-certificate' | 'no-signing-certificate' | 'not-a-shield' }[]
}

/**
 * Pairs signing with encryption certificates: of one holder and one issuer, whose validity overlaps. Where a holder has several, as after a renewal, those that were made
 * together go together: the closest validity first, then the closest serial number, as CAs number both in one go. Every certificate stands in the answer once.
 */
export function pairShields(certificates: readonly Certificate[]): PairedShields {
  const unique = [...new Map(certificates.map(each => [each.thumbprint, each])).values()]
  const byRole = (role: ShieldRole) => unique.filter(each => roleOf(each) === role)
  const [signing, encrypting] = [byRole('sign'), byRole('encrypt')]
  const candidates = candidatePairs(signing, encrypting)
  const taken = new Set<Certificate>()
  const pairs: ShieldPair[] = []
  for (const { sign, encrypt } of candidates) {
    if (taken.has(sign) || taken.has(encrypt)) continue
    taken.add(sign).add(encrypt)
    pairs.push({ sign, encrypt })
  }
  return {
    pairs: pairs.sort((a, b) => signing.indexOf(a.sign) - signing.indexOf(b.sign)),
    singles: byRole('single'),
    alone: [
      ...signing.filter(each => !taken.has(each)).map(certificate => ({ certificate, reason: 'no-encryption-certificate' as const })),
      ...encrypting.filter(each => !taken.has(each)).map(certificate => ({ certificate, reason: 'no-signing-certificate' as const })),
      ...byRole('neither').map(certificate => ({ certificate, reason: 'not-a-shield' as const })),
    ],
  }
}

/** Every pair that may be one, the likeliest first. A holder has few certificates, so that comparing all of one holder is cheap. */
function candidatePairs(signing: readonly Certificate[], encrypting: readonly Certificate[]): ShieldPair[] {
  const ofHolder = new Map<string, Certificate[]>()
  for (const encrypt of encrypting) ofHolder.set(holderOf(encrypt), [...(ofHolder.get(holderOf(encrypt)) ?? []).slice(0, 63), encrypt])
  return signing
    .flatMap(sign => (ofHolder.get(holderOf(sign)) ?? []).filter(encrypt => overlap(sign, encrypt)).map(encrypt => ({ sign, encrypt })))
    .map(pair => ({ pair, days: validityGap(pair), serials: serialGap(pair) }))
    .sort((a, b) => a.days - b.days || Number(a.serials > b.serials) - Number(a.serials < b.serials))
    .map(({ pair }) => pair)
}

const holderOf = (certificate: Certificate): string => JSON.stringify([certificate.subject.key, certificate.issuer.key, kindOf(certificate)])

function kindOf(certificate: Certificate): string {
  try {
    return certificate.keyName
  } catch {
    // a key we do not take; that it is refused is for whoever uses it
    return 'refused'
  }
}

const overlap = (one: Certificate, other: Certificate): boolean => one.notBefore <= other.notAfter && other.notBefore <= one.notAfter

const validityGap = ({ sign, encrypt }: ShieldPair): number =>
  Math.abs(sign.notBefore.getTime() - encrypt.notBefore.getTime()) + Math.abs(sign.notAfter.getTime() - encrypt.notAfter.getTime())

/** Twice the distance of the serial numbers, less one where signing comes first: of two neighbours, that is the order in which CAs number a pair. */
function serialGap({ sign, encrypt }: ShieldPair): bigint {
  const gap = BigInt(`0x${encrypt.serial}`) - BigInt(`0x${sign.serial}`)
  return gap < 0n ? -2n * gap : 2n * gap - 1n
}

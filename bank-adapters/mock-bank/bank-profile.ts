/**
 * What makes one bank of the mock differ from another: data. The three that the product ships with stand below; a test or a trial adds a fourth
 * by one more of these and nothing else.
 */
export interface BankProfile {
  /** first part of every path, prefix of every cookie and claim; short, lower case */
  id: string
  name: { zh: string; en: string }
  /** `oidc` and `saml` banks have a redirect login of their own; a `shield` bank is only a certificate authority with a register */
  protocol: 'oidc' | 'saml' | 'shield'
  /** how its issuer writes the company into a certificate (naming.ts) */
  naming: 'cfca-cn' | 'cfca-cn-swapped' | 'gbt20518'
  /** whether some of its customers still hold older RSA shields, under an RSA hierarchy of its own */
  olderShields: boolean
  /** of its pages; white text must be readable on it */
  color: string
}

const ccb: BankProfile = {
  id: 'ccb',
  name: { zh: '建行(演示)', en: 'CCB (mock)' },
  protocol: 'oidc',
  naming: 'cfca-cn',
  olderShields: true,
  color: '#0b4ea2',
}

const icbc: BankProfile = {
  id: 'icbc',
  name: { zh: '工行(演示)', en: 'ICBC (mock)' },
  protocol: 'saml',
  naming: 'cfca-cn-swapped',
  olderShields: false,
  color: '#a3171d',
}

const abc: BankProfile = {
  id: 'abc',
  name: { zh: '农行(演示)', en: 'ABC (mock)' },
  protocol: 'shield',
  naming: 'gbt20518',
  olderShields: true,
  color: '#00695c',
}

export const threeBanks: readonly BankProfile[] = [ccb, icbc, abc]

import type { Command } from './command.ts'

/** Owns the commands of `shield cert`; their work is cert-verify.ts, loaded late so that other commands start at once. */
export const certCommands: readonly Command[] = [
  {
    name: 'cert show',
    args: ['FILE'],
    options: { profile: { value: 'NAME', about: 'reads the company by this profile only: cfca-cn, cfca-cn-swapped, gbt20518' } },
    about: 'what stands in a certificate; judges nothing',
    run: async asked => (await import('./cert-verify.ts')).showCertificate(asked),
  },
  {
    name: 'cert verify',
    args: ['FILE'],
    options: {
      trust: { value: 'DIR', about: 'folder of roots and CA certificates; its folder `roots`, where it has one, holds the roots' },
      at: { value: 'TIME', about: 'verifies for this time instead of now: 2027-06-01T12:00:00Z' },
      use: { value: 'USE', about: 'sign, encrypt or login' },
      crl: { value: 'FILE', many: true, about: 'a revocation list; those in the trust folder count as well' },
    },
    about: 'whether a certificate leads to a trusted root, and why not',
    run: async asked => (await import('./cert-verify.ts')).verifyCertificate(asked),
  },
]

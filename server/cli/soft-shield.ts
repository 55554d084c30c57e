import type { Command } from './command.ts'

/** `shield soft-shield`: a company's PFX becomes a software shield for the agent, and back. The work is loaded when asked for. */
const OUT = {
  out: { value: 'FILE', about: 'where the answer goes' },
  force: { about: 'writes over a file that is there' },
}
const SECRETS = {
  'pin-file': { value: 'FILE', about: 'its first line is the shield’s PIN, 6 to 16 characters' },
  'passphrase-file': { value: 'FILE', about: 'its first line is the password of the PFX' },
}

export const softShieldCommands: readonly Command[] = [
  {
    name: 'soft-shield import',
    args: ['PFX'],
    options: {
      ...OUT,
      ...SECRETS,
      bank: { value: 'BANK', about: 'the bank that issued it, such as abc' },
      label: { value: 'TEXT', about: 'how a person tells it from others; the subject’s name unless given' },
    },
    about: 'makes a software shield for the agent’s folder out of a PFX or SM2 file: a signing pair, and the encryption pair where there is one',
    run: async asked => (await import('./soft-shield-run.ts')).importShield(asked),
  },
  {
    name: 'soft-shield export',
    args: ['SHIELD'],
    options: { ...OUT, ...SECRETS },
    about: 'writes the keys and certificates of a software shield as a PFX',
    run: async asked => (await import('./soft-shield-run.ts')).exportShield(asked),
  },
]

import type { Command } from './command.ts'

/** Owns the commands of `shield credit`; their work is credit-run.ts, loaded late so that other commands start at once. */
export const creditCommands: readonly Command[] = [
  {
    name: 'credit verify',
    args: ['FILE'],
    options: {
      root: { value: 'SM3', about: 'thumbprint of the platform’s published root (GET /api/credit/key); without it the report’s own root is told' },
    },
    about: 'verifies the platform’s signature on a credit report and tells what it says',
    run: async asked => (await import('./credit-run.ts')).verify(asked),
  },
  {
    name: 'credit enter',
    args: ['FILE'],
    options: { as: { value: 'NAME', about: 'who you are; the name of your account unless given' } },
    about: 'enters a formula (docs/credit.md) as a new revision; it counts at once, here or in the running broker',
    run: async asked => (await import('./credit-run.ts')).enter(asked),
  },
]

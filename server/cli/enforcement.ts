import type { Command } from './command.ts'

/** Owns the commands of `shield enforcement`; their work is enforcement-run.ts, loaded late so that other commands start at once. */
export const enforcementCommands: readonly Command[] = [
  {
    name: 'enforcement enter',
    args: ['FILE'],
    options: { as: { value: 'NAME', about: 'who you are; the name of your account unless given' } },
    about: 'enters measures of joint punishment, and ends some (docs/enforcement.md); they count at once, here or in the running broker',
    run: async asked => (await import('./enforcement-run.ts')).enter(asked),
  },
]

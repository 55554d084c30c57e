import type { Config } from '../config.ts'

/** What a command of `shield` is made of; commands.ts holds the table. */
export interface Command {
  /** the words that call it, such as `audit verify` */
  name: string
  /** its arguments in the help; as many must be given, and any number more where the last one ends in `...` */
  args: readonly string[]
  /** what may be given as `--name` or `--name value`, beside `--json` */
  options?: Readonly<Record<string, Option>>
  about: string
  run(asked: Asked): Promise<Outcome>
}

export interface Option {
  /** the value's name in the help; an option without one is a switch */
  value?: string
  /** may be given more than once */
  many?: boolean
  about: string
}

export interface Asked {
  args: readonly string[]
  /** the values of an option as often as it was given; a switch that was given has one, 'true' */
  options: Readonly<Record<string, readonly string[]>>
  /** loaded when first asked for: some commands need none */
  config(): Promise<Config>
  /** news while it works, on stderr */
  progress(text: string): void
}

export interface Outcome {
  exit: Exit
  /** for people */
  text: string
  /** the same for `--json` */
  json: unknown
}

/** Exit codes, the same for every command. */
export const EXIT = {
  ok: 0,
  /** the command worked and what it found is not good: a broken record, a refused certificate, nothing under the code */
  found: 1,
  usage: 2,
  /** the command could not work: configuration, database, a broker that does not answer */
  failed: 3,
} as const
type Exit = (typeof EXIT)[keyof typeof EXIT]

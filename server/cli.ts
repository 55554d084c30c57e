#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { type Asked, type Command, EXIT, type Option } from './cli/command.ts'
import { commands } from './cli/commands.ts'
import { type Config, loadConfig } from './config.ts'
import { asBrokerError } from './kernel/errors.ts'

/** The `shield` command: the same parts from a terminal. Answers on stdout, everything else on stderr, exit codes in cli/command.ts. */
export interface Terminal {
  /** the process's own when absent */
  env?: Record<string, string | undefined>
  out(text: string): void
  err(text: string): void
}

/** @param words what stands after `shield` */
export async function runCli(words: readonly string[], terminal: Terminal): Promise<number> {
  const named = words.filter(word => !word.startsWith('-'))
  const command = [...commands]
    .sort((a, b) => b.name.length - a.name.length)
    .find(({ name }) => name === words.slice(0, name.split(' ').length).join(' ') || name === named.slice(0, name.split(' ').length).join(' '))
  let given: Given
  try {
    given = readWords(command, words)
  } catch (thrown) {
    terminal.err(`${thrown instanceof Error ? thrown.message : String(thrown)}\n\n${command === undefined ? help() : usage(command)}`)
    return EXIT.usage
  }
  const { json, wantsHelp, options } = given
  if (wantsHelp || named[0] === 'help') {
    terminal.out(command === undefined ? help() : usage(command))
    return EXIT.ok
  }
  if (command === undefined) {
    terminal.err(`${named.length === 0 ? 'What shall I do?' : `I do not know the command "${named.join(' ')}".`}\n\n${help()}`)
    return EXIT.usage
  }
  const args = given.words.slice(command.name.split(' ').length)
  const open = command.args.at(-1)?.endsWith('...') === true
  if (open ? args.length < command.args.length : args.length !== command.args.length) {
    terminal.err(usage(command))
    return EXIT.usage
  }
  let config: Promise<Config> | undefined
  const asked: Asked = {
    args,
    options,
    config: () => (config ??= loadConfig(terminal.env === undefined ? {} : { env: terminal.env })),
    progress: text => terminal.err(`${text}\n`),
  }
  try {
    const { exit, ...found } = await command.run(asked)
    terminal.out(json ? `${JSON.stringify(found.json)}\n` : `${found.text.trimEnd()}\n`)
    return exit
  } catch (thrown) {
    const { code, facts } = asBrokerError(thrown)
    if (json) terminal.out(`${JSON.stringify({ error: code, facts })}\n`)
    terminal.err(`${command.name}: ${facts}\n`)
    return EXIT.failed
  }
}

interface Given {
  words: string[]
  json: boolean
  wantsHelp: boolean
  options: Record<string, string[]>
}

const DISGUISE = '\u2212'

/** @throws Error in words for the person, where an option is unknown or lacks its value */
function readWords(command: Command | undefined, words: readonly string[]): Given {
  const own = Object.entries(command?.options ?? {})
  const { values, positionals } = parseArgs({
    // `-1d` is a span of time, not an option: it goes past the parser in disguise
    args: words.map(word => word.replace(/^-(?=\d)/, DISGUISE)),
    allowPositionals: true,
    options: {
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
      ...Object.fromEntries(
        own.map(([name, { value }]) => [name, { type: value === undefined ? ('boolean' as const) : ('string' as const), multiple: true }]),
      ),
    },
  })
  const byName: Record<string, unknown> = values
  const options = own.map(([name, { many = false }]): [string, string[]] => {
    const found = [byName[name] ?? []].flat().map(String)
    if (found.length > 1 && !many) throw new Error(`--${name} is given more than once.`)
    return [name, found]
  })
  return {
    words: positionals.map(word => word.replace(DISGUISE, '-')),
    json: values.json === true,
    wantsHelp: values.help === true,
    options: Object.fromEntries(options),
  }
}

function usage(command: Command): string {
  const options = Object.entries({ ...command.options, json: { about: 'the answer as one JSON object' } }).map(
    ([name, option]: [string, Option]) => `  ${`--${name}${option.value === undefined ? '' : ` ${option.value}`}`.padEnd(24)} ${option.about}\n`,
  )
  return `shield ${[command.name, ...command.args].join(' ')}\n    ${command.about}\n\n${options.join('')}`
}

function help(): string {
  const rows = commands.map(command => `  ${[command.name, ...command.args].join(' ').padEnd(24)} ${command.about}`)
  return `shield COMMAND [--json] [--help]      shield COMMAND --help tells its options

${rows.join('\n')}

The configuration is the broker's own: SHIELD_ variables and the file of SHIELD_CONFIG. Where a broker runs on the same data folder, it is asked over its
management port. Exit codes: 0 good, 1 found something bad, 2 wrong use, 3 could not work.
`
}

if (import.meta.main) {
  process.exitCode = await runCli(process.argv.slice(2), {
    out: text => process.stdout.write(text),
    err: text => process.stderr.write(text),
  })
}

#!/usr/bin/env node
import { type Asked, type Command, EXIT } from './cli/command.ts'
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
  const flags = words.filter(word => word.startsWith('--') || word === '-h')
  const rest = words.filter(word => !flags.includes(word))
  const json = flags.includes('--json')
  const unknown = flags.find(flag => !['--json', '--help', '-h'].includes(flag))
  const wantsHelp = flags.includes('--help') || flags.includes('-h') || rest[0] === 'help'
  const command = commands.find(({ name }) => name === rest.slice(0, name.split(' ').length).join(' '))

  if (wantsHelp) {
    terminal.out(command === undefined ? help() : usage(command))
    return EXIT.ok
  }
  if (command === undefined || unknown !== undefined) {
    const said = unknown ?? rest.join(' ')
    terminal.err(
      `${said === '' ? 'What shall I do?' : `I do not know ${unknown === undefined ? 'the command' : 'the option'} "${said}".`}\n\n${help()}`,
    )
    return EXIT.usage
  }
  const args = rest.slice(command.name.split(' ').length)
  if (args.length !== command.args.length) {
    terminal.err(usage(command))
    return EXIT.usage
  }
  let config: Promise<Config> | undefined
  const asked: Asked = {
    args,
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

const usage = (command: Command): string => `shield ${[command.name, ...command.args].join(' ')} [--json]\n    ${command.about}\n`

function help(): string {
  const rows = commands.map(command => `  ${[command.name, ...command.args].join(' ').padEnd(24)} ${command.about}`)
  return `shield COMMAND [--json] [--help]

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

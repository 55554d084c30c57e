/** Owns how commands on files read what they were asked: options, large files with their progress, and which refusals are something found rather than a failure. */
import { asBrokerError, BrokerError, type FailureCode } from '../kernel/errors.ts'
import { failures } from '../kernel/failures.ts'
import { type SourceFile, sourceFile } from '../pki/cms-file.ts'
import { printable } from './cert-report.ts'
import { type Asked, EXIT, type Outcome } from './command.ts'

export const wrong = (facts: string): BrokerError => new BrokerError('bad_request', facts)
export const many = ({ options }: Asked, name: string): readonly string[] => options[name] ?? []
export const one = (asked: Asked, name: string): string | undefined => many(asked, name)[0]
export const given = (asked: Asked, name: string): boolean => one(asked, name) !== undefined
/** `--force` */
export const existing = (asked: Asked): 'keep' | 'replace' => (given(asked, 'force') ? 'replace' : 'keep')

/** @throws BrokerError `bad_request` */
export function required(asked: Asked, name: string): string {
  const value = one(asked, name)
  if (value === undefined) throw wrong(`--${name} is missing`)
  return value
}

/** A bad file is something found; a wrong call says what is wrong with it; all else is a failure of the command. */
export function reportingAs(found: ReadonlySet<FailureCode>): (asked: Asked, run: (asked: Asked) => Promise<Outcome>) => Promise<Outcome> {
  return async (asked, run) => {
    try {
      return await run(asked)
    } catch (thrown) {
      const { code, facts } = asBrokerError(thrown)
      const exit = code === 'bad_request' ? EXIT.usage : found.has(code) ? EXIT.found : undefined
      if (exit === undefined) throw thrown
      const { zh, en } = failures[code]
      return {
        exit,
        json: { ok: false, error: code, facts },
        text: exit === EXIT.usage ? `${facts}\n` : `NOT GOOD (${code}): ${printable(facts)}\n${zh}\n${en}\n`,
      }
    }
  }
}

const LARGE = 64 * 1024 * 1024

/** A file to read in pieces; a large one tells how far it is, every tenth. @throws BrokerError `not_found` */
export function source({ progress }: Asked, path: string): Promise<SourceFile> {
  let told = 0
  return sourceFile(path, (done, size) => {
    const tenths = Math.floor((10 * done) / size)
    if (size >= LARGE && tenths > told) progress(`${printable(path)}: ${10 * tenths} %`)
    told = tenths
  })
}

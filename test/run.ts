import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'

/**
 * `npm test`: two processes at the same time, since a second core would idle: in one the browser tests, which mostly wait for their browser, and the flows through the whole sandbox; in the other all the rest.
 * Anything given is handed to mocha in one process, as in `npm test -- --grep mandate`. `npm run screenshots` runs the browser tests alone, and they take their pictures.
 */
const mocha = createRequire(import.meta.url).resolve('mocha/bin/mocha.js')
/** @param rooms folders of test/, as a glob has alternatives */
const only = (rooms: string): string[] => ['--ignore', `test/!(${rooms})/**`, '--ignore', 'test/*.test.ts']
const REST = ['--ignore', 'test/browser/**', '--ignore', 'test/flows/**']

/** @param how.live writes as it goes; otherwise all at once at its end, so that two reports do not mingle */
function run(args: readonly string[], { live, env = {} }: { live: boolean; env?: Record<string, string> }): Promise<number> {
  return new Promise((resolve, reject) => {
    // hundreds of rooms come and go in one process: with room for the young, a tenth less time goes into clearing up
    const child = spawn(process.execPath, ['--max-semi-space-size=64', mocha, ...args], {
      env: { ...process.env, ...env },
      stdio: ['inherit', live ? 'inherit' : 'pipe', 'inherit'],
    })
    const said: Buffer[] = []
    child.stdout?.on('data', (part: Buffer) => said.push(part))
    child.once('error', reject)
    child.once('close', code => {
      process.stdout.write(Buffer.concat(said))
      resolve(code ?? 1)
    })
  })
}

const args = process.argv.slice(2)
const codes =
  args[0] === '--screenshots'
    ? [await run(only('browser'), { live: true, env: { SCREENSHOTS: '1' } })]
    : args.length > 0
      ? [await run(args, { live: true })]
      : await Promise.all([run(REST, { live: true }), run(only('browser|flows'), { live: false })])
process.exitCode = codes.find(code => code !== 0) ?? 0

import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'

/**
 * `npm test`: the browser tests and all others, each in a process of its own at the same time: a browser test mostly waits for its browser, and a second core would idle.
 * Anything given is handed to mocha in one process, as in `npm test -- --grep mandate`. `npm run screenshots` runs the browser tests alone, and they take their pictures.
 */
const mocha = createRequire(import.meta.url).resolve('mocha/bin/mocha.js')
const WITHOUT_OTHERS = ['--ignore', 'test/!(browser)/**', '--ignore', 'test/*.test.ts']
const WITHOUT_BROWSER = ['--ignore', 'test/browser/**']

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
    ? [await run(WITHOUT_OTHERS, { live: true, env: { SCREENSHOTS: '1' } })]
    : args.length > 0
      ? [await run(args, { live: true })]
      : await Promise.all([run(WITHOUT_BROWSER, { live: true }), run(WITHOUT_OTHERS, { live: false })])
process.exitCode = codes.find(code => code !== 0) ?? 0

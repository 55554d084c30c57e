import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect } from 'chai'

/** MiB that a process may hold more while a stream of 256 MiB passes. */
const BOUND = 16

describe('256 MiB pass through memory that stays small, when one', () => {
  const works = [
    'sign detached',
    'sign attached',
    'verify attached',
    'verify attached in pieces',
    'verify detached',
    'encrypt',
    'decrypt',
    'decrypt in pieces',
  ]
  for (const work of works) {
    it(work, function () {
      this.timeout(120_000)
      const child = spawnSync(process.execPath, ['--expose-gc', join(import.meta.dirname, 'cms-memory-child.ts'), '256', work], { encoding: 'utf8' })
      expect(child.status, child.stderr).to.equal(0)
      const { doneMiB, grownMiB } = JSON.parse(child.stdout)
      expect(doneMiB).to.be.at.least(256)
      expect(grownMiB).to.be.below(BOUND)
    })
  }
})

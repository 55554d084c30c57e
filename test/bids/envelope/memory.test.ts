import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect } from 'chai'

describe('a large bid', () => {
  it('is encrypted and opened in memory that does not grow with it', function () {
    this.timeout(60_000)
    const child = spawnSync(process.execPath, ['--expose-gc', join(import.meta.dirname, 'memory-child.ts'), '48'], { encoding: 'utf8' })
    expect(child.status, child.stderr).to.equal(0)
    const { ok, grownMiB } = JSON.parse(child.stdout)
    expect(ok).to.equal(true)
    expect(grownMiB).to.be.below(16)
  })
})

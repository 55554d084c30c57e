import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect } from 'chai'

/** What `npm run demo -- bond` tells: a project from its announcement to the last refund, with ten bidders of three banks. */
describe('the demonstration of bid bonds', function () {
  this.timeout(300_000)

  it('accounts for each fen that came: what was returned, kept and moved is what was received, with its interest', async () => {
    const { stdout } = await promisify(execFile)('npm', ['run', '--silent', 'demo', '--', 'bond', '--json'], { maxBuffer: 4 * 1024 * 1024 })
    const told = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')
    expect(told).to.deep.include({ ok: true, bidders: 10, bonds: 13, balanced: true, breaches: 0 })
    const { received_fen, interest_fen, returned_fen, forfeited_fen, performance_fen, balance_fen } = told.totals
    // nine paid in full; one paid twice, one came too late, one was paid for by another, one was a yuan short
    expect(received_fen).to.equal(13 * 20_000_000 - 100)
    expect([forfeited_fen, performance_fen, balance_fen]).to.deep.equal([20_000_000, 20_000_000, 0])
    expect(interest_fen).to.be.greaterThan(0)
    expect(returned_fen).to.equal(received_fen + interest_fen - forfeited_fen - performance_fen)
  })
})

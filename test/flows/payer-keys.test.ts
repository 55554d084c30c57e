import { expect } from 'chai'
import { readManifest } from '../../bank-adapters/reconciliation/manifest.ts'
import { chinaDay } from '../../server/kernel/china-time.ts'
import { days, fixedClock } from '../../server/kernel/clock.ts'
import { openSandbox, type TestSandbox } from './sandbox.ts'

/** A bank goes from one edition of its payer key to the next, over real HTTP: both ends compare on their own, and have to come to the same list. */
describe('a bank that changes the key it codes payers with', function () {
  this.timeout(60_000)
  const clock = fixedClock('2026-12-01T04:00:00.000Z')
  const TRACE = 'K7QM-3F9T'
  let sandbox: TestSandbox
  before(async function () {
    this.timeout(120_000)
    sandbox = await openSandbox({ clock })
  })
  after(() => sandbox?.close())

  /** A day with one payment, whose file is then exchanged. @returns what the platform found, and whether the bank found the same */
  async function day(trouble: Parameters<ReturnType<TestSandbox['bank']['channel']>['setTrouble']>[0] = {}) {
    const { app, bank } = sandbox
    const { bonds, sender, reconciliation, setTrouble } = bank.channel('ccb')
    const of = chinaDay(clock.now())
    bonds.pay({ account: '440000000000000001', payer: { account: '110022003300', name: '演示企业有限公司' }, fen: 500 })
    await sender.flush()
    clock.advance(days(1))
    await app.ledger.turn()
    setTrouble(trouble)
    const sent = await reconciliation.sendDay(of)
    setTrouble({})
    expect(sent.status, sent.body).to.equal(200)
    const { found, doubtful, late } = await app.reconciliation.compare('ccb', of, TRACE)
    await reconciliation.answer(of)
    const ours = await app.reconciliation.produce('ccb', of, TRACE)
    return { found, doubtful, late, edition: readManifest(ours.text).payerKey, state: (await app.stores.reconciliation.day('ccb', of))?.state }
  }

  it('agrees with the platform on the days before and after, and on a payment that waited from one to the other', async () => {
    const agreed = { found: {}, doubtful: 0, late: 0, state: 'agreed' }
    expect(await day()).to.deep.equal({ ...agreed, edition: 1 })
    expect(await day({ dayFile: 'late' })).to.deep.equal({ ...agreed, doubtful: 1, edition: 1 })
    const { edition, key } = await sandbox.app.payerKeys.begin('ccb', '王芳')
    sandbox.bank.channel('ccb').reconciliation.setPayerKey(key, edition)
    expect(await day()).to.deep.equal({ ...agreed, late: 1, edition: 2 })
    expect(await day({ dayFile: 'other-payer' })).to.deep.equal({ ...agreed, found: { payer: 1 }, edition: 2 })
    expect(await day()).to.deep.equal({ ...agreed, edition: 2 })
  })
})

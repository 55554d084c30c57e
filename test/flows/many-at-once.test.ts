import { expect } from 'chai'
import { logIn } from '../../server/sandbox/walk.ts'
import { goodShields } from './common.ts'
import { obtainCode, redeem, refresh, userinfo } from './paper-center.ts'
import { onEachDatabase, paperCenter, type TestSandbox } from './sandbox.ts'

const TIMES = 50

onEachDatabase('of fifty at once', open => {
  it('exactly one redeems an authorization code, and nobody keeps what came of it', async () => {
    const sandbox = open()
    const { plan } = sandbox
    const code = await obtainCode(await somebody(sandbox), { prompt: 'consent', scope: 'openid enterprise offline_access' })
    const { winner, trace } = await expectOneWinner(() => redeem(plan, code))
    expect(await userinfo(plan, winner.access_token)).to.equal(401)
    expect((await refresh(plan, winner.refresh_token)).body.error).to.equal('invalid_grant')
    expect((await redeem(plan, code)).body.error).to.equal('invalid_grant')
    const events = await recorded(sandbox, trace)
    expect(events.filter(event => event === 'token.issued')).to.have.length(1)
    expect(events).to.include('token.reuse-detected')
  })

  it('exactly one uses a refresh token, and the whole family ends', async () => {
    const sandbox = open()
    const { plan } = sandbox
    const first = await redeem(plan, await obtainCode(await somebody(sandbox), { prompt: 'consent', scope: 'openid enterprise offline_access' }))
    expect(first.status).to.equal(200)
    const { winner, trace } = await expectOneWinner(() => refresh(plan, first.body.refresh_token ?? ''))
    expect(winner.refresh_token).to.not.equal(first.body.refresh_token)
    expect((await refresh(plan, winner.refresh_token)).body.error).to.equal('invalid_grant')
    for (const token of [winner.access_token, first.body.access_token ?? '']) expect(await userinfo(plan, token)).to.equal(401)
    expect((await recorded(sandbox, trace)).filter(event => event === 'token.refreshed')).to.have.length(1)
  })

  it('all log in, each as themself, and the record of it holds', async () => {
    const sandbox = open()
    const shields = ['ccb', 'icbc', 'abc'].flatMap(id => goodShields(sandbox, id)).slice(0, TIMES)
    const claims = await Promise.all(shields.map(shield => logIn(sandbox.walker(), { bank: shield.bank, shield })))
    for (const [i, shield] of shields.entries()) {
      expect(claims[i]).to.include({ bank: shield.bank, uscc: shield.company.uscc, person_name: shield.person.name, acr: 'shield' })
    }
    expect(await sandbox.app.trail.verify()).to.include({ ok: true })
  })
})

async function somebody(sandbox: TestSandbox) {
  const walker = sandbox.walker()
  const shield = goodShields(sandbox, 'abc').at(-1)
  if (shield === undefined) throw new Error('no shield')
  await logIn(walker, { bank: 'abc', shield })
  return walker
}

/** All the others are told the same: invalid_grant, with a trace code to look it up. */
async function expectOneWinner(ask: () => ReturnType<typeof redeem>) {
  const answers = await Promise.all(Array.from({ length: TIMES }, ask))
  const won = answers.filter(({ status }) => status === 200)
  const lost = answers.filter(({ status }) => status === 400)
  expect(won).to.have.length(1)
  expect(lost).to.have.length(TIMES - 1)
  expect(new Set(lost.map(({ body }) => body.error))).to.deep.equal(new Set(['invalid_grant']))
  for (const { body, trace } of lost) expect(body.error_description).to.contain(trace)
  const [{ body, trace } = { body: {}, trace: '' }] = won
  return { winner: { access_token: body.access_token ?? '', refresh_token: body.refresh_token ?? '' }, trace }
}

/** What the record tells of this center; the demonstration center's own login stands under the same trace. */
async function recorded({ app }: TestSandbox, trace: string): Promise<string[]> {
  const rows = await app.stores.audit.byTrace(trace, 300)
  return rows.filter(({ body }) => body.includes(paperCenter.id)).map(({ code }) => code)
}

import { expect } from 'chai'
import { OPERATIONS } from '../../../server/bids/api/interface.ts'
import { methodOf } from '../../../server/web/interface/operation.ts'
import type { Somebody } from '../../authorization/stage.ts'
import { describesItself, examplesOf, expectLike, filler, pageOfDocs, shapeOf } from '../../suites/interface.ts'
import { boxOf, derOf, OPENS, openRoom, type RoomStage } from './stage.ts'

describe('the OpenAPI document of openings', () => {
  let stage: RoomStage
  before(async function () {
    this.timeout(60_000)
    stage = await openRoom()
  })
  after(() => stage.close())
  describesItself(
    { base: '/api/bids', operations: OPERATIONS, told: ['bid_unknown', 'bid_before_opening', 'bid_custodians_missing'] },
    () => stage.url,
  )

  it('every operation wants a token with its scope', async () => {
    for (const operation of OPERATIONS) {
      const path = operation.path.replace('/api/bids/', '').replaceAll(/\{\w+\}/g, 'none')
      const method = methodOf(operation).toUpperCase()
      const ask = async (token: string | null) => (await stage.api(path, method === 'GET' ? undefined : {}, { method, token })).body.code
      expect(await ask(null), operation.name).to.equal('service_token_unusable')
      expect(await ask('other-scope'), operation.name).to.equal('service_scope_missing')
    }
    expect((await stage.post('openings', {}, { token: 'read-only' })).body.code).to.equal('service_scope_missing')
  })

  it('holds a client to its share', async () => {
    const narrow = await openRoom({ requestsPerMinute: 3 })
    try {
      for (let i = 0; i < 3; i++) expect((await narrow.get('room')).status).to.equal(200)
      expect((await narrow.get('room')).body.code).to.equal('too_many_requests')
      expect((await narrow.get('room', { token: 'center-b' })).status).to.equal(200)
    } finally {
      await narrow.close()
    }
  })
})

describe('docs/bid-interface.md', () => {
  const text = pageOfDocs('bid-interface.md')
  const examples = examplesOf(text)
  const operations = new Map(OPERATIONS.map(operation => [shapeOf(methodOf(operation), operation.path), operation]))

  it('has a row and an example of every operation', () => {
    for (const operation of OPERATIONS)
      expect(text).to.include(
        `| \`${operation.name}\` | ${operation.title.zh} | \`${methodOf(operation).toUpperCase()} ${operation.path}\` | ${operation.about.en} |`,
      )
    const shown = new Set(examples.map(({ method, path }) => shapeOf(method, path)))
    expect([...operations.keys()].filter(each => !shown.has(each))).to.deep.equal([])
  })

  it('shows what is really answered, and every answer is as the document says', async function () {
    this.timeout(60_000)
    const stage = await openRoom()
    try {
      const boss = await stage.company()
      const values = await scene(stage, boss)
      const fill = filler(values)
      for (const { method, path, key, body, answer } of examples) {
        const where = `${method} ${path}`
        const operation = operations.get(shapeOf(method, path)) ?? expect.fail(where)
        const answered = await stage.api(fill(path).replace('/api/bids/', ''), body && fill(body), { method, ...(key === undefined ? {} : { key }) })
        expect(answered.status, `${where}: ${answered.text.slice(0, 2000)}`).to.equal(operation.status)
        if (answer !== undefined) expectLike(JSON.parse(answer), answered.body, where)
        if (operation.answer !== undefined) expect(operation.answer.parse(answered.body), where).to.deep.equal(answered.body)
        if (operation.answerBytes !== undefined) expect(operation.answerBytes).to.include(answered.headers.get('content-type')?.split(';')[0])
        if (operation.name === 'openOpening') await stage.decrypt(boss, values['opening'] ?? '', boxOf('拿错的盾'))
        if (operation.name === 'addWebhook') values['webhook'] = answered.body.id
        if (operation.name === 'testWebhook') values['delivery'] = answered.body.id
        if (operation.name === 'testWebhook') await stage.delivered()
        if (operation.name === 'askRescue') values['ticket'] = answered.body.id
        if (operation.name === 'getRescue') await rescued(stage, answered.body.id)
      }
    } finally {
      await stage.close()
    }
  })

  async function scene(stage: RoomStage, boss: Somebody): Promise<Record<string, string>> {
    const [early, opening] = [await stage.announce({ opens_at: '2027-07-01T01:30:00Z', decrypt_by: '2027-07-01T02:30:00Z' }), await stage.announce()]
    await stage.bid(boss, opening, boxOf('演示投标人'))
    stage.clock.set(OPENS)
    const [a = '', b = '', c = ''] = stage.custodians.map(derOf)
    return { early, opening, uscc: boss.uscc, a, b, c, receiver: stage.receiver.url }
  }
  async function rescued(stage: RoomStage, ticket: string): Promise<void> {
    for (const [i, name] of ['保管人甲', '保管人乙'].entries()) {
      const shield = stage.custodians[i] ?? expect.fail('no such custodian')
      await stage.give(await stage.staff(name), ticket, shield)
    }
  }
})

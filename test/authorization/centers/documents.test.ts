import { expect } from 'chai'
import { OPERATIONS } from '../../../server/authorization/centers/operations.ts'
import { methodOf } from '../../../server/web/interface/operation.ts'
import { Problem } from '../../../server/web/interface/problem.ts'
import { describesItself, examplesOf, expectLike, filler, pageOfDocs, shapeOf } from '../../suites/interface.ts'
import type { Somebody } from '../stage.ts'
import { type CenterStage, openCenterStage } from './stage.ts'

describe('the OpenAPI document of authorization', () => {
  let stage: CenterStage
  before(async function () {
    this.timeout(60_000)
    stage = await openCenterStage()
  })
  after(() => stage.close())
  const told = ['idempotency_key_reused', 'webhook_unknown', 'subject_token_unusable']
  describesItself({ base: '/api/authorization', operations: OPERATIONS, told }, () => stage.url)

  it('every operation wants a token', async () => {
    for (const operation of OPERATIONS) {
      const path = operation.path.replace('/api/authorization/', '').replaceAll(/\{\w+\}/g, 'none')
      const method = methodOf(operation)
      const { body } = await stage.post(path, method === 'post' ? {} : undefined, { method: method.toUpperCase(), token: null })
      expect(body.code, operation.path).to.equal('service_token_unusable')
    }
  })
})

describe('docs/authorize-acts.md', () => {
  const examples = examplesOf(pageOfDocs('authorize-acts.md'))
  const schemas = new Map(OPERATIONS.map(operation => [shapeOf(methodOf(operation), operation.path), operation.answer]))

  it('has an example of every operation', () => {
    const shown = new Set(examples.map(({ method, path }) => shapeOf(method, path)))
    expect([...schemas.keys()].filter(each => !shown.has(each))).to.deep.equal([])
  })

  it('shows what is really answered, and every answer is as the document says', async function () {
    this.timeout(60_000)
    const stage = await openCenterStage()
    try {
      const { values, boss } = await scene(stage)
      const fill = filler(values)
      for (const { method, path, key, body, answer } of examples) {
        const where = `${method} ${path}`
        const sent = body && fill(body)
        const answered = await stage.post(fill(path).replace('/api/authorization/', ''), sent, { method, ...(key === undefined ? {} : { key }) })
        expect(answered.status, `${where}: ${answered.text}`).to.be.lessThan(500)
        if (answer !== undefined) expectLike(JSON.parse(answer), answered.body, where)
        const schema = answered.status < 300 ? schemas.get(shapeOf(method, path)) : Problem
        if (schema !== undefined) expect(schema.parse(answered.body), where).to.deep.equal(answered.body)
        if (where === 'POST /api/authorization/webhooks') {
          values['webhook'] = answered.body.id
          await stage.change(boss, values['mandate'] ?? '', 'suspend')
          await stage.told()
          values['delivery'] = (await stage.get(`webhooks/${answered.body.id}/deliveries`)).body.deliveries[0].id
        }
      }
    } finally {
      await stage.close()
    }
  })

  async function scene(stage: CenterStage): Promise<{ values: Record<string, string>; boss: Somebody }> {
    const company = stage.company()
    const [boss, clerk] = [await stage.person(company, 'legal-representative'), await stage.person(company, 'operator')]
    const { row } = await stage.give(boss, clerk, { acts: ['login', 'seal_use', 'bond_pay'], limitFen: 8_000_000 })
    await stage.seen(clerk)
    const evidence = 'evidence-1'
    await stage.stores.evidence.insert({
      id: evidence,
      kind: 'bid_bond',
      text: '缴纳投标保证金',
      cms: 'MIIF',
      thumbprint: 'ab',
      membershipId: clerk.membershipId,
      at: stage.clock.now().toISOString(),
      trace: 'K7QM-3F9T',
      clientId: 'center-a',
    })
    const values: Record<string, string> = {
      sub: clerk.membershipId,
      token: await stage.tokenOf(clerk),
      weak: await stage.tokenOf(clerk, { assurance: 'bank-session' }),
      mandate: row.id,
      evidence,
      receiver: stage.receiver.url,
    }
    return { values, boss }
  }
})

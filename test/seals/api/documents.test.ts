import { expect } from 'chai'
import { openVerifying } from '../../../server/seals/api/open-verifying.ts'
import { OPERATIONS } from '../../../server/seals/api/operations.ts'
import { EVENTS } from '../../../server/seals/api/webhook-operations.ts'
import { methodOf } from '../../../server/web/interface/operation.ts'
import { createStage as createRemoteStage } from '../../remote-signing/stage.ts'
import { describesItself, examplesOf, expectLike, filler, pageOfDocs, shapeOf } from '../../suites/interface.ts'
import { A4, type ApiStage, openApiStage } from './stage.ts'

describe('the OpenAPI document of seals', () => {
  let stage: ApiStage
  before(async function () {
    this.timeout(60_000)
    stage = await openApiStage()
  })
  after(() => stage.close())
  const told = ['seal_task_unknown', 'seal_upload_unknown', 'webhook_unknown']
  describesItself({ base: '/api/seals', operations: [...OPERATIONS, openVerifying], told }, () => stage.url)

  it('every operation wants a token with its scope', async () => {
    for (const operation of OPERATIONS) {
      const path = operation.path.replace('/api/seals/', '').replaceAll(/\{\w+\}/g, 'none')
      const method = methodOf(operation).toUpperCase()
      const ask = async (token: string | null) => (await stage.send(path, method === 'GET' ? undefined : {}, { method, token })).body.code
      expect(await ask(null), operation.name).to.equal('service_token_unusable')
      expect(await ask('other-scope'), operation.name).to.equal('service_scope_missing')
    }
    expect(OPERATIONS.length).to.be.greaterThan(49)
  })

  it('verifying is told for anybody: a document, a signature with digests, or a form, and nothing about tokens', async () => {
    const { paths, components } = await (await fetch(`${stage.url}/api/seals/openapi.json`)).json()
    const { post } = paths['/api/seals:verify']
    expect(Object.keys(post.requestBody.content)).to.deep.equal(['application/octet-stream', 'application/json', 'multipart/form-data'])
    expect(JSON.stringify(post.responses)).not.to.include('service_token_unusable')
    expect(components.schemas.VerifyForm.properties.document).to.include({ type: 'string', contentMediaType: 'application/octet-stream' })
    const page = await (await fetch(`${stage.url}/api/seals/`)).text()
    expect(page).to.include('不用令牌，任何人都可以')
  })
})

describe('docs/seal-interface.md', () => {
  const text = pageOfDocs('seal-interface.md')
  const examples = examplesOf(text)
  const operations = new Map(OPERATIONS.map(operation => [shapeOf(methodOf(operation), operation.path), operation]))

  it('has a row of every operation and event, and an example of every operation', () => {
    for (const operation of [...OPERATIONS, openVerifying])
      expect(text).to.include(
        `| \`${operation.name}\` | ${operation.title.zh} | \`${methodOf(operation).toUpperCase()} ${operation.path}\` | ${operation.about.en} |`,
      )
    for (const event of EVENTS) expect(text).to.include(`\`${event}\``)
    const shown = new Set(examples.map(({ method, path }) => shapeOf(method, path)))
    expect([...operations.keys()].filter(each => !shown.has(each))).to.deep.equal([])
  })

  it('shows what is really answered, and every answer is as the document says', async function () {
    this.timeout(60_000)
    const stage = await openApiStage()
    try {
      const values = await scene(stage)
      const fill = filler(values)
      for (const { method, path, key, body, answer } of examples) {
        const where = `${method} ${path}`
        const operation = operations.get(shapeOf(method, path)) ?? expect.fail(where)
        const sent = operation.requestBytes !== undefined ? A4 : body && fill(body)
        const answered = await stage.send(fill(path).replace('/api/seals/', ''), sent, { method, ...(key === undefined ? {} : { key }) })
        expect(answered.status, `${where}: ${answered.bytes.toString('utf8').slice(0, 2000)}`).to.equal(operation.status)
        if (answer !== undefined) expectLike(JSON.parse(answer), answered.body, where)
        if (operation.answer !== undefined) expect(operation.answer.parse(answered.body), where).to.deep.equal(answered.body)
        if (operation.answerBytes !== undefined) expect(operation.answerBytes, where).to.include(answered.headers.get('content-type')?.split(';')[0])
        if (operation.name === 'uploadDocument') values['document'] = answered.body.id
        if (operation.name === 'openTask') values['task'] = answered.body.id
        if (operation.name === 'startVerification') values['verification'] = answered.body.id
        if (operation.name === 'addWebhook') values['webhook'] = answered.body.id
        if (operation.name === 'testWebhook') values['delivery'] = answered.body.id
        if (operation.name === 'testWebhook' || operation.name === 'startVerification') await stage.told()
      }
    } finally {
      await stage.close()
    }
  })

  async function scene(stage: ApiStage): Promise<Record<string, string>> {
    const { boss } = await stage.crew()
    const { row } = await stage.seal(boss)
    await stage.shown(boss)
    await stage.seen(boss)
    const sealed = await stage.task(boss)
    await stage.sealAll(boss, sealed, row.id)
    const remote = await createRemoteStage(stage.stores, stage.clock)
    stage.joinRemote(remote.room)
    const { by, keyId: expertKey } = await remote.expert()
    await stage.stores.consents.grant(by.membershipId, 'center-a', ['openid'])
    await remote.room.news.close()
    await remote.receiver.close()
    const list = (await stage.get(`tasks/${sealed}/lists`)).body.lists[0].id
    const [edition] = await stage.stores.seals.editions(row.id, 1)
    return { company: boss.company.uscc, sealed, n: '1', list, expertKey, seal: row.id, esId: edition?.esId ?? '', receiver: stage.receiver.url }
  }
})

import { expect } from 'chai'
import { signCms } from '../../server/pki/cms.ts'
import { signSm2 } from '../../server/pki/sm2.ts'
import { openApi } from '../../server/recognition/openapi.ts'
import { OPERATIONS } from '../../server/recognition/operations.ts'
import { PUBLIC_URL } from '../suites/api-site.ts'
import { describesItself, examplesOf, expectLike, filler, pageOfDocs, resolverOf } from '../suites/interface.ts'
import { base64, derOf, openStage, revoked, type Stage, shield } from './stage.ts'

// biome-ignore lint/suspicious/noExplicitAny: a document of foreign shape, walked through
type Any = any
const good = shield()
const data = Buffer.from('hello')

describe('recognition: the OpenAPI document', () => {
  let stage: Stage
  let document: Any
  before(async function () {
    this.timeout(60_000)
    stage = await openStage()
    const response = await fetch(`${stage.url}/api/trust/openapi.json`)
    expect(response.headers.get('content-type')).to.include('application/json')
    document = await response.json()
  })
  after(() => stage.close())

  describesItself(
    { base: '/api/trust', operations: OPERATIONS, told: ['service_token_unusable', 'challenge_used', 'too_many_requests'] },
    () => stage.url,
  )

  it('is served to everybody, and the same that is made', () => {
    expect(document).to.deep.equal(JSON.parse(JSON.stringify(openApi(PUBLIC_URL))))
    expect(document.info).to.include.keys('title', 'version')
  })

  it('takes and answers JSON, and problems as problems', () => {
    for (const { post } of Object.values<Any>(document.paths)) {
      expect(post.requestBody.content['application/json'].schema.$ref).to.be.a('string')
      for (const [status, { content }] of Object.entries<Any>(post.responses))
        expect(Object.keys(content)).to.deep.equal([status < '300' ? 'application/json' : 'application/problem+json'])
    }
  })

  it('the page for people has a table of what is asked and one of what is answered, of every operation', async () => {
    const page = await (await fetch(`${stage.url}/api/trust/`)).text()
    expect([...page.matchAll(/role="region" aria-label/g)].length).to.be.greaterThan(OPERATIONS.length * 2)
  })

  /** As much of JSON Schema 2020-12 as the document uses. */
  function faults(schema: Any, value: Any, where = '$'): string[] {
    if (schema.$ref !== undefined) return faults(resolverOf(document)(schema.$ref), value, where)
    const choices = schema.oneOf ?? schema.anyOf
    if (choices !== undefined) {
      const fitting = choices.filter((choice: Any) => faults(choice, value).length === 0).length
      return fitting === 1 ? [] : [`${where}: fits ${fitting} of ${choices.length}`]
    }
    if (schema.const !== undefined && value !== schema.const) return [`${where}: is not ${schema.const}`]
    if (schema.enum !== undefined && !schema.enum.includes(value)) return [`${where}: ${value} is none of the values`]
    if (schema.pattern !== undefined && !new RegExp(schema.pattern).test(value)) return [`${where}: does not match`]
    switch (schema.type) {
      case 'object': {
        if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${where}: no object`]
        const missing = (schema.required ?? []).filter((name: string) => !(name in value)).map((name: string) => `${where}.${name}: missing`)
        const inside = Object.entries(value).flatMap(([name, each]) =>
          schema.properties[name] === undefined ? [`${where}.${name}: unknown`] : faults(schema.properties[name], each, `${where}.${name}`),
        )
        return [...missing, ...inside]
      }
      case 'array':
        return Array.isArray(value) ? value.flatMap((each, i) => faults(schema.items, each, `${where}[${i}]`)) : [`${where}: no array`]
      case 'integer':
        return Number.isInteger(value) ? [] : [`${where}: no integer`]
      default:
        return schema.type === undefined || typeof value === schema.type ? [] : [`${where}: is no ${schema.type}`]
    }
  }

  it('says what is really answered, for good, bad and refused questions', async () => {
    const signature = base64(signSm2(good.privateKey, data))
    const raw = { format: 'raw', algorithm: 'SM2-SM3', certificate: derOf(good), signature, data: base64(data), use: 'seal' }
    const challenge = await stage.post('challenges', { purpose: 'login' })
    for (const [path, question] of [
      ['certificates:verify', { certificate: derOf(good), use: 'login' }],
      ['certificates:verify', { certificate: derOf(revoked), use: 'login' }],
      ['certificates:verify', { certificate: 'noise', use: 'login' }],
      ['certificates:verify', {}],
      ['certificates:verifyBatch', { items: [{ certificate: derOf(good), use: 'login' }, 5] }],
      ['signatures:verify', raw],
      ['signatures:verify', { ...raw, data: base64(Buffer.from('other')) }],
      ['signatures:verifyBatch', { items: [raw, { ...raw, algorithm: 'x' }] }],
      ['challenges', { purpose: 'login' }],
      [`challenges/${challenge.body.id}:verify`, { purpose: 'login', format: 'raw', algorithm: 'SM2-SM3', certificate: derOf(good), signature }],
      ['challenges/none:verify', { purpose: 'login', format: 'cms', message: 'MAA=' }],
    ] as const) {
      const answer = await stage.post(path, question)
      const operation = document.paths[`/api/trust/${path.replace(/\/[^/]+:/, '/{id}:')}`].post
      const told = operation.responses[answer.status]
      expect(told, `${path} ${answer.status}`).to.be.an('object')
      const [type = ''] = (answer.headers.get('content-type') ?? '').split(';')
      expect(faults(told.content[type].schema, answer.body)).to.deep.equal([])
      // what the document admits and what is let in are the same
      const admitted = faults(operation.requestBody.content['application/json'].schema, question).length === 0
      if (path === 'certificates:verify') expect(admitted).to.equal(answer.status === 200)
    }
  })
})

describe('docs/recognize-certificates.md', () => {
  const text = pageOfDocs('recognize-certificates.md')
  const examples = examplesOf(text)

  it('has an example of every operation but the second batch, which it names', () => {
    const paths = new Set(examples.map(({ path }) => path.replace('{{challenge}}', '{id}')))
    for (const { path } of OPERATIONS) expect(paths.has(path) || text.includes(path.replace('/api/trust/', '')), path).to.equal(true)
    expect(examples.length).to.be.at.least(7)
  })

  it('shows what is really answered', async function () {
    this.timeout(60_000)
    const stage = await openStage()
    try {
      const values: Record<string, string> = {
        certificate: derOf(good),
        expired: derOf(shield({ notAfter: new Date('2027-01-01T00:00:00Z') })),
        revoked: derOf(revoked),
        data: base64(data),
        signature: base64(signSm2(good.privateKey, data)),
      }
      const fill = filler(values)
      for (const { path, body, answer } of examples) {
        const answered = await stage.post(fill(path).replace('/api/trust/', ''), body && fill(body))
        expectLike(JSON.parse(answer ?? ''), answered.body, path)
        if (path === '/api/trust/challenges') {
          values['challenge'] = answered.body.id
          const message = signCms({
            content: Buffer.from(answered.body.text),
            certificate: good.certificate,
            privateKey: good.privateKey,
            detached: true,
          })
          values['message'] = base64(message)
        }
      }
    } finally {
      await stage.close()
    }
  })
})

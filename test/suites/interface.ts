import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { methodOf, type Operation } from '../../server/web/interface/operation.ts'

/** What an interface for centers' programs tells of itself holds: its OpenAPI document, its page for people, and the examples in docs/. */

// biome-ignore lint/suspicious/noExplicitAny: documents of foreign shape, walked through
type Any = any

function* everyNode(value: Any): Generator<Any> {
  if (typeof value !== 'object' || value === null) return
  yield value
  for (const each of Object.values(value)) yield* everyNode(each)
}

/** What a `$ref` of this document leads to. */
export const resolverOf =
  (document: Any) =>
  (pointer: string): Any => {
    expect(pointer).to.match(/^#\//)
    return pointer
      .slice(2)
      .split('/')
      .reduce((value, part) => value?.[part.replaceAll('~1', '/').replaceAll('~0', '~')], document)
  }

/**
 * Tests of a description; to be called within a `describe` whose `before` opens the site.
 * @param told codes that the page for people must name
 * @param site where it is served
 */
export function describesItself(
  { base, operations, told }: { base: string; operations: readonly Operation[]; told: readonly string[] },
  site: () => string,
) {
  let document: Any
  before(async () => {
    const response = await fetch(`${site()}${base}/openapi.json`)
    expect(response.headers.get('content-type')).to.include('application/json')
    document = await response.json()
  })

  it('is of version 3.1, and leads nowhere that is not there, and names every schema that it has', () => {
    expect(document.openapi).to.match(/^3\.1\.\d$/)
    const [used, resolve] = [new Set<string>(), resolverOf(document)]
    for (const { $ref } of everyNode(document)) {
      if (typeof $ref !== 'string') continue
      expect(resolve($ref), $ref).to.be.an('object')
      used.add($ref)
    }
    for (const name of Object.keys(document.components.schemas)) expect(used, name).to.include(`#/components/schemas/${name}`)
    expect(Object.keys(document.components.schemas)).not.to.include('__shared')
  })

  it('has each operation and no other, with a name of its own, its scope, its parameters and what may go wrong', () => {
    const all = Object.entries<Any>(document.paths).flatMap(([path, item]) => Object.keys(item).map(method => `${method} ${path}`))
    expect(all.sort()).to.deep.equal(operations.map(operation => `${methodOf(operation)} ${operation.path}`).sort())
    expect(Object.keys(document.paths)).to.deep.equal([...new Set(operations.map(({ path }) => path))])
    expect(new Set(operations.map(({ name }) => name)).size).to.equal(operations.length)
    for (const operation of operations) {
      const { operationId, security, responses, parameters = [] } = document.paths[operation.path][methodOf(operation)]
      expect(operationId).to.equal(operation.name)
      const { scope } = operation
      expect(security).to.deep.equal(scope === undefined ? [] : [{ center: [scope] }])
      if (scope !== undefined) expect(document.components.securitySchemes.center.flows.clientCredentials.scopes).to.have.property(scope)
      const inPath = [...operation.path.matchAll(/\{(\w+)\}/g)].map(match => match[1])
      expect(parameters.map((each: Any) => each.name)).to.deep.equal([...inPath, ...(operation.parameters ?? []).map(({ name }) => name)])
      for (const [status, { description }] of Object.entries<Any>(responses)) {
        expect(status).to.match(/^[2-5]\d\d$/)
        expect(description).to.be.a('string').and.not.equal('')
      }
      for (const status of ['400', ...(scope === undefined ? [] : ['401', '403']), '413', '429', '500', '503'])
        expect(responses, `${operation.path} ${status}`).to.have.property(status)
    }
  })

  it('refuses members nobody knows, and names what is needed', () => {
    for (const [name, schema] of Object.entries<Any>(document.components.schemas)) {
      if (schema.type === 'object') expect(schema.additionalProperties, name).to.equal(false)
      for (const needed of schema.required ?? []) expect(Object.keys(schema.properties), name).to.include(needed)
    }
  })

  it('the page for people tells every operation and every code, with no script or style of its own', async () => {
    const response = await fetch(`${site()}${base}/`)
    const page = await response.text()
    expect(response.headers.get('content-type')).to.include('text/html')
    // the page draws the apostrophe straight
    const drawn = (text: string) => text.replaceAll('’', '&#39;')
    for (const { path, scope = '', title } of operations) for (const part of [path, scope, title.zh, drawn(title.en)]) expect(page).to.include(part)
    for (const code of told) expect(page).to.include(`/errors/${code}`)
    expect(page).not.to.match(/<script(?![^>]*\ssrc="\/assets\/)|<style|\son\w+=|\sstyle=/i)
    expect(page.match(/<h1/g)).to.have.length(1)
    const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map(match => match[1])
    expect(new Set(ids).size).to.equal(ids.length)
    const regions = [...page.matchAll(/role="region" aria-label="([^"]+)"/g)].map(match => match[1])
    expect(regions.length).to.be.greaterThan(operations.length)
    expect(new Set(regions).size).to.equal(regions.length)
  })
}

/** The examples of a page in docs/: what is sent, and where it is shown, what comes back. Values to be filled in stand as {{name}}. */
export function examplesOf(text: string) {
  const found = text.matchAll(
    /```http\n(GET|POST|PATCH|DELETE) (\S+)\n(?:Idempotency-Key: (\S+)\n)?(?:\n([\s\S]*?))?```(?:\s+```json\n([\s\S]*?)```)?/g,
  )
  return [...found].map(([, method = '', path = '', key, body = '', answer]) => ({
    method,
    path,
    key,
    body: body.trim() === '' ? undefined : body,
    answer,
  }))
}
export const pageOfDocs = (name: string): string => readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8')

/** @returns what fills values into an example */
export const filler =
  (values: Readonly<Record<string, string>>) =>
  (template: string): string =>
    template.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? expect.fail(`no value for ${name}`))

/** `GET /a/{}`: one shape for an operation and for its examples */
export const shapeOf = (method: string, path: string): string =>
  `${method.toUpperCase()} ${path.replace(/\?.*$/, '').replaceAll(/\{\{?\w+\}?\}/g, '{}')}`

/** Same members, same values; `…` stands for anything, or for any part of a text. */
export function expectLike(told: Any, real: Any, where: string): void {
  if (told === '…') {
    expect(real, where).not.to.equal(undefined)
  } else if (typeof told === 'string' && told.includes('…')) {
    const parts = told.split('…').map(part => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    expect(String(real), where).to.match(new RegExp(`^${parts.join('[\\s\\S]+')}$`))
  } else if (typeof told !== 'object' || told === null) {
    expect(real, where).to.equal(told)
  } else {
    expect(Object.keys(real ?? {}).sort(), where).to.deep.equal(Object.keys(told).sort())
    for (const name of Object.keys(told)) expectLike(told[name], real[name], `${where}.${name}`)
  }
}

import { z } from 'zod'
import type { FailureCode } from '../../kernel/errors.ts'
import { failures } from '../../kernel/failures.ts'
import { type Described, methodOf, nameOf, type Operation, refusalsOf, schemasOf as schemasOfOperation } from './operation.ts'

/** The OpenAPI 3.1 document of an interface, made from the schemas that check its requests. */
export function openApiOf(described: Described): Record<string, unknown> {
  const { publicUrl, operations, info, scopes } = described
  const byPath = Map.groupBy(operations, ({ path }) => path)
  return {
    openapi: '3.1.1',
    info,
    servers: [{ url: publicUrl }],
    security: [],
    paths: Object.fromEntries(
      [...byPath].map(([path, found]) => [
        path,
        Object.fromEntries(found.map(operation => [methodOf(operation), operationOf(operation, described)])),
      ]),
    ),
    components: {
      schemas: schemasOf(described),
      headers: {
        TraceCode: { description: 'Give it to support when something is not as it should be.', schema: { type: 'string' } },
        RetryAfter: { description: 'Seconds to wait.', schema: { type: 'integer' } },
      },
      securitySchemes: {
        center: {
          type: 'oauth2',
          description: 'The token of the center itself. Send it as a bearer token in the Authorization header.',
          flows: { clientCredentials: { tokenUrl: `${publicUrl}/oidc/token`, scopes } },
        },
      },
    },
  }
}

function operationOf(operation: Operation, { commonRefusals, problem }: Described) {
  const { path, name, title, about, scope, status, answer, answerBytes = [] } = operation
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter = '']) => ({
    name: parameter,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const beside = (operation.parameters ?? []).map(({ about: said, ...parameter }) => ({
    ...parameter,
    required: false,
    description: `${said.zh}\n\n${said.en}`,
  }))
  const parameters = [...inPath, ...beside]
  return {
    operationId: name,
    summary: `${title.zh} ${title.en}`,
    description: `${about.zh}\n\n${about.en}`,
    security: scope === undefined ? [] : [{ center: [scope] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...bodyOf(operation),
    responses: {
      [status]: {
        description: about.en,
        headers: TRACED,
        ...(answer === undefined ? {} : { content: { 'application/json': { schema: reference(answer) } } }),
        ...(answerBytes.length === 0 ? {} : { content: Object.fromEntries(answerBytes.map(type => [type, BYTES])) }),
      },
      ...problemsOf(refusalsOf(operation, commonRefusals), problem),
    },
  }
}

/** What may be sent, by media type. */
function bodyOf({ request, requestBytes, requestForm, example }: Operation) {
  const content = {
    ...(requestBytes === undefined ? {} : { [requestBytes]: BYTES }),
    ...(request === undefined ? {} : { 'application/json': { schema: reference(request), ...(example && { example }) } }),
    ...(requestForm === undefined ? {} : { 'multipart/form-data': { schema: reference(requestForm) } }),
  }
  return Object.keys(content).length === 0 ? {} : { requestBody: { required: true, content } }
}

/** OpenAPI 3.1 4.8.14.4.4: bytes as they are need no schema */
const BYTES = {}
const TRACED = { 'X-Trace-Code': { $ref: '#/components/headers/TraceCode' } }

/** One response a status, with the codes that come under it. */
function problemsOf(codes: readonly FailureCode[], problem: z.ZodType) {
  const byStatus = Map.groupBy(codes, code => failures[code].status)
  return Object.fromEntries(
    [...byStatus].map(([status, found]) => [
      status,
      {
        description: found.map(code => `\`${code}\`: ${failures[code].en}`).join('\n\n'),
        headers: status === 429 ? { ...TRACED, 'Retry-After': { $ref: '#/components/headers/RetryAfter' } } : TRACED,
        content: { 'application/problem+json': { schema: reference(problem) } },
      },
    ]),
  )
}

const reference = (schema: z.ZodType) => ({ $ref: `${ROOT}${nameOf(schema)}` })
const ROOT = '#/components/schemas/'

/** Every schema that the document tells of; one that is left out would show as a reference that leads nowhere. */
function schemasOf({ operations, named, problem }: Described): Record<string, unknown> {
  const all = [...operations.flatMap(schemasOfOperation), ...named, problem]
  const registry = z.registry<{ id: string }>()
  for (const schema of new Set(all)) registry.add(schema, { id: nameOf(schema) })
  const made = z.toJSONSchema(registry, { uri: name => `${ROOT}${name}`, target: 'draft-2020-12', io: 'input' })
  return Object.fromEntries(Object.entries(made.schemas).map(([name, { $schema: _, $id: __, ...schema }]) => [name, withoutDatePatterns(schema)]))
}

/** `format: date-time` says it; the pattern beside it is four lines long. */
function withoutDatePatterns(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutDatePatterns)
  if (typeof schema !== 'object' || schema === null) return schema
  const entries = Object.entries(schema).filter(([name]) => !(name === 'pattern' && 'format' in schema && schema.format === 'date-time'))
  return Object.fromEntries(entries.map(([name, value]) => [name, withoutDatePatterns(value)]))
}

import type { z } from 'zod'
import type { FailureCode } from '../../kernel/errors.ts'
import type { Words } from '../words.ts'

/** An interface for centers' programs as its rows describe it. The OpenAPI document and the page for people are both made from it. Owns neither the schemas nor what is answered: those are the room's. */
export interface Described {
  /** where it is mounted, such as `/api/trust` */
  base: string
  /** scheme, host and port of this site */
  publicUrl: string
  title: Words
  lead: Words
  /** for the OpenAPI document */
  info: { title: string; version: string; description: string }
  operations: readonly Operation[]
  /** what any operation may be refused with */
  commonRefusals: readonly FailureCode[]
  /** what each scope lets a center do; the first stands in the example */
  scopes: Readonly<Record<string, string>>
  /** beside the table of codes */
  aboutRefusals: Words
  /** schemas that others refer to by name */
  named: readonly z.ZodType[]
  problem: z.ZodType
}

/** One row an operation. */
export interface Operation {
  /** `post` unless told */
  method?: 'get' | 'post' | 'patch' | 'delete'
  /** as OpenAPI writes it, from the root of the site */
  path: string
  name: string
  title: Words
  about: Words
  /** absent: anybody may, without a token */
  scope?: string
  /** beside those in the path */
  parameters?: readonly Parameter[]
  /** absent: no body is sent */
  request?: z.ZodType
  /** the body is bytes, of this media type; beside `request`, either of the two */
  requestBytes?: string
  /** a form of files does as well */
  requestForm?: z.ZodType
  status: 200 | 201 | 202 | 204
  /** absent: no body comes back */
  answer?: z.ZodType
  /** bytes come back, of one of these media types */
  answerBytes?: readonly string[]
  /** beside those that every operation has */
  refusals: readonly FailureCode[]
  /** of a request; `…` stands for bytes in base64 */
  example?: Record<string, unknown>
}

interface Parameter {
  name: string
  in: 'query' | 'header'
  about: Words
  schema: Record<string, unknown>
}

export const methodOf = ({ method = 'post' }: Operation): NonNullable<Operation['method']> => method
export const nameOf = (schema: z.ZodType): string => schema.meta()?.id ?? ''

/** Every schema that an operation names. */
export const schemasOf = ({ request, requestForm, answer }: Operation): z.ZodType[] =>
  [request, requestForm, answer].filter(schema => schema !== undefined)
/** What it may be refused with: without a token, nothing that is about tokens. */
export const refusalsOf = ({ scope, refusals }: Operation, common: readonly FailureCode[]): FailureCode[] => [
  ...common.filter(code => scope !== undefined || !ABOUT_TOKENS.has(code)),
  ...refusals,
]
const ABOUT_TOKENS = new Set<FailureCode>(['service_token_unusable', 'service_scope_missing'])

/** What any operation behind the guard (http/api-guard.ts) may be refused with. */
export const COMMON_REFUSALS: readonly FailureCode[] = [
  'bad_request',
  'service_token_unusable',
  'service_scope_missing',
  'too_large',
  'too_many_requests',
  'internal',
  'database_unavailable',
]

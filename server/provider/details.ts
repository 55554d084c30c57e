import { createHash } from 'node:crypto'
import { z } from 'zod'
import { ACTS } from '../kernel/acts.ts'
import { ASSURANCE, type Assurance, meets } from '../kernel/assurance.ts'
import type { ActRequest } from '../kernel/authority.ts'
import { oneLine } from '../kernel/one-line.ts'
import type { RequestedDetail, RequestedDocument } from '../kernel/rich-request.ts'

/**
 * What a center may ask a person to agree to beyond a login (RFC 9396), one row a type: the members it has, the act that it means, and the words in which the person reads it. Unknown members are refused:
 * whatever the person does not see, nobody may rely on. Does not own whether the person may (authorization), nor the page (login).
 */
type Row = RequestedDetail['rows'][number]
interface DetailType<S extends z.ZodType> {
  schema: S
  act(detail: z.output<S>): Omit<ActRequest, 'center'>
  /** besides the documents, which all types show alike */
  rows(detail: z.output<S>): Row[]
}

const MOST_DETAILS = 10
const MOST_DOCUMENTS = 100
/** more of them are signed by the digest of their list: a shield's display shows some thousand characters */
const LISTED_DOCUMENTS = 8
/** characters of all rows; a shield agent shows 4000, and the text has a head and an end besides */
const MOST_TEXT = 3000
const MOST_FEN = 1_000_000_000_000

/** on one line, as the shield shows it letter by letter: no control, invisible or direction-changing character, no blank that looks like nothing */
const line = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .refine(text => oneLine(text) === text && !/[\u115F\u1160\u3164\uFFA0\u2800]/u.test(text), 'words on one line, without invisible characters')
const code = z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N}._/-]{0,63}$/u, 'a code of at most 64 letters, digits and . _ / -')
const fen = z.int().min(1).max(MOST_FEN)
const document = z.strictObject({
  name: line(80),
  digest: z.string().regex(/^[0-9a-f]{64}$/, 'SM3 in lower-case hexadecimal'),
  bytes: z.int().min(1).max(Number.MAX_SAFE_INTEGER),
})
const documents = z.array(document).min(1).max(MOST_DOCUMENTS)
const place = { project: code, section: code.optional() }

const row = (zh: string, en: string, value: string | undefined): Row[] => (value === undefined ? [] : [{ name: { zh, en }, value }])
const placeRows = ({ project, section }: { project: string; section?: string | undefined }): Row[] => [
  ...row('项目', 'Project', project),
  ...row('标段', 'Section', section),
]
const placeOf = ({ project, section }: { project: string; section?: string | undefined }) => ({
  project,
  ...(section === undefined ? {} : { section }),
})

/** `1,234.05元(123405分)`: as people read it, and exactly as it was asked */
const money = (amount: number): string => {
  const yuan = String(Math.floor(amount / 100)).replaceAll(/\B(?=(\d{3})+$)/g, ',')
  return `${yuan}.${String(amount % 100).padStart(2, '0')}元(${amount}分)`
}

/** A row as what reads a detail of its type: its schema's output reaches its own words and nothing else. */
function type<S extends z.ZodType>({ schema, act, rows }: DetailType<S>): (detail: unknown) => Read | { fault: string } {
  return detail => {
    const parsed = schema.safeParse(detail)
    if (!parsed.success) {
      const faults = parsed.error.issues.slice(0, 5).map(({ path, message }) => `${path.join('.') || 'detail'}: ${message}`)
      return { fault: faults.join('; ') }
    }
    const plain = anyDetail.parse(parsed.data)
    return { asked: plain, act: act(parsed.data), rows: rows(parsed.data), documents: plain.documents ?? [] }
  }
}
const anyDetail = z.looseObject({ type: z.string(), documents: documents.optional() })
interface Read extends Pick<RequestedDetail, 'asked' | 'rows' | 'documents'> {
  act: Omit<ActRequest, 'center'>
}

const DETAIL_TYPES = {
  login: type({
    schema: z.strictObject({ type: z.literal('login'), project: code.optional() }),
    act: ({ project }) => ({ act: 'login', ...(project === undefined ? {} : { project }) }),
    rows: ({ project }) => row('项目', 'Project', project),
  }),
  seal_use: type({
    schema: z.strictObject({ type: z.literal('seal_use'), seal: code, ...place, documents }),
    act: detail => ({ act: 'seal_use', seal: detail.seal, ...placeOf(detail) }),
    rows: detail => [...row('印章', 'Seal', detail.seal), ...placeRows(detail)],
  }),
  bid_submit: type({
    schema: z.strictObject({ type: z.literal('bid_submit'), ...place, amount_fen: fen, documents }),
    act: detail => ({ act: 'bid_submit', amountFen: detail.amount_fen, ...placeOf(detail) }),
    rows: detail => [...placeRows(detail), ...row('投标报价', 'Bid price', money(detail.amount_fen))],
  }),
  bid_bond: type({
    schema: z.strictObject({
      type: z.literal('bid_bond'),
      operation: z.enum(['pay', 'reclaim']),
      ...place,
      amount_fen: fen,
      documents: documents.optional(),
    }),
    act: detail => ({ act: detail.operation === 'pay' ? 'bond_pay' : 'bond_reclaim', amountFen: detail.amount_fen, ...placeOf(detail) }),
    rows: detail => [...placeRows(detail), ...row('保证金金额', 'Bond', money(detail.amount_fen))],
  }),
  credit_consent: type({
    schema: z.strictObject({
      type: z.literal('credit_consent'),
      bank: z.string().regex(/^[a-z][a-z0-9-]{1,15}$/, 'the short name of a bank, such as ccb'),
      purpose: line(80),
      until: z.iso.date(),
      project: code.optional(),
      section: code.optional(),
      documents: documents.optional(),
    }),
    act: ({ project, section }) => ({
      act: 'credit_consent',
      ...(project === undefined ? {} : { project }),
      ...(section === undefined ? {} : { section }),
    }),
    rows: detail => [
      ...row('向哪家银行查询', 'Bank to ask', detail.bank),
      ...row('用途', 'Purpose', detail.purpose),
      ...row('授权至', 'Until', detail.until),
      ...row('项目', 'Project', detail.project),
      ...row('标段', 'Section', detail.section),
    ],
  }),
} as const

type TypeName = keyof typeof DETAIL_TYPES
export const TYPE_NAMES = Object.keys(DETAIL_TYPES).filter((name): name is TypeName => name in DETAIL_TYPES)

/** What is wrong with one detail, for the center's developer; undefined when nothing is. */
export function faultOf(detail: unknown): string | undefined {
  const read = readDetail(detail)
  return 'fault' in read ? read.fault : undefined
}

/**
 * All details of a request, as they go into the login record.
 * @param center client id of the center that asks
 * @returns the details, or what is wrong with them as a whole
 */
export function readDetails(details: readonly unknown[], center: string): { details: RequestedDetail[] } | { fault: string } {
  if (details.length > MOST_DETAILS) return { fault: `at most ${MOST_DETAILS} authorization details` }
  const read: Read[] = []
  for (const detail of details) {
    const one = readDetail(detail)
    if ('fault' in one) return one
    read.push(one)
  }
  const listed = read.reduce((count, { documents }) => count + documents.length, 0) <= LISTED_DOCUMENTS
  const made = read.map(
    ({ asked, act, rows, documents }): RequestedDetail => ({
      asked,
      act: { ...act, center },
      rows: [...rows, ...documentRows(documents, listed)],
      documents,
    }),
  )
  const length = made.flatMap(({ rows }) => rows).reduce((sum, { name, value }) => sum + name.zh.length + value.length + 2, 0)
  if (length > MOST_TEXT)
    return { fault: `more than a person reads before signing: ${length} characters of at most ${MOST_TEXT}; ask for less at once` }
  return { details: made }
}

/** The least proof of the person that all of it takes. */
export const neededBy = (details: readonly Pick<RequestedDetail, 'act'>[]): Assurance =>
  details.reduce<Assurance>((most, { act }) => (meets(most, ACTS[act.act].assurance) ? most : ACTS[act.act].assurance), ASSURANCE[0])

function readDetail(detail: unknown): Read | { fault: string } {
  const name = TYPE_NAMES.find(each => typeof detail === 'object' && detail !== null && 'type' in detail && detail.type === each)
  return name === undefined ? { fault: `type is one of ${TYPE_NAMES.join(', ')}` } : DETAIL_TYPES[name](detail)
}

/** Few documents stand there one by one; many by their number, size, and the digest of their list: SM3 over a line each of digest, bytes and name. */
function documentRows(documents: readonly RequestedDocument[], listed: boolean): Row[] {
  if (documents.length === 0) return []
  if (listed)
    return documents.flatMap(({ name, digest, bytes }, i) => row(`文件${i + 1}`, `Document ${i + 1}`, `${name}(${bytes}字节) SM3 ${digest}`))
  const bytes = documents.reduce((sum, each) => sum + each.bytes, 0)
  const list = documents.map(each => `${each.digest} ${each.bytes} ${each.name}`).join('\n')
  return [
    ...row('文件', 'Documents', `共${documents.length}份,合计${bytes}字节`),
    ...row('文件清单摘要', 'Digest of the list', `SM3 ${createHash('sm3').update(list, 'utf8').digest('hex')}`),
  ]
}

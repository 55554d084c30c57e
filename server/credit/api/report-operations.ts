import { z } from 'zod'
import { PURPOSES, type Purpose } from '../../kernel/data-consent.ts'
import { BrokerError } from '../../kernel/errors.ts'
import { readJson } from '../../storage/json.ts'
import type { StoredReport } from '../../storage/stores-credit.ts'
import type { SignedDocument } from '../report/document.ts'
import { BASE, type CreditOperation, line, PAGE, subject } from './operation.ts'

/** What a party is given by companies' consents, and what it is told to stop using. */
const CONSENT = ['consent_missing', 'consent_withdrawn', 'consent_expired', 'consent_used_up', 'consent_tampered'] as const
const Query = z
  .strictObject({
    ...subject,
    report: z.enum(['bid', 'financing']),
    purpose: z.enum(Object.keys(PURPOSES) as [Purpose, ...Purpose[]]),
    project: line(100).describe('Every query is about one; the company sees which.'),
  })
  .meta({ id: 'Query' })
export const Signed = z
  .strictObject({
    content: z.string().describe('The report as JSON text; exactly these octets are signed. Do not write them anew before you verify.'),
    signature: z.strictObject({ algorithm: z.literal('SM2-SM3'), value: z.string(), certificate: z.string(), root: z.string() }),
  })
  .meta({ id: 'SignedDocument', description: 'Verify with the root that GET /api/credit/key publishes, or with `shield credit verify`.' })
const Report = z
  .strictObject({ id: z.string(), receipt: z.strictObject({ consent: z.string(), use: z.int(), at: z.string() }), document: Signed })
  .meta({ id: 'Report' })
const Notice = z.strictObject({
  id: z.string(),
  fact: z.string(),
  reason: z.enum(['repaired', 'recalled']),
  reports: z.array(z.string()).describe('Reports you were given that hold it: stop using them, and query anew.'),
  at: z.string(),
})
const Recalls = z.strictObject({ recalls: z.array(Notice), more: z.boolean() }).meta({ id: 'Recalls' })
const Confirmed = z.strictObject({ id: z.string(), confirmed: z.literal(true) }).meta({ id: 'Confirmed' })
const Key = z.strictObject({ certificate: z.string(), root: z.string(), root_thumbprint: z.string() }).meta({ id: 'ReportKey' })

export const reportOperations: readonly CreditOperation[] = [
  {
    path: `${BASE}/queries`,
    name: 'queryReport',
    title: { zh: '查询信用报告', en: 'Query a report' },
    about: {
      zh: '凭企业的数据授权，按项目查询。每次查询记为一次使用，企业看得到。',
      en: 'By the company’s consent, for a project. Every query is a use of the consent, and the company sees it.',
    },
    scope: 'credit.read',
    request: Query,
    status: 200,
    answer: Report,
    refusals: [...CONSENT, 'credit_subject_unsupported'],
    async run({ reports }, ask) {
      const given = await reports.give({ ...ask.body(Query), recipient: ask.clientId }, ask.trace)
      return { body: reportBody(given) }
    },
  },
  {
    method: 'get',
    path: `${BASE}/reports/{report}`,
    name: 'getReport',
    title: { zh: '再取一次报告', en: 'Fetch a report again' },
    about: {
      zh: '您查询过的报告，内容不变，不另计次数。授权撤回或到期，或者里面有记录被修复、撤回后，不再提供。',
      en: 'One that you queried, unchanged, and no further use; no longer given once the consent is withdrawn or over, or a record in it is repaired or recalled.',
    },
    scope: 'credit.read',
    status: 200,
    answer: Report,
    refusals: ['credit_report_unknown', 'credit_report_recalled', 'consent_withdrawn', 'consent_expired'],
    run: async ({ reports }, ask) => ({ body: reportBody(await reports.again(ask.param('report'), ask.clientId, ask.trace)) }),
  },
  {
    method: 'get',
    path: `${BASE}/recalls`,
    name: 'listRecalls',
    title: { zh: '停止使用通知', en: 'Recalls' },
    about: {
      zh: '您收到过的记录被修复或撤回：当日停止使用，并逐条确认。没有确认的一直在这里。',
      en: 'Records that you were given and may no longer use. Stop the same day, and confirm each; what is not confirmed stays here.',
    },
    scope: 'credit.read',
    status: 200,
    answer: Recalls,
    refusals: [],
    async run({ recalls }, ask) {
      const rows = await recalls.recallsDue(PAGE + 1, ask.clientId)
      const told = rows.slice(0, PAGE).map(({ id, factId, reason, reports, createdAt }) => ({ id, fact: factId, reason, reports, at: createdAt }))
      return { body: { recalls: told, more: rows.length > PAGE }, items: told.length }
    },
  },
  {
    path: `${BASE}/recalls/{recall}/confirm`,
    name: 'confirmRecall',
    title: { zh: '确认已停止使用', en: 'Confirm a recall' },
    about: { zh: '确认后不再列出。', en: 'It is listed no longer.' },
    scope: 'credit.read',
    status: 200,
    answer: Confirmed,
    refusals: ['credit_report_unknown'],
    async run({ recalls }, ask) {
      const id = ask.param('recall')
      if (!/^[0-9a-f]{64}$/.test(id) || !(await recalls.recalled(id, ask.clientId)))
        throw new BrokerError('credit_report_unknown', 'no such recall that waits for whoever asks')
      return { body: { id, confirmed: true } }
    },
  },
  {
    method: 'get',
    path: `${BASE}/key`,
    name: 'getReportKey',
    title: { zh: '报告签名证书', en: 'The key that signs reports' },
    about: { zh: '核验报告签名用的证书和根。', en: 'The certificate and root to verify reports with.' },
    scope: 'credit.read',
    status: 200,
    answer: Key,
    refusals: [],
    async run({ key }) {
      const { certificate, root } = await key()
      return { body: { certificate: certificate.der.toString('base64'), root: root.der.toString('base64'), root_thumbprint: root.thumbprint } }
    },
  },
]

const reportBody = ({ id, consentId = '', useNumber = 0, at, document }: StoredReport) => ({
  id,
  receipt: { consent: consentId, use: useNumber, at },
  document: readJson<SignedDocument>(document),
})

import { COMMON_REFUSALS, type Described } from '../../web/interface/operation.ts'
import { Problem } from '../../web/interface/problem.ts'
import { PlacementWish } from '../placement-wish.ts'
import { Company, companyOperations } from './companies.ts'
import { FileDigests } from './digest-words.ts'
import { discoveryOperations, Provider } from './discovery.ts'
import { documentOperations } from './documents.ts'
import { openSchemas, openVerifying } from './open-verifying.ts'
import { BASE, type Scope, type SealOperation } from './operation.ts'
import { pictureOperations } from './pictures.ts'
import { Box, placementOperations } from './placements.ts'
import { CheckAnswer, SealReportAnswer } from './reports.ts'
import { SealUsed, taskDocumentOperations } from './task-documents.ts'
import { TaskDocumentWish } from './task-words.ts'
import { taskOperations } from './tasks.ts'
import { verifyingOperations } from './verifying.ts'
import { webhookOperations } from './webhook-operations.ts'

/** Every operation, one row each: the OpenAPI document, the page for people and the routes are all made from it. */
export const OPERATIONS: readonly SealOperation[] = [
  ...discoveryOperations,
  ...documentOperations,
  ...placementOperations,
  ...taskOperations,
  ...taskDocumentOperations,
  ...companyOperations,
  ...pictureOperations,
  ...verifyingOperations,
  ...webhookOperations,
]

const scopeWords: Record<Scope, string> = {
  'seals.tasks': 'hand in documents, have them sealed, and verify them',
  'seals.read': 'look at what can be asked for, and at seals of companies that you know',
  'seals.webhooks': 'be told of your tasks and verifications, and of seals of companies that you know',
}

/** The interface as its document and page tell it. @param publicUrl scheme, host and port of this site */
export const interfaceDocument = (publicUrl: string): Described => ({
  base: BASE,
  publicUrl,
  title: { zh: '电子印章接口', en: 'Seals' },
  lead: {
    zh: '一个接口对接所有印章：上传文件，请企业盖章，取回盖好的文件和凭据，验章，得到通知。',
    en: 'One interface for every kind of seal: hand in documents, have a company seal them, fetch them with evidence, verify, be told.',
  },
  info: {
    title: '共享盾 电子印章接口 Shared Shield seals',
    version: '1.0.0',
    description:
      'Documents sealed by companies with the shields they have. A refused request is a problem (RFC 9457) with a stable code. All times are RFC 3339, all lengths on paper millimetres.',
  },
  operations: [...OPERATIONS, openVerifying],
  commonRefusals: COMMON_REFUSALS,
  scopes: scopeWords,
  aboutRefusals: {
    zh: '请求有误时返回 application/problem+json，代码不变。文件验得出就是 200，不论结论。',
    en: 'A request that is refused is answered with application/problem+json; codes are stable. A document that was judged is 200, whatever the verdict.',
  },
  named: [Provider, CheckAnswer, SealReportAnswer, Box, PlacementWish, TaskDocumentWish, FileDigests, Company, SealUsed, ...openSchemas],
  problem: Problem,
})

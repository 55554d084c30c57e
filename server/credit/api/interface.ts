import type { Router } from 'express'
import { createInterface, type Interface, type InterfaceDeps } from '../../interfaces/interface.ts'
import { Fact, factOperations } from './fact-operations.ts'
import { BASE, type CreditOperation, type Scope } from './operation.ts'
import { reportOperations, Signed } from './report-operations.ts'
import type { CreditApiRoom } from './room.ts'

/**
 * Credit for programs of centers and banks, at /api/credit. Owns the questions, the words of the answers, and that a source changes its own facts alone. Does not own whether a company consented (consents/), or tokens
 * (the provider).
 */
export const OPERATIONS: readonly CreditOperation[] = [...factOperations, ...reportOperations]

const made: Interface<Scope, CreditApiRoom> = {
  realm: 'credit',
  name: 'credit',
  words: {
    base: BASE,
    title: { zh: '信用接口', en: 'Credit' },
    lead: {
      zh: '报送信用记录，凭企业授权按项目查询报告，修复和撤回，停止使用通知。',
      en: 'Record facts, query reports by companies’ consents, repair and recall, and learn what may no longer be used.',
    },
    info: {
      title: '共享盾 信用接口 Shared Shield credit',
      version: '1.0.0',
      description:
        'Facts with their sources and spans; reports that explain each point and are signed. Nothing is given without the company’s own consent. A refused request is a problem (RFC 9457) with a stable code. Days are those of China, times RFC 3339.',
    },
    aboutRefusals: {
      zh: '请求有误时返回 application/problem+json，代码不变。别人的记录和不存在的记录，回答相同。',
      en: 'A request that is refused is answered with application/problem+json; codes are stable. Another source’s record is answered as one that is not there.',
    },
    named: [Fact, Signed],
    scopes: {
      'credit.facts': 'record facts about tenderers, bidders, agents and experts, and answer for them',
      'credit.read': 'query reports by companies’ consents, and be told what may no longer be used',
    },
  },
  operations: OPERATIONS,
  limits: {
    body: 8 * 1024 * 1024,
    requestsPerMinute: 600,
    itemsPerMinute: 30_000,
    /** under way at a time, of one client and of all */
    underWay: { client: { requests: 16, bytes: 32 * 1024 * 1024 }, all: { requests: 128, bytes: 128 * 1024 * 1024 } },
  },
  batch: 'facts',
}

/** @returns to be mounted at /api/credit, before the same-site guard (a bearer token proves the caller) and before any body parser */
export const createCreditInterface = (deps: InterfaceDeps, room: CreditApiRoom): Router => createInterface(made, deps, room)

import type { Router } from 'express'
import { createInterface, type Interface, type InterfaceDeps } from '../../interfaces/interface.ts'
import { DealAnswer, type DealApiRoom, dealOperations } from './deal-operations.ts'
import { BASE, type Scope } from './operation.ts'

/** Deals for centers’ programs, at /api/deals. Owns the questions, the words of the answers, and one audit event a request. Does not own who may be told (deals.ts), or tokens (the provider). */
const made: Interface<Scope, DealApiRoom> = {
  realm: 'deals',
  name: 'deal',
  words: {
    base: BASE,
    title: { zh: '成交接口', en: 'Deals' },
    lead: {
      zh: '报送成交，凭企业授权或法律依据提供给银行。',
      en: 'Report deals, and have banks told of them by the company’s consent or on a legal ground.',
    },
    info: {
      title: '共享盾 成交接口 Shared Shield deals',
      version: '1.0.0',
      description:
        'Deals and who is told of them. A refused request is a problem (RFC 9457) with a stable code. Amounts are whole fen, times RFC 3339.',
    },
    aboutRefusals: {
      zh: '请求有误时返回 application/problem+json，代码不变。别的中心的成交和不存在的成交，回答相同。',
      en: 'A request that is refused is answered with application/problem+json; codes are stable. Another center’s deal is answered as one that is not there.',
    },
    named: [DealAnswer],
    scopes: { 'deals.report': 'report deals, and have banks told of them by consent or on a legal ground' },
  },
  operations: dealOperations,
  limits: {
    body: 64 * 1024,
    requestsPerMinute: 600,
    itemsPerMinute: 6000,
    underWay: { client: { requests: 16, bytes: 4 * 1024 * 1024 }, all: { requests: 128, bytes: 32 * 1024 * 1024 } },
  },
}

/** @returns to be mounted at /api/deals, before the same-site guard (a bearer token proves the caller) and before any body parser */
export const createDealInterface = (deps: InterfaceDeps, room: DealApiRoom): Router => createInterface(made, deps, room)

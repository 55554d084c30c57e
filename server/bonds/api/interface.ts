import type { Router } from 'express'
import { createInterface, type Interface, type InterfaceDeps } from '../../interfaces/interface.ts'
import { AlertAnswer, alertOperations } from './alert-operations.ts'
import { BondAnswer, bondOperations, DueAnswer, GuaranteeAnswer } from './bond-operations.ts'
import { claimOperations } from './claim-operations.ts'
import { BASE, type BondOperation, type Scope } from './operation.ts'
import type { BondApiRoom } from './room.ts'
import { ProjectAnswer, SectionAnswer, sectionOperations } from './section-operations.ts'

/** Bid bonds for centers' programs, at /api/bonds. Owns the questions, the words of the answers, and one audit event a request. Does not own what may be seen when (readings.ts, center-acts.ts), or tokens (the provider). */
const OPERATIONS: readonly BondOperation[] = [...sectionOperations, ...bondOperations, ...claimOperations, ...alertOperations]

const made: Interface<Scope, BondApiRoom> = {
  realm: 'bonds',
  name: 'bond',
  words: {
    base: BASE,
    title: { zh: '保证金接口', en: 'Bid bonds' },
    lead: {
      zh: '公告标段，开标后查看保证金，办理退还、转履约和不予退还。',
      en: 'Announce sections; from the opening on see their bonds, return them, make them performance bonds, keep them.',
    },
    info: {
      title: '共享盾 保证金接口 Shared Shield bid bonds',
      version: '1.0.0',
      description:
        'Bid bonds by transfer or guarantee. Before the latest announced opening time nothing of them is told, not their number. A refused request is a problem (RFC 9457) with a stable code. Amounts are whole fen, times RFC 3339.',
    },
    aboutRefusals: {
      zh: '请求有误时返回 application/problem+json，代码不变。别的中心的标段和不存在的标段，回答相同；开标前有没有保证金，回答也相同。',
      en: 'A request that is refused is answered with application/problem+json; codes are stable. Another center’s section is answered as one that is not there, and before the opening a section with bonds as one without.',
    },
    named: [ProjectAnswer, SectionAnswer, BondAnswer, DueAnswer, GuaranteeAnswer, AlertAnswer],
    scopes: {
      'bonds.manage': 'announce projects and sections, and decide about their bonds after the opening',
      'bonds.read': 'look at sections and, from their opening on, at their bonds',
      'bonds.supervise': 'look at signals of collusion, from the opening on',
    },
  },
  operations: OPERATIONS,
  limits: {
    body: 64 * 1024,
    requestsPerMinute: 600,
    itemsPerMinute: 6000,
    underWay: { client: { requests: 16, bytes: 4 * 1024 * 1024 }, all: { requests: 128, bytes: 32 * 1024 * 1024 } },
  },
}

/** @returns to be mounted at /api/bonds, before the same-site guard (a bearer token proves the caller) and before any body parser */
export const createBondInterface = (deps: InterfaceDeps, room: BondApiRoom): Router => createInterface(made, deps, room)

import type { Router } from 'express'
import { createInterface, type Interface, type InterfaceDeps } from '../../interfaces/interface.ts'
import { LIMITS } from '../limits.ts'
import { BoardLine, bidOperations } from './bid-operations.ts'
import { OpeningAnswer, openingOperations } from './opening-operations.ts'
import { BASE, type BidOperation, type Scope } from './operation.ts'
import type { BidApiRoom } from './room.ts'
import { webhookOperations } from './webhook-operations.ts'

/**
 * Openings of bids for centers' programs, at /api/bids. Owns the questions, the words of the answers, and that a center reaches its own openings alone. Does not own what may be shown when (opening/), or tokens (the
 * provider).
 */
export const OPERATIONS: readonly BidOperation[] = [...openingOperations, ...bidOperations, ...webhookOperations]

const made: Interface<Scope, BidApiRoom> = {
  realm: 'bids',
  name: 'bid',
  words: {
    base: BASE,
    title: { zh: '开标接口', en: 'Openings of bids' },
    lead: {
      zh: '公告开标，到时间开标，查看解密进展，应急解密，取回投标文件和证据。',
      en: 'Announce an opening, open it in time, watch bids being decrypted, rescue, fetch bids and evidence.',
    },
    info: {
      title: '共享盾 开标接口 Shared Shield openings of bids',
      version: '1.0.0',
      description:
        'Encrypted bids, opened by their bidders’ shields or rescued by custodians. Before an opening nothing of the bids is told, not their number. A refused request is a problem (RFC 9457) with a stable code. All times are RFC 3339.',
    },
    aboutRefusals: {
      zh: '请求有误时返回 application/problem+json，代码不变。别的中心的开标和不存在的开标，回答相同。',
      en: 'A request that is refused is answered with application/problem+json; codes are stable. Another center’s opening is answered as one that is not there.',
    },
    named: [OpeningAnswer, BoardLine],
    scopes: {
      'bids.openings': 'announce your openings, open and close them, ask for rescues',
      'bids.read': 'look at your openings and, once they are open, at the bids',
      'bids.webhooks': 'be told of your openings and, once they are open, of the bids',
    },
  },
  operations: OPERATIONS,
  limits: LIMITS,
}

/** @returns to be mounted at /api/bids, before the same-site guard (a bearer token proves the caller) and before any body parser */
export const createBidInterface = (deps: InterfaceDeps, room: BidApiRoom): Router => createInterface(made, deps, room)

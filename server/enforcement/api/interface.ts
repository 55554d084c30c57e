import type { Router } from 'express'
import { createInterface, type Interface, type InterfaceDeps } from '../../interfaces/interface.ts'
import { measureContent } from '../content.ts'
import { BASE, type EnforcementRoom, type Scope } from './operation.ts'
import { MeasureAnswer, operations } from './operations.ts'

/** Measures for programs of centers and authorities, at /api/enforcement. Owns that a source sees and ends its own measures alone. Does not own what a measure reaches, or tokens (the provider). */
const made: Interface<Scope, EnforcementRoom> = {
  realm: 'enforcement',
  name: 'enforcement',
  words: {
    base: BASE,
    title: { zh: '联合惩戒接口', en: 'Enforcement' },
    lead: {
      zh: '报送、修复和解除惩戒措施；查询一件事是否受限。',
      en: 'Record, repair and lift measures, and ask what they say about an act.',
    },
    info: {
      title: '共享盾 联合惩戒接口 Shared Shield enforcement',
      version: '1.0.0',
      description:
        'Measures with their legal basis, reach, effect and period. A measure has its effect only where it names it, and stops at once when it is repaired or lifted. A refused request is a problem (RFC 9457) with a stable code.',
    },
    aboutRefusals: {
      zh: '请求有误时返回 application/problem+json，代码不变。别人认定的和不存在的，回答相同。',
      en: 'A request that is refused is answered with application/problem+json; codes are stable. Another source’s measure is answered as one that is not there.',
    },
    named: [MeasureAnswer, measureContent],
    scopes: {
      'enforcement.manage': 'record measures at the own center, repair and lift them',
      'enforcement.authority': 'name any center and region, for authorities',
      'enforcement.check': 'ask what measures say about an act at the own center',
    },
  },
  operations: operations,
  limits: {
    body: 1024 * 1024,
    requestsPerMinute: 600,
    itemsPerMinute: 30_000,
    /** under way at a time, of one client and of all */
    underWay: { client: { requests: 16, bytes: 32 * 1024 * 1024 }, all: { requests: 128, bytes: 128 * 1024 * 1024 } },
  },
  batch: 'measures',
}

/** @returns to be mounted at /api/enforcement, before the same-site guard (a bearer token proves the caller) and before any body parser */
export const createEnforcementInterface = (deps: InterfaceDeps, room: EnforcementRoom): Router => createInterface(made, deps, room)

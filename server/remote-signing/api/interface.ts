import type { Router } from 'express'
import { createInterface, type Interface, type InterfaceDeps } from '../../interfaces/interface.ts'
import { LIMITS } from './limits.ts'
import { type ApiRoom, BASE, type Scope, type SigningOperation } from './operation.ts'
import { requestOperations } from './request-operations.ts'
import { webhookOperations } from './webhook-operations.ts'
import { SigningDocument } from './words.ts'

/** Remote signing for centers' programs, at /api/remote-signing: mount after requestContext and securityHeaders, before the same-site guard (a bearer token proves the caller) and before any body parser. */
export const OPERATIONS: readonly SigningOperation[] = [...requestOperations, ...webhookOperations]

const made: Interface<Scope, ApiRoom> = {
  realm: 'remote-signing',
  name: 'remote',
  words: {
    base: BASE,
    title: { zh: '专家云签接口', en: 'Remote signing' },
    lead: {
      zh: '请评标专家以本人名义签文件：不带盾，两个因素加本人核验，取回签名和凭据。',
      en: 'Have review experts sign for themselves without a shield: two factors and a person check; fetch signatures and evidence.',
    },
    info: {
      title: '共享盾 专家云签接口 Shared Shield remote signing',
      version: '1.0.0',
      description:
        'Documents signed by persons with keys kept here. A refused request is a problem (RFC 9457) with a stable code. All times are RFC 3339.',
    },
    scopes: {
      'remote.signing': 'ask people who logged in at your center to sign documents, and fetch what they signed',
      'remote.webhooks': 'be told of your requests and of keys of people who logged in at your center',
    },
    aboutRefusals: {
      zh: '请求有误时返回 application/problem+json，代码不变。',
      en: 'A request that is refused is answered with application/problem+json; codes are stable.',
    },
    named: [SigningDocument],
  },
  operations: OPERATIONS,
  limits: LIMITS,
}

/** What is refused leaves no step in an integrator's trace here. */
export const createSigningInterface = (deps: Pick<InterfaceDeps, 'authenticate' | 'meter'>, room: ApiRoom): Router =>
  createInterface(made, deps, room)

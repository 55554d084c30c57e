import { expect } from 'chai'
import type { BankIdentity } from '../../server/kernel/identity.ts'
import { type Facts, type LoginState, nextStep, type Step } from '../../server/login/dispatch.ts'
import { COMPANIES } from './stage.ts'

const [first, second, third] = COMPANIES
const identity = (more: Partial<BankIdentity> = {}): BankIdentity => ({
  bank: 'ccb',
  subject: 's',
  person: { name: '张示例' },
  seats: COMPANIES.slice(0, 1),
  assurance: 'shield',
  methods: ['hwk'],
  authenticatedAt: '2026-11-21T02:00:00.000Z',
  ...more,
})
const attempt = (bank: string) => ({ id: 'l.a', bank, memo: {}, startedAt: '2026-11-21T02:00:00.000Z' })
const state = (more: Partial<LoginState> = {}, request: Partial<LoginState['request']> = {}): LoginState => ({
  request: {
    clientId: 'c',
    clientName: 'c',
    clientOrigins: [],
    scopes: ['openid'],
    needs: 'bank-session',
    prompts: ['login'],
    returnTo: 'https://x.example/',
    ...request,
  },
  ...more,
})
const banks: Facts['banks'] = new Map([
  ['ccb', 'redirect'],
  ['abc', 'sign'],
])
const session = { bank: 'ccb', assurance: 'bank-session', uscc: need(second).uscc } as const

describe('the dispatcher of a login', () => {
  const table: [says: string, state: LoginState, facts: Omit<Facts, 'banks'>, step: Step][] = [
    ['nothing known: choose a bank', state(), {}, { kind: 'choose-bank' }],
    ['a hint: straight to that bank', state({}, { bankHint: 'ccb' }), {}, { kind: 'authenticate', bank: 'ccb' }],
    ['a hint of a bank that is not connected: choose', state({}, { bankHint: 'boc' }), {}, { kind: 'choose-bank' }],
    ['back from a bank’s pages without an answer: choose', state({ attempt: attempt('ccb') }), {}, { kind: 'choose-bank' }],
    ['back from a hinted bank without an answer: choose', state({ attempt: attempt('ccb') }, { bankHint: 'ccb' }), {}, { kind: 'choose-bank' }],
    ['the shield page again: a new challenge', state({ attempt: attempt('abc') }), {}, { kind: 'authenticate', bank: 'abc' }],
    ['an attempt at a bank that was taken away: choose', state({ attempt: attempt('gone') }), {}, { kind: 'choose-bank' }],
    ['proven for one company: bind', state({ identity: identity() }), {}, { kind: 'bind', uscc: need(first).uscc }],
    ['proven for several companies: choose', state({ identity: identity({ seats: COMPANIES }) }), {}, { kind: 'choose-enterprise' }],
    [
      'proven for several and chosen: bind',
      state({ identity: identity({ seats: COMPANIES }), uscc: need(third).uscc }),
      {},
      { kind: 'bind', uscc: need(third).uscc },
    ],
    [
      'something to do in time: shown before the login goes on',
      state({ identity: identity(), membershipId: 'm', consented: true }),
      { reminded: 'due' },
      { kind: 'remind' },
    ],
    ['shown: on', state({ identity: identity(), membershipId: 'm', consented: true }), { reminded: 'done' }, { kind: 'issue' }],
    [
      'something to do, and not agreed yet: consent first',
      state({ identity: identity(), membershipId: 'm' }),
      { reminded: 'due' },
      { kind: 'consent' },
    ],
    [
      'a stronger proof for several companies, one of them the session’s: bind that',
      state({ identity: identity({ seats: COMPANIES }) }),
      { session: { ...session, uscc: need(second).uscc } },
      { kind: 'bind', uscc: need(second).uscc },
    ],
    [
      'proven too weakly: step up',
      state({ identity: identity({ assurance: 'bank-session' }) }, { needs: 'shield' }),
      {},
      { kind: 'step-up', bank: 'ccb', has: 'bank-session' },
    ],
    [
      'proven more strongly than asked: bind',
      state({ identity: identity({ assurance: 'shield-person' }) }, { needs: 'shield' }),
      {},
      { kind: 'bind', uscc: need(first).uscc },
    ],
    ['bound, never asked for consent: ask', state({ identity: identity(), membershipId: 'm' }), {}, { kind: 'consent' }],
    ['bound, no consent on record: ask', state({ identity: identity(), membershipId: 'm' }), { consented: false }, { kind: 'consent' }],
    ['bound, consent on record: issue', state({ identity: identity(), membershipId: 'm' }), { consented: true }, { kind: 'issue' }],
    ['bound, just agreed: issue', state({ identity: identity(), membershipId: 'm', consented: true }), { consented: false }, { kind: 'issue' }],
    [
      'consent demanded, though on record: ask',
      state({ identity: identity(), membershipId: 'm' }, { prompts: ['login', 'consent'] }),
      { consented: true },
      { kind: 'consent' },
    ],
    [
      'consent demanded and given: issue',
      state({ identity: identity(), membershipId: 'm', consented: true }, { prompts: ['consent'] }),
      {},
      { kind: 'issue' },
    ],
    ['a session, consent missing: ask', state({}, { prompts: ['consent'] }), { session }, { kind: 'consent' }],
    ['a session, consent on record: issue', state(), { session, consented: true }, { kind: 'issue' }],
    ['a session too weak: step up', state({}, { needs: 'shield' }), { session }, { kind: 'step-up', bank: 'ccb', has: 'bank-session' }],
    [
      'a session too weak, shield page open: a new challenge',
      state({ attempt: attempt('abc') }, { needs: 'shield' }),
      { session },
      { kind: 'authenticate', bank: 'abc' },
    ],
    ['a session too weak, back from a bank: choose', state({ attempt: attempt('ccb') }, { needs: 'shield' }), { session }, { kind: 'choose-bank' }],
    [
      'granted: over',
      state({ outcome: { kind: 'granted', membershipId: 'm', proofId: 'p', assurance: 'shield', methods: [], authenticatedAt: '' } }),
      {},
      { kind: 'issued' },
    ],
    ['refused: over', state({ outcome: { kind: 'refused', error: 'access_denied', description: '' } }), {}, { kind: 'refused' }],
    [
      'refused, whatever else is known: over',
      state({ identity: identity(), membershipId: 'm', consented: true, outcome: { kind: 'refused', error: 'access_denied', description: '' } }),
      { session, consented: true },
      { kind: 'refused' },
    ],
  ]

  for (const [says, given, facts, step] of table) {
    it(says, () => expect(nextStep(given, { banks, ...facts })).to.deep.equal(step))
  }

  it('never issues to nobody, to too weak a proof, or without a company: every combination', () => {
    const few = <T>(...values: (T | undefined)[]) => values
    let seen = 0
    for (const who of few(identity(), identity({ assurance: 'bank-session' }), identity({ seats: COMPANIES }), undefined))
      for (const uscc of few(need(first).uscc, undefined))
        for (const membershipId of few('m', undefined))
          for (const consented of few(true, undefined))
            for (const needs of ['bank-session', 'shield', 'shield-person'] as const)
              for (const at of few(attempt('ccb'), attempt('abc'), undefined))
                for (const had of few(session, undefined))
                  for (const onRecord of [true, false]) {
                    const given = state(
                      {
                        ...(who === undefined ? {} : { identity: who }),
                        ...(uscc === undefined ? {} : { uscc }),
                        ...(membershipId === undefined ? {} : { membershipId }),
                        ...(consented === undefined ? {} : { consented }),
                        ...(at === undefined ? {} : { attempt: at }),
                      },
                      { needs },
                    )
                    const step = nextStep(given, { banks, consented: onRecord, ...(had === undefined ? {} : { session: had }) })
                    seen++
                    if (step.kind !== 'issue') continue
                    const has = who?.assurance ?? had?.assurance
                    expect(has === 'shield' ? needs !== 'shield-person' : has === 'bank-session' && needs === 'bank-session').to.equal(true)
                    expect(who === undefined || membershipId !== undefined).to.equal(true)
                    expect(consented === true || onRecord).to.equal(true)
                  }
    expect(seen).to.equal(4 * 2 * 2 * 2 * 3 * 3 * 2 * 2)
  })
})

function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('missing')
  return value
}

import { expect } from 'chai'
import fc from 'fast-check'
import { type DecisionFacts, decide, denialOf, type HeldMandate, widerThan } from '../../server/authorization/decide.ts'
import type { MandateTerms } from '../../server/authorization/terms.ts'
import { ACT_NAMES, ACTS } from '../../server/kernel/acts.ts'
import { OWN_PAGES } from '../../server/kernel/authority.ts'
import { readUscc } from '../../server/kernel/uscc.ts'

const uscc = readUscc('91350200556207664B')
const now = new Date('2026-11-28T08:00:00.000Z')
const terms: MandateTerms = {
  id: 'm1',
  company: { uscc, name: '演示企业' },
  giver: { membershipId: 'boss', name: '王示范', capacity: 'legal-representative' },
  grantee: { name: '赵示例', personId: 'p-clerk' },
  acts: ['login', 'seal_use', 'bond_pay', 'delegate'],
  seals: ['seal-1'],
  centers: ['center-1'],
  projects: ['P1'],
  sections: ['S1'],
  limitFen: 1000,
  totalFen: 2500,
  from: '2026-11-01T00:00:00.000Z',
  until: '2026-12-01T00:00:00.000Z',
  depth: 2,
  approvals: 0,
  chain: [],
  madeAt: '2026-11-01T00:00:00.000Z',
}
const held = (more: Partial<HeldMandate> = {}, of: Partial<MandateTerms> = {}): HeldMandate => ({
  id: of.id ?? 'm1',
  state: 'active',
  usedFen: 0,
  rootGiverId: 'boss',
  above: [],
  terms: { ...terms, ...of },
  ...more,
})
const pay = { act: 'bond_pay', center: 'center-1', project: 'P1', section: 'S1', amountFen: 1000 } as const
const facts = (more: Partial<DecisionFacts> = {}): DecisionFacts => ({
  now,
  actor: { membershipId: 'clerk', assurance: 'shield' },
  request: pay,
  approvals: [],
  membership: { id: 'clerk', personId: 'p-clerk', role: 'operator', suspended: false, byBank: true },
  company: { uscc, legalRepresentativeId: 'boss' },
  mandates: [held()],
  ...more,
})
const said = (more: Partial<DecisionFacts>) => {
  const decision = decide(facts(more))
  return decision.kind === 'deny' ? decision.code : decision.kind === 'needs' ? `needs ${decision.need.kind}` : decision.power.kind
}

describe('the one decision', () => {
  it('lets a person do what a mandate in force names', () => {
    expect(decide(facts())).to.deep.equal({ kind: 'allow', power: { kind: 'mandate', mandate: 'm1' } })
  })

  for (const [sentence, more, expected] of [
    ['denies what nobody gave', { mandates: [] }, 'act_not_allowed'],
    ['denies an act that the mandate does not name', { request: { ...pay, act: 'bid_decrypt' } }, 'act_not_allowed'],
    ['denies at another center', { request: { ...pay, center: 'center-2' } }, 'mandate_out_of_scope'],
    ['denies for another project', { request: { ...pay, project: 'P2' } }, 'mandate_out_of_scope'],
    [
      'denies for a project that is not told',
      { request: { act: 'bond_pay', center: 'center-1', section: 'S1', amountFen: 1 } },
      'mandate_out_of_scope',
    ],
    ['denies for another section', { request: { ...pay, section: 'S2' } }, 'mandate_out_of_scope'],
    ['denies another seal', { request: { ...pay, act: 'seal_use', seal: 'seal-2' } }, 'mandate_out_of_scope'],
    ['denies one fen above the limit', { request: { ...pay, amountFen: 1001 } }, 'mandate_over_limit'],
    [
      'denies an amount that is not told, where there is a limit',
      { request: { act: 'bond_pay', center: 'center-1', project: 'P1', section: 'S1' } },
      'mandate_over_limit',
    ],
    ['denies one fen above the total', { mandates: [held({ usedFen: 1501 })] }, 'mandate_over_limit'],
    ['denies a moment before it begins', { now: new Date('2026-10-31T23:59:59.999Z') }, 'mandate_not_in_time'],
    ['denies at the very moment it ends', { now: new Date('2026-12-01T00:00:00.000Z') }, 'mandate_not_in_time'],
    [
      'denies a mandate of another company',
      { mandates: [held({}, { company: { uscc: readUscc('11370306MB2867521U'), name: 'x' } })] },
      'act_not_allowed',
    ],
    ['denies a draft', { mandates: [held({ state: 'drafted' })] }, 'mandate_not_accepted'],
    ['denies what is only offered', { mandates: [held({ state: 'offered' })] }, 'mandate_not_accepted'],
    ['denies what was declined', { mandates: [held({ state: 'declined' })] }, 'mandate_not_accepted'],
    ['denies what is suspended', { mandates: [held({ state: 'suspended' })] }, 'mandate_suspended'],
    ['denies what was revoked', { mandates: [held({ state: 'revoked' })] }, 'mandate_revoked'],
    ['denies what was tampered with', { mandates: [{ id: 'm1', state: 'active', usedFen: 0, rootGiverId: 'boss', above: [] }] }, 'mandate_tampered'],
    ['denies what a former legal representative gave', { company: { uscc, legalRepresentativeId: 'new boss' } }, 'mandate_frozen'],
    [
      'denies a suspended person everything',
      { membership: { id: 'clerk', personId: 'p', role: 'operator', suspended: true, byBank: true } },
      'membership_suspended',
    ],
    [
      'denies a suspended legal representative',
      { membership: { id: 'clerk', personId: 'p', role: 'legal-representative', suspended: true, byBank: true } },
      'membership_suspended',
    ],
    ['denies on facts of another person', { actor: { membershipId: 'other', assurance: 'shield' } }, 'act_not_allowed'],
    ['asks for the shield where the proof is weaker', { actor: { membershipId: 'clerk', assurance: 'bank-session' } }, 'needs step-up'],
    ['asks for approvals where the mandate wants them', { mandates: [held({}, { approvals: 2 })], approvals: ['a'] }, 'needs approvals'],
    ['counts no approval twice', { mandates: [held({}, { approvals: 2 })], approvals: ['a', 'a'] }, 'needs approvals'],
    ['counts no approval of the person itself', { mandates: [held({}, { approvals: 1 })], approvals: ['clerk'] }, 'needs approvals'],
    ['goes on once enough others agreed', { mandates: [held({}, { approvals: 2 })], approvals: ['a', 'b'] }, 'mandate'],
    [
      'needs no approvals for a login',
      {
        mandates: [held({}, { approvals: 2 })],
        request: { act: 'login', center: 'center-1' },
        membership: { id: 'clerk', personId: 'p', role: 'operator', suspended: false, byBank: false },
      },
      'mandate',
    ],
    ['lets whom the bank names log in', { mandates: [], request: { act: 'login', center: 'any' } }, 'bank-named'],
    [
      'lets whom no bank names not log in',
      {
        mandates: [],
        request: { act: 'login', center: 'any' },
        membership: { id: 'clerk', personId: 'p', role: 'operator', suspended: false, byBank: false },
      },
      'act_not_allowed',
    ],
    [
      'lets the legal representative do anything',
      {
        mandates: [],
        company: { uscc, legalRepresentativeId: 'clerk' },
        membership: { id: 'clerk', personId: 'p', role: 'legal-representative', suspended: false, byBank: true },
      },
      'legal-representative',
    ],
    [
      'denies a legal representative whom the banks have replaced',
      { mandates: [], membership: { id: 'clerk', personId: 'p', role: 'legal-representative', suspended: false, byBank: true } },
      'act_not_allowed',
    ],
    [
      'lets a holder in to our own pages, whatever centers the mandate names',
      {
        request: { act: 'login', center: OWN_PAGES },
        membership: { id: 'clerk', personId: 'p', role: 'operator', suspended: false, byBank: false },
      },
      'mandate',
    ],
    ['does nothing else there', { request: { ...pay, center: OWN_PAGES } }, 'mandate_out_of_scope'],
    [
      'takes another mandate where the newest does not cover it',
      { mandates: [held({ id: 'm0', state: 'revoked' }, { id: 'm0' }), held()] },
      'mandate',
    ],
    ['explains by the mandate that is about the act', { mandates: [held({}, { acts: ['sign'] }), held({ state: 'revoked' })] }, 'mandate_revoked'],
  ] as const satisfies readonly (readonly [string, Partial<DecisionFacts>, string])[]) {
    it(sentence, () => expect(said(more)).to.equal(expected))
  }

  it('denies everything that no rule allows, whatever is asked', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ACT_NAMES),
        fc.constantFrom('bank-session', 'shield', 'shield-person'),
        fc.string(),
        (act, assurance, center) => {
          const stranger = { id: 'clerk', personId: 'p', role: 'operator', suspended: false, byBank: false } as const
          expect(said({ mandates: [], membership: stranger, actor: { membershipId: 'clerk', assurance }, request: { act, center } })).to.equal(
            'act_not_allowed',
          )
        },
      ),
    )
  })
})

describe('a mandate passed on', () => {
  const upper = held()
  const lower = (of: Partial<MandateTerms> = {}, more: Partial<HeldMandate> = {}) =>
    held({ id: 'm2', above: [upper], ...more }, { id: 'm2', chain: ['m1'], depth: 1, ...of })

  it('is good as far as each above it is', () => expect(said({ mandates: [lower()] })).to.equal('mandate'))

  for (const [sentence, mandate, expected] of [
    ['ends with the one above it', lower({}, { above: [held({ state: 'revoked' })] }), 'mandate_revoked'],
    ['rests with the one above it', lower({}, { above: [held({ state: 'suspended' })] }), 'mandate_suspended'],
    ['counts against the total above it', lower({}, { above: [held({ usedFen: 2000 })] }), 'mandate_over_limit'],
    ['may not be as deep as the one above it', lower({ depth: 2 }), 'mandate_too_deep'],
    ['may not name more projects', lower({ projects: ['P1', 'P9'] }), 'mandate_too_deep'],
    ['may not drop the limit', { ...lower(), terms: withoutLimit({ ...terms, id: 'm2', chain: ['m1'], depth: 1 }) }, 'mandate_too_deep'],
    ['may not last longer', lower({ until: '2026-12-02T00:00:00.000Z' }), 'mandate_too_deep'],
    [
      'may not stand on one that may not be passed on',
      lower({}, { above: [held({}, { depth: 0, acts: ['login', 'bond_pay'] })] }),
      'mandate_too_deep',
    ],
    ['may not stand on another than it names', lower({ chain: ['m9'] }), 'mandate_tampered'],
    ['may not hide what it stands on', lower({ chain: ['m1'] }, { above: [] }), 'mandate_tampered'],
  ] as const) {
    it(sentence, () => expect(said({ mandates: [mandate] })).to.equal(expected))
  }

  it('never allows what the one above it would not, whatever both say', () => {
    // Each term is most often as wide as can be: terms drawn evenly would nearly never allow both, and the property would be said of nothing.
    const mostly = <T>(value: T, otherwise: fc.Arbitrary<T>) =>
      fc.oneof({ weight: 7, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: otherwise })
    const some = <T>(...values: T[]) => mostly(values, fc.subarray(values))
    const any = fc.record({
      acts: mostly([...ACT_NAMES], fc.subarray([...ACT_NAMES], { minLength: 1 })),
      scope: fc.record({ centers: some('center-1', 'center-2'), projects: some('P1', 'P2'), sections: some('S1'), seals: some('seal-1') }),
      limits: fc.record({ limitFen: mostly(2000, fc.constantFrom(500, 1000)), totalFen: mostly(2500, fc.constant(500)) }),
      from: mostly('2026-11-01T00:00:00.000Z', fc.constant('2026-11-29T00:00:00.000Z')),
      until: mostly('2026-12-01T00:00:00.000Z', fc.constant('2026-11-30T00:00:00.000Z')),
      depth: fc.integer({ min: 0, max: 2 }),
      approvals: mostly(0, fc.constant(1)),
      usedFen: mostly(0, fc.constant(2000)),
      state: mostly<'active' | 'suspended'>('active', fc.constant('suspended')),
    })
    const request = fc.record({
      act: fc.constantFrom(...ACT_NAMES),
      center: fc.constantFrom('center-1', 'center-2'),
      project: fc.constantFrom('P1', 'P2'),
      section: fc.constant('S1'),
      seal: fc.constant('seal-1'),
      amountFen: fc.constantFrom(1, 700, 1500),
    })
    let allowed = 0
    fc.assert(
      fc.property(any, any, request, (a, b, asked) => {
        const make = ({ scope, limits, usedFen, state, ...of }: typeof a, id: string, chain: string[], above: HeldMandate[]) =>
          held({ id, usedFen, state, above }, { ...of, ...scope, ...limits, id, chain })
        const upper = make(a, 'm1', [], [])
        const lower = make(b, 'm2', ['m1'], [upper])
        const below = denialOf(lower, facts({ request: asked }))
        if (below !== undefined) return
        allowed++
        expect(denialOf(upper, facts({ request: asked }))).to.equal(undefined)
        expect(widerThan({ ...terms, ...lower.terms }, { ...terms, ...upper.terms })).to.equal(undefined)
      }),
      { numRuns: 30_000 },
    )
    expect(allowed, 'what was drawn nearly never allows anything').to.be.greaterThan(1000)
  })

  it('is never wider than the one above it, in any term', () => {
    const may = (of: Partial<MandateTerms>) => widerThan({ ...terms, depth: 1, ...of }, terms)
    expect(may({})).to.equal(undefined)
    for (const wider of [
      { acts: ['sign'] },
      { seals: [] },
      { centers: [] },
      { sections: ['S1', 'S2'] },
      { totalFen: 2501 },
      { from: '2026-10-31T00:00:00.000Z' },
    ] as const)
      expect(may(wider), JSON.stringify(wider)).to.be.a('string')
    expect(widerThan({ ...terms, depth: 1, approvals: 1 }, { ...terms, approvals: 2 })).to.equal('fewer approvals')
  })
})

function withoutLimit({ limitFen: _, ...rest }: MandateTerms): MandateTerms {
  return rest
}

describe('what an act is content with', () => {
  it('is held against the login’s proof for every act', () => {
    for (const act of ACT_NAMES.filter(each => ACTS[each].assurance === 'shield'))
      expect(
        said({
          actor: { membershipId: 'clerk', assurance: 'bank-session' },
          mandates: [],
          company: { uscc, legalRepresentativeId: 'clerk' },
          membership: { id: 'clerk', personId: 'p', role: 'legal-representative', suspended: false, byBank: true },
          request: { act, center: 'c' },
        }),
      ).to.equal('needs step-up')
  })
})

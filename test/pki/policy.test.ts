import { expect } from 'chai'
import { oid, sequence } from '../../server/pki/der-write.ts'
import { verifyChain } from '../../server/pki/path.ts'
import type { PolicyDemands } from '../../server/pki/policy-rules.ts'
import { ANY, inhibitAny, type Made, mappings, policies, policyConstraints } from './handmade.ts'
import { at, makeRoot, makeUnder, newKey, type Party } from './hierarchy.ts'

const root = makeRoot()
const keys = newKey.SM2()
const [A, B, C] = ['1.2.3.1', '1.2.3.2', '1.2.3.3']

/** A path whose CAs, from the top, and leaf have these extensions. A CA may be self-issued: it bears the name of the one above. */
function decide(levels: (Made[] | { selfIssued: Made[] })[], policy: PolicyDemands = {}, anchor = root) {
  const [last, ...above] = [...levels].reverse()
  const cas: Party[] = []
  for (const [i, level] of above.reverse().entries()) {
    const issuer: Party = cas.at(-1) ?? anchor
    const common = Array.isArray(level) ? `CA ${i}` : (/CN=([^,]+)/.exec(issuer.certificate.subject.text)?.[1] ?? '')
    cas.push(makeUnder(issuer, common, { profile: 'ca', extensions: Array.isArray(level) ? level : level.selfIssued }))
  }
  const leaf = makeUnder(cas.at(-1) ?? anchor, 'shield', { keys, extensions: Array.isArray(last) ? last : [] })
  const roots = [anchor.certificate]
  return verifyChain({ leaf: leaf.certificate, intermediates: cas.map(each => each.certificate), roots, at, policy })
}
const found = (...question: Parameters<typeof decide>): readonly string[] | string => {
  const result = decide(...question)
  return result.ok ? result.policies : result.clause
}
const EXPLICIT = { explicit: 'required' } as const

describe('certificate policies', () => {
  it('hold for a path when every certificate names them', () => {
    expect(found([[policies(A, B)], [policies(B, C)]])).to.deep.equal([B])
    expect(found([[policies(A)], []])).to.deep.equal([])
    expect(found([[], [policies(A)]])).to.deep.equal([])
  })

  it('that must be explicit refuse a path without one, and one with others than wanted', () => {
    expect(found([[policies(A)], [policies(A)]], EXPLICIT)).to.deep.equal([A])
    expect(found([[policies(A)], []], EXPLICIT)).to.equal('RFC 5280 6.1.3 (f)')
    expect(found([[policies(A)], [policies(A)]], { ...EXPLICIT, acceptable: [B] })).to.equal('RFC 5280 6.1.5 (g)')
    expect(found([[policies(A)], [policies(A)]], { acceptable: [B] })).to.deep.equal([])
  })

  it('under anyPolicy are those that the others name', () => {
    expect(found([[policies(ANY)], [policies(A)]], EXPLICIT)).to.deep.equal([A])
    expect(found([[policies(A)], [policies(ANY)]], EXPLICIT)).to.deep.equal([A])
    expect(found([[policies(ANY)], [policies(ANY)]], { ...EXPLICIT, acceptable: [C] })).to.deep.equal([C])
  })

  it('are required from the depth a CA says, counting no renewals', () => {
    const demand = (explicit: number) => policyConstraints({ explicit })
    expect(found([[demand(0), policies(A)], []])).to.equal('RFC 5280 6.1.3 (f)')
    expect(found([[demand(1), policies(A)], []])).to.equal('RFC 5280 6.1.5 (g)')
    expect(found([[demand(2), policies(A)], []])).to.deep.equal([])
    expect(found([[demand(2), policies(A)], [policies(A)], []])).to.equal('RFC 5280 6.1.5 (g)')
    expect(found([[demand(2), policies(A)], { selfIssued: [policies(A)] }, []])).to.deep.equal([])
  })

  it('are mapped from the domain above into the one below, and told in the words of the one above', () => {
    expect(found([[policies(A), mappings([A, B])], [policies(B)]], EXPLICIT)).to.deep.equal([A])
    expect(found([[policies(A), mappings([A, B])], [policies(A)]], EXPLICIT)).to.equal('RFC 5280 6.1.3 (f)')
    expect(found([[policies(ANY), mappings([A, B])], [policies(B)]], EXPLICIT)).to.deep.equal([A])
    expect(found([[policies(A), mappings([A, B], [A, C])], [policies(C)]], { ...EXPLICIT, acceptable: [A] })).to.deep.equal([A])
    expect(found([[policies(A), mappings([A, B])], [policies(B), mappings([B, C])], [policies(C)]], EXPLICIT)).to.deep.equal([A])
  })

  it('are not mapped where mapping is inhibited, by a CA or by the caller', () => {
    const map = [policies(A), mappings([A, B])]
    expect(found([map, [policies(B)]], { ...EXPLICIT, mapping: 'inhibited' })).to.equal('RFC 5280 6.1.3 (f)')
    expect(found([[policyConstraints({ mapping: 0 }), policies(A)], map, [policies(B)]], EXPLICIT)).to.equal('RFC 5280 6.1.3 (f)')
    expect(found([[policyConstraints({ mapping: 1 }), policies(A)], map, [policies(B)]], EXPLICIT)).to.deep.equal([A])
  })

  it('may not be mapped from or to anyPolicy', () => {
    for (const pair of [
      [ANY, A],
      [A, ANY],
    ] as [string, string][])
      expect(found([[policies(A), mappings(pair)], [policies(A)]])).to.equal('RFC 5280 6.1.4 (a)')
  })

  it('are not any where anyPolicy is inhibited, but for a CA that renews itself', () => {
    expect(found([[inhibitAny(0), policies(A)], [policies(ANY)]], EXPLICIT)).to.equal('RFC 5280 6.1.3 (f)')
    expect(found([[inhibitAny(1), policies(A)], [policies(ANY)]], EXPLICIT)).to.deep.equal([A])
    expect(found([[inhibitAny(0), policies(A)], { selfIssued: [policies(ANY)] }, [policies(A)]], EXPLICIT)).to.deep.equal([A])
    expect(found([[policies(ANY)], [policies(A)]], { ...EXPLICIT, any: 'inhibited' })).to.equal('RFC 5280 6.1.3 (f)')
  })

  it('that the anchor demands are demanded from the start', () => {
    const strict = makeRoot('Strict', { extensions: [policyConstraints({ explicit: 0 })] })
    expect(found([[policies(A)], []], {}, strict)).to.equal('RFC 5280 6.1.3 (f)')
    expect(found([[policies(A)], [policies(A)]], {}, strict)).to.deep.equal([A])
  })

  it('that cannot be read refuse the path', () => {
    for (const bad of [
      policies(A, A),
      policies(),
      { oid: '2.5.29.36', der: sequence() },
      { oid: '2.5.29.33', der: sequence() },
      { oid: '2.5.29.33', der: sequence(sequence(oid(A))) },
      { oid: '2.5.29.54', der: Buffer.of(2, 1, 0xff) },
    ])
      expect(decide([[bad], []])).to.include({ ok: false, code: 'certificate_malformed' })
  })
})

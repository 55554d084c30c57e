import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { Certificate } from '../../server/pki/certificate.ts'
import { readCrl } from '../../server/pki/crl.ts'
import { bits, integer, sequence } from '../../server/pki/der-write.ts'
import { issueCrl } from '../../server/pki/issue-revocation.ts'
import { explainChain, type PathQuestion, verifyChain } from '../../server/pki/path.ts'
import { MOST } from '../../server/pki/path-budget.ts'
import { altNames, constraints, general, issuingPoint, mappings, points, policies } from './handmade.ts'
import { at, codeOf, from, makeRoot, makeUnder, name, newKey, type Party } from './hierarchy.ts'

const root = makeRoot()
const keys = newKey.SM2()
const { dns, directory, uri } = general
const range = <T>(length: number, each: (i: number) => T): T[] => Array.from({ length }, (_, i) => each(i))

type Asked = Partial<Omit<PathQuestion, 'leaf' | 'intermediates' | 'roots' | 'at'>>
const question = (leaf: Party, intermediates: readonly Party[], more: Asked = {}): PathQuestion => ({
  leaf: leaf.certificate,
  intermediates: intermediates.map(each => each.certificate),
  roots: [root.certificate],
  at,
  ...more,
})

/** Asks, and holds what was done against every budget and ten seconds of wall time, which a path of any work beyond them would miss by far. */
function bounded(asked: PathQuestion) {
  const began = process.hrtime.bigint()
  const { result, work } = explainChain(asked)
  expect(Number(process.hrtime.bigint() - began) / 1e6, 'milliseconds').to.be.lessThan(10_000)
  // one step beyond is where it stops; a whole certificate's names or edges may be charged at once
  expect(work.steps).to.be.at.most(MOST.steps + 1)
  expect(work.signatures).to.be.at.most(MOST.signatures + 1)
  expect(work.lists).to.be.at.most(MOST.lists + 1)
  expect(work.nameComparisons).to.be.at.most(MOST.nameComparisons + 200)
  expect(work.policyNodes).to.be.at.most(MOST.policyNodes + 5000)
  return { result, work }
}
const SPENT = { ok: false, code: 'certificate_chain_invalid', clause: 'RFC 4158 2.4' }

describe('a path crafted to make work', () => {
  it('by certificates that fan out at every level is refused after a thousand steps', () => {
    const level = (i: number) => range(3, () => newKey.SM2()).map(made => ({ i, made }))
    const levels = range(7, level)
    // every CA of one level is certified by every CA of the level above, and the top leads nowhere
    const parties = levels.map(each => each.map(({ i, made }) => ({ ...made, ...makeRoot(`L${i}`, { keys: made }) })))
    const web = parties
      .slice(1)
      .flatMap((level, i) =>
        level.flatMap(subject => (parties[i] ?? []).map(issuer => makeUnder(issuer, `L${i + 1}`, { profile: 'ca', keys: subject }))),
      )
    const [bottom] = parties.at(-1) ?? []
    if (bottom === undefined) throw new Error('no CA')
    const { result, work } = bounded(question(makeUnder(bottom, 'x', { keys }), web))
    expect(result.ok).to.equal(false)
    expect(work.signatures + work.steps).to.be.greaterThan(100)
  })

  it('by policies that are mapped on each other is decided in steps that grow with its size, not with the number of ways', () => {
    const some = range(20, i => `1.2.3.${i}`)
    const every = some.flatMap(one => some.map((other): [string, string] => [one, other]))
    const cas: Party[] = []
    for (let i = 0; i < 8; i++)
      cas.push(makeUnder(cas.at(-1) ?? root, `CA ${i}`, { profile: 'ca', extensions: [policies(...some), mappings(...every)] }))
    const leaf = makeUnder(cas.at(-1) ?? root, 'x', { keys, extensions: [policies(...some)] })
    // a tree would have 20 to the power of 8 nodes
    const { result, work } = bounded(question(leaf, cas, { policy: { explicit: 'required' } }))
    expect(result).to.deep.include({ ok: true, policies: [...some].sort() })
    expect(work.policyNodes).to.be.lessThan(15_000)
  })

  it('by as many mappings as fit into certificates is refused', () => {
    const some = range(65, i => `1.2.3.${i}`)
    const every = some.flatMap(one => some.map((other): [string, string] => [one, other]))
    const cas: Party[] = []
    for (let i = 0; i < 8; i++)
      cas.push(makeUnder(cas.at(-1) ?? root, `CA ${i}`, { profile: 'ca', extensions: [policies(...some), mappings(...every)] }))
    const leaf = makeUnder(cas.at(-1) ?? root, 'x', { keys, extensions: [policies(...some)] })
    expect(bounded(question(leaf, cas)).result).to.include(SPENT)
  })

  it('by thousands of names against thousands of constraints is refused', () => {
    const ca = makeUnder(root, 'CA', { profile: 'ca', extensions: [constraints({ excluded: range(3000, i => dns(`x${i}.cn`)) })] })
    const leaf = makeUnder(ca, 'x', { keys, extensions: [altNames(...range(4000, i => dns(`y${i}.cn`)))] })
    expect(bounded(question(leaf, [ca])).result).to.include(SPENT)
  })

  it('by long directory names against many constraints is refused', () => {
    const long = range(90, (): ['OU', string] => ['OU', 'x'])
    const excluded = range(40, i => directory([...long, ['OU', `y${i}`]]))
    const ca = makeUnder(root, 'CA', { profile: 'ca', extensions: [constraints({ excluded })] })
    const leaf = makeUnder(ca, 'x', { keys, extensions: [altNames(...range(75, () => directory(long)))] })
    expect(bounded(question(leaf, [ca])).result).to.include(SPENT)
  })

  it('by many distribution points and many lists is refused', () => {
    const extensions = [points(...range(64, i => ({ name: [uri(`http://a.cn/${i}`)] })))]
    const leaf = makeUnder(root, 'x', { keys, extensions })
    const made = issueCrl({ issuer: root, entries: [], number: 1, thisUpdate: from, nextUpdate: from })
    const crls = range(400, () => readCrl(made))
    expect(bounded(question(leaf, [], { crls })).result).to.include(SPENT)
  })

  it('by CRL signers that stand for each other comes to an end, and good news from nobody', () => {
    const scope = issuingPoint({ entries: 'indirect' })
    const signerPoint = (other: string) => points({ issuer: directory(name(other)) })
    const one = makeUnder(root, 'One', { profile: 'ca', extensions: [signerPoint('Two')] })
    const two = makeUnder(root, 'Two', { profile: 'ca', extensions: [signerPoint('One')] })
    const leaf = makeUnder(root, 'x', { keys, extensions: [signerPoint('One')] })
    const [thisUpdate, nextUpdate] = [new Date('2027-06-01'), new Date('2027-06-02')]
    const crls = [one, two].map(issuer => readCrl(issueCrl({ issuer, entries: [], number: 1, thisUpdate, nextUpdate, scope })))
    expect(bounded(question(leaf, [one, two], { crls, requireRevocation: true })).result).to.include({ ok: false, code: 'revocation_unknown' })
  })

  it('by many keys that could have signed a list is refused, or told that nobody knows', () => {
    const many = range(120, () => makeUnder(root, 'Signer', { profile: 'ca' }))
    const leaf = makeUnder(root, 'x', { keys, extensions: [points({ issuer: directory(name('Signer')) })] })
    const stranger = makeRoot('Signer')
    const scope = issuingPoint({ entries: 'indirect' })
    const crl = readCrl(issueCrl({ issuer: stranger, entries: [], number: 1, thisUpdate: from, nextUpdate: at, scope }))
    expect(bounded(question(leaf, many, { crls: [crl], requireRevocation: true })).result).to.include(SPENT)
  })

  it('by an RSA exponent as long as the modulus is refused, as verifying would cost as much as signing', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const { n = '' } = publicKey.export({ format: 'jwk' })
    const modulus = Buffer.from(n, 'base64url')
    const exponent = Buffer.from(modulus)
    exponent[0] = 0x7f
    exponent[exponent.length - 1] = 1
    const [head] = [Buffer.from('300d06092a864886f70d0101010500', 'hex')]
    const spki = sequence(head, bits(sequence(integer(modulus), integer(exponent))))
    const slow = makeUnder(root, 'slow', { keys: { ...keys, publicKey: createPublicKey({ key: spki, format: 'der', type: 'spki' }) } })
    expect(codeOf(() => slow.certificate.publicKey)).to.equal('algorithm_refused')
    expect(verifyChain(question(slow, []))).to.include({ ok: false, code: 'algorithm_refused' })
  })
})

describe('verifyChain', () => {
  it('never throws, whatever is in the extensions of a leaf, a CA or a list', () => {
    const named = [
      ...['14', '15', '17', '19', '30', '31', '32', '33', '35', '36', '37', '46', '54'].map(last => `2.5.29.${last}`),
      '1.3.6.1.5.5.7.1.1',
    ]
    const ca = makeUnder(root, 'CA', { profile: 'ca', extensions: [constraints({ excluded: [dns('a.cn')] })] })
    const crl = readCrl(issueCrl({ issuer: ca, entries: [], number: 1, thisUpdate: from, nextUpdate: at }))
    const demands: Asked = {
      crls: [crl],
      peerName: 'b.cn',
      purpose: 'login',
      extendedKeyUsage: ['1.2.3'],
      policy: { explicit: 'required' },
      requireRevocation: true,
    }
    fc.assert(
      fc.property(fc.constantFrom(...named), fc.uint8Array({ maxLength: 40 }), fc.boolean(), fc.boolean(), (oid, der, critical, nested) => {
        const value = nested ? sequence(der) : Buffer.from(der)
        let party: Party
        try {
          party = makeUnder(ca, 'x', { keys, extensions: [{ oid, der: value, critical }] })
        } catch {
          // not even a certificate
          return true
        }
        const below = makeUnder(party, 'y', { keys: newKey.SM2() })
        const results = [verifyChain(question(party, [ca], demands)), verifyChain(question(below, [ca, party], demands))]
        return results.every(result => !result.ok && result.clause.startsWith('RFC '))
      }),
      { numRuns: 300 },
    )
  })

  it('answers questions that make no sense with a code', () => {
    const leaf = makeUnder(root, 'x', { keys })
    const senseless: Asked[] = [
      { peerName: '' },
      { peerName: '..' },
      { peerName: '[::1' },
      { peerName: 'a'.repeat(10_000) },
      { maxDepth: 0 },
      { maxDepth: -1 },
    ]
    for (const more of senseless) expect(verifyChain(question(leaf, [], more)).ok, JSON.stringify(more).slice(0, 40)).to.equal(false)
    expect(verifyChain({ ...question(leaf, []), at: new Date(Number.NaN) }).ok).to.equal(false)
    expect(verifyChain({ ...question(leaf, []), leaf: Buffer.alloc(0) })).to.include({ ok: false, code: 'certificate_malformed' })
    expect(verifyChain({ ...question(leaf, []), leaf: new Certificate(leaf.certificate.der), roots: [] })).to.include({
      ok: false,
      code: 'certificate_untrusted',
    })
  })
})

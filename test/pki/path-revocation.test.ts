import { expect } from 'chai'
import { type Crl, readCrl } from '../../server/pki/crl.ts'
import { oid, sequence, setOf, utf8 } from '../../server/pki/der-write.ts'
import { type CrlEntryRequest, type CrlRequest, issueCrl } from '../../server/pki/issue-revocation.ts'
import { verifyChain } from '../../server/pki/path.ts'
import { general, issuingPoint, points } from './handmade.ts'
import { at, from, makeRoot, makeUnder, name, newKey, type Party } from './hierarchy.ts'

const root = makeRoot()
const ca = makeUnder(root, 'CA', { profile: 'ca' })
const { directory, uri } = general
const HERE = 'http://crl.example/1.crl'
const [thisUpdate, nextUpdate] = [new Date('2027-06-01'), new Date('2027-06-02')]
const [before, ended] = [new Date('2027-05-01'), new Date('2027-05-02')]

type Wishes = Partial<Omit<CrlRequest, 'entries'>> & { entries?: (Party | CrlEntryRequest)[] }
const entryOf = (one: Party | CrlEntryRequest): CrlEntryRequest => ('certificate' in one ? { serial: one.certificate.serial, at: from } : one)
const list = (wishes: Wishes = {}): Crl =>
  readCrl(issueCrl({ issuer: ca, number: 1, thisUpdate, nextUpdate, ...wishes, entries: (wishes.entries ?? []).map(entryOf) }))
const ofRoot = list({ issuer: root })

const ask = (leaf: Party, crls: Crl[], others: Party[] = [], issuer = ca) => {
  const result = verifyChain({
    leaf: leaf.certificate,
    intermediates: [issuer, ...others].map(each => each.certificate),
    roots: [root.certificate],
    at,
    crls: [ofRoot, ...crls],
    requireRevocation: true,
  })
  return result.ok ? 'good' : result.code.replace(/^.*_/, '')
}

describe('a delta list', () => {
  const leaf = makeUnder(ca, 'x')
  const full = (number: number, entries: Party[] = [], wishes: Wishes = {}) => list({ number, entries, ...wishes })
  const delta = (number: number, base: number, entries: Wishes['entries'] = [], wishes: Wishes = {}) => list({ number, base, entries, ...wishes })
  const removed = { serial: leaf.certificate.serial, at: from, reason: 'removeFromCRL' as const }

  it('adds to a full list and takes off it, in whatever order they come', () => {
    expect(ask(leaf, [full(1), delta(2, 1)])).to.equal('good')
    expect(ask(leaf, [delta(2, 1, [leaf]), full(1)])).to.equal('revoked')
    expect(ask(leaf, [full(1, [leaf]), delta(2, 1, [removed])])).to.equal('good')
    expect(ask(leaf, [full(1, [leaf]), delta(2, 1)])).to.equal('revoked')
  })

  it('makes an old full list current', () => {
    const old = { thisUpdate: before, nextUpdate: ended }
    expect(ask(leaf, [full(1, [], old)])).to.equal('unknown')
    expect(ask(leaf, [full(1, [], old), delta(2, 1)])).to.equal('good')
    expect(ask(leaf, [full(1, [], old), delta(2, 1, [], old)])).to.equal('unknown')
  })

  it('says nothing alone, with a full list it is not made for, of another key or another scope', () => {
    expect(ask(leaf, [delta(2, 1)])).to.equal('unknown')
    const old = { thisUpdate: before, nextUpdate: ended }
    expect(ask(leaf, [full(1, [], old), delta(3, 2)])).to.equal('unknown')
    expect(ask(leaf, [full(4, [leaf]), delta(2, 1, [removed])])).to.equal('revoked')
    expect(ask(leaf, [full(1, [leaf]), delta(2, 1, [removed], { issuer: { ...newKey.SM2(), certificate: ca.certificate } })])).to.equal('revoked')
    expect(ask(leaf, [full(1, [leaf]), delta(2, 1, [removed], { scope: issuingPoint({ only: 'users' }) })])).to.equal('revoked')
  })

  it('that is stale still revokes, and takes nobody off', () => {
    const old = { thisUpdate: before, nextUpdate: ended }
    expect(ask(leaf, [full(1), delta(2, 1, [leaf], old)])).to.equal('revoked')
    expect(ask(leaf, [full(1, [leaf]), delta(2, 1, [removed], old)])).to.equal('revoked')
  })

  it('of longer numbers is newer', () => expect(ask(leaf, [full(0xff, [leaf]), delta(0x100, 0xff, [removed])])).to.equal('good'))
})

describe('a hold', () => {
  const leaf = makeUnder(ca, 'x')
  const held = { serial: leaf.certificate.serial, at: from, reason: 'certificateHold' as const }
  const old = { thisUpdate: before, nextUpdate: ended, number: 1 }

  it('ends with a younger list; any other reason never does', () => {
    expect(ask(leaf, [list({ entries: [held] })])).to.equal('revoked')
    expect(ask(leaf, [list({ ...old, entries: [held] }), list({ number: 2 })])).to.equal('good')
    expect(ask(leaf, [list({ ...old, entries: [leaf] }), list({ number: 2 })])).to.equal('revoked')
    expect(ask(leaf, [list({ entries: [held], number: 2 }), list(old)])).to.equal('revoked')
  })
})

describe('a list of some reasons', () => {
  const parts = (...reasons: number[]) => issuingPoint({ name: [uri(HERE)], reasons })
  const leaf = makeUnder(ca, 'x', { crlUrl: HERE })

  it('is good news only when all of them together cover every reason', () => {
    const [some, rest] = [list({ scope: parts(1, 2, 3) }), list({ scope: parts(4, 5, 6, 7, 8) })]
    expect(ask(leaf, [some])).to.equal('unknown')
    expect(ask(leaf, [rest])).to.equal('unknown')
    expect(ask(leaf, [some, rest])).to.equal('good')
    expect(ask(leaf, [some, list({ scope: parts(4, 5, 6, 7, 8), thisUpdate: before, nextUpdate: ended })])).to.equal('unknown')
    expect(ask(leaf, [some, list({ scope: parts(4, 5, 6, 7, 8), entries: [leaf] })])).to.equal('revoked')
  })

  it('of a certificate that names one list for some reasons needs the others too', () => {
    const [one, two] = [directory(name('one')), directory(name('two'))]
    const both = makeUnder(ca, 'y', {
      extensions: [points({ name: [one], reasons: [1, 2, 3] }, { name: [two], reasons: [4, 5, 6, 7, 8] })],
    })
    const [first, second] = [list({ scope: issuingPoint({ name: [one] }) }), list({ scope: issuingPoint({ name: [two] }) })]
    expect(ask(both, [first])).to.equal('unknown')
    expect(ask(both, [first, second])).to.equal('good')
  })
})

describe('a distribution point', () => {
  const rdn = sequence(oid('2.5.4.3'), utf8('part 7'))
  const far = [...name('CA'), ['CN', 'part 7']] as Parameters<typeof directory>[0]

  it('of a relative name is the one below the issuer’s, however the other side writes it', () => {
    const relative = makeUnder(ca, 'x', { extensions: [points({ relative: setOf(rdn).subarray(2) })] })
    const full = makeUnder(ca, 'x', { extensions: [points({ name: [directory(far)] })] })
    const lists = [issuingPoint({ relative: setOf(rdn).subarray(2) }), issuingPoint({ name: [directory(far)] })].map(scope => list({ scope }))
    for (const leaf of [relative, full]) for (const each of lists) expect(ask(leaf, [each])).to.equal('good')
    const other = list({ scope: issuingPoint({ name: [directory(name('CA'))] }) })
    for (const leaf of [relative, full]) expect(ask(leaf, [other])).to.equal('unknown')
  })

  it('of one kind of certificates says nothing about the other', () => {
    const leaf = makeUnder(ca, 'x')
    expect(ask(leaf, [list({ scope: issuingPoint({ only: 'users' }) })])).to.equal('good')
    expect(ask(leaf, [list({ scope: issuingPoint({ only: 'authorities' }) })])).to.equal('unknown')
    expect(ask(leaf, [list({ scope: issuingPoint({ only: 'attributes' }), entries: [leaf] })])).to.equal('unknown')
  })
})

describe('an indirect list', () => {
  const keeper = makeUnder(root, 'Keeper', { profile: 'ca' })
  const scope = issuingPoint({ entries: 'indirect' })
  const pointing = { extensions: [points({ issuer: directory(name('Keeper')) })] }
  const leaf = makeUnder(ca, 'x', pointing)
  const other = makeUnder(root, 'Other', { profile: 'ca' })
  const kept = (wishes: Wishes = {}) => list({ issuer: keeper, scope, ...wishes })
  const named = (one: Party, issuer?: Party): CrlEntryRequest => ({
    ...entryOf(one),
    ...(issuer === undefined ? {} : { issuer: issuer.certificate }),
  })

  it('speaks about the certificates that name its issuer, each entry by the CA it names, or the one before it', () => {
    expect(ask(leaf, [kept()], [keeper])).to.equal('good')
    expect(ask(leaf, [kept({ entries: [named(leaf, ca)] })], [keeper])).to.equal('revoked')
    expect(ask(leaf, [kept({ entries: [named(makeUnder(ca, 'y'), ca), named(leaf)] })], [keeper])).to.equal('revoked')
    expect(ask(leaf, [kept({ entries: [named(leaf, other)] })], [keeper])).to.equal('good')
    // the same serial without a name is the keeper's own certificate
    expect(ask(leaf, [kept({ entries: [named(leaf)] })], [keeper])).to.equal('good')
    expect(ask(leaf, [kept({ entries: [named(leaf, other), named(leaf, ca)] })], [keeper])).to.equal('revoked')
  })

  it('is nobody’s business whose certificate does not name its issuer', () => expect(ask(makeUnder(ca, 'z'), [kept()], [keeper])).to.equal('unknown'))
  it('that does not say so is none', () => expect(ask(leaf, [list({ issuer: keeper })], [keeper])).to.equal('unknown'))

  it('needs its issuer’s certificate, which leads to the same anchor, may sign lists, and is not revoked', () => {
    expect(ask(leaf, [kept()], [])).to.equal('unknown')
    const stranger = makeUnder(makeRoot('Elsewhere'), 'Keeper', { profile: 'ca' })
    expect(ask(leaf, [kept({ issuer: stranger })], [stranger])).to.equal('unknown')
    const signs = makeUnder(root, 'Keeper', { keys: newKey.SM2() })
    expect(ask(leaf, [kept({ issuer: signs })], [signs])).to.equal('unknown')
    const revoked = list({ issuer: root, entries: [keeper] })
    expect(ask(leaf, [kept(), revoked], [keeper])).to.equal('unknown')
  })

  it('may not vouch for its own issuer', () => {
    const self = makeUnder(ca, 'Keeper', { profile: 'ca', ...pointing })
    expect(ask(leaf, [kept({ issuer: self })], [self])).to.equal('unknown')
    expect(ask(leaf, [kept({ issuer: self }), list()], [self])).to.equal('good')
  })
})

describe('a CA with another key for lists', () => {
  const renewed = newKey.SM2()
  const leaf = makeUnder(ca, 'x')

  it('is believed when a certificate of that key leads to the same anchor', () => {
    const lists = makeUnder(root, 'CA', { profile: 'ca', keys: renewed })
    const signed = list({ issuer: lists })
    expect(ask(leaf, [signed], [lists])).to.equal('good')
    expect(ask(leaf, [signed])).to.equal('unknown')
    expect(ask(leaf, [list({ issuer: lists, entries: [leaf] })], [lists])).to.equal('revoked')
  })
})

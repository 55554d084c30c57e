import { expect } from 'chai'
import { readCrl } from '../../server/pki/crl.ts'
import { issueCrl } from '../../server/pki/issue-revocation.ts'
import { explainChain, type PathQuestion, verifyChain } from '../../server/pki/path.ts'
import { at, from, makeRoot, makeUnder } from './hierarchy.ts'

const root = makeRoot()
const ca = makeUnder(root, 'CA', { profile: 'ca', pathLength: 0 })
const leaf = makeUnder(ca, 'shield')
const [thisUpdate, nextUpdate] = [new Date('2027-06-01'), new Date('2027-06-02')]
const crl = (issuer: typeof root, serials: string[] = []) =>
  readCrl(issueCrl({ issuer, entries: serials.map(serial => ({ serial, at: from })), number: 1, thisUpdate, nextUpdate }))
const ask = (more: Partial<PathQuestion> = {}): PathQuestion => ({
  leaf: leaf.certificate,
  intermediates: [ca.certificate],
  roots: [root.certificate],
  at,
  crls: [crl(root), crl(ca)],
  requireRevocation: true,
  purpose: 'login',
  ...more,
})

describe('explaining a path', () => {
  it('gives every decision in order, each about a certificate, with rule, clause and facts', () => {
    const { result, steps } = explainChain(ask())
    expect(result.ok).to.equal(true)
    expect(steps.every(({ outcome, clause, facts }) => outcome === 'holds' && /^RFC \d+ /.test(clause) && facts !== '')).to.equal(true)
    const told = steps.map(
      ({ rule, certificate }) =>
        `${rule} ${certificate.serial === leaf.certificate.serial ? 'leaf' : certificate.serial === ca.certificate.serial ? 'ca' : 'root'}`,
    )
    expect(told).to.deep.equal([
      'building leaf',
      'building ca',
      ...['root', 'ca', 'leaf'].map(each => `validity ${each}`),
      ...['root', 'ca', 'leaf'].map(each => `criticalExtensions ${each}`),
      'authority root',
      'authority ca',
      'certificateSigning root',
      'certificateSigning ca',
      'pathLength ca',
      'keyUsage leaf',
      'extendedKeyUsage ca',
      'extendedKeyUsage leaf',
      'policies leaf',
      'revocation ca',
      'revocation leaf',
    ])
  })

  it('ends with the very reason of the verdict', () => {
    for (const more of [
      { crls: [crl(root), crl(ca, [leaf.certificate.serial])] },
      { crls: [] },
      { at: new Date('2040-01-01') },
      { purpose: 'encryption' as const },
      { peerName: 'a.cn' },
    ]) {
      const { result, steps } = explainChain(ask(more))
      const last = steps.at(-1)
      expect(result.ok).to.equal(false)
      expect(last).to.include({ outcome: 'refused', clause: !result.ok && result.clause, certificate: !result.ok && result.certificate })
      expect(!result.ok && result.facts.startsWith(last?.facts ?? 'nothing')).to.equal(true)
    }
  })

  it('tells the ways that came to nothing', () => {
    const twin = makeUnder(root, 'CA', { profile: 'ca' })
    const { result, steps } = explainChain(ask({ intermediates: [twin.certificate, ca.certificate].map(each => each) }))
    expect(result.ok).to.equal(true)
    const passed = explainChain(ask({ intermediates: [twin.certificate] }))
    expect(passed.result.ok).to.equal(false)
    expect(passed.steps).to.have.length(1)
    expect(passed.steps[0]).to.include({ rule: 'building', outcome: 'passed over', certificate: leaf.certificate })
    expect(steps.filter(({ rule }) => rule === 'building').length).to.be.at.least(2)
  })

  it('decides as verifyChain does', () => {
    for (const more of [{}, { crls: [] }, { roots: [] }, { intermediates: [] }, { maxDepth: 2 }, { leaf: Buffer.from('junk') }])
      expect(explainChain(ask(more)).result).to.deep.equal(verifyChain(ask(more)))
  })
})

import { expect } from 'chai'
import { primitive, sequence } from '../../server/pki/der-write.ts'
import { type CrlRequest, issueCrl, issueOcspResponse, type RevocationReason } from '../../server/pki/issue-revocation.ts'
import { certificateId, idHashFor } from '../../server/pki/ocsp-id.ts'
import { readCarriedWords } from '../../server/pki/revocation-carried.ts'
import { makeRoot, makeUnder } from './hierarchy.ts'
import { bytes, ca, HOUR, LIST, openWorld, RESPONDER, silence } from './revocation-world.ts'

/** Years later: the certificate is over, and its CA answers no more. What the document carries is all that is left. */
describe('revocation lists and answers that a document carries', () => {
  const used = new Date('2027-06-01T12:00:00Z')
  const notAfter = new Date('2028-01-01T00:00:00Z')
  const later = new Date('2034-01-01T00:00:00Z')
  const { certificate } = makeUnder(ca, 'a shield of then', { notAfter, crlUrl: LIST, ocspUrl: RESPONDER })
  const impostor = makeRoot('CA')
  const hours = (count: number): Date => new Date(used.getTime() + count * HOUR)

  const list = (wishes: Partial<CrlRequest> = {}): Buffer =>
    issueCrl({ issuer: ca, entries: [], number: 1, thisUpdate: hours(-1), nextUpdate: hours(23), ...wishes })
  const entry = (at: Date, reason?: RevocationReason) => [{ serial: certificate.serial, at, ...(reason === undefined ? {} : { reason }) }]
  const answer = (wishes: Partial<Parameters<typeof issueOcspResponse>[0]> = {}): Buffer =>
    issueOcspResponse({
      responder: ca,
      answers: [{ id: certificateId(ca.certificate, certificate.serial, idHashFor(ca.certificate)), status: 'good' }],
      producedAt: hours(-1),
      thisUpdate: hours(-1),
      nextUpdate: hours(23),
      ...wishes,
    })

  async function ask(
    carried: { crls?: Buffer[]; ocsps?: Buffer[] },
    { proven = true, now = later, published = undefined as Buffer | undefined } = {},
  ) {
    const { source, broker, clock } = openWorld()
    clock.set(now)
    for (const url of [LIST, RESPONDER]) source.instead.set(url, silence)
    if (published !== undefined) source.instead.set(LIST, bytes(published))
    const told: (string | undefined)[] = []
    const words = readCarriedWords({ crls: carried.crls ?? [], ocsps: carried.ocsps ?? [] })
    const code = await broker().check(certificate, {
      used: { at: used, proven },
      carried: words,
      told: since => void told.push(since?.toISOString()),
    })
    return { code, told }
  }
  const codeFor = async (...asked: Parameters<typeof ask>) => (await ask(...asked)).code

  it('show that it was good then, by a list or by an answer', async () => {
    expect(await codeFor({ crls: [list()] })).to.equal('accepted')
    expect(await codeFor({ ocsps: [answer()] })).to.equal('accepted')
  })
  it('show it too where they were issued later, while the certificate was not over', async () => {
    expect(await codeFor({ crls: [list({ thisUpdate: hours(48), nextUpdate: hours(72) })] })).to.equal('accepted')
    expect(await codeFor({ ocsps: [answer({ producedAt: hours(48), thisUpdate: hours(48), nextUpdate: hours(72) })] })).to.equal('accepted')
  })

  const tomorrow = new Date(notAfter.getTime() + 24 * HOUR)
  const week = new Date(notAfter.getTime() + 168 * HOUR)
  // IssuingDistributionPoint, 5.2.5: [2] onlyContainsCACerts
  const authorities = sequence(primitive(2, Buffer.of(0xff)))
  const refusals: readonly [string, { crls?: Buffer[]; ocsps?: Buffer[] }][] = [
    ['nothing came', {}],
    ['a list that another key signed in the name of the CA', { crls: [list({ issuer: impostor })] }],
    ['an answer that another key signed in the name of the CA', { ocsps: [answer({ responder: impostor })] }],
    ['a list of another CA', { crls: [list({ issuer: makeRoot('Another CA') })] }],
    ['a list about CA certificates alone', { crls: [list({ scope: authorities })] }],
    ['a list that had ended before', { crls: [list({ thisUpdate: hours(-48), nextUpdate: hours(-24) })] }],
    ['an answer that had ended before', { ocsps: [answer({ producedAt: hours(-48), thisUpdate: hours(-48), nextUpdate: hours(-24) })] }],
    ['a list of when the certificate was over, which may have forgotten it', { crls: [list({ thisUpdate: tomorrow, nextUpdate: week })] }],
    ['a list of the future', { crls: [list({ thisUpdate: new Date('2034-06-01'), nextUpdate: new Date('2034-07-01') })] }],
    ['bytes that are neither', { crls: [Buffer.from('list')], ocsps: [Buffer.from('answer')] }],
    [
      'an answer about another certificate',
      { ocsps: [answer({ answers: [{ id: certificateId(ca.certificate, '77', idHashFor(ca.certificate)), status: 'good' }] })] },
    ],
  ]
  for (const [what, carried] of refusals)
    it(`are not enough: ${what}`, async () => {
      expect(await codeFor(carried)).to.equal('revocation_unknown')
    })

  it('are not enough where the time is only claimed: it may be chosen to suit an old list', async () => {
    expect(await codeFor({ crls: [list()], ocsps: [answer()] }, { proven: false })).to.equal('revocation_unknown')
  })
  it('refuse whoever was revoked before, whatever else they say', async () => {
    const revoked = list({ entries: entry(hours(-10), 'superseded'), thisUpdate: hours(48), nextUpdate: hours(72) })
    expect(await codeFor({ crls: [list(), revoked], ocsps: [answer()] })).to.equal('certificate_revoked')
    expect(await codeFor({ crls: [list(), revoked] }, { proven: false })).to.equal('certificate_revoked')
  })
  it('tell of a revocation that came later and takes nothing back', async () => {
    const revoked = list({ entries: entry(hours(10), 'keyCompromise'), thisUpdate: hours(48), nextUpdate: hours(72) })
    expect(await ask({ crls: [list(), revoked] })).to.deep.equal({ code: 'accepted', told: [hours(10).toISOString()] })
  })
  it('do not hide what the CA says since: revoked before the use refuses, revoked later is told', async () => {
    const published = (at: Date) => list({ entries: entry(at), number: 9, thisUpdate: hours(48), nextUpdate: hours(72) })
    const soon = hours(49)
    expect(await codeFor({ crls: [list()] }, { now: soon, published: published(hours(-10)) })).to.equal('certificate_revoked')
    expect(await ask({ crls: [list()] }, { now: soon, published: published(hours(10)) })).to.deep.equal({
      code: 'accepted',
      told: [hours(10).toISOString()],
    })
  })
  it('are needed once the certificate is over: that a list of today does not name it says nothing', async () => {
    const published = list({ number: 9, thisUpdate: new Date(later.getTime() - HOUR), nextUpdate: new Date(later.getTime() + HOUR) })
    expect(await codeFor({}, { published })).to.equal('revocation_unknown')
    expect(await codeFor({ crls: [list()] }, { published })).to.equal('accepted')
  })
  it('are gathered while the certificate is good, and hold years later', async () => {
    const { broker, clock } = openWorld()
    clock.set(used)
    const { revocation } = broker()
    const answers = await revocation.evidence(certificate, ca.certificate, 'seal')
    expect([answers.crls.length, answers.ocsps.length]).to.deep.equal([0, 1])
    expect(await codeFor(answers)).to.equal('accepted')
    const other = makeUnder(ca, 'by list alone', { notAfter, crlUrl: LIST }).certificate
    const lists = await revocation.evidence(other, ca.certificate, 'seal')
    expect([lists.crls.length, lists.ocsps.length]).to.deep.equal([1, 0])
    expect(await codeFor(lists)).to.equal('accepted')
  })
  it('are none where nobody answers', async () => {
    const { source, broker } = openWorld()
    for (const url of [LIST, RESPONDER]) source.instead.set(url, silence)
    expect(await broker().revocation.evidence(certificate, ca.certificate, 'seal')).to.deep.equal({ crls: [], ocsps: [] })
  })
})

import { createHmac } from 'node:crypto'
import { expect } from 'chai'
import { combineShares } from '../../../server/kernel/shamir.ts'
import { binding, bytes, decrypt, hkdf, read, secretOf } from './document-reader.ts'
import { contentOf, envelopeOf, parties } from './stage.ts'

describe('a reader written after the document', () => {
  const content = contentOf(1024 * 1024 + 3)
  let envelope: Buffer
  before(async () => {
    envelope = await envelopeOf(content, { recipients: [parties.bidder.certificate, parties.second.certificate] })
  })

  it('opens with the bidder’s keys', async () => {
    const { header } = read(envelope)
    for (const [i, party] of [parties.bidder, parties.second].entries()) {
      const key = await secretOf(header.keys[i] ?? { algorithm: '', value: '' }, party, { kind: 1, place: 0, binding: binding(header) })
      const opened = decrypt(envelope, key)
      expect(opened.content.equals(content)).to.equal(true)
      expect(opened.cover).to.deep.include({ bidder: { name: '演示建设有限公司', uscc: '91350200556207664B' } })
    }
  })

  it('opens by rescue', async () => {
    const { header } = read(envelope)
    const { rescue } = header
    if (rescue === undefined) throw new Error('no rescue')
    const tie = binding(header)
    const shares: { x: number; value: Buffer }[] = []
    for (const [i, party] of parties.custodians.slice(0, 2).entries()) {
      const entry = rescue.custodians[i]
      expect(entry?.certificate).to.equal(party.certificate.thumbprint)
      shares.push({ x: i + 1, value: await secretOf(entry?.part ?? { algorithm: '', value: '' }, party, { kind: 2, place: i + 1, binding: tie }) })
    }
    const locked = await secretOf(rescue.platform.part, parties.platform, { kind: 3, place: 0, binding: tie })
    const mask = hkdf(Buffer.concat([combineShares(shares), locked]), tie, 'shared-shield bid rescue v1', 64)
    const wrapped = bytes(rescue.wrapped)
    expect(createHmac('sm3', mask.subarray(32)).update(wrapped.subarray(0, 32)).digest().equals(wrapped.subarray(32))).to.equal(true)
    expect(decrypt(envelope, Buffer.from(wrapped.subarray(0, 32).map((octet, i) => octet ^ (mask[i] ?? 0)))).content.equals(content)).to.equal(true)
  })
})

import { expect } from 'chai'
import { z } from 'zod'
import { incomingTypes } from '../../../server/bonds/guarantees/messages/incoming.ts'
import { outgoingParts } from '../../../server/bonds/guarantees/messages/outgoing.ts'
import { filled } from '../../../server/bonds/guarantees/messages/parts.ts'
import { modelTexts, textDigest } from '../../../server/bonds/guarantees/texts.ts'

describe('messages about guarantees', () => {
  const types = incomingTypes(
    () => Promise.reject(new Error('nothing is taken here')),
    () => {
      throw new Error('nothing is read here')
    },
  )
  const parts: [string, z.ZodType][] = [
    ...types.map(({ type, confidential = z.never() }): [string, z.ZodType] => [type, confidential]),
    ...Object.entries(outgoingParts),
  ]

  it('have examples that fit, and take no member that nobody knows', () => {
    for (const [type, part] of parts) {
      for (const example of (part.meta()?.['examples'] as object[]) ?? []) {
        expect(part.safeParse(example).success, `${type} ${part.safeParse(example).error}`).to.equal(true)
        expect(part.safeParse({ ...example, tender: 'x' }).success, type).to.equal(false)
      }
    }
    expect(parts.filter(([, part]) => part.meta()?.['examples'] === undefined).map(([type]) => type)).to.deep.equal([
      // they hold a whole document
      'guarantee.issued',
      'guarantee.amendment-answered',
    ])
  })

  it('say in the open a code and nothing else', () => {
    for (const { type, body } of types) {
      expect(body.safeParse({ code: '0123456789abcdef0123456789abcdef' }).success, type).to.equal(true)
      for (const other of [{}, { code: 'A'.repeat(32) }, { code: '0'.repeat(32), fen: 1 }])
        expect(body.safeParse(other).success, type).to.equal(false)
    }
  })

  it('bound amounts, times and words', () => {
    const offered = types.find(({ type }) => type === 'guarantee.offered')?.confidential
    const good = { serial: 'G2026-000018', at: '2026-03-02T02:00:00.000Z', priceFen: 40_000, terms: '见索即付', until: '2026-03-06T00:00:00.000Z' }
    expect(offered?.safeParse(good).success).to.equal(true)
    for (const bad of [
      { priceFen: -1 },
      { priceFen: 0.5 },
      { priceFen: 2 ** 53 },
      { until: '2026-03-06' },
      { until: '2026-03-06T00:00:00+08:00' },
      { at: '2026-02-30T00:00:00.000Z' },
      { terms: '' },
      { terms: '字'.repeat(1001) },
      { serial: 'a b c d' },
      { serial: 'x'.repeat(65) },
    ])
      expect(offered?.safeParse({ ...good, ...bad }).success, JSON.stringify(bad)).to.equal(false)
  })

  it('are filled up to one length', () => {
    const lengths = [{}, { a: 1 }, { at: '字'.repeat(100) }, { at: 'x'.repeat(4000) }].map(part => Buffer.byteLength(JSON.stringify(filled(part))))
    expect(lengths).to.deep.equal([4096, 4096, 4096, 4096])
  })

  it('model texts name no tender and are known by the SM3 of their words', () => {
    for (const { text, sm3 } of modelTexts) {
      expect(textDigest(text)).to.equal(sm3)
      expect(Buffer.byteLength(text)).to.be.lessThan(3000)
    }
  })
})

import { join } from 'node:path'
import { expect } from 'chai'
import { demandFollows, hashOf, type Manifest, signManifest, verifyManifest } from '../../bank-adapters/reconciliation/manifest.ts'
import { ownKey, partyOf } from '../bank-adapters/channel/parties.ts'
import { codeOf, dayRow, fileOf, inFolder, manifestOf } from './rows.ts'

describe('manifests of day files', () => {
  const key = ownKey('ccb')
  const now = new Date('2026-12-02T02:01:00.000Z')
  const bank = (name: string) => (name === 'ccb' ? partyOf('ccb', [key]) : undefined)
  let first: Manifest
  before(() =>
    inFolder(async folder => {
      first = manifestOf(await fileOf(join(folder, 'day.gz'), [dayRow(0), dayRow(2)]))
    }),
  )

  it('are believed only as they were signed, and by the party that signed', async () => {
    const sealed = await signManifest(first, [key])
    expect(await verifyManifest(sealed, bank, now)).to.deep.equal(first)
    const verify = (change: object, keys = [key]) =>
      codeOf(async () => await verifyManifest({ ...(await signManifest(first, keys)), ...change }, bank, now))
    expect(await verify({ text: sealed.text.replace('"rows":2', '"rows":3') })).to.equal('channel_signature_invalid')
    expect(await verify({ signature: '' })).to.equal('channel_unsigned')
    expect(await verify({}, [ownKey('ccb')])).to.equal('channel_key_unknown')
    for (const text of ['{}', '[', JSON.stringify({ ...first, more: 1 }), ' '.repeat(20_000), JSON.stringify({ ...first, rows: -1 })])
      expect(await verify({ text }), text.slice(0, 40)).to.equal('reconciliation_manifest')
    expect(await verify({ text: JSON.stringify({ ...first, sender: 'icbc' }) })).to.equal('channel_key_unknown')
  })

  it('stand in a chain: numbers without a gap, the hash of the one before, and its closing balance', async () => {
    const before = { manifest: first, hash: hashOf(await signManifest(first, [key])) }
    const next: Manifest = {
      ...first,
      day: '2026-12-02',
      sequence: 2,
      previous: before.hash,
      opening: first.closing,
      closing: String(2n * BigInt(first.closing)),
    }
    const follows = (change: Partial<Manifest>, after: typeof before | undefined = before) =>
      codeOf(() => demandFollows({ ...next, ...change }, after))
    expect(await follows({})).to.equal('none')
    expect(await follows({ sequence: 3 })).to.equal('reconciliation_sequence')
    expect(await follows({ sequence: 1 })).to.equal('reconciliation_sequence')
    expect(await follows({ day: first.day })).to.equal('reconciliation_sequence')
    expect(await follows({ previous: 'a'.repeat(64) })).to.equal('reconciliation_chain')
    expect(await follows({ opening: '1' })).to.equal('reconciliation_balance')
    expect(await follows({ closing: '1' })).to.equal('reconciliation_balance')
    expect(await codeOf(() => demandFollows(first, undefined))).to.equal('none')
    expect(await codeOf(() => demandFollows({ ...first, previous: before.hash }, undefined))).to.equal('reconciliation_chain')
  })
})

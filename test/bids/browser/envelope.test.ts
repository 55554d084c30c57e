import { expect } from 'chai'
import { byRescue, inspect, openBid, withBidderKey } from '../../../server/bids/envelope/open.ts'
import { scanEnvelope } from '../../../server/bids/envelope/scan.ts'
import { combineShares } from '../../../server/kernel/shamir.ts'
import { encryptBid } from '../../../server/web/browser/bid/encrypt.js'
import { checkOpens, readThrough } from '../../../server/web/browser/bid/opening.js'
import { binding, decrypt, read, secretOf } from '../envelope/document-reader.ts'
import { contentOf, holder, outcomeOf, parties, plaintextOf, releaseOf, shareOf } from '../envelope/stage.ts'
import { all, browserEnvelope, der, failureOf, fileOf, keepers, requestOf } from './stage.ts'

const MiB = 1024 * 1024
const key = withBidderKey(holder(parties.bidder))

describe('an envelope made in the browser', () => {
  for (const octets of [0, 1, MiB - 1, MiB, MiB + 1, 4 * MiB + 17]) {
    it(`of ${octets} octets is opened by the platform and by a reader of the document, and has the size and digest it said`, async () => {
      const content = contentOf(octets)
      const { bid, envelope } = await browserEnvelope(content)
      expect((await plaintextOf(envelope, key)).equals(content)).to.equal(true)
      expect(await scanEnvelope(envelope)).to.include({ size: bid.size, sm3: bid.sm3 })
      const { header } = read(envelope)
      const secret = await secretOf(header.keys[0] ?? { algorithm: '', value: '' }, parties.bidder, { kind: 1, place: 0, binding: binding(header) })
      expect(decrypt(envelope, secret).content.equals(content)).to.equal(true)
    })
  }

  it('opens with each of the bidder’s shields, of SM2 and of RSA, and with no other', async () => {
    const content = contentOf(1000)
    const { envelope } = await browserEnvelope(content, { certificates: [der(parties.bidder), der(parties.second)] })
    for (const party of [parties.bidder, parties.second])
      expect((await plaintextOf(envelope, withBidderKey(holder(party)))).equals(content)).to.equal(true)
    expect(await outcomeOf(plaintextOf(envelope, withBidderKey(holder(parties.stranger))))).to.match(/^bid_not_for_this_key/)
  })

  it('says in its cover whose it is, and nothing of it in the clear', async () => {
    const { envelope } = await browserEnvelope(contentOf(10))
    const opened = await openBid(envelope, key)
    await opened.close()
    expect(opened.header).to.include({ center: 'demo-center', project: 'JG2027-0001', section: '001', opening: '2027-06-01T01:30:00.000Z' })
    expect(opened.cover).to.deep.include({
      bidder: { uscc: '91350200556207664B', name: '演示建设有限公司' },
      certificates: [parties.bidder.certificate.thumbprint],
    })
    expect(opened.cover.content).to.include({ name: '投标文件.pdf', size: 10 })
    for (const told of ['91350200556207664B', '演示建设', '投标文件', parties.bidder.certificate.thumbprint])
      expect(envelope.includes(told), told).to.equal(false)
  })

  it('opens by rescue, with custodians of SM2 and RSA', async () => {
    const content = contentOf(5000)
    const { envelope } = await browserEnvelope(content)
    const shares = [
      await shareOf(envelope, parties.custodians[0] ?? parties.stranger),
      await shareOf(envelope, parties.custodians[2] ?? parties.stranger),
    ]
    const unlock = byRescue(shares, await releaseOf(envelope))
    expect((await plaintextOf(envelope, unlock)).equals(content)).to.equal(true)
    expect(await outcomeOf(plaintextOf(envelope, byRescue(shares.slice(1), await releaseOf(envelope))))).to.match(/^bid_custodians_missing/)
  })

  it('has shares that fit together after the document’s own words', async () => {
    const { header } = read((await browserEnvelope(contentOf(1))).envelope)
    const tie = binding(header)
    const shares = await Promise.all(
      parties.custodians.map(async (party, i) => ({
        x: i + 1,
        value: await secretOf(header.rescue?.custodians[i]?.part ?? { algorithm: '', value: '' }, party, { kind: 2, place: i + 1, binding: tie }),
      })),
    )
    expect(combineShares(shares.slice(0, 2)).equals(combineShares(shares.slice(1)))).to.equal(true)
  })

  it('is made for a rehearsal, without a section, without a rescue', async () => {
    const { envelope } = await browserEnvelope(contentOf(3), {
      facts: { center: 'demo-center', project: 'JG2027-0001', opening: '2027-06-01T01:30:00.000Z', drill: true, id: 'envelope-0000000042' },
      rescue: undefined as never,
    })
    const { header } = await inspect(envelope)
    expect(header).to.deep.include({ drill: true, id: 'envelope-0000000042' })
    expect(header).not.to.have.any.keys('section', 'rescue')
    expect((await plaintextOf(envelope, key)).equals(contentOf(3))).to.equal(true)
  })

  it('takes whatever a file is called', async () => {
    for (const [name, expected] of [
      [`${'x'.repeat(300)}.pdf`, `${'x'.repeat(195)}.pdf`],
      ['\u0000\u001f.pdf', '__.pdf'],
      ['', '_'],
      ['😀'.repeat(120), '😀'.repeat(99)],
      ['投'.repeat(260), '投'.repeat(199)],
    ] as const) {
      const { envelope } = await browserEnvelope(contentOf(1), { file: fileOf(contentOf(1), name) })
      const opened = await openBid(envelope, key)
      await opened.close()
      expect(opened.cover.content.name).to.equal(expected)
    }
  })

  it('reads the file as it is asked for pieces, never more than 1 MiB at a time', async () => {
    const file = fileOf(contentOf(3 * MiB + 1))
    const slice = file.slice.bind(file)
    let read = 0
    file.slice = (start = 0, end = 0) => {
      expect(end - start).to.be.at.most(MiB)
      read += end - start
      return slice(start, end)
    }
    const bid = await encryptBid(requestOf(contentOf(1), { file }))
    expect(read).to.equal(0)
    const pieces = bid.pieces()
    const seen: number[] = []
    for await (const _ of pieces) seen.push(read - file.size)
    expect(seen).to.deep.equal([0, MiB, 2 * MiB, 3 * MiB, 3 * MiB + 1])
  })

  it('never holds two keys, two numbers alike', async () => {
    const [one, other] = [await browserEnvelope(contentOf(64)), await browserEnvelope(contentOf(64))]
    expect(one.bid.id).not.to.equal(other.bid.id)
    expect(Buffer.from(one.bid.bidKey).equals(other.bid.bidKey)).to.equal(false)
    expect(one.envelope.subarray(-96).equals(other.envelope.subarray(-96))).to.equal(false)
  })

  describe('is not made', () => {
    const refusal = (wishes: Parameters<typeof requestOf>[1]) => failureOf(encryptBid(requestOf(contentOf(1), wishes)))
    const facts = requestOf(contentOf(1)).facts
    for (const [sentence, wishes] of [
      ['for nobody', { certificates: [] }],
      ['for nine shields', { certificates: Array(9).fill(der(parties.bidder)) }],
      ['for a time that is none', { facts: { ...facts, opening: '2027-06-01' } }],
      ['for the year 275760', { facts: { ...facts, opening: '+275760-09-13T00:00:00.000Z' } }],
      ['for a project without a name', { facts: { ...facts, project: '' } }],
      ['for a section of half a letter', { facts: { ...facts, section: '\ud800' } }],
      ['with an id that no file should have', { facts: { ...facts, id: '../../../etc/passwd' } }],
      ['with one custodian twice', { rescue: keepers([...parties.custodians, ...parties.custodians]) }],
      ['with the platform as a custodian', { rescue: keepers([...parties.custodians, parties.platform]) }],
      ['with a threshold of one', { rescue: keepers(parties.custodians, 1) }],
      ['with more needed than there are', { rescue: keepers(parties.custodians, 4) }],
    ] as const)
      it(sentence, async () => expect(await refusal(wishes)).to.equal('bad_request'))
    it('for a company without a code', async () => {
      const bid = await encryptBid(requestOf(contentOf(1), { bidder: { uscc: '91350200556207664A', name: '演示' } }))
      expect(await failureOf(all(bid.pieces()))).to.equal('bad_request')
    })
    it('whole, of a file that changes after it was measured', async () => {
      const bid = await encryptBid(requestOf(contentOf(1), { file: changing(contentOf(2 * MiB + 5)) }))
      const pieces: Uint8Array[] = []
      const work = async () => {
        for await (const piece of bid.pieces()) pieces.push(piece)
      }
      expect(await failureOf(work())).to.equal('file_changed')
      expect(await outcomeOf(plaintextOf(Buffer.concat(pieces), key))).to.match(/^bid_envelope_malformed/)
    })
    it('of a file that cannot be read any more', async () => {
      const file = fileOf(contentOf(10))
      file.slice = () => Object.assign(new Blob(['gone']), { arrayBuffer: () => Promise.reject(new Error('NotReadableError')) })
      const bid = await encryptBid(requestOf(contentOf(1), { file }))
      expect(await failureOf(all(bid.pieces()))).to.equal('file_unreadable')
    })
  })

  describe('checked while it is made', () => {
    const content = contentOf(2 * MiB + 5)
    const file = fileOf(content)
    let envelope: Buffer
    let bidKey: Uint8Array<ArrayBuffer>
    before(async () => {
      const made = await browserEnvelope(content)
      envelope = made.envelope
      bidKey = made.bid.bidKey
    })
    const check = (bytes: Uint8Array, given: { file?: Blob; bidKey?: Uint8Array<ArrayBuffer>; octets?: number } = {}) =>
      failureOf(all(checkOpens(inPieces(bytes, given.octets ?? 300_001), { file: given.file ?? file, bidKey: given.bidKey ?? bidKey })))

    it('opens when it comes back from the platform, without the file, and says how far it is', async () => {
      const told: number[] = []
      const back = (bytes: Uint8Array, key = bidKey) =>
        failureOf(
          readThrough(inPieces(bytes, 70_001), {
            bidKey: key,
            onProgress(done, of) {
              expect(of).to.equal(content.length)
              told.push(done)
            },
          }),
        )
      expect(await back(envelope)).to.equal('accepted')
      expect([told[0], told.at(-1)]).to.deep.equal([0, content.length])
      expect(told).to.deep.equal(told.toSorted((a, b) => a - b))
      for (const at of [2500, Math.floor(envelope.length / 2), envelope.length - 1]) {
        const touched = Buffer.from(envelope)
        touched[at] = (touched[at] ?? 0) ^ 1
        expect(await back(touched), `octet ${at}`).to.equal('bid_envelope_malformed')
      }
      for (const bytes of [envelope.subarray(0, -1), envelope.subarray(0, MiB), Buffer.concat([envelope, Buffer.of(0)])])
        expect(await back(bytes)).to.equal('bid_envelope_malformed')
      expect(await back(envelope, new Uint8Array(32))).to.equal('bid_envelope_malformed')
    })

    it('opens, in whatever pieces it comes', async () => {
      for (const octets of [70_001, 2 * MiB, 5 * MiB]) expect(await check(envelope, { octets })).to.equal('accepted')
    })
    it('opens in single octets', async () => {
      const small = await browserEnvelope(contentOf(40), { rescue: undefined as never })
      expect(await check(small.envelope, { octets: 1, file: fileOf(contentOf(40)), bidKey: small.bid.bidKey })).to.equal('accepted')
    })
    it('does not open with any one octet changed, cut off, or more behind it', async () => {
      const small = await browserEnvelope(contentOf(40), { rescue: undefined as never })
      const given = { file: fileOf(contentOf(40)), bidKey: small.bid.bidKey, octets: 9999 }
      for (let at = 0; at < small.envelope.length; at += at < 14 ? 1 : 41) {
        const changed = Buffer.from(small.envelope)
        changed[at] = (changed[at] ?? 0) ^ 1
        expect(await check(changed, given), `octet ${at}`).to.equal('bid_envelope_malformed')
      }
      for (const end of [0, 12, 500, small.envelope.length - 1])
        expect(await check(small.envelope.subarray(0, end), given)).to.equal('bid_envelope_malformed')
      expect(await check(Buffer.concat([small.envelope, Buffer.of(0)]), given)).to.equal('bid_envelope_malformed')
    })
    it('does not open with another key', async () => expect(await check(envelope, { bidKey: new Uint8Array(32) })).to.equal('bid_envelope_malformed'))
    it('is of this file and no other', async () => {
      const other = Buffer.from(content)
      other[MiB + 7] = (other[MiB + 7] ?? 0) ^ 1
      expect(await check(envelope, { file: fileOf(other) })).to.equal('file_changed')
      expect(await check(envelope, { file: fileOf(content.subarray(1)) })).to.equal('bid_envelope_malformed')
    })
  })

  it('is held against what a shield decrypts: that key, place and envelope, and no other', async () => {
    const { bid } = await browserEnvelope(contentOf(1), { certificates: [der(parties.second), der(parties.bidder)] })
    const [second, first] = bid.keys
    const opened = async (part: typeof first, party: typeof parties.bidder) => (part && (await holder(party).open(part))) ?? Buffer.alloc(0)
    const plain = await opened(first, parties.bidder)
    expect(bid.opensWith(plain)).to.equal(true)
    expect(bid.opensWith(await opened(second, parties.second))).to.equal(true)
    expect(bid.opensWith(await opened(first, parties.stranger))).to.equal(false)
    for (const at of [0, 1, 2, 33, 34, 65]) expect(bid.opensWith(plain.map((octet, i) => (i === at ? octet ^ 1 : octet)))).to.equal(false)
    expect(bid.opensWith(plain.subarray(0, 65))).to.equal(false)
    const other = await browserEnvelope(contentOf(1))
    expect(other.bid.opensWith(plain)).to.equal(false)
  })
})

async function* inPieces(bytes: Uint8Array, octets: number) {
  for (let at = 0; at < bytes.length; at += octets) yield Uint8Array.from(bytes.subarray(at, at + octets))
}

/** A file of which one octet is another one each time it is read. */
function changing(content: Buffer): File {
  const file = fileOf(content)
  let reads = 0
  file.slice = (start = 0, end = content.length) => {
    const part = Buffer.from(content.subarray(start, end))
    if (start === 0) part[0] = reads++ % 256
    return new Blob([part])
  }
  return file
}

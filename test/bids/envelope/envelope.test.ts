import { expect } from 'chai'
import { encryptBid } from '../../../server/bids/envelope/encrypt.ts'
import { measure } from '../../../server/bids/envelope/measure.ts'
import { inspect, openBid, withBidderKey } from '../../../server/bids/envelope/open.ts'
import { selfTest } from '../../../server/bids/envelope/self-test.ts'
import { makeRoot, makeUnder } from '../../pki/hierarchy.ts'
import { type Anatomy, assemble, contentOf, dissect, envelopeOf, factsOf, holder, outcomeOf, parties, plaintextOf, randomFrom } from './stage.ts'

const MiB = 1024 * 1024
const key = withBidderKey(holder(parties.bidder))

describe('a bid envelope', () => {
  for (const octets of [0, 1, MiB - 1, MiB, MiB + 1, 2 * MiB + 17]) {
    it(`gives back a content of ${octets} octets, whatever pieces it comes in`, async () => {
      const content = contentOf(octets)
      const envelope = await envelopeOf(content)
      expect((await plaintextOf(inPieces(envelope, 70_001), key)).equals(content)).to.equal(true)
    })
  }

  it('opens with each of the bidder’s shields, of SM2 and of RSA', async () => {
    const content = contentOf(1000)
    const envelope = await envelopeOf(content, { recipients: [parties.bidder.certificate, parties.second.certificate] })
    for (const party of [parties.bidder, parties.second])
      expect((await plaintextOf(envelope, withBidderKey(holder(party)))).equals(content)).to.equal(true)
  })

  it('tells without a key which opening it is for, and not who bids, how its file is called or what is in it', async () => {
    const envelope = await envelopeOf(contentOf(1000))
    const { header } = await inspect(envelope)
    expect(header).to.include({ center: 'demo-center', project: 'JG2027-0001', section: '001', opening: '2027-06-01T01:30:00.000Z' })
    const { certificate } = parties.bidder
    for (const told of ['91350200556207664B', '演示建设', '投标文件', certificate.thumbprint, certificate.serial])
      expect(envelope.includes(told), told).to.equal(false)
    expect(envelope.includes(Buffer.from(certificate.serial, 'hex'))).to.equal(false)
  })

  it('has one length for any bidder’s and file’s name', async () => {
    const lengths = await Promise.all(
      ['短', '一家名字很长很长很长很长的演示建设集团股份有限公司'].map(async name => {
        const envelope = await envelopeOf(contentOf(10), {
          recipients: [parties.second.certificate],
          cover: { ...(await coverOf(contentOf(10))), bidder: { uscc: '91350200556207664B', name } },
        })
        return dissect(envelope).cover.length
      }),
    )
    expect(new Set(lengths).size).to.equal(1)
  })

  it('is another one each time, of the same content', async () => {
    const [one, other] = await Promise.all([envelopeOf(contentOf(64)), envelopeOf(contentOf(64))])
    expect(
      dissect(one)
        .records[0]?.subarray(5, 69)
        .equals(dissect(other).records[0]?.subarray(5, 69) ?? Buffer.alloc(0)),
    ).to.equal(false)
  })

  it('tells whose it is to who can open it', async () => {
    const opened = await openBid(await envelopeOf(contentOf(10)), key)
    await opened.close()
    expect(opened.cover).to.deep.include({
      bidder: { uscc: '91350200556207664B', name: '演示建设有限公司' },
      certificates: [parties.bidder.certificate.thumbprint],
    })
    expect(opened.cover.content).to.include({ name: '投标文件.pdf', size: 10 })
  })

  describe('does not open', () => {
    const content = contentOf(2 * MiB + 5)
    let another: Buffer
    let whole: Buffer
    before(async () => {
      whole = await envelopeOf(content)
      another = await envelopeOf(content)
    })
    const operated = (operate: (parts: Anatomy) => Anatomy) => outcomeOf(plaintextOf(assemble(operate(dissect(whole))), key))
    const records = (change: (records: Buffer[]) => Buffer[]) => operated(parts => ({ ...parts, records: change(parts.records) }))

    it('for a stranger’s shield', async () =>
      expect(await outcomeOf(plaintextOf(whole, withBidderKey(holder(parties.stranger))))).to.match(/^bid_not_for_this_key/))
    it('when it is put together again unchanged, it does', async () => expect(await operated(parts => parts)).to.equal('opened'))
    it('cut off anywhere', async () => {
      const lengths = [0, 5, 12, 200, whole.length - 1, whole.length - 32, whole.length - 42, ...[1, 2].map(n => whole.length - n * (MiB + 37) - 42)]
      for (const length of lengths)
        expect(await outcomeOf(plaintextOf(whole.subarray(0, length), key)), String(length)).to.match(/^bid_envelope_malformed/)
    })
    it('with its last record gone', async () =>
      expect(await records(all => all.slice(0, -1))).to.match(/^bid_envelope_malformed: it ends inside record 3/))
    it('with a full chunk called the last', async () =>
      expect(await records(([first = Buffer.alloc(0)]) => [Buffer.concat([Buffer.of(3), first.subarray(1)])])).to.match(/record 1 was changed/))
    it('with two chunks changed round', async () =>
      expect(await records(([a, b, ...rest]) => [b, a, ...rest].filter(isBuffer))).to.match(/record 1 was changed or does not belong/))
    it('with a chunk twice', async () =>
      expect(await records(([a, b, ...rest]) => [a, b, b, ...rest].filter(isBuffer))).to.match(/record 3 was changed/))
    it('with a chunk left out', async () => expect(await records(([a, , ...rest]) => [a, ...rest].filter(isBuffer))).to.match(/record 2 was changed/))
    it('with something behind it', async () =>
      expect(await outcomeOf(plaintextOf(Buffer.concat([whole, Buffer.of(0)]), key))).to.match(/something follows its end/))
    it('with another last record behind it', async () =>
      expect(await records(all => [...all, ...all.slice(-1)])).to.match(/something follows its end/))
    it('with a record of an impossible length', async () =>
      expect(
        await records(([a = Buffer.alloc(0), ...rest]) => [
          Buffer.concat([a.subarray(0, 1), Buffer.of(0x7f, 0xff, 0xff, 0xff), a.subarray(5)]),
          ...rest,
        ]),
      ).to.match(/a record of kind 2 with/))
    it('with the cover of another envelope', async () => {
      const other = dissect(another)
      expect(await operated(parts => ({ ...parts, cover: other.cover }))).to.match(/record 0 was changed/)
    })
    it('with the content of another envelope', async () => {
      const other = dissect(another)
      expect(await operated(parts => ({ ...parts, records: other.records }))).to.match(/record 1 was changed/)
    })
    it('with any one octet changed', async () => {
      const small = await envelopeOf(contentOf(20), { recipients: [parties.second.certificate] })
      for (let at = 0; at < small.length; at += at < 8 ? 1 : 97) {
        const changed = Buffer.from(small)
        changed[at] = (changed[at] ?? 0) ^ 1
        expect(await outcomeOf(plaintextOf(changed, withBidderKey(holder(parties.second)))), `octet ${at}`).to.match(
          /^bid_(envelope_malformed|not_for_this_key)/,
        )
      }
    })

    for (const [sentence, field, value] of [
      ['an earlier opening time', 'opening', '2027-05-01T01:30:00.000Z'],
      ['another project', 'project', 'JG2027-0002'],
      ['another section', 'section', '002'],
      ['another center', 'center', 'other-center'],
      ['another id', 'id', 'envelope-9999999999'],
      ['the mark of a rehearsal', 'drill', true],
    ] as const) {
      it(`with ${sentence} in its header`, async () =>
        expect(await operated(parts => ({ ...parts, header: { ...parts.header, [field]: value } }))).to.match(
          /^bid_envelope_malformed: .*header was edited/,
        ))
    }
    it('with its rescue taken out', async () =>
      expect(await operated(({ header: { rescue: _, ...header }, ...parts }) => ({ ...parts, header }))).to.match(/^bid_envelope_malformed/))
    it('with the bidder’s key of another envelope in it: swapped recipients', async () => {
      const other = dissect(another)
      expect(await operated(parts => ({ ...parts, header: { ...parts.header, keys: other.header['keys'] } }))).to.match(
        /a key in it belongs to another envelope/,
      )
    })
    it('with a recipient added', async () => {
      const other = dissect(await envelopeOf(content, { recipients: [parties.stranger.certificate] }))
      const added = (parts: Anatomy) => ({ ...parts, header: { ...parts.header, keys: [parts.header['keys'], other.header['keys']].flat() } })
      expect(await operated(added)).to.match(/its header was edited/)
      expect(await outcomeOf(plaintextOf(assemble(added(dissect(whole))), withBidderKey(holder(parties.stranger))))).to.match(
        /belongs to another envelope/,
      )
    })
    it('when a field is written another way', async () => {
      const { start, header, seal, cover } = dissect(whole)
      const json = Buffer.from(JSON.stringify(header, undefined, 1))
      const length = Buffer.alloc(4)
      length.writeUInt32BE(json.length)
      expect(await outcomeOf(inspect(Buffer.concat([start, length, json, seal, cover])))).to.match(/a header that is not as it has to be/)
    })
    for (const [sentence, edit] of [
      ['has a field that nobody knows', (json: string) => json.replace('{', '{"a":1,')],
      ['has a field twice', (json: string) => json.replace('{', '{"center":"other",')],
      ['has its fields in another order', (json: string) => `{"project":"JG2027-0001",${json.replace('"project":"JG2027-0001",', '').slice(1)}`],
      ['writes a letter as an escape', (json: string) => json.replace('demo-center', 'demo\\u002dcenter')],
      ['needs more custodians than there are', (json: string) => json.replace('"threshold":2', '"threshold":4')],
      ['needs one custodian', (json: string) => json.replace('"threshold":2', '"threshold":1')],
      ['is no text in UTF-8', (json: string) => json.replace('demo-center', 'demo\u00e9')],
    ] as const) {
      it(`when its header ${sentence}`, async () => {
        const old = whole.subarray(13, 13 + whole.readUInt32BE(9))
        const json = Buffer.from(edit(old.toString('latin1')), 'latin1')
        expect(json.equals(old)).to.equal(false)
        const length = Buffer.alloc(4)
        length.writeUInt32BE(json.length)
        expect(await outcomeOf(inspect(Buffer.concat([whole.subarray(0, 9), length, json])))).to.match(/a header that is not as it has to be/)
      })
    }
    it('when its header claims to be larger than 64 KiB', async () => {
      const claimed = Buffer.from(whole.subarray(0, 4000))
      claimed.writeUInt32BE(0x7fffffff, 9)
      expect(await outcomeOf(inspect(claimed))).to.match(/a header of 2147483647 octets/)
    })
    it('when its header is a depth of brackets', async () => {
      const json = Buffer.alloc(60_000, '[')
      const length = Buffer.alloc(4)
      length.writeUInt32BE(json.length)
      expect(await outcomeOf(inspect(Buffer.concat([whole.subarray(0, 9), length, json])))).to.match(/^bid_envelope_malformed/)
    })
    it('when a transfer has changed its line ends, or it is of a later version', async () => {
      const text = Buffer.from(whole.subarray(0, 4000).toString('latin1').replaceAll('\r\n', '\n'), 'latin1')
      expect(await outcomeOf(inspect(text))).to.match(/a transfer as text/)
      const later = Buffer.from(whole.subarray(0, 4000))
      later[8] = 2
      expect(await outcomeOf(inspect(later))).to.match(/version 2 where 1 is known/)
    })
  })

  describe('is not made', () => {
    it('for a certificate that only signs', async () =>
      expect(await outcomeOf(envelopeOf(contentOf(1), { recipients: [parties.signer.certificate] }))).to.match(/^certificate_wrong_use/))
    it('for a key on a NIST curve', async () => {
      const { certificate } = makeUnder(makeRoot('演示 CA'), '演示', { profile: 'encrypt' }, 'ECDSA')
      expect(await outcomeOf(envelopeOf(contentOf(1), { recipients: [certificate] }))).to.match(/^algorithm_refused/)
    })
    it('for more than eight shields', async () =>
      expect(await outcomeOf(envelopeOf(contentOf(1), { recipients: Array(9).fill(parties.second.certificate) }))).to.match(/^bad_request/))
    it('for an opening in the year 275760, which would sort before every other', async () =>
      expect(await outcomeOf(envelopeOf(contentOf(1), { facts: factsOf({ opening: '+275760-09-13T00:00:00.000Z' }) }))).to.match(/^bad_request/))
    it('for nobody', async () => expect(await outcomeOf(envelopeOf(contentOf(1), { recipients: [] }))).to.match(/^bad_request/))
    it('without a time that is one', async () =>
      expect(await outcomeOf(envelopeOf(contentOf(1), { facts: factsOf({ opening: '2027-06-01' }) }))).to.match(/^bad_request/))
    it('for a company without a code', async () =>
      expect(
        await outcomeOf(
          envelopeOf(contentOf(1), { cover: { ...(await coverOf(contentOf(1))), bidder: { uscc: '91350200556207664A', name: '演示' } } }),
        ),
      ).to.match(/^bad_request/))
    for (const [sentence, content] of [
      ['shrinks', contentOf(MiB)],
      ['grows', contentOf(2 * MiB + 1)],
      ['changes', Buffer.alloc(2 * MiB)],
    ] as const) {
      it(`whole when the file ${sentence} after it was measured, and what was written does not open`, async () => {
        const stream = encryptBid({
          content,
          facts: factsOf(),
          cover: await coverOf(contentOf(2 * MiB)),
          recipients: [parties.bidder.certificate],
          random: randomFrom('changed'),
        })
        const pieces: Buffer[] = []
        const outcome = await outcomeOf(
          (async () => {
            for await (const piece of stream) pieces.push(piece)
          })(),
        )
        expect(outcome).to.match(/^bad_request: the content changed/)
        expect(await outcomeOf(plaintextOf(Buffer.concat(pieces), key))).to.match(/^bid_envelope_malformed/)
      })
    }
  })

  describe('tested before upload', () => {
    it('says that it opens, and how far it is', async () => {
      const told: number[] = []
      const found = await selfTest(await envelopeOf(contentOf(2 * MiB + 1)), key, done => told.push(done))
      expect(found).to.include({ ok: true })
      expect(told).to.deep.equal([MiB, 2 * MiB, 2 * MiB + 1])
    })
    it('says that the shield in hand is the wrong one', async () =>
      expect(await selfTest(await envelopeOf(contentOf(10)), withBidderKey(holder(parties.second)))).to.deep.include({
        ok: false,
        code: 'bid_not_for_this_key',
      }))
    it('says that the file was damaged', async () =>
      expect(await selfTest((await envelopeOf(contentOf(10))).subarray(0, -1), key)).to.deep.include({ ok: false, code: 'bid_envelope_malformed' }))
    it('finds nothing out when the disk fails', async () => {
      const broken = async function* () {
        yield (await envelopeOf(contentOf(10))).subarray(0, 100)
        throw new Error('EIO')
      }
      expect(await outcomeOf(selfTest(broken(), key))).to.match(/^internal/)
    })
  })
})

const isBuffer = (part: Buffer | undefined): part is Buffer => part !== undefined

async function coverOf(content: Buffer) {
  return {
    bidder: { uscc: '91350200556207664B', name: '演示建设有限公司' },
    content: { name: '投标文件.pdf', ...(await measure(content)) },
    madeAt: '2027-05-20T08:00:00.000Z',
  }
}

async function* inPieces(bytes: Buffer, octets: number) {
  for (let at = 0; at < bytes.length; at += octets) yield bytes.subarray(at, at + octets)
}

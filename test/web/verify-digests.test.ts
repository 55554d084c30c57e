import { createHash } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { hex } from '../../server/web/browser/bid/octets.js'
import { digestsOf } from '../../server/web/browser/verify/digests.js'
import { Sha256 } from '../../server/web/browser/verify/sha256.js'

const native = (algorithm: string, bytes: Uint8Array) => createHash(algorithm).update(bytes).digest('hex')

describe('the browser’s SHA-256 in pieces', () => {
  it('is OpenSSL’s for every length around its block, in one piece and in two', () => {
    const bytes = Uint8Array.from({ length: 200 }, (_, i) => (i * 7) % 256)
    for (let length = 0; length <= bytes.length; length++) {
      const part = bytes.subarray(0, length)
      expect(hex(new Sha256().update(part).digest()), String(length)).to.equal(native('sha256', part))
      const cut = Math.floor(length / 3)
      expect(hex(new Sha256().update(part.subarray(0, cut)).update(part.subarray(cut)).digest()), String(length)).to.equal(native('sha256', part))
    }
  })
  it('is OpenSSL’s for whatever pieces it comes in', () =>
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }), pieces => {
        const hash = pieces.reduce((sum, piece) => sum.update(piece), new Sha256())
        expect(hex(hash.digest())).to.equal(native('sha256', Buffer.concat(pieces)))
      }),
    ))
  it('counts more than 512 MiB of octets in its length', function () {
    this.timeout(120_000)
    const piece = new Uint8Array(64 * 1024 * 1024 + 1)
    const [ours, theirs] = [new Sha256(), createHash('sha256')]
    for (let i = 0; i < 8; i++) {
      ours.update(piece)
      theirs.update(piece)
    }
    expect(hex(ours.digest())).to.equal(theirs.digest('hex'))
  })
})

describe('the digests by which a signature beside a file is judged', () => {
  const file = new Blob(['三维模型\n'.repeat(200_000)])
  const by = (...octets: number[]) => new Blob([Uint8Array.of(...octets)])
  const SHA256 = [0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01]

  it('are SM3 alone where the signature cannot need another, and SHA-256 too where it names it or is text', async () => {
    const bytes = new Uint8Array(await file.arrayBuffer())
    const sm3 = native('sm3', bytes)
    expect(await digestsOf(file, by(0x30, 0x82, 1, 0))).to.deep.equal({ sm3 })
    for (const signature of [by(0x30, 0x82, 1, 0, ...SHA256), new Blob(['-----BEGIN CMS-----']), new Blob(['MIIB'])])
      expect(await digestsOf(file, signature)).to.deep.equal({ sm3, sha256: native('sha256', bytes) })
  })
  it('tell how far they are, to the last octet', async () => {
    const heard: number[] = []
    await digestsOf(file, by(0x30, 0x82), done => heard.push(done))
    expect(heard).to.deep.equal([1024 * 1024, 2 * 1024 * 1024, file.size])
  })
  it('are not of a file that got shorter while it was read', async () => {
    const shrunk = { size: 10, slice: () => new Blob(['123']) } as unknown as Blob
    const failed = await digestsOf(shrunk, by(0x30, 0x82)).then(
      () => 'read',
      ({ code }) => code,
    )
    expect(failed).to.equal('file_changed')
  })
})

import { createDecipheriv, createHash, createHmac, hkdfSync, privateDecrypt } from 'node:crypto'
import { expect } from 'chai'
import { holder, type parties } from './stage.ts'

/** Another vendor's reader, written after docs/bid-envelopes.md and using nothing of ours but SM2 decryption. The numbers in the comments are the document's sections. */
interface Wrapped {
  algorithm: string
  value: string
}
interface Header {
  center: string
  drill?: true
  id: string
  keys: Wrapped[]
  opening: string
  project: string
  rescue?: {
    custodians: { certificate: string; part: Wrapped }[]
    platform: { certificate: string; part: Wrapped }
    threshold: number
    wrapped: string
  }
  section?: string
}

const sm3 = (...parts: (string | Uint8Array)[]) => parts.reduce((hash, part) => hash.update(part), createHash('sm3')).digest()
export const hkdf = (secret: Uint8Array, salt: Uint8Array, info: string, octets: number) => Buffer.from(hkdfSync('sm3', secret, salt, info, octets))
export const bytes = (text: string) => Buffer.from(text, 'base64url')

/** 2: the header */
export function read(envelope: Buffer) {
  expect(envelope.subarray(0, 9).toString('hex')).to.equal('89534249440d0a1a01')
  const end = 13 + envelope.readUInt32BE(9)
  return { head: envelope.subarray(0, end), header: JSON.parse(envelope.subarray(13, end).toString('utf8')) as Header, rest: envelope.subarray(end) }
}

/** 3: the binding */
export function binding({ center, drill, id, opening, project, section, rescue }: Header): Buffer {
  const keepers = rescue && {
    custodians: rescue.custodians.map(each => each.certificate),
    platform: rescue.platform.certificate,
    threshold: rescue.threshold,
  }
  return sm3('shared-shield bid binding v1\0', JSON.stringify({ center, drill, id, keepers, opening, project, section }))
}

/** 5: cover and content */
export function decrypt(envelope: Buffer, bidKey: Buffer): { cover: unknown; content: Buffer } {
  const { head, rest } = read(envelope)
  const keys = hkdf(bidKey, sm3('shared-shield bid head v1\0', head), 'shared-shield bid content v1', 80)
  expect(rest.subarray(0, 32).equals(createHmac('sm3', keys.subarray(48)).update(head).digest())).to.equal(true)
  const plain: Buffer[] = []
  let at = 32
  for (let number = 0; at < rest.length; number++) {
    const [kind, length] = [rest.readUInt8(at), rest.readUInt32BE(at + 1)]
    const encrypted = rest.subarray(at + 5, at + 5 + length)
    const place = Buffer.alloc(9)
    place.writeUInt8(kind)
    place.writeUInt32BE(number, 1)
    place.writeUInt32BE(length, 5)
    const tag = createHmac('sm3', keys.subarray(16, 48)).update(place).update(encrypted).digest()
    expect(tag.equals(rest.subarray(at + 5 + length, at + 37 + length))).to.equal(true)
    const counter = Buffer.alloc(16)
    counter.writeUInt32BE(number)
    plain.push(createDecipheriv('sm4-ctr', keys.subarray(0, 16), counter).update(encrypted))
    at += 37 + length
  }
  const [cover = Buffer.alloc(0), ...content] = plain
  return { cover: JSON.parse(cover.subarray(2, 2 + cover.readUInt16BE()).toString('utf8')), content: Buffer.concat(content) }
}

export async function secretOf(
  part: Wrapped,
  party: (typeof parties)['bidder'],
  expected: { kind: number; place: number; binding: Buffer },
): Promise<Buffer> {
  const plain =
    part.algorithm === 'SM2'
      ? await holder(party).open({ algorithm: 'SM2', value: part.value })
      : privateDecrypt({ key: party.privateKey, oaepHash: 'sha256' }, bytes(part.value))
  expect(plain?.length).to.equal(66)
  expect(plain?.subarray(0, 2)).to.deep.equal(Buffer.of(expected.kind, expected.place))
  expect(plain?.subarray(34).equals(expected.binding)).to.equal(true)
  return plain?.subarray(2, 34) ?? Buffer.alloc(0)
}

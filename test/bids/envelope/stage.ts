import { createHash } from 'node:crypto'
import { type EncryptBid, encryptBid } from '../../../server/bids/envelope/encrypt.ts'
import type { EnvelopeFacts } from '../../../server/bids/envelope/header.ts'
import { measure } from '../../../server/bids/envelope/measure.ts'
import { inspect, openBid, type Unlock } from '../../../server/bids/envelope/open.ts'
import { holderOf, type KeyHolder } from '../../../server/bids/envelope/part.ts'
import { openShare, type RescueRelease, type RescueShare, releaseRescue } from '../../../server/bids/envelope/rescue.ts'
import { asBrokerError } from '../../../server/kernel/errors.ts'
import type { Random } from '../../../server/kernel/shamir.ts'
import { makeRoot, makeUnder, type Party } from '../../pki/hierarchy.ts'

/** Parties of an opening, envelopes made for them, and the surgery on envelopes that an attacker would try. */
const root = makeRoot('演示 CA')
const boxOf = (name: string, algorithm: 'SM2' | 'RSA' = 'SM2'): Party => makeUnder(root, name, { profile: 'encrypt' }, algorithm)
export const parties = {
  bidder: boxOf('演示投标人'),
  second: boxOf('演示投标人副锁', 'RSA'),
  stranger: boxOf('示例旁人'),
  platform: boxOf('示范平台', 'RSA'),
  custodians: [boxOf('保管人甲'), boxOf('保管人乙', 'RSA'), boxOf('保管人丙', 'RSA')],
  signer: makeUnder(root, '演示签名'),
}
export const opening = '2027-06-01T01:30:00.000Z'
export const tooEarly = new Date('2027-06-01T01:29:59.999Z')
export const inTime = new Date('2027-06-01T01:30:00.000Z')

/** Repeatable octets, other ones at each draw. */
export function randomFrom(seed: string): Random {
  let draw = 0
  return octets => {
    const parts: Buffer[] = []
    for (let i = 0; i < octets; i += 32) parts.push(createHash('sm3').update(`${seed} ${draw++}`).digest())
    return Buffer.concat(parts).subarray(0, octets)
  }
}

export const contentOf = (octets: number): Buffer => randomFrom('content')(octets)

let made = 0
export const factsOf = (wishes: Partial<EnvelopeFacts> = {}): EnvelopeFacts => ({
  id: `envelope-${String(++made).padStart(10, '0')}`,
  center: 'demo-center',
  project: 'JG2027-0001',
  section: '001',
  opening,
  ...wishes,
})

export async function envelopeOf(content: Buffer, { alone, ...wishes }: Partial<EncryptBid> & { alone?: true } = {}): Promise<Buffer> {
  return all(
    encryptBid({
      content,
      facts: factsOf(),
      cover: {
        bidder: { uscc: '91350200556207664B', name: '演示建设有限公司' },
        content: { name: '投标文件.pdf', ...(await measure(content)) },
        madeAt: '2027-05-20T08:00:00.000Z',
      },
      recipients: [parties.bidder.certificate],
      ...(alone === true ? {} : { rescue: rescueOf() }),
      random: randomFrom(`secret ${++made}`),
      ...wishes,
    }),
  )
}

export const rescueOf = (custodians: readonly Party[] = parties.custodians, threshold = 2) => ({
  custodians: custodians.map(each => each.certificate),
  threshold,
  platform: parties.platform.certificate,
})

export async function all(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of stream) pieces.push(piece)
  return Buffer.concat(pieces)
}

export const holder = (party: Party): KeyHolder => holderOf(party.privateKey)

export async function shareOf(envelope: Buffer, party: Party): Promise<RescueShare> {
  return openShare(await inspect(envelope), party.certificate.thumbprint, holder(party))
}
export async function releaseOf(envelope: Buffer, now: Date = inTime, announced: Date | undefined = new Date(opening)): Promise<RescueRelease> {
  return releaseRescue(await inspect(envelope), holder(parties.platform), { now, announced })
}

export async function plaintextOf(envelope: Buffer | AsyncIterable<Uint8Array>, unlock: Unlock): Promise<Buffer> {
  return all((await openBid(envelope, unlock)).content)
}

/** `opened`, or the code and facts it is refused with. */
export async function outcomeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'opened'
  } catch (thrown) {
    const { code, facts } = asBrokerError(thrown)
    return `${code}: ${facts}`
  }
}

export interface Anatomy {
  start: Buffer
  header: Record<string, unknown>
  seal: Buffer
  cover: Buffer
  records: Buffer[]
}

/** An envelope in its parts, by the document's own numbers. */
export function dissect(envelope: Buffer): Anatomy {
  const length = envelope.readUInt32BE(9)
  let at = 13 + length
  const seal = envelope.subarray(at, at + 32)
  at += 32
  const records: Buffer[] = []
  while (at < envelope.length) {
    const end = at + 5 + envelope.readUInt32BE(at + 1) + 32
    records.push(envelope.subarray(at, end))
    at = end
  }
  const [cover = Buffer.alloc(0), ...rest] = records
  return { start: envelope.subarray(0, 9), header: JSON.parse(envelope.subarray(13, 13 + length).toString()), seal, cover, records: rest }
}

/** Put together again, as an attacker would. */
export function assemble({ start, header, seal, cover, records }: Anatomy): Buffer {
  const json = Buffer.from(sorted(header))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(json.length)
  return Buffer.concat([start, length, json, seal, cover, ...records])
}

const sorted = (value: unknown): string =>
  JSON.stringify(value, (_, field: unknown) =>
    typeof field === 'object' && field !== null && !Array.isArray(field)
      ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)))
      : field,
  )

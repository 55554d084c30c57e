/**
 * Owns what the bank's app fetches where the broker asks it for more than to sign a text: a list whose lines are signed too, or a key of a bid to be decrypted. Trusts nothing of it: only the configured broker is
 * asked, every answer is bounded, and a line is signed only when it is for the digest that the person read.
 */
import { z } from 'zod'
import { fetchBounded } from '../../server/pki/fetch-bounded.ts'
import { digestsOn } from '../shield-agent/listed.ts'
import { digestToSign } from '../shield-agent/to-sign.ts'
import { readableList, readableText } from '../shield-agent/words.ts'
import { refusals } from './refusal.ts'

const LIMITS = { request: { bytes: 1024 * 1024, milliseconds: 10_000 }, lines: { bytes: 4 * 1024 * 1024, milliseconds: 30_000 } }
const MOST_LINES = 500
const base64 = z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/)

const parts = z.array(z.object({ value: base64.max(4096), padding: z.literal('oaep-sha256').optional() })).max(8)
const appRequest = z.discriminatedUnion('kind', [
  z.looseObject({
    kind: z.literal('sign-list'),
    text: z.string().max(180_000),
    certificate: base64.max(24 * 1024),
    lines: z.number().int().min(1).max(MOST_LINES),
  }),
  z.looseObject({ kind: z.enum(['decrypt', 'key-test']), text: z.string().max(4000), parts }),
  z.looseObject({ kind: z.literal('encryption-certificate'), text: z.string().max(4000) }),
])
const appLines = z.object({ lines: z.array(base64.max(1024 * 1024)).min(1), next: z.number().int().optional() })

export type FetchedRequest = z.output<typeof appRequest>

/**
 * @param address of the broker's own request
 * @throws Refusal 403 for anybody else's, 400 for what is none or is not readable, 502
 */
export async function fetchRequest(address: string, brokerUrl: string): Promise<FetchedRequest> {
  const target = URL.canParse(address) ? new URL(address) : undefined
  if (target?.origin !== new URL(brokerUrl).origin || !/^\/phone\/[\w-]+\/request\/[\w-]+$/.test(target.pathname) || target.search !== '')
    throw refusals.unknownPartner(`no configured client is asked at ${address.slice(0, 200)}`)
  const request = await answered(target.href, LIMITS.request, appRequest)
  try {
    if (request.kind !== 'sign-list') readableText(request.text)
    else if (digestsOn(readableList(request.text).words).length !== request.lines) throw new Error('the list has another number of lines')
  } catch (cause) {
    throw refusals.badRequest('What is to be signed cannot be shown.', cause)
  }
  return request
}

/**
 * What the key signs for each line of a list, in their order.
 * @throws Refusal 400 where one is not for its line's digest: other bytes than those that the person read about
 */
export async function fetchLines(address: string, { text, lines }: Extract<FetchedRequest, { kind: 'sign-list' }>): Promise<Buffer[]> {
  const found: Buffer[] = []
  while (found.length < lines) {
    const more = await answered(`${address}/lines/${found.length + 1}`, LIMITS.lines, appLines)
    found.push(...more.lines.map(line => Buffer.from(line, 'base64')))
  }
  const digests = digestsOn(text)
  if (found.length !== digests.length || found.some((bytes, i) => digestOf(bytes) !== digests[i]))
    throw refusals.badRequest('What would be signed is not what stands on the list.')
  return found
}

function digestOf(bytes: Buffer): string | undefined {
  try {
    return digestToSign(bytes)
  } catch {
    return undefined
  }
}

async function answered<S extends z.ZodType>(address: string, limits: { bytes: number; milliseconds: number }, schema: S): Promise<z.output<S>> {
  let bytes: Buffer
  try {
    bytes = await fetchBounded(fetch, address, { headers: { accept: 'application/json' } }, limits)
  } catch (cause) {
    throw refusals.brokerAway(cause)
  }
  try {
    return schema.parse(JSON.parse(bytes.toString('utf8')))
  } catch (cause) {
    throw refusals.badRequest('The request is none that this app knows.', cause)
  }
}

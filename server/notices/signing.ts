import { createHmac, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { BrokerError } from '../kernel/errors.ts'
import type { Sealing } from '../kernel/sealing.ts'

/** Notices to centers' own endpoints: where they may go, their secrets, how they are signed and sent. Signed as Standard Webhooks 1.0.0 says, so that its libraries verify them. Secrets are at rest under the configuration's sealing key and belong to their webhook's id. */

const Secrets = z.strictObject({ current: z.string(), previous: z.strictObject({ secret: z.string(), until: z.string() }).optional() })
export type Secrets = z.output<typeof Secrets>

/** 256 bits */
export const newWebhookSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`

export const sealSecrets = (sealing: Sealing, id: string, secrets: Secrets): string => sealing.seal(JSON.stringify(secrets), `webhook:${id}`)
/** @throws Error when they were sealed under another key, or for another webhook */
export const openSecrets = (sealing: Sealing, id: string, sealed: string): Secrets => Secrets.parse(JSON.parse(sealing.open(sealed, `webhook:${id}`)))

/**
 * @param secrets the one in use first; one signature each
 * @param at of this try: receivers refuse what is too old
 */
export function noticeHeaders(id: string, at: Date, body: string, secrets: readonly string[]): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000))
  const signatures = secrets.map(secret => {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
  })
  return { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') }
}

/**
 * One try. The receiver's own words stay out: its status says enough, and its body is anybody's. Never throws.
 * @param milliseconds the receiver's answer included
 */
export async function postNotice(
  send: typeof fetch,
  url: string,
  body: string,
  headers: Record<string, string>,
  milliseconds: number,
): Promise<{ status?: number; error?: string }> {
  try {
    const answer = await send(url, { method: 'POST', headers, body, redirect: 'manual', signal: AbortSignal.timeout(milliseconds) })
    await answer.body?.cancel()
    return answer.ok ? { status: answer.status } : { status: answer.status, error: `status ${answer.status}` }
  } catch (thrown) {
    return { error: thrown instanceof BrokerError ? (thrown.received ?? thrown.code) : 'no answer' }
  }
}

/** https on a host of the operator's list; in the sandbox also http to this machine. @throws BrokerError webhook_invalid */
export function readNoticeTarget(text: string, mayReach: (url: URL) => boolean): string {
  const url = URL.parse(text)
  const loopback = url !== null && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  const fine =
    url !== null &&
    (url.protocol === 'https:' || (url.protocol === 'http:' && loopback)) &&
    url.username === '' &&
    url.password === '' &&
    url.hash === '' &&
    mayReach(url)
  if (fine) return url.href
  throw new BrokerError('webhook_invalid', 'the address of a webhook that may not be reached', {
    received: url === null ? 'no address' : `${url.protocol}//${url.host}`.slice(0, 200),
    expected: 'https, without a user name or fragment, on a host of the operator’s list',
  })
}

import { BrokerError } from '../kernel/errors.ts'
import type { ContactChannel } from '../storage/stores-contacts.ts'

/**
 * Reads and shows addresses of persons. Owns what is one: a mobile number of the mainland, or the plain form of an e-mail address (RFC 5321 4.1.2 without quotes, comments and literals). Nothing else ever reaches
 * the gateway, so that no address carries a second one or a header of its own.
 */
const MOBILE = /^1[3-9]\d{9}$/
const LOCAL = /^[\w%+-]+(?:\.[\w%+-]+)*$/
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}$/

/** @returns the one form that is kept. @throws BrokerError contact_address_invalid */
export function readAddress(channel: ContactChannel, typed: string): string {
  const address = channel === 'sms' ? mobileOf(typed) : mailOf(typed)
  if (address === undefined)
    throw new BrokerError('contact_address_invalid', `not an address for ${channel}`, { received: `${typed.length} characters` })
  return address
}

/** Typed with full-width digits, spaces, hyphens or the country's prefix, it is the same number. */
function mobileOf(typed: string): string | undefined {
  const digits = typed
    .normalize('NFKC')
    .replaceAll(/[ -]/g, '')
    .replace(/^(?:\+|00)86/, '')
  return MOBILE.test(digits) ? digits : undefined
}

function mailOf(typed: string): string | undefined {
  const [local = '', domain = '', ...more] = typed.replaceAll(/^ +| +$/g, '').split('@')
  const host = domain.toLowerCase()
  const fine = more.length === 0 && local.length <= 64 && host.length <= 189 && LOCAL.test(local) && DOMAIN.test(host)
  return fine ? `${local}@${host}` : undefined
}

/** 138****5678, z***@example.cn */
export function maskAddress(channel: ContactChannel, address: string): string {
  if (channel === 'sms') return `${address.slice(0, 3)}****${address.slice(-4)}`
  const [local = '', domain = ''] = address.split('@')
  return `${local.slice(0, 1)}***@${domain}`
}

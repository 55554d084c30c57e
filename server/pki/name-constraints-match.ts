/** Owns whether one name lies within one constraint, RFC 5280 4.2.1.10, kind by kind. `unreadable` is a name nobody can compare: a constraint on its kind refuses it. */
import type { Budget } from './path-budget.ts'

export type Match = 'within' | 'outside' | 'unreadable'

const LABEL = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/

/** A host name in lower case, or undefined for what is none: labels of letters, digits, hyphen and (seen in the field) underscore; no empty one, no dot at the end. */
export function readHost(text: string): string | undefined {
  const host = text.toLowerCase()
  return host.length > 0 && host.length <= 253 && host.split('.').every(label => LABEL.test(label)) ? host : undefined
}

/** A dNSName, where the first label may be the star alone. */
export function readDnsName(text: string): string | undefined {
  if (!text.startsWith('*.')) return readHost(text)
  const rest = readHost(text.slice(2))
  return rest === undefined ? undefined : `*.${rest}`
}

/**
 * The host part of a URI, in lower case. undefined where there is no authority, or its host is an address or no name: 4.2.1.10 says to refuse those. Not by the URL class:
 * browsers mend what they read, and a constraint must bind what is written.
 */
export function hostOfUri(text: string): string | undefined {
  const host = /^[a-z][a-z0-9+.-]*:\/\/(?:[^@/?#\\]*@)?([^@:/?#[\]\\]+)(?::\d*)?(?:[/?#]|$)/i.exec(text)?.[1]
  const name = host === undefined ? undefined : readHost(host)
  return name === undefined || /(^|\.)[0-9]+$/.test(name) ? undefined : name
}

/** Mailbox and host; the mailbox as it is meant, without the quotes it may be written in. */
export function readMailbox(text: string): { local: string; host: string } | undefined {
  const at = text.lastIndexOf('@')
  const host = at < 1 ? undefined : readHost(text.slice(at + 1))
  if (host === undefined) return undefined
  const written = text.slice(0, at)
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(written)?.[1]
  const local = quoted === undefined ? written : quoted.replaceAll(/\\(.)/g, '$1')
  // what is neither quoted nor free of specials is not an address; comments and routes would hide another
  return quoted === undefined && /["()<>[\]:;,\\\s@]/.test(written) ? undefined : { local, host }
}

/** `example.com` stands for itself and all below it; `.example.com`, which RFC 5280 does not have and real CAs write, for all below it only. */
export function dnsWithin(name: string, constraint: string): boolean {
  if (constraint === '') return true
  if (constraint.startsWith('.')) return name.endsWith(constraint) && name.length > constraint.length
  return name === constraint || name.endsWith(`.${constraint}`)
}

/** Whether a star could stand for a name that an exclusion names: `*.example.com` is one of the names below `www.example.com`'s parent. */
export function starMeets(name: string, constraint: string): boolean {
  if (!name.startsWith('*.')) return false
  const bare = constraint.replace(/^\./, '')
  const parent = name.slice(2)
  return bare.endsWith(`.${parent}`) && !bare.slice(0, -parent.length - 1).includes('.')
}

/** For a URI: `host` is that host alone, `.domain` every host below it and not itself. The same holds for the host of a mailbox. */
export const hostWithin = (host: string, constraint: string): boolean =>
  constraint.startsWith('.') ? host.endsWith(constraint) && host.length > constraint.length : host === constraint

/** IPv4 inside IPv6 (RFC 4291 2.5.5.2): an exclusion of the one must bind the other. */
const MAPPED = Buffer.concat([Buffer.alloc(10), Buffer.of(0xff, 0xff)])
export const unmapped = (octets: Buffer): Buffer => (octets.length === 16 && octets.subarray(0, 12).equals(MAPPED) ? octets.subarray(12) : octets)

/** @param range address and mask, 8 or 32 octets */
export function ipWithin(address: Buffer, range: Buffer): boolean {
  if (address.length * 2 !== range.length) return false
  return address.every((octet, i) => ((octet ^ (range[i] ?? 0)) & (range[address.length + i] ?? 0xff)) === 0)
}

/** A mask of ones and then zeros; any other is no range of addresses. */
export function isRange(range: Buffer): boolean {
  if (range.length !== 8 && range.length !== 32) return false
  const bits = [...range.subarray(range.length / 2)].map(octet => octet.toString(2).padStart(8, '0')).join('')
  return /^1*0*$/.test(bits)
}

/** Every RDN of the constraint, from the top, is one of the name. */
export function directoryWithin(rdns: readonly string[], constraint: readonly string[], budget: Budget): boolean {
  budget.spend('nameComparisons', constraint.length)
  return constraint.length <= rdns.length && constraint.every((rdn, i) => rdn === rdns[i])
}

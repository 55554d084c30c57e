import { isIPv4, isIPv6 } from 'node:net'
import type { Request } from 'express'

/**
 * Where a request comes from, for a person to recognise their own computer by: the range of its address, and its browser by name. Only a help: both can be made up by whoever asks, so nothing is decided by it.
 */
export const whereabouts = (req: Pick<Request, 'ip' | 'headers'>): string =>
  `${addressRange(req.ip ?? '')} · ${browserName(req.headers['user-agent'] ?? '')}`

/** A /24 of IPv4 or a /48 of IPv6: enough to recognise, too little to keep as somebody's address. */
function addressRange(address: string): string {
  const plain = address.replace(/^::ffff:/i, '')
  if (isIPv4(plain)) return plain.replace(/\.\d+$/, '.x')
  if (!isIPv6(plain)) return '?'
  if (plain === '::1') return '::1'
  const head = plain.split('%')[0]?.split('::')[0]?.split(':').slice(0, 3) ?? []
  return `${head.join(':')}::x`
}

const BROWSERS = [
  ['Edge', /\bEdgA?\//],
  ['360', /\b360(?:SE|EE)\b|QIHU/i],
  ['QQ', /\bM?QQBrowser\//],
  ['WeChat', /\bMicroMessenger\//],
  ['Opera', /\bOPR\//],
  ['Firefox', /\bFirefox\//],
  ['Chrome', /\b(?:Headless)?Chrome\//],
  ['Safari', /\bSafari\//],
] as const
const SYSTEMS = [
  ['HarmonyOS', /HarmonyOS|OpenHarmony/],
  ['Android', /Android/],
  ['iPhone', /iPhone|iPad/],
  ['Windows', /Windows/],
  ['macOS', /Mac OS X/],
  ['Linux', /Linux/],
] as const

/** Such as `Chrome, Windows`; names of ours alone, whatever the header says. */
function browserName(userAgent: string): string {
  const named = (list: readonly (readonly [string, RegExp])[]) => list.find(([, pattern]) => pattern.test(userAgent))?.[0]
  const found = [named(BROWSERS), named(SYSTEMS)].filter(each => each !== undefined)
  return found.length === 0 ? '未知浏览器 unknown browser' : found.join(', ')
}

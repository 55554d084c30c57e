import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import Cookies from 'cookies'
import type Keygrip from 'keygrip'

/**
 * Signed cookies in the form the OpenID Provider library reads and writes (package `cookies`, HMAC-SHA256, signature in `<name>.sig`), so that both sides
 * can check each other's. Signed means unchanged, not secret: nothing confidential goes into one.
 */
export interface SignedCookies {
  /** the value, if its signature is of one of the keys; undefined when absent or forged. Compared in constant time. */
  get(req: IncomingMessage, res: ServerResponse, name: string): string | undefined
  /** always HttpOnly; SameSite=Lax unless told otherwise; Secure as the public URL is */
  set(req: IncomingMessage, res: ServerResponse, name: string, value: string, options: CookieOptions): void
  clear(req: IncomingMessage, res: ServerResponse, name: string, path: string): void
}

interface CookieOptions {
  path: string
  sameSite?: 'lax' | 'strict' | 'none'
  /** milliseconds; until the browser closes when absent */
  maxAge?: number
}

/** @param keys the first signs, all verify: a key is rotated by putting a new one in front */
export function createCookies(keys: readonly string[], options: { secure: boolean }): SignedCookies {
  const keygrip = cookieKeyring(keys)
  const open = (req: IncomingMessage, res: ServerResponse) => new Cookies(req, res, { keys: keygrip, secure: options.secure })
  return {
    get(req, res, name) {
      const jar = open(req, res)
      // not the library's own check: that one answers a bad signature with a Set-Cookie of its own
      const value = jar.get(name, { signed: false })
      const signature = jar.get(`${name}.sig`, { signed: false })
      return value !== undefined && signature !== undefined && keygrip.verify(`${name}=${value}`, signature) ? value : undefined
    },
    set(req, res, name, value, { path, sameSite = 'lax', maxAge }) {
      open(req, res).set(name, value, { path, sameSite, httpOnly: true, overwrite: true, signed: true, ...(maxAge === undefined ? {} : { maxAge }) })
    },
    clear(req, res, name, path) {
      open(req, res).set(name, null, { path, sameSite: 'lax', httpOnly: true, overwrite: true, signed: true })
    },
  }
}

/**
 * The keys of signed cookies in the form that `cookies` and the OpenID Provider library take: what package keygrip is, with SHA-256 for SHA-1, and with one HMAC and a comparison
 * in constant time where that one makes three.
 * @param keys the first signs, all verify
 */
export function cookieKeyring(keys: readonly string[]): Keygrip {
  const secrets = keys.map(key => createSecretKey(Buffer.from(key, 'utf8')))
  const [first] = secrets
  if (first === undefined) throw new Error('cookies need a key')
  const digest = (data: string, key: typeof first) => createHmac('sha256', key).update(data).digest()
  const index = (data: string, signature: string): number => {
    const given = Buffer.from(signature, 'base64url')
    return secrets.findIndex(key => {
      const wanted = digest(data, key)
      return wanted.length === given.length && timingSafeEqual(wanted, given)
    })
  }
  return { sign: data => digest(data, first).toString('base64url'), index, verify: (data, signature) => index(data, signature) >= 0 }
}

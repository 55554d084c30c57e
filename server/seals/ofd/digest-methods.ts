/** Owns the digests that References may name (CheckMethod, GB/T 33190 18.2.2): by their names in the standard or by object identifier. */

export interface DigestMethod {
  /** as node:crypto names it */
  hash: 'sm3' | 'sha256' | 'sha1' | 'md5'
  names: readonly string[]
  /** two documents with one digest can be made, so that it shows nothing about its author's honesty */
  weak: boolean
}

const METHODS: readonly DigestMethod[] = [
  // 401.1 and 401.2 are SM3 without and with key (GM/T 0006); files say either and mean the digest
  { hash: 'sm3', names: ['1.2.156.10197.1.401', '1.2.156.10197.1.401.1', '1.2.156.10197.1.401.2', 'SM3'], weak: false },
  { hash: 'sha256', names: ['2.16.840.1.101.3.4.2.1', 'SHA256', 'SHA-256'], weak: false },
  { hash: 'sha1', names: ['1.3.14.3.2.26', 'SHA1', 'SHA-1'], weak: true },
  { hash: 'md5', names: ['1.2.840.113549.2.5', 'MD5'], weak: true },
]

export const SM3 = '1.2.156.10197.1.401'
export const SM2_WITH_SM3 = '1.2.156.10197.1.501'

/** @param name absent: MD5, which is the standard's default */
export const digestMethod = (name: string | undefined): DigestMethod | undefined =>
  METHODS.find(({ names }) => names.includes(name?.trim().toUpperCase() ?? 'MD5'))

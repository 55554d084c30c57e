/** Owns the question whose seal it is: a certificate stands in the list byte for byte or by its digest, or it does not (GM/T 0031-2014 6.2.2; GB/T 38540-2020 7.2). */
import { createHash } from 'node:crypto'
import type { Holders } from './seal.ts'

/** How real lists name their digests. */
const DIGESTS: ReadonlyMap<string, string> = new Map([
  ['sm3', 'sm3'],
  ['1.2.156.10197.1.401', 'sm3'],
  ['1.2.156.10197.1.401.1', 'sm3'],
  ['sha256', 'sha256'],
  ['sha-256', 'sha256'],
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
])

/** @param certificate DER. A digest by an algorithm that is not accepted names nobody. */
export function isHolder(holders: Holders, certificate: Uint8Array): boolean {
  switch (holders.kind) {
    case 'certificates':
      return holders.list.some(each => each.equals(certificate))
    case 'digests':
      return holders.list.some(({ algorithm, value }) => {
        const digest = DIGESTS.get(algorithm.trim().toLowerCase())
        return digest !== undefined && createHash(digest).update(certificate).digest().equals(value)
      })
  }
}

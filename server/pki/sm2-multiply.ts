/**
 * Owns multiplying any point of the SM2 curve by a secret number in OpenSSL, which Node offers for the base point alone. The way: a curve with explicit parameters (ISO/IEC 15946, as ECParameters of SEC 1 C.2) may name any
 * generator; a private key on it has its number times that generator as its public key, which OpenSSL computes when it reads one that brings none. Its ladder runs in one time whatever the number is.
 */
import { createECDH, createPrivateKey, createPublicKey } from 'node:crypto'
import { context, integer, octets, oid, sequence } from './der-write.ts'
import { pem } from './pem.ts'
import { A, B, G, N, P, to32 } from './sm2-key.ts'

const FIELD = sequence(oid('1.2.840.10045.1.1'), integer(to32(P)))
const SHAPE = sequence(octets(to32(A)), octets(to32(B)))
const ORDER = [integer(to32(N)), integer(1)] as const

/**
 * @param point x and y of a point on the curve, 64 octets; whoever calls has checked that
 * @param scalar 32 octets, 1 to n-1
 * @returns x and y of the product, 64 octets
 * @throws Error where OpenSSL does not read such a curve
 */
export function multiply(point: Uint8Array, scalar: Uint8Array): Buffer {
  const parameters = sequence(integer(1), FIELD, SHAPE, octets(Buffer.concat([Buffer.of(4), point])), ...ORDER)
  // as PEM, whose name says that it is an EC key: of DER OpenSSL has each of its decoders try, and two of them multiply
  const key = createPrivateKey(pem(sequence(integer(1), octets(scalar), context(0, parameters)), 'EC PRIVATE KEY'))
  return createPublicKey(key).export({ type: 'spki', format: 'der' }).subarray(-64)
}

let able: boolean | undefined

/** Whether this OpenSSL does it, found out once: the base point by a number is what ECDH says, and two numbers one after the other are the same in either order. */
export function canMultiply(): boolean {
  able ??= knowsTheAnswer()
  return able
}

function knowsTheAnswer(): boolean {
  try {
    const [one, other] = [createECDH('SM2'), createECDH('SM2')]
    const [first, second] = [one.generateKeys().subarray(1), other.generateKeys().subarray(1)]
    const [a, b] = [to32(BigInt(`0x${one.getPrivateKey('hex')}`)), to32(BigInt(`0x${other.getPrivateKey('hex')}`))]
    return multiply(G, a).equals(first) && multiply(second, a).equals(multiply(first, b))
  } catch {
    return false
  }
}

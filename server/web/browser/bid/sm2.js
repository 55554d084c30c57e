/**
 * Owns SM2 public key encryption (GB/T 32918.4-2016) for the browser, in the form of GM/T 0009 7.2. A bid needs a handful of them, so plain BigInt arithmetic will do. Its time depends on the number that is drawn,
 * which is used once, on the bidder's own machine.
 */
import { joined, random, uint32 } from './octets.js'
import { Sm3 } from './sm3.js'

/** @typedef {import('./octets.js').Octets} Octets */
/** Jacobian coordinates; z = 0 is the point at infinity. @typedef {readonly [x: bigint, y: bigint, z: bigint]} Point */

// GB/T 32918.5-2017
const P = 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn
const B = 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n
const N = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n
/** @type {Point} */
const G = [
  0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
  1n,
]

/** @type {(value: bigint) => bigint} */
const mod = value => {
  const rest = value % P
  return rest < 0n ? rest + P : rest
}

/** a = -3: "dbl-2001-b". @type {(point: Point) => Point} */
function double([x, y, z]) {
  const delta = mod(z * z)
  const gamma = mod(y * y)
  const beta = mod(x * gamma)
  const alpha = mod(3n * (x - delta) * (x + delta))
  const out = mod(alpha * alpha - 8n * beta)
  return [out, mod(alpha * (4n * beta - out) - 8n * gamma * gamma), mod(2n * y * z)]
}

/** "add-1998-cmo-2". @type {(one: Point, other: Point) => Point} */
function add(one, other) {
  if (one[2] === 0n) return other
  if (other[2] === 0n) return one
  const [z1, z2] = [mod(one[2] * one[2]), mod(other[2] * other[2])]
  const [u1, u2] = [mod(one[0] * z2), mod(other[0] * z1)]
  const [s1, s2] = [mod(one[1] * z2 * other[2]), mod(other[1] * z1 * one[2])]
  if (u1 === u2) return s1 === s2 ? double(one) : [1n, 1n, 0n]
  const h = mod(u2 - u1)
  const r = mod(s2 - s1)
  const [h2, h3] = [mod(h * h), mod(h * h * h)]
  const x = mod(r * r - h3 - 2n * u1 * h2)
  return [x, mod(r * (u1 * h2 - x) - s1 * h3), mod(h * one[2] * other[2])]
}

/** @type {(point: Point, k: bigint) => Point} */
function times(point, k) {
  /** @type {Point} */
  let sum = [1n, 1n, 0n]
  for (let bit = 255n; bit >= 0n; bit--) {
    sum = double(sum)
    if ((k >> bit) & 1n) sum = add(sum, point)
  }
  return sum
}

/** @param {bigint} value @param {bigint} exponent */
function power(value, exponent) {
  let [result, square] = [1n, value]
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = mod(result * square)
    square = mod(square * square)
  }
  return result
}

/** x ‖ y in 64 octets. @param {Point} point */
function affine([x, y, z]) {
  const inverse = power(z, P - 2n)
  const square = mod(inverse * inverse)
  return joined(bytesOf(mod(x * square)), bytesOf(mod(y * square * inverse)))
}

/** @param {Uint8Array} bytes */
const numberOf = bytes => bytes.reduce((number, octet) => (number << 8n) | BigInt(octet), 0n)

/** 32 octets. @param {bigint} number */
const bytesOf = number => Uint8Array.from({ length: 32 }, (_, i) => Number((number >> BigInt(8 * (31 - i))) & 0xffn))

/** Whether 64 octets are a point of the curve; its order being prime, every such point is a public key. @param {Uint8Array} point */
export function onCurve(point) {
  if (point.length !== 64) return false
  const [x, y] = [numberOf(point.subarray(0, 32)), numberOf(point.subarray(32))]
  return x < P && y < P && mod(y * y - (x * x * x - 3n * x + B)) === 0n
}

/** 5.4.3. @param {Uint8Array} seed @param {number} octets */
function keyStream(seed, octets) {
  const out = new Uint8Array(octets)
  for (let at = 0, count = 1; at < octets; at += 32, count++) {
    out.set(
      new Sm3()
        .update(seed)
        .update(uint32(count))
        .digest()
        .subarray(0, octets - at),
      at,
    )
  }
  return out
}

/**
 * 6.1
 * @param {Uint8Array} point the public key: x ‖ y, on the curve
 * @param {Uint8Array} plain 1 octet or more
 * @param {(octets: number) => Uint8Array} [draw] for the standard's own example
 * @returns {Octets} DER of SM2Cipher: x, y, C3, C2
 */
export function encryptSm2(point, plain, draw = random) {
  for (;;) {
    const k = numberOf(draw(32))
    if (k === 0n || k >= N) continue
    const c1 = affine(times(G, k))
    const shared = affine(times([numberOf(point.subarray(0, 32)), numberOf(point.subarray(32)), 1n], k))
    const stream = keyStream(shared, plain.length)
    // A5: a key stream of zeros would leave the text in the clear
    if (stream.every(octet => octet === 0)) continue
    const c2 = plain.map((octet, i) => octet ^ stream[i])
    const c3 = new Sm3().update(shared.subarray(0, 32)).update(plain).update(shared.subarray(32)).digest()
    return element(0x30, joined(integer(c1.subarray(0, 32)), integer(c1.subarray(32)), element(4, c3), element(4, c2)))
  }
}

/** @param {number} tag @param {Uint8Array} content below 64 KiB */
function element(tag, content) {
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return joined(Uint8Array.of(tag, ...size), content)
}

/** Without zeros in front, but for one that keeps it positive. @param {Uint8Array} bytes */
function integer(bytes) {
  const start = Math.min(
    bytes.findIndex(octet => octet !== 0),
    31,
  )
  const plain = bytes.subarray(start)
  return element(2, plain[0] >= 0x80 ? joined(Uint8Array.of(0), plain) : plain)
}

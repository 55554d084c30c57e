/**
 * Owns the sum u1·G + u2·Q on the curves that certificates use, for verifying over a digest alone (digest-signature.ts). For public numbers only: how long it takes tells what it is given.
 */
export interface Curve {
  p: bigint
  a: bigint
  b: bigint
  n: bigint
  g: Point
}
export interface Point {
  x: bigint
  y: bigint
}

export const toInteger = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`)

const curve = (p: string, b: string, n: string, x: string, y: string): Curve => {
  const prime = BigInt(`0x${p}`)
  return {
    p: prime,
    a: prime - 3n,
    b: BigInt(`0x${b}`),
    n: BigInt(`0x${n}`),
    g: { x: BigInt(`0x${x}`), y: BigInt(`0x${y}`) },
  }
}

/** By OpenSSL's names. NIST SP 800-186 3.2.1; GB/T 32918.5 for SM2. Each has a = p - 3 and cofactor 1. */
export const CURVES: Readonly<Record<string, Curve>> = {
  prime256v1: curve(
    'ffffffff00000001000000000000000000000000ffffffffffffffffffffffff',
    '5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b',
    'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551',
    '6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296',
    '4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5',
  ),
  secp384r1: curve(
    'fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff',
    'b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef',
    'ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973',
    'aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7',
    '3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f',
  ),
  secp521r1: curve(
    '1ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    '051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00',
    '1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409',
    'c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66',
    '11839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650',
  ),
  SM2: curve(
    'fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff',
    '28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93',
    'fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123',
    '32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7',
    'bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0',
  ),
}

/** A point as x = X/Z², y = Y/Z³; Z = 0 is the point at infinity. */
interface Jacobian {
  X: bigint
  Y: bigint
  Z: bigint
}
const INFINITY: Jacobian = { X: 1n, Y: 1n, Z: 0n }

/** u1·G + u2·Q, both multiples in one walk; undefined for the point at infinity and for a Q that is not on the curve. */
export function sumOfMultiples(on: Curve, u1: bigint, u2: bigint, q: Point): Point | undefined {
  const { p, a, b, g } = on
  if (q.x >= p || q.y >= p || mod(q.y * q.y - (q.x * q.x * q.x + a * q.x + b), p) !== 0n) return undefined
  const [G, Q] = [toJacobian(g), toJacobian(q)]
  const both = add(on, G, Q)
  let sum = INFINITY
  for (let i = Math.max(u1.toString(2).length, u2.toString(2).length) - 1; i >= 0; i--) {
    sum = double(on, sum)
    const [one, two] = [(u1 >> BigInt(i)) & 1n, (u2 >> BigInt(i)) & 1n]
    if (one === 1n) sum = add(on, sum, two === 1n ? both : G)
    else if (two === 1n) sum = add(on, sum, Q)
  }
  if (sum.Z === 0n) return undefined
  const z = power(sum.Z, p - 2n, p)
  const zz = (z * z) % p
  return { x: (sum.X * zz) % p, y: (((sum.Y * zz) % p) * z) % p }
}

const toJacobian = ({ x, y }: Point): Jacobian => ({ X: x, Y: y, Z: 1n })

const mod = (value: bigint, p: bigint): bigint => {
  const rest = value % p
  return rest < 0n ? rest + p : rest
}

/** For a = -3: 3X² + aZ⁴ = 3(X - Z²)(X + Z²). */
function double({ p }: Curve, { X, Y, Z }: Jacobian): Jacobian {
  if (Z === 0n || Y === 0n) return INFINITY
  const delta = (Z * Z) % p
  const gamma = (Y * Y) % p
  const beta = (X * gamma) % p
  const alpha = (3n * (X - delta) * (X + delta)) % p
  const X3 = mod(alpha * alpha - 8n * beta, p)
  return { X: X3, Y: mod(alpha * (4n * beta - X3) - 8n * gamma * gamma, p), Z: (2n * Y * Z) % p }
}

function add(on: Curve, one: Jacobian, two: Jacobian): Jacobian {
  if (one.Z === 0n) return two
  if (two.Z === 0n) return one
  const { p } = on
  const [z1, z2] = [(one.Z * one.Z) % p, (two.Z * two.Z) % p]
  const [u1, u2] = [(one.X * z2) % p, (two.X * z1) % p]
  const [s1, s2] = [(((one.Y * two.Z) % p) * z2) % p, (((two.Y * one.Z) % p) * z1) % p]
  const [h, r] = [mod(u2 - u1, p), mod(s2 - s1, p)]
  if (h === 0n) return r === 0n ? double(on, one) : INFINITY
  const hh = (h * h) % p
  const hhh = (h * hh) % p
  const v = (u1 * hh) % p
  const X = mod(r * r - hhh - 2n * v, p)
  return { X, Y: mod(r * (v - X) - s1 * hhh, p), Z: (((h * one.Z) % p) * two.Z) % p }
}

function power(base: bigint, exponent: bigint, p: bigint): bigint {
  let [result, square, rest] = [1n, base % p, exponent]
  for (; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * square) % p
    square = (square * square) % p
  }
  return result
}

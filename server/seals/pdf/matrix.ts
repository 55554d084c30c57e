/** Owns the arithmetic of coordinates, ISO 32000-2 8.3.3 and 8.3.4: six numbers, points as rows. */
import type { PdfObject } from './objects.ts'

export type Matrix = readonly [number, number, number, number, number, number]
export const IDENTITY: Matrix = [1, 0, 0, 1, 0, 0]

export const times = (a: Matrix, b: Matrix): Matrix => [
  a[0] * b[0] + a[1] * b[2],
  a[0] * b[1] + a[1] * b[3],
  a[2] * b[0] + a[3] * b[2],
  a[2] * b[1] + a[3] * b[3],
  a[4] * b[0] + a[5] * b[2] + b[4],
  a[4] * b[1] + a[5] * b[3] + b[5],
]
export const moved = (m: Matrix, x: number, y: number): readonly [number, number] => [m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5]]

/** Undefined for what is not six numbers. */
export function matrixOf(values: readonly PdfObject[]): Matrix | undefined {
  const [a, b, c, d, e, f] = values.map(value => (typeof value === 'number' ? value : Number.NaN))
  if (a === undefined || b === undefined || c === undefined || d === undefined || e === undefined || f === undefined) return undefined
  return [a, b, c, d, e, f].every(Number.isFinite) ? [a, b, c, d, e, f] : undefined
}

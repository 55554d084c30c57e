/** Owns the simple types of GB/T 33190 7.3: places of parts (ST_Loc), boxes (ST_Box), lists of numbers (ST_Array). Lengths are millimetres. */
import type { OfdPackage } from './package.ts'

export interface Box {
  x: number
  y: number
  width: number
  height: number
}

/** The absolute path that a part of this path means by that location; undefined: outside the package, or no path. */
function pathOf(location: string, from: string): string | undefined {
  const plain = location.trim().replaceAll('\\', '/')
  if (plain === '' || plain.length > 2048) return undefined
  const steps = plain.startsWith('/') ? [] : from.split('/').slice(1, -1)
  for (const step of plain.split('/')) {
    if (step === '' || step === '.') continue
    if (step !== '..') steps.push(step)
    else if (steps.pop() === undefined) return undefined
  }
  return `/${steps.join('/')}`
}

/**
 * The part that is meant, as the package writes its path, or where it would be. Writers of real files leave out the first slash: what is not there beside the part is looked for from the top.
 */
export function locate(of: OfdPackage, location: string, from: string): string | undefined {
  // most are written as the package has them, which needs no working out
  if (location.startsWith('/') && of.find(location) === location) return location
  const path = pathOf(location, from)
  if (path === undefined) return undefined
  const there = of.find(path)
  if (there !== undefined || location.startsWith('/')) return there ?? path
  const top = pathOf(location, '/')
  return (top === undefined ? undefined : of.find(top)) ?? path
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,2})?$/

/** undefined where one is no number */
export function numbersOf(text: string | undefined): number[] | undefined {
  const words = text?.trim().split(/[\s,]+/) ?? []
  const numbers = words.map(word => (word.length < 40 && NUMBER.test(word) ? Number(word) : Number.NaN))
  return numbers.length === 0 || numbers.some(number => !Number.isFinite(number) || Math.abs(number) > 1e7) ? undefined : numbers
}

export function boxOf(text: string | undefined): Box | undefined {
  const numbers = numbersOf(text)
  const [x, y, width, height] = numbers ?? []
  if (numbers?.length !== 4 || x === undefined || y === undefined || width === undefined || height === undefined) return undefined
  return width >= 0 && height >= 0 ? { x, y, width, height } : undefined
}

/** 11.3: `g n v` in a list of distances says n times v. Bounded by what is asked for; undefined where it is no such list. */
export function distancesOf(text: string | undefined, most: number): number[] | undefined {
  if (text === undefined) return undefined
  const words = text.trim().split(/\s+/)
  const found: number[] = []
  for (let i = 0; i < words.length && found.length < most; i += 1) {
    const repeated = words[i] === 'g'
    const count = repeated ? Number(words[i + 1]) : 1
    if (repeated) i += 2
    const [value] = numbersOf(words[i]) ?? []
    if (value === undefined || !Number.isInteger(count) || count < 0) return undefined
    for (let n = 0; n < count && found.length < most; n += 1) found.push(value)
  }
  return found
}

/** 0.1 + 0.2 is written 0.3. */
export const written = (millimetres: number): string => String(Math.round(millimetres * 10_000) / 10_000)

export const boxText = ({ x, y, width, height }: Box): string => [x, y, width, height].map(written).join(' ')

/** What is visible of a stamp: Clip stands in the coordinates of its Boundary. */
export function within(outer: Box, inner: Box): Box {
  const [left, top] = [Math.max(outer.x, inner.x), Math.max(outer.y, inner.y)]
  const [right, bottom] = [Math.min(outer.x + outer.width, inner.x + inner.width), Math.min(outer.y + outer.height, inner.y + inner.height)]
  return { x: left, y: top, width: Math.max(0, right - left), height: Math.max(0, bottom - top) }
}

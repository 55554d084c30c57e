/**
 * Twelve points along the way of a message, each way, at which a process is killed. How one is reached is known to the children alone (`bank-hooks.ts`, `hooked-stores.ts`, `platform-child.ts`): the product knows of
 * none of them.
 */
export interface Point {
  name: PointName
  /** who is killed; on the embedded database one process is broker and worker */
  of: 'bank' | 'broker' | 'worker'
  /** how often a round of two bonds comes by, at least */
  most: number
  where: string
}

export type PointName = (typeof NAMES)[number]
const NAMES = [
  'bank-line-half-written',
  'bank-before-sending',
  'bank-sent',
  'broker-verified',
  'broker-amid-statement',
  'broker-written',
  'broker-answered',
  'worker-leased',
  'worker-sent',
  'worker-answer-here',
  'worker-answer-kept',
  'bank-taken',
] as const

const WHERE: Record<PointName, Omit<Point, 'name'>> = {
  'bank-line-half-written': { of: 'bank', most: 12, where: 'half of a line is in one of its files, before its fsync' },
  'bank-before-sending': { of: 'bank', most: 6, where: 'a notice is in its book, and not sent' },
  'bank-sent': { of: 'bank', most: 6, where: 'a notice is sent, and not answered' },
  'broker-verified': { of: 'broker', most: 6, where: 'the attempt is verified and noted, and nothing written of what it says' },
  'broker-amid-statement': { of: 'broker', most: 6, where: 'the statement of message, answer and effect is under way' },
  'broker-written': { of: 'broker', most: 6, where: 'that statement is done, and not answered' },
  'broker-answered': { of: 'broker', most: 6, where: 'the answer has left' },
  'worker-leased': { of: 'worker', most: 3, where: 'messages are leased, and not sent' },
  'worker-sent': { of: 'worker', most: 6, where: 'a message is sent, and not answered' },
  'worker-answer-here': { of: 'worker', most: 6, where: 'its answer is verified, and not kept' },
  'worker-answer-kept': { of: 'worker', most: 6, where: 'its answer is kept' },
  'bank-taken': { of: 'bank', most: 6, where: 'a message, or what follows from it, is fsynced, and not answered' },
}

export const points: readonly Point[] = NAMES.map(name => ({ name, ...WHERE[name] }))

export function pointNamed(name: PointName): Point {
  return { name, ...WHERE[name] }
}

import type { PointName } from './points.ts'

/** Where this process is to die. */
export interface Cut {
  /** at the nth time from now that it comes by */
  arm(point: PointName, nth: number): void
  /** Dies here, where it is this point's turn. @param last what is still done before */
  reach(point: PointName, last?: () => void): void
  /** has the parent kill this process, which meanwhile goes on with what it is about to do */
  amid(point: PointName): void
}

/** What a child writes to its parent in place of a reply. */
export const NOW = 'now'

export function createCut(): Cut {
  let armed: { point: PointName; left: number } | undefined
  const isTurn = (point: PointName): boolean => armed?.point === point && --armed.left === 0
  return {
    arm(point, nth) {
      armed = { point, left: nth }
    },
    reach(point, last) {
      if (!isTurn(point)) return
      last?.()
      // no line of this process runs after it
      process.kill(process.pid, 'SIGKILL')
    },
    amid(point) {
      if (isTurn(point)) process.send?.(NOW)
    },
  }
}

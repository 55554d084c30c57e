import { expect } from 'chai'
import { hours } from '../../server/kernel/clock.ts'
import { centerProgram } from '../../server/sandbox/center-program.ts'
import type { MovedClock, Stage } from './stage.ts'

/** What the center's program does about an opening, by the interface. */
export interface OpeningProgram {
  /** opens in two hours, and is decrypted within two more. @returns its id */
  announce(rescue?: { custodians: string[]; threshold: number }): Promise<string>
  open(id: string): Promise<void>
}

export function openingProgram({ sandbox }: Stage, clock: MovedClock): OpeningProgram {
  const center = centerProgram(sandbox.plan, '/api/bids', ['bids.openings', 'bids.read'])
  return {
    async announce(rescue) {
      const now = clock.now().getTime()
      const { status, body } = await center.send('POST', '/openings', {
        project: 'JG2026-0007',
        section: '001',
        title: '示例道路工程开标',
        opens_at: new Date(now + hours(2)).toISOString(),
        decrypt_by: new Date(now + hours(4)).toISOString(),
        ...(rescue === undefined ? {} : { rescue }),
      })
      expect(status, JSON.stringify(body)).to.equal(201)
      return (body as { id: string }).id
    },
    async open(id) {
      const { status, body } = await center.send('POST', `/openings/${id}/open`, { by: '李四' })
      expect(status, JSON.stringify(body)).to.equal(200)
    },
  }
}

import { expect } from 'chai'
import { hours } from '../../server/kernel/clock.ts'
import { demonstrationCenter } from '../../server/sandbox/scene.ts'
import type { MovedClock, Stage } from './stage.ts'

/** What the center's program does about an opening, by the interface. */
export interface CenterProgram {
  /** opens in two hours, and is decrypted within two more. @returns its id */
  announce(rescue?: { custodians: string[]; threshold: number }): Promise<string>
  open(id: string): Promise<void>
}

export function centerProgram({ urls }: Stage, clock: MovedClock): CenterProgram {
  async function send(path: string, body: object): Promise<{ status: number; answer: { id: string } }> {
    const { id, metadata } = demonstrationCenter(urls.center)
    const basic = Buffer.from(`${id}:${metadata.client_secret}`).toString('base64')
    const form = new URLSearchParams({ grant_type: 'client_credentials', scope: 'bids.openings bids.read' })
    const token = await fetch(`${urls.broker}/oidc/token`, { method: 'POST', headers: { authorization: `Basic ${basic}` }, body: form })
    const { access_token } = (await token.json()) as { access_token: string }
    const sent = await fetch(`${urls.broker}/api/bids/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return { status: sent.status, answer: (await sent.json()) as { id: string } }
  }
  return {
    async announce(rescue) {
      const now = clock.now().getTime()
      const { status, answer } = await send('openings', {
        project: 'JG2026-0007',
        section: '001',
        title: '示例道路工程开标',
        opens_at: new Date(now + hours(2)).toISOString(),
        decrypt_by: new Date(now + hours(4)).toISOString(),
        ...(rescue === undefined ? {} : { rescue }),
      })
      expect(status, JSON.stringify(answer)).to.equal(201)
      return answer.id
    },
    async open(id) {
      const { status, answer } = await send(`openings/${id}/open`, { by: '李四' })
      expect(status, JSON.stringify(answer)).to.equal(200)
    },
  }
}
